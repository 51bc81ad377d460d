"""What a visitor is looking for, once their words are understood.

A tree of these nodes is in normal form when it was put together by ``every``, ``either`` and
``without``: one tree for one meaning, and its text parses to the same tree again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from search.domain.sort import Sort
from search.domain.values import Value, quoted


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word, or with ``prefix`` every word that begins with it."""

    text: str
    prefix: bool = False

    def __str__(self) -> str:
        return self.text + "*" * self.prefix


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one after the other; with ``prefix`` the last may go on."""

    text: str
    prefix: bool = False

    def __str__(self) -> str:
        return quoted(self.text) + "*" * self.prefix


@dataclass(frozen=True, slots=True)
class Clause:
    """A field that has one of ``values``."""

    field: str
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.field}:{','.join(map(str, self.values))}"


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but ``part``."""

    part: "Node"

    def __str__(self) -> str:
        return f"-({self.part})" if isinstance(self.part, And | Or) else f"-{self.part}"


@dataclass(frozen=True, slots=True)
class And:
    """What is in all of ``parts``; of no parts, everything."""

    parts: tuple["Node", ...] = ()

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """What is in any of ``parts``, of which there are two or more."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


Leaf = Word | Phrase | Clause
Node = Leaf | Not | And | Or
EVERYTHING = And()


def every(parts: Iterable[Node]) -> Node:
    """What is in all of ``parts``.

    Example:
        >>> str(every([Word("sea"), every([Word("fog"), without(Word("boat"))])]))
        'sea fog -boat'
    """
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(parts: Iterable[Node]) -> Node:
    """What is in any of ``parts``, of which there is at least one.

    Example:
        >>> str(every([either([Word("sea"), Word("lake")]), Word("fog")]))
        '(sea OR lake) fog'
    """
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves of ``node``, in the order they stand there."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def without(part: Node) -> Node:
    """Everything but ``part``."""
    return part.part if isinstance(part, Not) else Not(part)


@dataclass(frozen=True, slots=True)
class Query:
    """Which wallpapers, and in which order if the visitor said.

    Near the longest text allowed, the text of a query can be longer than what was typed,
    and then too long to be sent again.
    """

    where: Node = EVERYTHING
    sort: Sort | None = None

    def sorted_by(self, sort: Sort) -> Self:
        """The same query in the order of ``sort``."""
        return replace(self, sort=sort)

    def __str__(self) -> str:
        return f"{self.where} sort:{self.sort}".lstrip() if self.sort else str(self.where)
