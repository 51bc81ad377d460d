"""Answers as search promises them to its callers; changes only with ``openapi.yaml``."""

import json
from dataclasses import asdict
from typing import Any

from flask import Response

from search.count import Choice, Relaxation
from search.domain.wording import in_words
from search.explain import Explanation, Hit, Step
from search.find import Found
from search.follow import Following
from search.resemble import Distance
from search.resolve import Question
from search.suggest import Suggestion

_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def answer(documents: tuple[str, ...], meta: dict[str, Any]) -> Response:
    """A list of records as they came, which are JSON already."""
    return _response(f'{{"data":[{",".join(documents)}],"meta":{_JSON.encode(meta)}}}')


def one(document: str, meta: dict[str, Any]) -> Response:
    """One record as it came."""
    return _response(f'{{"data":{document},"meta":{_JSON.encode(meta)}}}')


def suggestions(found: tuple[Suggestion, ...]) -> Response:
    """What the end of a query may become."""
    return _response(_JSON.encode({"data": [asdict(each) for each in found]}))


def _response(body: str) -> Response:
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})


def understood(question: Question) -> dict[str, Any]:
    """How a question was understood."""
    return {
        "interpreted": str(question.query),
        "words": in_words(question.query, question.sort),
        "warnings": [asdict(warning) for warning in question.warnings],
        "sort": str(question.sort),
    }


def listed(found: Found, limit: int) -> dict[str, Any]:
    """How many there are, on how many pages."""
    total = found.page.total
    return {
        "total": total,
        "limit": limit,
        "pages": -(-total // limit),
        "next": str(found.next) if found.next else None,
        **understood(found.question),
    }


def distances(measured: tuple[Distance, ...]) -> list[dict[str, Any]]:
    """How far each wallpaper is from the look that was asked for."""
    return [asdict(each) for each in measured]


def freshness(following: Following, size: int) -> dict[str, Any]:
    """How much the index has, and how old that may be."""
    return {"size": size, "age_ms": int(following.age.total_seconds() * 1000)}


def facets(counted: dict[str, tuple[Choice, ...]]) -> dict[str, Any]:
    """The values of each facet, with the search for each."""
    return {
        name: [{"value": each.value, "count": each.count, "q": str(each.query)} for each in choices]
        for name, choices in counted.items()
    }


def relaxations(relaxed: tuple[Relaxation, ...]) -> list[dict[str, Any]]:
    """Searches that ask for less."""
    return [
        {"without": str(each.without), "q": str(each.query), "total": each.total}
        for each in relaxed
    ]


def explanation(explained: Explanation) -> dict[str, Any]:
    """How an answer came about."""
    return {
        "tree": _step(explained.tree),
        "formula": explained.formula,
        "hits": [_hit(hit) for hit in explained.hits],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "text": step.text,
        "matches": step.matches,
        "parts": [_step(part) for part in step.parts],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    terms = [{"name": name, "value": value} for name, value in hit.terms]
    return {"id": hit.id, "key": hit.key, "terms": terms}
