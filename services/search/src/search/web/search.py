"""``GET /search``."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from chassis import identity, trace
from chassis.identity import Identities
from search.domain.cursor import Cursor
from search.find import Found, find_wallpapers
from search.follow import Following
from search.resolve import Audience, resolve
from search.web.problems import InvalidParameter, UnknownParameter

WITHIN = 0.8
"""Seconds that a search may take."""
_PARAMETERS = ("q", "limit", "cursor")
_LIMITS = range(1, 101)
_USUAL_LIMIT = 24


def create_blueprint(
    following: Following, identities: Identities, clock: Callable[[], datetime]
) -> Blueprint:
    """Search, answered from the index that ``following`` has."""
    blueprint = Blueprint("search", __name__)

    @blueprint.get("/search")
    def search() -> ResponseReturnValue:
        began = time.perf_counter()
        trace.current_or_new().remaining(WITHIN)
        text, limit, after = _asked()
        index = following.index
        question = resolve(text, index, audience=_audience(identities), now=clock(), after=after)
        found = find_wallpapers(question, index, limit=limit, after=after)
        meta = _meta(found, limit) | {
            "took_ms": round((time.perf_counter() - began) * 1000, 3),
            "index": {"size": index.size, "age_ms": int(following.age.total_seconds() * 1000)},
        }
        return _answer(found.page.documents, meta)

    return blueprint


def _asked() -> tuple[str, int, Cursor | None]:
    for name, values in request.args.lists():
        if name not in _PARAMETERS:
            raise UnknownParameter(name)
        if len(values) > 1:
            raise InvalidParameter(name, "can be given once")
    cursor = request.args.get("cursor")
    return request.args.get("q", ""), _limit(), Cursor.parse(cursor) if cursor else None


def _limit() -> int:
    text = request.args.get("limit", str(_USUAL_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) in _LIMITS):
        raise InvalidParameter("limit", "is a whole number from 1 to 100")
    return int(text)


def _audience(identities: Identities) -> Audience:
    token = request.headers.get(identity.HEADER)
    someone = identities.read(token, request.method, request.path)
    return Audience.ANYONE if someone is None else Audience.MEMBER


def _meta(found: Found, limit: int) -> dict[str, object]:
    return {
        "total": found.page.total,
        "limit": limit,
        "next": str(found.next) if found.next else None,
        "interpreted": str(found.question.query),
        "warnings": [asdict(warning) for warning in found.question.warnings],
        "sort": str(found.question.sort),
    }


def _answer(documents: tuple[str, ...], meta: dict[str, object]) -> Response:
    """The records as they came, which are JSON already."""
    body = f'{{"data":[{",".join(documents)}],"meta":{json.dumps(meta, separators=(",", ":"))}}}'
    headers = {"Cache-Control": "no-store"}
    return Response(body, mimetype="application/json", headers=headers)
