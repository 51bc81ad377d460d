"""Search keeps its openapi.yaml."""

import pytest

from search.adapters.memory_eyes import MemoryEyes
from search.app import create_app
from search.domain.parser import parse_query
from search.domain.values import Look
from search.follow import Following
from search.ports import Reconciled
from search.web.problems import PROBLEMS
from tests.support.promise import Promise
from tests.support.search_builders import IDENTITIES, a_record, an_app, an_id, an_index, signed


@pytest.mark.parametrize(
    "path",
    [
        "/search",
        "/search?q=plain&limit=1",
        "/search?q=nothing",
        "/search?q=nothing&facets=1&explain=1",
        "/search?q=plain similar:22222222 color:gray&facets=1&explain=1&page=1",
        "/search?q=like:none in:a is:pending sort:color wallpapre",
        "/search?q=sort:hot&explain=1",
        "/search?q=sort:top:1w&explain=1",
        "/search?facets=2",
        "/search?q=sort:random",
        "/search?q=" + "(colr:red res:huge sort:nw | () NOT sort:res -sort:old * %22a",
        "/search?limit=none",
        "/search?page=2",
        "/search?page=0",
        "/search?page=2&cursor=x",
        "/search?cursor=yesterday",
        "/search?q=(((((a",
    ],
)
@pytest.mark.parametrize("headers", [{}, signed(), {"X-Paperroute-Identity": "forged"}])
def test_every_answer_fits_its_schema(path: str, headers: dict[str, str]) -> None:
    client = an_app(a_record(), a_record(id=an_id(1), source="https://nasa.gov")).test_client()

    Promise("search").check("search_wallpapers", client.get(path, headers=headers))


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("find_similar", "/similar/22222222"),
        ("find_similar", "/similar/33333333"),
        ("find_similar", "/similar/22222222?q=a"),
        ("draw_wallpaper", "/random?q=plain"),
        ("draw_wallpaper", "/random?q=nothing"),
        ("draw_wallpaper", "/random?limit=2"),
        ("suggest", "/suggest?q=pl"),
        ("suggest", "/suggest?q=t"),
        ("suggest", "/suggest?q=sort:"),
        ("suggest", "/suggest?q=category:"),
        ("suggest", "/suggest?limit=51"),
        ("show_index", "/index"),
    ],
)
def test_every_other_answer_fits_its_schema(operation: str, path: str) -> None:
    records = [a_record(tags=["plain"]), a_record(id=an_id(1), tags=["plain", "tall"])]

    Promise("search").check(operation, an_app(*records).test_client().get(path))


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"a picture", "image/jpeg", 200),
        (b"another", "image/jpeg", 422),
        (b"a picture", "text/plain", 422),
        (b"x" * (5 * 1024 * 1024 + 1), "image/png", 413),
    ],
)
def test_every_answer_to_a_picture_fits_its_schema(
    body: bytes, media_type: str, status: int
) -> None:
    look = Look("", 0x0123456789ABCDEF, 0xFEDCBA9876543210, ())
    client = an_app(a_record(), pictures={b"a picture": look}).test_client()

    response = client.post("/search/by-image?limit=3", data=body, content_type=media_type)

    assert response.status_code == status
    Promise("search").check("search_by_image", response)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("search_wallpapers", "/search"),
        ("find_similar", "/similar/22222222"),
        ("draw_wallpaper", "/random"),
        ("suggest", "/suggest?q=a"),
        ("show_index", "/index"),
        ("ready", "/readyz"),
        ("live", "/livez"),
    ],
)
def test_an_index_that_is_not_full_yet_answers_as_promised(operation: str, path: str) -> None:
    client = create_app(Following(), IDENTITIES, MemoryEyes({})).test_client()

    Promise("search").check(operation, client.get(path))
    Promise("search").check(operation, an_app().test_client().get(path))


def test_the_last_report_on_the_index_is_shown_as_promised() -> None:
    done = Reconciled(1_795_000_000.5, 3.25, checked=9, missing=1, stale=0, different=2, extra=0)
    following = Following()
    following.caught_up(an_index(a_record()))
    client = create_app(
        following, IDENTITIES, MemoryEyes({}), reconciled=lambda: done
    ).test_client()

    answer = client.get("/index")

    Promise("search").check("show_index", answer)
    assert answer.get_json()["reconciled"] == {
        "at": "2026-11-18T11:06:40.500Z",
        "seconds": 3.25,
        "checked": 9,
        "missing": 1,
        "stale": 0,
        "different": 2,
        "extra": 0,
    }


def test_every_problem_has_a_status_that_is_promised() -> None:
    statuses = {str(kind.status.value) for kind in PROBLEMS.values()}

    assert statuses == {"400", "401", "404", "413", "422", "503"}


def test_the_query_of_the_document_is_one_we_understand() -> None:
    assert not parse_query("forest -fog ratio:16:9 color:#0b3d91~40% sort:random").warnings
