"""Cuts what a visitor typed into tokens, in one pass, with the place of each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):|[#@](?=[^\s()|])")
_BARE = re.compile(r'[^\s()|"“”]+')
_BARE_VALUE = re.compile(r'[^\s()|"“”,]*')
_INSIDE = re.compile(r'(?:[^"“”\\]|\\.?)*', re.DOTALL)
_OPERAND = re.compile(r"[^\s)|]")
_SIZE = re.compile(r"[0-9]{3,5}[x×][0-9]{3,5}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    OR = auto()
    AND = auto()
    NOT = auto()
    PLUS = auto()
    WORD = auto()
    PHRASE = auto()
    FIELD = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query.

    Attributes:
        kind: What it is.
        start: Where it begins, in characters.
        end: Where it has ended.
        text: What it says, without quotation marks and trailing ``*``.
        prefix: Whether a ``*`` follows.
        name: Of a field, as typed; also ``#`` and ``@``.
        items: Of a field, the values between its commas; empty ones left out.
        unclosed: Where a quotation mark opens that nothing closes.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    prefix: bool = False
    name: str = ""
    items: tuple["Token", ...] = ()
    unclosed: int | None = None


_QUOTES = ('"', "“", "”")
_SIGNS = {"(": Kind.OPEN, ")": Kind.CLOSE, "|": Kind.OR}
_UNARY = {"-": Kind.NOT, "+": Kind.PLUS}
_KEYWORDS = {"OR": Kind.OR, "AND": Kind.AND, "NOT": Kind.NOT}


def printable(text: str) -> str:
    """``text`` with a space in place of each character that nobody can have meant to type."""
    return _UNPRINTABLE.sub(" ", text)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a printable ``text``. Nothing is refused here: every text has tokens."""
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        token = _token(text, position)
        yield token
        position = token.end


def _token(text: str, at: int) -> Token:
    if kind := _SIGNS.get(text[at]):
        return Token(kind, at, at + 1, text[at])
    if (kind := _UNARY.get(text[at])) and _OPERAND.match(text, at + 1):
        return Token(kind, at, at + 1, text[at])
    if text[at] in _QUOTES:
        return _phrase(text, at)
    if name := _NAME.match(text, at):
        return _field(text, name)
    word = _run(_BARE, text, at)
    if kind := _KEYWORDS.get(word):
        return Token(kind, at, at + len(word), word)
    return _size(word, at) if _SIZE.fullmatch(word) else _word(word, at)


def _word(word: str, at: int) -> Token:
    text = word.removesuffix("*")
    return Token(Kind.WORD, at, at + len(word), text, prefix=text != word)


def _size(word: str, at: int) -> Token:
    """What people type who have a screen in mind: the same as with ``res:``."""
    end = at + len(word)
    return Token(Kind.FIELD, at, end, name="res", items=(Token(Kind.WORD, at, end, word),))


def _phrase(text: str, at: int) -> Token:
    inside = _run(_INSIDE, text, at + 1)
    end = at + 1 + len(inside)
    closed = end < len(text)
    prefix = text.startswith("*", end + 1)
    return Token(
        Kind.PHRASE,
        at,
        end + closed + prefix,
        " ".join(_ESCAPE.sub(r"\1", inside).split()),
        prefix=prefix,
        unclosed=None if closed else at,
    )


def _field(text: str, name: re.Match[str]) -> Token:
    items: list[Token] = []
    end = name.end() - 1
    while end == name.end() - 1 or text.startswith(",", end):
        at = end + 1
        quote = text.startswith(_QUOTES, at)
        item = _phrase(text, at) if quote else _word(_run(_BARE_VALUE, text, at), at)
        end = item.end
        if item.text or item.prefix:
            items.append(item)
    return Token(
        Kind.FIELD,
        name.start(),
        end,
        name=name[1] or name[0],
        items=tuple(items),
        unclosed=items[-1].unclosed if items else None,
    )


def _run(pattern: re.Pattern[str], text: str, at: int) -> str:
    found = pattern.match(text, at)
    return found[0] if found else ""
