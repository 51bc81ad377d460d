"""Counts what else there is beside the wallpapers on a page."""

from dataclasses import dataclass
from functools import lru_cache

from search.domain.facets import FACETS, Facet
from search.domain.parser import MOST_CLAUSES, MOST_COLOURS
from search.domain.query import EVERYTHING, And, Clause, Node, Query, every, leaves
from search.ports import Check, Index, no_check
from search.resolve import Question

_MOST_VALUES = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a facet.

    Attributes:
        value: As one would type it.
        count: How many wallpapers there are with it.
        query: The search that finds these.
    """

    value: str
    count: int
    query: Query


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A search that asks for less.

    Attributes:
        without: The part of the query that it leaves out.
        query: The rest.
        total: How many wallpapers that finds.
    """

    without: Node
    query: Query
    total: int


def count_facets(
    question: Question, index: Index, *, check: Check = no_check
) -> dict[str, tuple[Choice, ...]]:
    """How many wallpapers each value of each facet would leave.

    A value is counted as if it stood in place of those of the same facet that the question asks
    for in a clause of its own; colours stand beside those asked for. Values of which there are
    none are counted too. A facet has none if the question is too large for another clause.

    Raises:
        TooSlow: From ``check``.
    """
    return {facet.name: _choices(facet, question, index, check) for facet in FACETS}


def _choices(facet: Facet, question: Question, index: Index, check: Check) -> tuple[Choice, ...]:
    rest = facet.rest(question.query.where)
    if not _has_room(rest, facet.field):
        return ()
    values = facet.values
    if values is None:
        seen = index.complete(
            facet.field, "", where=question.audience.sees, limit=_MOST_VALUES, now=question.now
        )
        values = tuple(each.text for each in seen)
    clauses = _clauses(facet, values)
    visible = every([facet.rest(question.wanted), question.audience.sees])
    counts = index.count_each(visible, clauses, now=question.now, check=check)
    parts, sort = _parts(rest), question.query.sort
    return tuple(
        Choice(value, count, Query(And((*parts, clause)) if parts else clause, sort))
        for value, clause, count in zip(values, clauses, counts, strict=True)
    )


@lru_cache(maxsize=4 * len(FACETS))
def _clauses(facet: Facet, values: tuple[str, ...]) -> tuple[Clause, ...]:
    return tuple(facet.clause(value) for value in values)


def _has_room(node: Node, field: str) -> bool:
    clauses = list(leaves(node))
    asked = sum(
        len(each.values) for each in clauses if isinstance(each, Clause) and each.field == "color"
    )
    return len(clauses) < MOST_CLAUSES and (field != "color" or asked < MOST_COLOURS)


def count_relaxations(
    question: Question, index: Index, *, check: Check = no_check
) -> tuple[Relaxation, ...]:
    """What would be found without each part of the query, which are joined by ``AND``.

    Raises:
        TooSlow: From ``check``.
    """
    said, wanted = _parts(question.query.where), _parts(question.wanted)
    relaxed = []
    for at, part in enumerate(said):
        rest = every((*wanted[:at], *wanted[at + 1 :], question.audience.sees))
        total = index.count(rest, now=question.now, check=check)
        query = Query(every((*said[:at], *said[at + 1 :])), question.query.sort)
        relaxed.append(Relaxation(part, query, total))
    return tuple(relaxed)


def _parts(node: Node) -> tuple[Node, ...]:
    if node == EVERYTHING:
        return ()
    return node.parts if isinstance(node, And) else (node,)
