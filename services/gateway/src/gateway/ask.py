"""Asks search and media for what a page shows, on nobody's behalf."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from chassis import trace
from chassis.trace import DeadlineExceeded
from gateway.domain.service import MediaResting, SearchResting
from gateway.domain.wallpaper import NotARecord, Wallpaper
from gateway.ports import Onward, Upstream, UpstreamUnavailable

_SEARCH_WITHIN = 0.8
_MEDIA_WITHIN = 2.0
_LONGEST_ANSWER = 2 * 1024 * 1024


class WallpaperNotFound(Exception):
    """No wallpaper has this id, or none that everyone may see."""

    def __init__(self, wallpaper_id: str) -> None:
        super().__init__("The address may be mistyped, or its uploader took it down.")
        self.wallpaper_id = wallpaper_id


class WallpaperDeleted(Exception):
    """There was such a wallpaper, and it was taken down."""

    def __init__(self, wallpaper_id: str) -> None:
        super().__init__("It was here, and was taken down.")
        self.wallpaper_id = wallpaper_id


class QueryRefused(Exception):
    """Search will not try to answer this."""


@dataclass(frozen=True, slots=True)
class Warned:
    """What search found odd about a query, and what may have been meant."""

    message: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what a search finds.

    Attributes:
        wallpapers: In order.
        total: How many there are on all pages.
        next: Where the next page starts, if there is one.
        interpreted: The query as search understood it.
        sort: The order they are in.
        warnings: What was odd about the query.
    """

    wallpapers: tuple[Wallpaper, ...] = ()
    total: int = 0
    next: str | None = None
    interpreted: str = ""
    sort: str = "new"
    warnings: tuple[Warned, ...] = ()

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        """Read search's answer.

        Raises:
            KeyError, TypeError, ValueError: If it is none.
        """
        meta = answer["meta"]
        return cls(
            wallpapers=tuple(map(Wallpaper.from_record, answer["data"])),
            total=int(meta["total"]),
            next=meta["next"],
            interpreted=str(meta["interpreted"]),
            sort=str(meta["sort"]),
            warnings=tuple(
                Warned(str(warned["message"]), warned.get("suggestion"))
                for warned in meta["warnings"]
            ),
        )


def find_wallpapers(
    query: str, search: Upstream, *, limit: int, cursor: str | None = None
) -> Found:
    """At most ``limit`` wallpapers that match ``query``, from ``cursor`` on.

    Raises:
        QueryRefused: With search's own words.
        SearchResting: If there is no sensible answer in time.
    """
    asked = {"q": query, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
    try:
        status, answer = _ask(search, "/search", urlencode(asked), at_most=_SEARCH_WITHIN)
        if status == 400:
            raise QueryRefused(str(answer["detail"]))
        return Found.from_answer(answer)
    except (UpstreamUnavailable, DeadlineExceeded, KeyError, TypeError, ValueError) as error:
        raise SearchResting from error


def get_wallpaper(wallpaper_id: str, media: Upstream) -> Wallpaper:
    """One wallpaper that everyone may see.

    Raises:
        WallpaperNotFound: If there is none.
        WallpaperDeleted: If there was one.
        MediaResting: If there is no sensible answer in time.
    """
    try:
        status, answer = _ask(media, f"/wallpapers/{wallpaper_id}", "", at_most=_MEDIA_WITHIN)
        if status == 404:
            raise WallpaperNotFound(wallpaper_id)
        if status == 410:
            raise WallpaperDeleted(wallpaper_id)
        return Wallpaper.from_record(answer)
    except (UpstreamUnavailable, DeadlineExceeded, NotARecord) as error:
        raise MediaResting from error


def _ask(upstream: Upstream, path: str, query: str, *, at_most: float) -> tuple[int, Any]:
    """The status, and the JSON in the answer, which must be an object.

    Raises:
        UpstreamUnavailable: Also if the answer is a failure of the service's own.
        DeadlineExceeded: If there is no time left to ask.
    """
    current = trace.current_or_new()
    within = current.remaining(at_most)
    headers = (("Accept", "application/json"), *current.onward(within=within).items())
    reply = upstream.send(Onward("GET", path, headers, query=query, within=within))
    if reply.status >= 500:
        raise UpstreamUnavailable(f"the answer is a {reply.status}")
    data = b""
    for chunk in reply.body:
        data += chunk
        if len(data) > _LONGEST_ANSWER:
            raise UpstreamUnavailable("the answer does not end")
    try:
        answer = json.loads(data)
    except ValueError as error:
        raise UpstreamUnavailable("the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise UpstreamUnavailable("the answer is not an object")
    return reply.status, answer
