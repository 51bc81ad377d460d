"""Where to carry on after a page, as text that a URL can carry."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, Self

from search.domain.order import Place
from search.domain.query import Query

_VERSION = 2
_LONGEST = 1000
_MOST_WEIGHTS = 128
_MOST_WEIGHT = 10_000
_LAST_MOMENT = 253_402_300_799_999
"""The last millisecond of the year 9999."""


class InvalidCursor(Exception):
    """This is not where a page of this search ended."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last wallpaper of a page, good for one query and nothing else.

    Attributes:
        query: The fingerprint of the query, its order and what its visitor may see.
        place: Where that wallpaper stands, or stood.
        seed: Of the random order, when we have chosen it and the visitor has not.
        began: When the first page was asked for, in milliseconds since 1970: what was new, or at
            the top, then stays so on the pages that follow.
        weights: Of the words, as they were on the first page.
    """

    query: str
    place: Place
    seed: str | None = None
    began: int = 0
    weights: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` has written.

        Raises:
            InvalidCursor: If it has not.
        """
        try:
            version, query, key, newer, id_, seed, began, weights = _load(text)
        except ValueError as error:
            raise InvalidCursor("This is not a cursor of ours.") from error
        named = _is_plain(query) and _is_plain(id_) and (seed is None or _is_plain(seed))
        timed = _is_whole(began) and 0 <= began <= _LAST_MOMENT
        weighed = (
            isinstance(weights, list)
            and len(weights) <= _MOST_WEIGHTS
            and all(_is_whole(weight) and 0 < weight <= _MOST_WEIGHT for weight in weights)
        )
        placed = _is_finite(key) and _is_finite(newer)
        if version != _VERSION or not (named and timed and weighed and placed):
            raise InvalidCursor("This is not a cursor of ours.")
        return cls(query, Place(key, newer, id_), seed, began, tuple(weights))

    def __str__(self) -> str:
        parts = [_VERSION, self.query, *self.place, self.seed, self.began, self.weights]
        written = json.dumps(parts, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(written).rstrip(b"=").decode()


def fingerprint(query: Query) -> str:
    """Tells ``query`` from every other, in any process: 16 hex digits."""
    return hashlib.blake2b(str(query).encode(), digest_size=8).hexdigest()


def _is_plain(part: object) -> bool:
    return isinstance(part, str) and part.isascii() and part.isprintable()


def _is_whole(part: object) -> bool:
    return isinstance(part, int) and not isinstance(part, bool)


def _is_finite(part: object) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool) and math.isfinite(part)


def _load(text: str) -> list[Any]:
    if len(text) > _LONGEST:
        raise ValueError("too long")
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(parts, list) or len(parts) != 8:
        raise ValueError("of another shape")
    return parts
