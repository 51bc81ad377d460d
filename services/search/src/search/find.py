"""Finds the wallpapers that a visitor describes, a page at a time."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from search.domain.cursor import Cursor, InvalidCursor, fingerprint
from search.domain.parser import QueryWarning, parse_query
from search.domain.query import Clause, Query, Sort, every
from search.domain.values import Text
from search.ports import Index, Page

DEFAULT = Sort("new")
_SAFE = Clause("rating", (Text("safe"),))


class Audience(Enum):
    """Who is looking."""

    ANYONE = auto()
    """Sees what is rated safe."""
    MEMBER = auto()
    """Has an account and sees every rating."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and how the question was understood.

    Attributes:
        page: The wallpapers, and how many there are in all.
        next: Where the next page begins, if there is one.
        query: What the visitor asked, as it was understood; its text parses to the same again.
        sort: The order used.
        warnings: What was not taken as it was typed.
    """

    page: Page
    next: Cursor | None
    query: Query
    sort: Sort
    warnings: tuple[QueryWarning, ...]


def find_wallpapers(
    text: str,
    index: Index,
    *,
    audience: Audience,
    limit: int,
    after: Cursor | None = None,
    now: datetime,
) -> Found:
    """The wallpapers that match ``text`` and that ``audience`` may see.

    Someone who asks for a random order without a seed is given one, which their cursor
    carries on to the pages that follow.

    Raises:
        QueryTooLarge: If ``text`` asks for more than one search may.
        InvalidCursor: If ``after`` ended a page of another search, or of another audience.
    """
    understood = parse_query(text)
    query, sort = understood.query, understood.query.sort or DEFAULT
    chosen = None
    if sort.needs_seed:
        chosen = (after.seed if after else None) or secrets.token_hex(4)
        sort = Sort("random", seed=chosen)
        query = query.sorted_by(sort)
    visible = _visible(query, audience).sorted_by(sort)
    key = fingerprint(visible)
    if after is not None and after.query != key:
        raise InvalidCursor("This cursor belongs to another search.")
    place = None if after is None else after.place
    page = index.search(visible, limit=limit, after=place, now=now)
    onward = Cursor(key, page.next, chosen) if page.next else None
    return Found(page, onward, query, sort, understood.warnings)


def _visible(query: Query, audience: Audience) -> Query:
    """What is asked, as far as ``audience`` may see it: only another clause of the query."""
    if audience is Audience.MEMBER:
        return query
    return Query(every((query.where, _SAFE)))
