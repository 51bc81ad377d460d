"""Asks search and media for what a page shows, on nobody's behalf."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from chassis import trace
from chassis.trace import DeadlineExceeded
from gateway.domain.service import MediaResting, SearchResting, Service
from gateway.domain.wallpaper import NotARecord, Wallpaper
from gateway.forward import hear
from gateway.ports import Onward, Upstream, UpstreamUnavailable

_WITHIN = {Service.SEARCH: 1.0, Service.MEDIA: 2.0}
_ALIKE = 32
"""Bits of two hashes of 64 that may differ; beyond, forms agree more by chance than to the eye."""
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
    """What search found odd about a query, and what may have been meant.

    Attributes:
        message: In search's words.
        suggestion: What may have been meant in its place; ``None`` if nobody knows, or if it was
            already looked for.
        position: Where it starts in the query, in characters.
        length: Likewise.
    """

    message: str
    suggestion: str | None
    position: int
    length: int

    @classmethod
    def from_answer(cls, said: Mapping[str, Any]) -> Self:
        """Read one of search's warnings."""
        suggestion = said.get("suggestion") if said.get("code") != "respelled" else None
        place = int(said.get("position") or 0), int(said.get("length") or 0)
        return cls(str(said["message"]), str(suggestion) if suggestion else None, *place)

    def mended(self, query: str) -> str:
        """The query ``query`` with what may have been meant in place of what is odd.

        Example:
            >>> Warned("There is no field 'colr'.", "color", 4, 4).mended("fog colr:red")
            'fog color:red'
        """
        return f"{query[: self.position]}{self.suggestion}{query[self.position + self.length :]}"


@dataclass(frozen=True, slots=True)
class Facet:
    """One value that results have.

    Attributes:
        value: As it is called.
        count: How many results have it; ``None`` if nobody counted.
        query: What finds these.
    """

    value: str
    count: int | None
    query: str


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A query that finds something where the one that was asked finds nothing.

    Attributes:
        without: The clause that is left out.
        query: The rest.
        total: How many wallpapers it finds.
    """

    without: str
    query: str
    total: int


@dataclass(frozen=True, slots=True)
class Suggested:
    """A tag, person, field or value that a query could go on with.

    Attributes:
        text: As it is called.
        clause: What asks for it.
        count: How many wallpapers have it.
    """

    text: str
    clause: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what a search finds.

    Attributes:
        wallpapers: In order.
        total: How many there are on all pages.
        page: Which one this is, from 1.
        pages: How many there are, at least 1.
        interpreted: The query as search understood it.
        words: The same in plain English; empty when everything was asked for.
        sort: The order they are in.
        warnings: What was odd about the query.
        facets: What the results have, by kind.
        relaxations: What to leave out when there are no results.
    """

    wallpapers: tuple[Wallpaper, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    interpreted: str = ""
    words: str = ""
    sort: str = "new"
    warnings: tuple[Warned, ...] = ()
    facets: Mapping[str, tuple[Facet, ...]] = field(default_factory=dict)
    relaxations: tuple[Relaxed, ...] = ()

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
            page=int(meta.get("page") or 1),
            pages=max(1, int(meta.get("pages") or 1)),
            interpreted=str(meta["interpreted"]),
            words=str(meta.get("words") or ""),
            sort=str(meta["sort"]),
            warnings=tuple(map(Warned.from_answer, meta["warnings"])),
            facets={
                str(kind): tuple(
                    Facet(str(each["value"]), int(each["count"]), str(each["q"])) for each in facets
                )
                for kind, facets in (meta.get("facets") or {}).items()
            },
            relaxations=tuple(
                Relaxed(str(each["without"]), str(each["q"]), int(each["total"]))
                for each in meta.get("relaxations") or ()
            ),
        )


def find_wallpapers(
    query: str, search: Upstream, *, limit: int, page: int = 1, facets: bool = False
) -> Found:
    """The ``page`` of ``limit`` wallpapers among those that match ``query``.

    Raises:
        QueryRefused: With search's own words.
        SearchResting: If there is no sensible answer in time.
    """
    asked = {"q": query, "limit": str(limit)}
    if page > 1:
        asked["page"] = str(page)
    if facets:
        asked["facets"] = "1"
    with _search_rests():
        status, answer = _ask(Service.SEARCH, search, "/search", urlencode(asked))
        if status == 400:
            raise QueryRefused(str(answer["detail"]))
        return Found.from_answer(answer)


def find_similar(wallpaper_id: str, search: Upstream, *, limit: int) -> tuple[Wallpaper, ...]:
    """At most ``limit`` wallpapers that a person would take for versions of one, the likest first.

    None if search does not know the wallpaper, or not yet.

    Raises:
        SearchResting: If there is no sensible answer in time.
    """
    with _search_rests():
        path, asked = f"/similar/{wallpaper_id}", urlencode({"limit": str(limit)})
        status, answer = _ask(Service.SEARCH, search, path, asked)
        if status != 200:
            return ()
        alike = {
            str(each["id"])
            for each in answer["meta"].get("distances", ())
            if int(each["bits"]) <= _ALIKE
        }
        found = Found.from_answer(answer).wallpapers
        return tuple(wallpaper for wallpaper in found if wallpaper.id in alike)


def suggest(begun: str, search: Upstream, *, limit: int) -> tuple[Suggested, ...]:
    """At most ``limit`` ways to complete the last word of ``begun``, the most frequent first.

    Raises:
        SearchResting: If there is no sensible answer in time.
    """
    with _search_rests():
        asked = urlencode({"q": begun, "limit": str(limit)})
        status, answer = _ask(Service.SEARCH, search, "/suggest", asked)
        if status != 200:
            return ()
        return tuple(
            Suggested(str(each["text"]), str(each["insert"]), int(each["count"] or 0))
            for each in answer["data"]
        )


def get_wallpaper(wallpaper_id: str, media: Upstream) -> Wallpaper:
    """One wallpaper that everyone may see.

    Raises:
        WallpaperNotFound: If there is none.
        WallpaperDeleted: If there was one.
        MediaResting: If there is no sensible answer in time.
    """
    try:
        status, answer = _ask(Service.MEDIA, media, f"/wallpapers/{wallpaper_id}")
        if status == 404:
            raise WallpaperNotFound(wallpaper_id)
        if status == 410:
            raise WallpaperDeleted(wallpaper_id)
        return Wallpaper.from_record(answer)
    except (UpstreamUnavailable, DeadlineExceeded, NotARecord) as error:
        raise MediaResting from error


@contextmanager
def _search_rests() -> Iterator[None]:
    """Take whatever is not a sensible answer for search's being at rest."""
    try:
        yield
    except (UpstreamUnavailable, DeadlineExceeded, KeyError, TypeError, ValueError) as error:
        raise SearchResting from error


def _ask(service: Service, upstream: Upstream, path: str, query: str = "") -> tuple[int, Any]:
    """The status, and the JSON in the answer, which must be an object.

    Raises:
        UpstreamUnavailable: Also if the answer is a failure of the service's own.
        DeadlineExceeded: If there is no time left to ask.
    """
    with trace.step(service, path.split("/")[1]):
        current = trace.current_or_new()
        within = current.remaining(_WITHIN[service])
        headers = (("Accept", "application/json"), *current.onward(within=within).items())
        reply = upstream.send(Onward("GET", path, headers, query=query, within=within))
        hear(reply)
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
