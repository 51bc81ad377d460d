"""What `paperroute search` and `paperroute download` do."""

import json
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from tests.support.api_stand_in import ApiStandIn, a_picture, busy, hang_up, problem
from tests.support.servers import free_port
from tests.unit.cli.conftest import Run


def test_a_search_lists_what_it_finds(run: Run, api: ApiStandIn) -> None:
    there = api.keep(b"1", title="Red rock", tags=["canyon", "desert"])

    result = run("search", "canyon", key=None)

    row = [there, "8x6", "Red rock", "canyon, desert", f"{api.url}/w/{there}"]
    assert result.exit_code == 0
    assert result.stdout == "\t".join(row) + "\n"


def test_a_search_tells_what_the_site_warned_of(run: Run, api: ApiStandIn) -> None:
    api.warnings = [{"code": "unknown-field", "message": "'mood:' is not a filter we know."}]

    result = run("search", "mood:calm")

    assert "note: 'mood:' is not a filter we know." in result.stderr


def test_a_long_search_takes_as_many_pages_as_it_needs(run: Run, api: ApiStandIn) -> None:
    for number in range(130):
        api.keep(bytes([number]))

    result = run("search", "", "--limit", "120")

    assert len(result.stdout.splitlines()) == 120
    assert api.requests.count("GET /api/v1/search") == 2


def test_a_search_is_json_for_a_program(run: Run, api: ApiStandIn) -> None:
    there = api.keep(b"1")

    result = run("search", "", "--json")

    told = json.loads(result.stdout)
    assert [record["id"] for record in told["data"]] == [there]
    assert told["meta"]["total"] == 1


def test_a_title_cannot_steer_the_terminal(run: Run, api: ApiStandIn) -> None:
    api.keep(b"1", title="\x1b[2J\nRed")

    result = run("search", "")

    assert "\x1b" not in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_a_cut_is_downloaded_under_a_name_of_its_own(
    run: Run, api: ApiStandIn, tmp_path: Path
) -> None:
    there = api.keep(a_picture())

    result = run("download", there, "--fit", "2560x1440", "--format", "webp", "-o", tmp_path)

    kept = tmp_path / f"wallpaper-{there}-2560x1440.webp"
    assert result.stdout.strip() == str(kept)
    assert kept.read_bytes() == f"{there} 2560x1440.webp".encode()


def test_an_original_is_downloaded_bit_for_bit(run: Run, api: ApiStandIn, tmp_path: Path) -> None:
    there = api.keep(a_picture(7))

    result = run("download", there, "--original", "--output", tmp_path / "mine.jpg")

    assert result.exit_code == 0
    assert (tmp_path / "mine.jpg").read_bytes() == a_picture(7)


def test_an_original_that_arrives_changed_is_not_kept(
    run: Run, api: ApiStandIn, tmp_path: Path
) -> None:
    there = api.keep(a_picture(7))
    api.originals[there] = a_picture(8)

    result = run("download", there, "--original", "-o", tmp_path)

    assert result.exit_code == 1
    assert "not the original, bit for bit" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_download_cut_off_is_begun_anew(run: Run, api: ApiStandIn, tmp_path: Path) -> None:
    there = api.keep(a_picture(7))
    api.next_downloads = [hang_up, busy()]

    result = run("download", there, "--original", "-o", tmp_path)

    assert result.exit_code == 0
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [a_picture(7)]


def test_a_refused_download_says_why_and_leaves_what_was_there(
    run: Run, api: ApiStandIn, tmp_path: Path
) -> None:
    there = api.keep(a_picture())
    api.next_downloads = [problem(422, "would-upscale", "It is only 8 pixels wide.")]
    mine = tmp_path / "mine.jpg"
    mine.write_bytes(b"before")

    result = run("download", there, "--fit", "2560x1440", "-o", mine)

    assert result.exit_code == 1
    assert result.stderr == "paperroute: It is only 8 pixels wide.\n"
    assert mine.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [mine]


def test_a_page_in_place_of_a_picture_is_not_kept(
    run: Run, api: ApiStandIn, tmp_path: Path
) -> None:
    there = api.keep(a_picture())
    api.next_downloads = [lambda _: Response("<h1>Sign in</h1>", content_type="text/html")]

    result = run("download", there, "--fit", "640x360", "-o", tmp_path)

    assert result.exit_code == 1
    assert "instead of a picture" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wallpaper_that_is_not_there_is_said_to_be_missing(run: Run, tmp_path: Path) -> None:
    result = run("download", "nobody22", "--original", "-o", tmp_path)

    assert result.exit_code == 1
    assert result.stderr == "paperroute: There is no such thing.\n"


@pytest.mark.parametrize("options", [[], ["--fit", "huge"], ["--original", "--fit", "640x360"]])
def test_a_download_needs_one_readable_size(run: Run, options: list[str]) -> None:
    assert run("download", "wall0000", *options).exit_code == 2


def test_a_site_that_does_not_answer_is_a_matter_of_configuration(run: Run) -> None:
    result = run("search", "", url=f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 2
    assert "check PAPERROUTE_URL and that the site is running." in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_address_that_is_none_is_a_matter_of_configuration(run: Run) -> None:
    result = run("search", "", url="localhost:8080")

    assert result.exit_code == 2
    assert "PAPERROUTE_URL must be an address such as http://localhost:8080." in result.stderr


def test_something_else_at_the_address_is_recognised(run: Run, api: ApiStandIn) -> None:
    api.next_searches = [lambda _: Response("<h1>It works!</h1>", content_type="text/html")]

    result = run("search", "")

    assert result.exit_code == 1
    assert "is no Paperroute site; check PAPERROUTE_URL." in result.stderr


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout.startswith("paperroute ")
