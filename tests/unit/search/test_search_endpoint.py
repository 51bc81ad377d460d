"""``GET /search``, on a real application."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from chassis.identity import HEADER, Role
from search.adapters.memory_eyes import MemoryEyes
from search.app import create_app
from search.follow import Following
from tests.support.search_builders import IDENTITIES, a_record, an_app, an_id, signed


def test_a_search_lists_the_records_as_they_are() -> None:
    record = a_record(title="Pine")
    client = an_app(record, a_record(id=an_id(1), title="Oak")).test_client()

    response = client.get("/search?q=pine")

    answer = response.get_json()
    assert answer["data"] == [record]
    meta = answer["meta"]
    assert meta.pop("took_ms") >= 0
    assert meta["index"].pop("age_ms") >= 0
    assert meta == {
        "page": 1,
        "total": 1,
        "limit": 24,
        "pages": 1,
        "next": None,
        "interpreted": "pine",
        "words": "pine, most relevant first",
        "warnings": [],
        "sort": "relevance",
        "index": {"size": 2},
    }


def test_warnings_and_what_was_understood_are_told() -> None:
    meta = an_app().test_client().get("/search?q=(a | colr:red").get_json()["meta"]

    assert meta["interpreted"] == 'a OR "colr:red"'
    assert [(each["code"], each["position"]) for each in meta["warnings"]] == [
        ("unbalanced-bracket", 0),
        ("unknown-field", 5),
    ]
    assert meta["warnings"][1]["suggestion"] == "color"


def test_pages_follow_one_another_by_their_cursor() -> None:
    client = an_app(*(a_record(id=an_id(n)) for n in range(5))).test_client()
    seen: list[str] = []
    cursor: str | None = ""

    while cursor is not None:
        answer = client.get("/search", query_string={"limit": 2, "cursor": cursor}).get_json()
        seen += [record["id"] for record in answer["data"]]
        cursor = answer["meta"]["next"]

    assert seen == [an_id(n) for n in range(5)]


@pytest.mark.parametrize("role", list(Role))
def test_whoever_is_signed_in_sees_every_rating(role: Role) -> None:
    client = an_app(a_record(rating="explicit")).test_client()

    assert client.get("/search").get_json()["meta"]["total"] == 0
    assert client.get("/search", headers=signed(role)).get_json()["meta"]["total"] == 1


@pytest.mark.parametrize(
    "headers", [{HEADER: "forged"}, signed(path="/changes")], ids=["forged", "of another call"]
)
def test_an_identity_that_cannot_be_believed_is_refused(headers: dict[str, str]) -> None:
    response = an_app().test_client().get("/search", headers=headers)

    assert problem(response) == (401, "unidentified")


@pytest.mark.parametrize(
    ("query", "slug", "shown"),
    [
        ("size=2", "unknown-parameter", {"parameter": "size"}),
        ("page=0", "invalid-parameter", {"parameter": "page"}),
        ("facets=yes", "invalid-parameter", {"parameter": "facets"}),
        ("q=a&q=b", "invalid-parameter", {"parameter": "q"}),
        ("limit=0", "invalid-parameter", {"parameter": "limit"}),
        ("limit=101", "invalid-parameter", {"parameter": "limit"}),
        ("limit=-1", "invalid-parameter", {"parameter": "limit"}),
        ("limit=ten", "invalid-parameter", {"parameter": "limit"}),
        ("limit=", "invalid-parameter", {"parameter": "limit"}),
        ("cursor=yesterday", "invalid-cursor", {}),
        ("q=" + "a" * 513, "query-too-large", {"limit": "characters", "at_most": 512}),
        ("q=" + "a+" * 33, "query-too-large", {"limit": "clauses", "at_most": 32}),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_says_why(
    query: str, slug: str, shown: dict[str, Any]
) -> None:
    response = an_app().test_client().get(f"/search?{query}")

    assert problem(response) == (400, slug)
    assert shown.items() <= response.get_json(force=True).items()


def test_an_index_that_is_not_full_yet_answers_nothing() -> None:
    client = create_app(Following(), IDENTITIES, MemoryEyes({})).test_client()

    response = client.get("/search")

    assert problem(response) == (503, "index-not-ready")
    assert response.headers["Retry-After"] == "1"
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


def test_it_is_ready_once_the_index_is_full() -> None:
    assert an_app().test_client().get("/readyz").get_json() == {"status": "ready"}


def test_a_caller_that_has_no_time_left_is_told_so() -> None:
    response = an_app().test_client().get("/search", headers={"X-Deadline-Ms": "0"})

    assert problem(response) == (503, "deadline-exceeded")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_search_can_only_be_read(method: str) -> None:
    assert an_app().test_client().open("/search", method=method.upper()).status_code == 405


def problem(response: TestResponse) -> tuple[int, str]:
    assert response.mimetype == "application/problem+json"
    return response.status_code, response.get_json(force=True)["type"].removeprefix("/problems/")
