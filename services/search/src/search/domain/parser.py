"""Understands what a visitor typed, whatever it was, and says what it had to make of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from search.domain.fields import FIELD_NAMES, Field, find_field, nearest
from search.domain.lexer import Kind, Token, printable, tokens
from search.domain.query import (
    EVERYTHING,
    Clause,
    Leaf,
    Node,
    Phrase,
    Query,
    Word,
    either,
    every,
    without,
)
from search.domain.sort import MODES, PERIODS, USUAL_PERIOD, Sort
from search.domain.text import words
from search.domain.values import Text, Value

MOST_CHARACTERS = 512
MOST_CLAUSES = 32
MOST_LEVELS = 4
MOST_COLOURS = 5
_LONGEST_SEED = 32


class QueryTooLarge(Exception):
    """A search that asks for more than one search may.

    Attributes:
        limit: What there is too much of: characters, clauses, levels or colours.
        at_most: How many there may be.
    """

    def __init__(self, limit: str, at_most: int) -> None:
        super().__init__(f"A search has at most {at_most} {limit}.")
        self.limit = limit
        self.at_most = at_most


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """Something that was not taken as it was typed.

    Attributes:
        code: Names the kind for good.
        message: A sentence for a person.
        position: Where it stands in the text, in characters.
        length: How much of the text it is.
        suggestion: What could stand there instead, if we can tell.
    """

    code: str
    message: str
    position: int
    length: int
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """A query, and everything that was not taken as it was typed.

    Attributes:
        query: The query.
        warnings: What was not taken as typed, in the order it stands there.
        places: Where each leaf and the order stand in the text first, and how long they are.
    """

    query: Query
    warnings: tuple[QueryWarning, ...] = ()
    places: Mapping[Leaf | Sort, tuple[int, int]] = field(default_factory=dict, compare=False)


@lru_cache(maxsize=1024)
def parse_query(text: str) -> Understood:
    """Understand what a visitor typed, in time proportional to its length.

    Nothing is refused for its form: what is not understood is searched as text or left out,
    and warned about.

    Raises:
        QueryTooLarge: If it is longer or more complicated than a search may be.

    Example:
        >>> understood = parse_query("Forest -(fog | rain) w:>=3840 mood:calm")
        >>> str(understood.query)
        'Forest -(fog OR rain) width:>=3840 "mood:calm"'
        >>> [(warning.code, warning.position) for warning in understood.warnings]
        [('unknown-field', 30)]
    """
    if len(text) > MOST_CHARACTERS:
        raise QueryTooLarge("characters", MOST_CHARACTERS)
    parser = _Parser(text)
    query = parser.query()
    warnings = tuple(sorted(parser.warnings, key=lambda each: each.position))
    return Understood(query, warnings, parser.places)


class _Parser:
    """Recursive descent over tokens whose brackets balance; no deeper than the levels allowed."""

    def __init__(self, text: str) -> None:
        self.warnings: list[QueryWarning] = []
        self.places: dict[Leaf | Sort, tuple[int, int]] = {}
        self._text = printable(text)
        self._tokens = self._balanced(tokens(self._text))
        self._next = 0
        self._clauses = 0
        self._colours = 0
        self._sort: tuple[Sort, Token] | None = None

    def query(self) -> Query:
        where = self._either()
        return Query(EVERYTHING if where is None else where, self._sort and self._sort[0])

    def _balanced(self, found: Iterable[Token]) -> list[Token]:
        balanced: list[Token] = []
        opened: list[Token] = []
        for token in found:
            if token.unclosed is not None:
                message = "This quotation mark is never closed; it was taken to close at the end."
                self._warn("unbalanced-quote", message, token.unclosed)
            if token.kind is Kind.CLOSE and not opened:
                message = "This bracket closes nothing and was left out."
                self._warn("unbalanced-bracket", message, token.start)
                continue
            balanced.append(token)
            if token.kind is Kind.CLOSE:
                opened.pop()
            elif token.kind is Kind.OPEN:
                opened.append(token)
                if len(opened) > MOST_LEVELS:
                    raise QueryTooLarge("levels", MOST_LEVELS)
        end = len(self._text)
        for token in opened:
            message = "This bracket is never closed; it was taken to close at the end."
            self._warn("unbalanced-bracket", message, token.start)
            balanced.append(Token(Kind.CLOSE, end, end))
        return balanced

    def _peek(self) -> Kind | None:
        return self._tokens[self._next].kind if self._next < len(self._tokens) else None

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self) -> Node | None:
        sides = [self._every()]
        signs = []
        while self._peek() is Kind.OR:
            signs.append(self._take())
            sides.append(self._every())
        for sign, before, after in zip(signs, sides, sides[1:], strict=False):
            if before is None or after is None:
                self._dangling(sign)
        parts = [side for side in sides if side is not None]
        return either(parts) if parts else None

    def _every(self) -> Node | None:
        parts: list[Node] = []
        sign: Token | None = None
        while self._peek() not in (None, Kind.OR, Kind.CLOSE):
            if self._peek() is Kind.AND:
                if sign or not parts:
                    self._dangling(self._tokens[self._next])
                sign = self._take()
            elif (part := self._unary()) is not None:
                parts.append(part)
                sign = None
        if sign and parts:
            self._dangling(sign)
        return every(parts) if parts else None

    def _unary(self) -> Node | None:
        sign: Token | None = None
        negated = False
        while self._peek() in (Kind.NOT, Kind.PLUS):
            sign = self._take()
            negated ^= sign.kind is Kind.NOT
        if sign and self._peek() in (None, Kind.AND, Kind.OR, Kind.CLOSE):
            self._dangling(sign)
            return None
        token = self._take()
        if token.kind is Kind.OPEN:
            part = self._group(token)
        elif token.kind is Kind.FIELD and token.name.casefold() == "sort":
            if negated:
                message = "An order cannot be excluded; 'sort:' was taken without the minus."
                self._warn_of(token, "sort-negated", message)
            self._read_sort(token)
            return None
        else:
            part = self._leaf(token)
        return without(part) if negated and part is not None else part

    def _group(self, opening: Token) -> Node | None:
        empty = self._peek() is Kind.CLOSE
        part = self._either()
        closing = self._take()
        if empty:
            message = "There is nothing between these brackets."
            self._warn("empty-group", message, opening.start, closing.end - opening.start)
        return part

    def _leaf(self, token: Token) -> Leaf | None:
        leaf = self._clause(token) if token.kind is Kind.FIELD else self._words(token)
        if leaf is not None:
            self.places.setdefault(leaf, (token.start, token.end - token.start))
            self._clauses += 1
            if self._clauses > MOST_CLAUSES:
                raise QueryTooLarge("clauses", MOST_CLAUSES)
        return leaf

    def _words(self, token: Token) -> Word | Phrase | None:
        if not words(token.text):
            message = "There is no letter and no digit here to search for; it was left out."
            self._warn_of(token, "nothing-to-find", message)
            return None
        kind = Phrase if token.kind is Kind.PHRASE else Word
        return kind(token.text, prefix=token.prefix)

    def _clause(self, token: Token) -> Leaf | None:
        sought = find_field(token.name)
        if sought is None:
            message = f"There is no field '{token.name}:'; it was searched as text."
            suggestion = nearest(token.name, FIELD_NAMES)
            self._warn("unknown-field", message, token.start, len(token.name), suggestion)
            return self._as_text(token)
        try:
            values = _values(sought, token)
        except ValueError as error:
            message = f"'{sought.name}:' cannot be read: {error}. It was searched as text."
            self._warn_of(token, "unreadable-value", message, sought.example)
            return self._as_text(token)
        if sought.name == "color":
            self._colours += len(values)
            if self._colours > MOST_COLOURS:
                raise QueryTooLarge("colours", MOST_COLOURS)
        return Clause(sought.name, values)

    def _as_text(self, token: Token) -> Word | Phrase | None:
        said = self._text[token.start : token.end].replace('"', " ")
        return self._words(replace(token, kind=Kind.PHRASE, text=" ".join(said.split())))

    def _read_sort(self, token: Token) -> None:
        asked = ",".join(item.text for item in token.items)
        try:
            sort = _sort(asked)
        except ValueError as error:
            suggestion = nearest(asked.partition(":")[0], MODES)
            self._warn_of(
                token,
                "unknown-sort",
                f"{error}. There is {', '.join(MODES)}; the usual order was used.",
                suggestion and f"sort:{suggestion}",
            )
            return
        if self._sort:
            message = "There can be one order; the last one was used."
            self._warn_of(self._sort[1], "repeated-sort", message)
        self._sort = (sort, token)
        self.places[sort] = (token.start, token.end - token.start)

    def _dangling(self, sign: Token) -> None:
        message = f"'{sign.text}' has nothing to join here and was left out."
        self._warn_of(sign, "dangling-operator", message)

    def _warn_of(
        self, token: Token, code: str, message: str, suggestion: str | None = None
    ) -> None:
        self._warn(code, message, token.start, token.end - token.start, suggestion)

    def _warn(
        self,
        code: str,
        message: str,
        position: int,
        length: int = 1,
        suggestion: str | None = None,
    ) -> None:
        self.warnings.append(QueryWarning(code, message, position, length, suggestion))


def _values(field: Field, token: Token) -> tuple[Value, ...]:
    if not token.items:
        raise ValueError("nothing follows")
    return tuple(dict.fromkeys(_read(field, item) for item in token.items))


def _read(field: Field, item: Token) -> Value:
    if not item.prefix:
        return field.read(item.text)
    if not field.prefixes:
        raise ValueError("'*' cannot stand here")
    value = field.read(item.text) if item.text else Text("")
    return replace(value, prefix=True) if isinstance(value, Text) else value


def _sort(text: str) -> Sort:
    mode, *rest = text.split(":")
    mode = mode.casefold()
    if mode not in MODES:
        raise ValueError(f"There is no order '{text}'")
    sort = Sort("new" if mode == "old" else mode, ascending=mode == "old")
    if mode == "random" and rest:
        return replace(sort, seed=_seed(rest))
    if mode == "top":
        sort = replace(sort, period=_period(rest.pop(0) if rest else USUAL_PERIOD))
    match rest:
        case []:
            return sort
        case ["asc" | "desc" as direction]:
            return replace(sort, ascending=direction == "asc")
        case _:
            raise ValueError(f"There is no order '{text}'")


def _seed(rest: list[str]) -> str:
    seed = ":".join(rest)
    if not (seed.isascii() and seed.isalnum() and len(seed) <= _LONGEST_SEED):
        raise ValueError(f"A seed is at most {_LONGEST_SEED} letters and digits")
    return seed


def _period(text: str) -> str:
    """A period in any case: there are months, and no minutes."""
    for period in PERIODS:
        if period.casefold() == text.casefold():
            return period
    raise ValueError(f"There is no period '{text}', but {', '.join(PERIODS)}")
