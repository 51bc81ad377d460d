"""Where to carry on after a page, as text that a URL can carry."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, Self

from search.domain.order import Place
from search.domain.query import Query

_VERSION = 1
_LONGEST = 400


class InvalidCursor(Exception):
    """This is not where a page of this search ended."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last wallpaper of a page, good for one query and nothing else.

    Attributes:
        query: The fingerprint of the query, its order and what its visitor may see.
        place: Where that wallpaper stands, or stood.
        seed: Of the random order, when we have chosen it and the visitor has not.
    """

    query: str
    place: Place
    seed: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` has written.

        Raises:
            InvalidCursor: If it has not.
        """
        try:
            version, query, key, id_, seed = _load(text)
        except ValueError as error:
            raise InvalidCursor("This is not a cursor of ours.") from error
        numeric = isinstance(key, int | float) and not isinstance(key, bool) and math.isfinite(key)
        named = _is_plain(query) and _is_plain(id_) and (seed is None or _is_plain(seed))
        if version != _VERSION or not numeric or not named:
            raise InvalidCursor("This is not a cursor of ours.")
        return cls(query, Place(key, id_), seed)

    def __str__(self) -> str:
        parts = [_VERSION, self.query, self.place.key, self.place.id, self.seed]
        written = json.dumps(parts, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(written).rstrip(b"=").decode()


def fingerprint(query: Query) -> str:
    """Tells ``query`` from every other, in any process: 16 hex digits."""
    return hashlib.blake2b(str(query).encode(), digest_size=8).hexdigest()


def _is_plain(part: object) -> bool:
    return isinstance(part, str) and part.isascii() and part.isprintable()


def _load(text: str) -> list[Any]:
    if len(text) > _LONGEST:
        raise ValueError("too long")
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(parts, list) or len(parts) != 5:
        raise ValueError("of another shape")
    return parts
