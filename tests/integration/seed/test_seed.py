"""Loading the demo collection into a site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import seed
from scripts.demo.collection import COLLECTION
from scripts.demo.picture import size
from tests.support.api_stand_in import KEY, ApiStandIn, busy, problem, serving
from tests.support.servers import free_port

pytestmark = pytest.mark.integration  # real pictures take a while to paint

FEW = COLLECTION[-3:]
TITLES = [wallpaper.title for wallpaper in FEW]


@pytest.fixture
def api() -> Iterator[ApiStandIn]:
    with serving(ApiStandIn()) as stand_in:
        yield stand_in


@pytest.fixture
def told() -> list[tuple[int, int, str]]:
    return []


def load(api: ApiStandIn, told: list[tuple[int, int, str]]) -> bool:
    return seed.load(
        api.url,
        KEY,
        jobs=1,
        small=True,
        wallpapers=FEW,
        on_progress=lambda *said: told.append(said),
    )


def test_the_wallpapers_are_uploaded_in_order(
    api: ApiStandIn, told: list[tuple[int, int, str]]
) -> None:
    complete = load(api, told)

    assert complete
    assert [each.fields["title"] for each in api.uploads] == TITLES
    assert api.uploads[-1].fields == FEW[-1].fields
    assert told == [(1, 3, TITLES[0]), (2, 3, TITLES[1]), (3, 3, TITLES[2])]


def test_what_the_site_has_is_left_alone(api: ApiStandIn, told: list[tuple[int, int, str]]) -> None:
    width, height = size(FEW[0], small=True)
    api.keep(b"1", title=TITLES[0], width=width, height=height)

    complete = load(api, told)

    assert complete
    assert [each.fields["title"] for each in api.uploads] == TITLES[1:]
    assert told[0] == (1, 3, "already there")


def test_what_search_did_not_tell_of_counts_as_there(
    api: ApiStandIn, told: list[tuple[int, int, str]]
) -> None:
    load(api, [])
    api.next_searches = [problem(400, "invalid-query", "No.")]

    complete = load(api, told)

    assert complete
    assert len(api.records) == 3
    assert told[-1] == (3, 3, f"{TITLES[2]} (already there)")


def test_a_busy_site_is_waited_for(api: ApiStandIn, told: list[tuple[int, int, str]]) -> None:
    api.next = [busy()]

    assert load(api, told)
    assert len(api.records) == 3


def test_a_refused_wallpaper_leaves_the_collection_incomplete(
    api: ApiStandIn, told: list[tuple[int, int, str]]
) -> None:
    api.next = [problem(422, "picture-refused", "It is truncated.")]

    complete = load(api, told)

    assert not complete
    assert len(api.records) == 2
    assert told[0] == (1, 3, f"{TITLES[0]}: It is truncated.")


def test_the_command_says_how_it_goes_and_keeps_the_files(
    api: ApiStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--url", api.url, "--key", KEY, "--small", "--jobs", "1", "--keep", str(tmp_path)]

    code = seed.main([*options, "--only", TITLES[0]])

    assert code == 0
    assert capsys.readouterr().out == f"  1/1  {TITLES[0]}\n"
    assert [each.name for each in tmp_path.iterdir()] == [FEW[0].file_name]


def test_a_site_that_is_not_there_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    code = seed.main(["--url", f"http://127.0.0.1:{free_port()}", "--key", KEY, "--small"])

    assert code == 1
    assert "is not complete" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--key", KEY, "--only", "Nothing"], ["--key", ""]])
def test_a_mistake_is_explained(options: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        seed.main(options)

    assert caught.value.code == 2
