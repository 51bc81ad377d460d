"""``GET /search``, ``/similar/{id}`` and ``/random``."""

import time
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from chassis import trace
from chassis.identity import Identities
from search.count import count_facets, count_relaxations
from search.draw import draw_wallpaper
from search.explain import explain
from search.find import find_wallpapers
from search.follow import Following
from search.resemble import find_similar
from search.resolve import resolve
from search.web import asked, represent
from search.web.problems import InvalidParameter

MOST = 100
USUAL = 24
_LAST_PAGE = 10**8


def create_blueprint(
    following: Following, identities: Identities, clock: Callable[[], datetime]
) -> Blueprint:
    """Search, answered from the index that ``following`` has."""
    blueprint = Blueprint("search", __name__)

    @blueprint.get("/search")
    def search() -> ResponseReturnValue:
        began = time.perf_counter()
        asked.only("q", "limit", "cursor", "page", "facets", "explain")
        check = asked.patience()
        limit, page, after = asked.number("limit", USUAL, most=MOST), _page(), asked.cursor()
        index, audience = following.index, asked.audience(identities)
        with trace.step("index", "find"):
            question = resolve(
                asked.text(), index, audience=audience, now=clock(), after=after, check=check
            )
            skip = (page - 1) * limit if page else 0
            found = find_wallpapers(
                question, index, limit=limit, after=after, skip=skip, check=check
            )
        meta = {"page": page, **represent.listed(found, limit)}
        if not found.page.total:
            relaxed = count_relaxations(question, index, check=check)
            meta["relaxations"] = represent.relaxations(relaxed)
        if asked.switch("facets"):
            with trace.step("index", "count"):
                meta["facets"] = represent.facets(count_facets(question, index, check=check))
        if asked.switch("explain"):
            meta["explain"] = represent.explanation(explain(found, index, check=check))
        meta["took_ms"] = round((time.perf_counter() - began) * 1000, 3)
        meta["index"] = represent.freshness(following, index.size)
        return represent.answer(found.page.documents, meta)

    @blueprint.get("/similar/<id_>")
    def similar(id_: str) -> ResponseReturnValue:
        began = time.perf_counter()
        asked.only("limit")
        check = asked.patience()
        limit = asked.number("limit", USUAL, most=MOST)
        index, audience = following.index, asked.audience(identities)
        with trace.step("index", "resemble"):
            found, distances = find_similar(
                id_, index, audience=audience, limit=limit, now=clock(), check=check
            )
        meta = {
            "page": 1,
            **represent.listed(found, limit),
            "distances": represent.distances(distances),
            "took_ms": round((time.perf_counter() - began) * 1000, 3),
            "index": represent.freshness(following, index.size),
        }
        return represent.answer(found.page.documents, meta)

    @blueprint.get("/random")
    def random() -> ResponseReturnValue:
        asked.only("q")
        check = asked.patience()
        index, audience = following.index, asked.audience(identities)
        question = resolve(asked.text(), index, audience=audience, now=clock(), check=check)
        drawn = draw_wallpaper(question, index, check=check)
        meta = {"total": drawn.total, **represent.understood(drawn.question)}
        return represent.one(drawn.document, meta)

    return blueprint


def _page() -> int | None:
    """Which page was asked for by its number; ``None`` for where a cursor points."""
    if not request.args.get("cursor"):
        return asked.number("page", 1, most=_LAST_PAGE)
    if "page" in request.args:
        raise InvalidParameter("page", "cannot stand beside a cursor")
    return None
