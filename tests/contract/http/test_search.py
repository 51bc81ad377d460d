"""Search keeps its openapi.yaml."""

import pytest

from search.app import create_app
from search.domain.parser import parse_query
from search.follow import Following
from search.web.problems import PROBLEMS
from tests.support.promise import Promise
from tests.support.search_builders import IDENTITIES, a_record, an_app, an_id, signed


@pytest.mark.parametrize(
    "path",
    [
        "/search",
        "/search?q=plain&limit=1",
        "/search?q=nothing",
        "/search?q=sort:random",
        "/search?q=" + "(colr:red res:huge sort:nw | () NOT sort:res -sort:old * %22a",
        "/search?limit=none",
        "/search?page=2",
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
    [("search_wallpapers", "/search"), ("ready", "/readyz"), ("live", "/livez")],
)
def test_an_index_that_is_not_full_yet_answers_as_promised(operation: str, path: str) -> None:
    client = create_app(Following(), IDENTITIES).test_client()

    Promise("search").check(operation, client.get(path))
    Promise("search").check(operation, an_app().test_client().get(path))


def test_every_problem_has_a_status_that_is_promised() -> None:
    statuses = {str(kind.status.value) for kind in PROBLEMS.values()}

    assert statuses == {"400", "401", "503"}


def test_the_query_of_the_document_is_one_we_understand() -> None:
    assert not parse_query("forest -fog ratio:16:9 color:#0b3d91~40% sort:random").warnings
