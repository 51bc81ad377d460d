"""Completes what a visitor is typing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from search.domain.colour import COLOUR_NAMES
from search.domain.fields import (
    AI,
    FIELD_NAMES,
    RATINGS,
    RATIOS,
    SEARCHED_STATES,
    TONES,
    TYPES,
    Field,
    find_field,
    read_value,
)
from search.domain.lexer import Kind, Token, printable, tokens
from search.domain.parser import MOST_CHARACTERS, QueryTooLarge
from search.domain.query import Clause
from search.domain.sort import MODES, PERIODS
from search.domain.text import fold, label
from search.domain.values import Text
from search.domain.wallpaper import HAVING
from search.ports import Check, Index, no_check
from search.resolve import Audience

_LISTED = {
    "rating": RATINGS,
    "ratio": RATIOS,
    "tone": TONES,
    "type": TYPES,
    "ai": AI,
    "is": SEARCHED_STATES,
    "has": HAVING,
    "color": COLOUR_NAMES,
}
"""Fields whose values can be told without looking."""
_COUNTED = {"tag": label, "user": label, "creator": label, "category": label, "license": fold}
"""Fields whose values wallpapers have, and how the beginning of one is written."""
_ORDERS = (*(mode for mode in MODES if mode != "top"), *(f"top:{each}" for each in PERIODS))
_KINDS = {"tag": "tag", "user": "person", "creator": "person"}
_MOST_WORDS = 3
"""How many of the last words may be the beginning of one tag or name."""
_MOST_FIELDS = 2
_SINGLE = ("tag", "user", "creator", "category")
_SEVERAL = ("tag", "creator")
"""What one word, and several, may be the beginning of."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the end of a query may become.

    Attributes:
        kind: ``tag``, ``person``, ``field`` or ``value``.
        text: What to show.
        insert: What to put in place of the text from ``start`` to the end.
        start: Where that is, in characters.
        count: How many wallpapers there are with it; ``None`` for a field or an order.
    """

    kind: str
    text: str
    insert: str
    start: int
    count: int | None


def suggest(
    text: str,
    index: Index,
    *,
    audience: Audience,
    limit: int,
    now: datetime,
    check: Check = no_check,
) -> tuple[Suggestion, ...]:
    """What the last words of ``text`` may become, the most frequent first, fields last.

    Nothing if ``text`` ends with a space, unless inside quotation marks.

    Raises:
        QueryTooLarge: If it is longer than a search may be.
        TooSlow: From ``check``.
    """
    if len(text) > MOST_CHARACTERS:
        raise QueryTooLarge("characters", MOST_CHARACTERS)
    typed = list(tokens(printable(text)))
    if not typed:
        return ()
    last = typed[-1]
    if text[-1].isspace() and last.unclosed is None:
        return ()
    completer = _Completer(index, audience, limit, now, check)
    match last.kind:
        case Kind.FIELD:
            found = completer.of_field(last, open_=not last.items or text.endswith(","))
        case Kind.WORD | Kind.PHRASE:
            found = completer.of_words(_run(typed))
        case _:
            found = ()
    return tuple(found)


def _run(typed: list[Token]) -> list[Token]:
    """The last of ``typed``, and the words before it that may belong to it."""
    run = [typed[-1]]
    for token in reversed(typed[:-1]):
        if not (token.kind is run[0].kind is Kind.WORD) or token.prefix or len(run) == _MOST_WORDS:
            break
        run.insert(0, token)
    return run


class _Completer:
    """Asks the index what there is, for one visitor."""

    def __init__(
        self, index: Index, audience: Audience, limit: int, now: datetime, check: Check
    ) -> None:
        self._index = index
        self._audience = audience
        self._limit = limit
        self._now = now
        self._check = check

    def of_words(self, run: list[Token]) -> tuple[Suggestion, ...]:
        """What words may be the beginning of: tags and people, values, fields."""
        found: dict[str, Suggestion] = {}
        for begin in range(len(run)):
            said, start = " ".join(token.text for token in run[begin:]), run[begin].start
            for each in self._had(_SEVERAL if begin < len(run) - 1 else _SINGLE, said, start):
                found.setdefault(each.insert, each)
        last = run[-1]
        if last.kind is Kind.WORD and last.text:
            for each in self._listed(last):
                found.setdefault(each.insert, each)
        fields = islice(self._fields(last), _MOST_FIELDS) if last.kind is Kind.WORD else ()
        first = list(fields)[: self._limit]
        best = sorted(found.values(), key=lambda each: (-(each.count or 0), each.insert))
        return (*best[: self._limit - len(first)], *first)

    def of_field(self, token: Token, *, open_: bool) -> tuple[Suggestion, ...]:
        """The values of a field that its last value may be the beginning of."""
        field = find_field(token.name)
        items = token.items if not open_ else (*token.items, Token(Kind.WORD, token.end, token.end))
        if token.name.casefold() == "sort":
            return tuple(self._orders(token))
        if field is None or not items:
            return ()
        *before, last = items
        if not all(map(_reads(field), before)):
            return ()
        said = "".join(f"{Text(item.text, item.prefix)}," for item in before)
        if field.name in _COUNTED:
            found = list(self._had((field.name,), last.text, token.start))
        else:
            found = self._values(field.name, last.text, token.start)
        ranked = sorted(found, key=lambda each: -(each.count or 0))[: self._limit]
        return tuple(_after(each, field, said) for each in ranked)

    def _had(self, fields: tuple[str, ...], said: str, start: int) -> Iterator[Suggestion]:
        for name in fields:
            begun = _COUNTED[name](said)
            if not begun and len(fields) > 1:
                continue
            self._check()
            for each in self._index.complete(
                name, begun, where=self._audience.sees, limit=self._limit, now=self._now
            ):
                insert = str(Clause(name, (Text(each.text),)))
                kind = _KINDS.get(name, "value")
                yield Suggestion(kind, each.text, insert, start, each.count)

    def _listed(self, token: Token) -> Iterator[Suggestion]:
        for name in _LISTED:
            if name not in {"is", "has"}:
                values = self._values(name, token.text, token.start)
                yield from (each for each in values if each.count)

    def _values(self, name: str, begun: str, start: int) -> list[Suggestion]:
        folded = begun.casefold()
        values = [value for value in _LISTED.get(name, ()) if value.startswith(folded)]
        values = values[: self._limit]
        if not values:
            return []
        clauses = [Clause(name, (read_value(name, value),)) for value in values]
        counts = self._index.count_each(
            self._audience.sees, clauses, now=self._now, check=self._check
        )
        return [
            Suggestion("value", value, f"{name}:{value}", start, count)
            for value, count in zip(values, counts, strict=True)
        ]

    def _fields(self, token: Token) -> Iterator[Suggestion]:
        for name in FIELD_NAMES:
            if name.startswith(token.text.casefold()) and len(name) > 1:
                yield Suggestion("field", f"{name}:", f"{name}:", token.start, None)

    def _orders(self, token: Token) -> Iterator[Suggestion]:
        begun = ",".join(item.text for item in token.items).casefold()
        for order in islice((o for o in _ORDERS if o.casefold().startswith(begun)), self._limit):
            yield Suggestion("value", order, f"sort:{order}", token.start, None)


def _reads(field: Field) -> Callable[[Token], bool]:
    """Tells whether a value that was typed is one of ``field``."""

    def reads(item: Token) -> bool:
        try:
            field.read(item.text)
        except ValueError:
            return False
        return field.prefixes or not item.prefix

    return reads


def _after(suggestion: Suggestion, field: Field, said: str) -> Suggestion:
    """``suggestion`` after the values that were typed before it."""
    value = suggestion.insert.partition(":")[2]
    insert = f"{field.name}:{said}{value}"
    return Suggestion(suggestion.kind, suggestion.text, insert, suggestion.start, suggestion.count)
