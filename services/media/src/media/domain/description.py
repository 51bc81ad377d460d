"""Reading what people say of a wallpaper, from a form or from a patch, by the same rules."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from media.domain.wallpaper import Ai, Description, Point, Rating

CATEGORIES = ("general", "nature", "abstract", "city", "people", "anime")
MOST_TAGS = 50
_LICENSE = re.compile(r"[A-Za-z0-9.+-]{1,64}")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SPACES = re.compile(r"\s+")


class InvalidField(Exception):
    """A field says something that we cannot keep."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"'{field}' {reason}.")
        self.field = field


class UnknownField(Exception):
    """There is no field of this name; nothing is dropped in silence."""

    def __init__(self, field: str) -> None:
        super().__init__(f"There is no field '{field[:100]}'; there are {', '.join(FIELDS)}.")
        self.field = field[:100]


def described(base: Description, fields: Mapping[str, Any]) -> Description:
    """``base`` with ``fields`` in place of what it says there.

    Args:
        base: What holds for every field that is not given.
        fields: Texts, as a form sends them, or JSON values: ``tags`` may be one text with commas or
            a list of texts, and ``None`` takes away a text that may be absent.

    Raises:
        UnknownField: If a field is not one of ``FIELDS``.
        InvalidField: Naming the first field whose value will not do.

    Example:
        >>> sorted(described(Description("Pine"), {"tags": "Fog,  forest "}).tags)
        ['fog', 'forest']
    """
    changes: dict[str, Any] = {}
    for name, value in fields.items():
        if (read := FIELDS.get(name)) is None:
            raise UnknownField(name)
        try:
            changes[name] = read(value)
        except ValueError as error:
            raise InvalidField(name, str(error)) from error
    return replace(base, **changes)


def offered(base: Description, claims: Mapping[str, str]) -> Description:
    """``base`` with what a picture's file says of itself, as far as that will do."""
    for field, text in claims.items():
        with suppress(InvalidField, UnknownField):
            base = described(base, {field: text})
    return base


def focal_point(value: object) -> Point:
    """The point that ``{"x": 0.5, "y": 0.25}`` names.

    Raises:
        InvalidField: If it names none.
    """
    match value:
        case {"x": int() | float() as x, "y": int() | float() as y, **rest} if (
            not rest and not isinstance(x, bool) and not isinstance(y, bool)
        ):
            if 0 <= x <= 1 and 0 <= y <= 1:
                return Point(round(float(x), 4), round(float(y), 4))
    raise InvalidField("focal", 'must be {"x": 0..1, "y": 0..1}')


def title_from(file_name: str) -> str:
    r"""A title for a picture that came with nothing but its file's name.

    Example:
        >>> title_from(r"C:\Pictures\misty_pine-ridge.final.jpg")
        'Misty pine ridge final'
    """
    stem = PurePosixPath(file_name.replace("\\", "/")).stem
    printable = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", stem))
    words = re.sub(r"[\s_.\-]+", " ", printable).strip()[:200].strip()
    return words[:1].upper() + words[1:] if words else "Untitled"


def _text(longest: int, *, lines: bool = False) -> Callable[[object], str]:
    allowed = "\n\t" if lines else ""

    def read(value: object) -> str:
        text = unicodedata.normalize("NFC", _string(value)).replace("\r\n", "\n").strip()
        if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed for c in text):
            raise ValueError("holds characters that cannot be shown")
        if not _TURNING.isdisjoint(text):
            raise ValueError("holds characters that turn the direction of the text around it")
        if not any(unicodedata.category(c)[0] not in "CZ" for c in text):
            raise ValueError("must not be empty")
        if len(text) > longest:
            raise ValueError(f"is longer than {longest} characters")
        return text

    return read


def _string(value: object) -> str:
    match value:
        case str():
            return value
        case _:
            raise ValueError("must be a text")


def _maybe(read: Callable[[object], str]) -> Callable[[object], str | None]:
    def read_or_none(value: object) -> str | None:
        absent = value is None or (isinstance(value, str) and not value.strip())
        return None if absent else read(value)

    return read_or_none


def _url(value: object) -> str:
    text = _text(2000)(value)
    parts = urlsplit(text)  # raises ValueError for a malformed IPv6 host
    if parts.scheme not in {"http", "https"} or not parts.hostname or _SPACES.search(text):
        raise ValueError("must be an address that begins with http:// or https://")
    return text


def _tags(value: object) -> frozenset[str]:
    match value:
        case None:
            parts: Sequence[object] = ()
        case str():
            parts = value.split(",")
        case list():
            parts = value
        case _:
            raise ValueError("must be a list of texts")
    words = (_SPACES.sub(" ", _string(part)).strip() for part in parts)
    tags = frozenset(_tag(word) for word in words if word.lstrip("#"))
    if len(tags) > MOST_TAGS:
        raise ValueError(f"holds more than {MOST_TAGS} tags")
    return tags


def _tag(word: str) -> str:
    tag = unicodedata.normalize("NFC", _text(64)(word.lstrip("#").lstrip()).lower())
    if "," in tag:
        raise ValueError("holds a tag with a comma in it")
    return tag


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        word = _string(value).strip().lower()
        if word not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return word

    return read


def _license(value: object) -> str:
    text = _text(64)(value)
    if not _LICENSE.fullmatch(text):
        raise ValueError("must be an id such as cc0-1.0 or cc-by-4.0")
    return text.lower()


FIELDS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {
        "title": _text(200),
        "description": _maybe(_text(5000, lines=True)),
        "tags": _tags,
        "category": _one_of(*CATEGORIES),
        "rating": lambda value: Rating(_one_of(*Rating)(value)),
        "license": _license,
        "creator": _maybe(_text(200)),
        "creator_url": _maybe(_url),
        "source": _maybe(_url),
        "ai": lambda value: Ai(_one_of(*Ai)(value)),
    }
)
"""Every field that a form or a patch may carry, and how it is read."""
