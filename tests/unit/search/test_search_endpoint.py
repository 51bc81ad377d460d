"""``GET /search``, on a real application."""

import time
from typing import Any

import pytest
from werkzeug.test import TestResponse

from chassis.identity import HEADER, Role
from search.adapters.memory_eyes import MemoryEyes
from search.adapters.memory_index import MemoryIndex
from search.app import create_app
from search.domain.query import Query
from search.domain.values import Look
from search.follow import Following
from search.ports import Check, Page, no_check
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


def test_facets_explanations_and_relaxations_come_when_asked_for() -> None:
    client = an_app(a_record(title="Pine"), a_record(id=an_id(1), title="Oak")).test_client()

    plain = client.get("/search?q=pine").get_json()["meta"]
    asked = client.get("/search?q=pine&facets=1&explain=1").get_json()["meta"]
    nothing = client.get("/search?q=pine oak").get_json()["meta"]

    assert not {"facets", "explain", "relaxations"} & plain.keys()
    assert {"value": "jpg", "count": 1, "q": "pine type:jpg"} in asked["facets"]["type"]
    tree = asked["explain"]["tree"]
    assert (tree["kind"], tree["matches"]) == ("all", 1)
    parts = [(each["text"], each["matches"]) for each in tree["parts"]]
    assert parts == [("pine", 1), ("rating:safe", 2)]
    assert nothing["relaxations"] == [
        {"without": "pine", "q": "oak", "total": 1},
        {"without": "oak", "q": "pine", "total": 1},
    ]


@pytest.mark.parametrize(
    "text",
    ["pine oak*", "color:gray sort:color", "sort:hot", "sort:views", "sort:top:all", "sort:top:1w"],
)
def test_what_a_hit_is_explained_with_adds_up_to_its_key(text: str) -> None:
    client = an_app(a_record(title="Pine, oaks", tags=["oak"], views=7)).test_client()

    meta = client.get("/search", query_string={"q": text, "explain": 1}).get_json()["meta"]

    (hit,) = meta["explain"]["hits"]
    terms = {each["name"]: each["value"] for each in hit["terms"]}
    match text:
        case "pine oak*":
            assert sum(terms.values()) == -hit["key"] > 0
            assert set(terms) == {"pine", "oak*"}
        case "color:gray sort:color":
            assert terms["color:#808080"] == pytest.approx(-hit["key"] / 1_000_000) == 1
        case "sort:hot":
            assert terms["hot"] == -hit["key"]
        case "sort:top:1w":
            assert terms == {"points": 0}
            assert hit["key"] == 0
        case _:
            assert -hit["key"] == 7


def test_pages_have_numbers_too() -> None:
    client = an_app(*(a_record(id=an_id(n)) for n in range(5))).test_client()

    answer = client.get("/search?limit=2&page=3").get_json()

    assert [each["id"] for each in answer["data"]] == [an_id(4)]
    meta = answer["meta"]
    assert (meta["page"], meta["pages"], meta["total"], meta["next"]) == (3, 3, 5, None)


def test_what_looks_like_a_wallpaper_is_listed_with_how_far_it_is() -> None:
    near = a_record(id=an_id(1), dhash="0123456789abcdee")
    client = an_app(a_record(), near, a_record(id=an_id(2), dhash="fedcba9876543210")).test_client()

    answer = client.get("/similar/22222222").get_json()

    assert [each["id"] for each in answer["data"]] == [an_id(1)]
    assert answer["meta"]["distances"] == [{"id": an_id(1), "bits": 1, "palette": 0.0}]
    assert problem(client.get("/similar/33333333")) == (404, "wallpaper-not-found")


def test_a_wallpaper_is_found_by_a_picture_and_narrowed_down() -> None:
    look = Look("", 0x0123456789ABCDEF, 0xFEDCBA9876543210, ())
    records = (a_record(tags=["sea"]), a_record(id=an_id(1), tags=["fog"]))
    client = an_app(*records, pictures={b"picture": look}).test_client()

    every = client.post("/search/by-image", data=b"picture", content_type="image/png")
    some = client.post("/search/by-image?q=%23fog", data=b"picture", content_type="image/png")

    assert every.get_json()["meta"]["sort"] == "similar"
    assert len(every.get_json()["data"]) == 2
    assert [each["id"] for each in some.get_json()["data"]] == [an_id(1)]


def test_a_random_wallpaper_is_one_of_those_asked_for_and_not_always_the_same() -> None:
    records = [a_record(id=an_id(n), tags=["sea"] if n < 8 else ["fog"]) for n in range(16)]
    client = an_app(*records).test_client()

    drawn = {client.get("/random?q=%23sea").get_json()["data"]["id"] for _ in range(40)}

    meta = client.get("/random?q=%23sea sort:new").get_json()["meta"]
    assert meta["words"] == "tagged sea, in random order"
    assert meta["sort"].startswith("random:")
    assert drawn <= {an_id(n) for n in range(8)}
    assert len(drawn) > 2
    assert problem(client.get("/random?q=nothing")) == (404, "nothing-found")


class SlowIndex(MemoryIndex):
    """An index that takes longer than anybody waits."""

    def search(self, query: Query, *, check: Check = no_check, **rest: Any) -> Page:
        time.sleep(0.02)
        check()
        return super().search(query, check=check, **rest)


@pytest.mark.parametrize("path", ["/search", "/similar/22222222", "/random"])
def test_a_search_that_nobody_waits_for_any_more_stops(path: str) -> None:
    following = Following()
    following.caught_up(SlowIndex())
    client = create_app(following, IDENTITIES, MemoryEyes({})).test_client()

    response = client.get(path, headers={"X-Deadline-Ms": "10"})

    assert problem(response) == (503, "too-slow")
    assert response.headers["Retry-After"] == "1"
