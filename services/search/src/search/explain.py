"""Says how an answer came about: what each part of a query matches, and why hits stand there."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from search.domain.order import place
from search.domain.query import And, Clause, Node, Not, Or, Phrase
from search.domain.ranking import reasons
from search.domain.sort import FORMULAS, Sort, Until
from search.domain.wallpaper import Wallpaper
from search.find import Found
from search.ports import Check, Index, no_check
from search.resolve import Question


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a query.

    Attributes:
        kind: ``all``, ``any``, ``not``, ``word``, ``phrase`` or ``clause``.
        text: As one would type it.
        matches: How many wallpapers match it.
        parts: What it consists of; of ``all``, in the order in which they are intersected: what
            matches fewest first, and what is taken out last.
    """

    kind: str
    text: str
    matches: int
    parts: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """Why a wallpaper stands where it does.

    Attributes:
        id: Which one.
        key: What it is put in order by, the least first; ``None`` if it is gone by now.
        terms: What the key is made of.
    """

    id: str
    key: float | None
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How an answer came about.

    Attributes:
        tree: What was looked for, with what the visitor may see.
        formula: What the order is by.
        hits: The wallpapers of the page.
    """

    tree: Step
    formula: str
    hits: tuple[Hit, ...]


def explain(found: Found, index: Index, *, check: Check = no_check) -> Explanation:
    """How ``found`` came about.

    Raises:
        TooSlow: From ``check``.
    """
    question = found.question
    records = (Wallpaper.of(json.loads(document)) for document in found.page.documents)
    return Explanation(
        _step(question.asked.where, question, index, check),
        FORMULAS[question.sort.mode],
        _hits(records, question.sort, index),
    )


def _step(node: Node, question: Question, index: Index, check: Check) -> Step:
    matches = index.count(node, now=question.now, check=check)
    parts = tuple(_step(part, question, index, check) for part in _parts(node))
    if isinstance(node, And):
        parts = tuple(sorted(parts, key=lambda step: (step.kind == "not", step.matches)))
    return Step(_kind(node), str(node), matches, parts)


def _kind(node: Node) -> str:
    match node:
        case And():
            return "all"
        case Or():
            return "any"
        case Not():
            return "not"
        case Clause():
            return "clause"
        case _:
            return "phrase" if isinstance(node, Phrase) else "word"


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(part):
            return (part,)
        case _:
            return ()


def _hits(wallpapers: Iterable[Wallpaper], sort: Sort, index: Index) -> tuple[Hit, ...]:
    if not isinstance(sort.basis, Until):
        placed = place(sort)
        return tuple(Hit(each.id, placed(each).key, reasons(each, sort)) for each in wallpapers)
    ids = [each.id for each in wallpapers]
    keys = index.keys(sort, ids)  # a record does not tell of days
    return tuple(_popular(id_, keys.get(id_)) for id_ in ids)


def _popular(id_: str, key: float | None) -> Hit:
    return Hit(id_, key, () if key is None else (("points", abs(key)),))
