"""What `paperroute import` does, told by its output, its exit code and what the site was sent."""

import json
import os
from pathlib import Path

import pytest
from werkzeug.wrappers import Request, Response

from tests.support.api_stand_in import (
    PART_BYTES,
    Answer,
    ApiStandIn,
    a_picture,
    busy,
    hang_up,
    problem,
)
from tests.unit.cli.conftest import Run

JOURNAL = ".paperroute-import.jsonl"


def summary_of(output: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(output.splitlines()[-1])["summary"]
    return found


def test_pictures_are_sent_and_other_files_left_out(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    result = run("import", folder)

    assert result.exit_code == 0
    assert {(each.file_name, each.media_type) for each in api.uploads} == {
        ("red_rock.jpg", "image/jpeg"),
        ("blue-lake.png", "image/png"),
    }
    assert "not JPEG, PNG or WebP" in result.stdout
    assert "2 added, 1 skipped" in result.stdout


def test_folders_within_folders_are_imported_when_asked(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    run("import", "-r", folder)

    assert {each.file_name for each in api.uploads} >= {"dune.webp"}


def test_what_is_said_of_the_pictures_reaches_the_site(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    options = ["--tag", "canyon", "--tag", "desert rock", "--license", "cc0-1.0", "--ai", "no"]
    options += ["--creator", "Ada", "--category", "nature", "--rating", "safe"]
    options += ["--source", "https://example.org/ada"]

    run("import", folder / "red_rock.jpg", *options)

    assert api.uploads[0].fields == {
        "title": "Red rock",
        "tags": "canyon,desert rock",
        "license": "cc0-1.0",
        "ai": "no",
        "creator": "Ada",
        "category": "nature",
        "rating": "safe",
        "source": "https://example.org/ada",
    }


def test_a_title_can_be_taken_from_the_folder(run: Run, api: ApiStandIn, folder: Path) -> None:
    run("import", folder / "red_rock.jpg", "--title-from", "folder")

    assert api.uploads[0].fields["title"] == "Photos"


def test_a_second_run_sends_and_asks_nothing(run: Run, api: ApiStandIn, folder: Path) -> None:
    run("import", folder)
    api.requests.clear()

    result = run("import", folder)

    assert result.exit_code == 0
    assert "2 already here" in result.stdout
    assert api.requests == ["GET /api/v1/me"]


def test_a_picture_that_changed_is_sent_again(run: Run, api: ApiStandIn, folder: Path) -> None:
    run("import", folder)
    (folder / "red_rock.jpg").write_bytes(a_picture(201))

    result = run("import", folder)

    assert "1 added, 1 already here" in result.stdout
    assert api.uploads[-1].data == a_picture(201)


def test_what_one_site_has_is_still_sent_to_another(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    run("import", folder)
    api.records.clear()

    run("import", folder, url=api.url.replace("127.0.0.1", "localhost"))

    assert len(api.records) == 2


def test_without_a_journal_the_site_is_asked_by_hash_and_sent_nothing(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    api.keep(a_picture(200))

    result = run("import", folder / "red_rock.jpg")

    assert "1 already here" in result.stdout
    assert api.uploads == []


def test_a_duplicate_that_search_does_not_show_counts_as_already_here(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    api.next = [problem(409, "duplicate", "It is there.", wallpaper_id="hidden22")]

    result = run("import", folder / "red_rock.jpg")

    assert result.exit_code == 0
    assert "/w/hidden22" in result.stdout


def test_pictures_are_sent_even_while_search_rests(run: Run, api: ApiStandIn, folder: Path) -> None:
    api.next_searches = [busy(), busy()]

    result = run("import", folder / "red_rock.jpg")

    assert result.exit_code == 0
    assert len(api.records) == 1


def test_a_dry_run_asks_nothing_sends_nothing_and_writes_nothing(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    result = run("import", folder, "--dry-run", key=None)

    assert result.exit_code == 0
    assert "2 new, 1 skipped" in result.stdout
    assert api.requests == []
    assert not (folder / JOURNAL).exists()


def test_a_check_asks_what_is_there_and_sends_nothing(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    api.keep(a_picture(200))

    result = run("import", folder, "--check-only", key=None)

    assert "1 already here, 1 new, 1 skipped" in result.stdout
    assert api.uploads == []
    assert not (folder / JOURNAL).exists()


def test_the_same_picture_twice_is_sent_once(run: Run, api: ApiStandIn, folder: Path) -> None:
    (folder / "copy.jpg").write_bytes(a_picture(200))
    (folder / "link.jpg").symlink_to(folder / "red_rock.jpg")

    result = run("import", folder)

    assert "2 added, 1 repeated, 1 skipped" in result.stdout
    assert len(api.uploads) == 2


def test_a_busy_site_is_asked_again_with_the_same_idempotency_key(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    api.next = [busy(), hang_up, problem(409, "idempotency-key-in-use", "Wait.", after=0)]

    result = run("import", folder / "red_rock.jpg")

    assert result.exit_code == 0
    assert len(api.uploads) == 4
    assert len({each.idempotency_key for each in api.uploads}) == 1
    assert all(each.data == a_picture(200) for each in api.uploads)


def test_a_picture_deleted_there_is_uploaded_anew_not_answered_from_memory(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    run("import", folder / "red_rock.jpg")
    api.records.clear()

    run("import", folder / "red_rock.jpg")

    assert len({each.idempotency_key for each in api.uploads}) == 2


def test_a_refused_picture_fails_alone_and_says_why(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    api.next = [problem(413, "too-large", "The file is larger than 50 MiB.")]

    result = run("import", folder, "--jobs", "1")

    assert result.exit_code == 1
    assert "The file is larger than 50 MiB." in result.stdout
    assert "1 added, 1 skipped, 1 failed" in result.stdout


def test_a_failed_picture_is_tried_again_by_the_next_run(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    api.next = [problem(500, "about:blank", "Something went wrong.")]
    run("import", folder, "--jobs", "1")

    result = run("import", folder)

    assert result.exit_code == 0
    assert "1 added, 1 already here" in result.stdout


def test_a_file_that_cannot_be_read_fails_alone(run: Run, api: ApiStandIn, folder: Path) -> None:
    (folder / "broken.jpg").symlink_to(folder / "nowhere.jpg")

    result = run("import", folder)

    assert result.exit_code == 1
    assert "The file cannot be read: No such file or directory." in result.stdout
    assert len(api.records) == 2


def test_a_key_that_stops_working_ends_the_import(run: Run, api: ApiStandIn, folder: Path) -> None:
    api.next = [problem(401, "key-unknown", "This key is not known here.")] * 9

    result = run("import", folder, "--jobs", "1")

    assert result.exit_code == 1
    assert len(api.uploads) == 1
    assert "not looked at: This key is not known here." in result.stdout


def test_for_a_program_each_file_and_the_whole_are_json(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    result = run("import", folder, "--json")

    told = [json.loads(line) for line in result.stdout.splitlines()]
    red = next(each for each in told if each.get("path", "").endswith("red_rock.jpg"))
    there = api.has(red["sha256"])
    assert red["status"] == "added"
    assert (red["id"], red["page"]) == (there, f"{api.url}/w/{there}")
    summary = summary_of(result.stdout)
    assert (summary["added"], summary["skipped"], summary["failed"]) == (2, 1, 0)


def test_output_that_is_no_terminal_is_plain_lines(run: Run, folder: Path) -> None:
    result = run("import", folder)

    assert "\x1b" not in result.stdout
    assert len(result.stdout.splitlines()) == 4


def test_a_name_cannot_steer_the_terminal(run: Run, folder: Path) -> None:
    (folder / "\x1b[2Jgone.jpg").write_bytes(a_picture(3))

    result = run("import", folder)

    assert "\x1b" not in result.stdout
    assert "\N{REPLACEMENT CHARACTER}[2Jgone.jpg" in result.stdout


def test_a_name_that_is_no_utf8_is_imported(run: Run, api: ApiStandIn, folder: Path) -> None:
    path = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")
    Path(path).write_bytes(a_picture(4))

    result = run("import", folder)

    assert result.exit_code == 0
    assert a_picture(4) in api.originals.values()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "Uploading needs a key: set PAPERROUTE_KEY"),
        ("pr_wrong", "The site does not know this key; check PAPERROUTE_KEY."),
        ("schlüssel", "PAPERROUTE_KEY holds characters that no key has"),
    ],
)
def test_without_a_good_key_nothing_begins(
    run: Run, api: ApiStandIn, folder: Path, key: str | None, said: str
) -> None:
    result = run("import", folder, key=key)

    assert result.exit_code == 2
    assert said in result.stderr
    assert api.uploads == []


def test_a_folder_that_is_not_there_is_a_mistake(run: Run, tmp_path: Path) -> None:
    assert run("import", tmp_path / "nowhere").exit_code == 2


def test_a_journal_can_be_kept_elsewhere(run: Run, api: ApiStandIn, folder: Path) -> None:
    journal = folder.parent / "imported.jsonl"

    run("import", folder, "--journal", journal)

    assert len(journal.read_text().splitlines()) == 2
    assert not (folder / JOURNAL).exists()


def test_every_file_can_be_looked_at_as_if_for_the_first_time(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    run("import", folder)
    api.records.clear()

    run("import", folder, "--no-journal")

    assert len(api.records) == 2


# What the site has


def test_the_site_is_asked_about_many_at_once(run: Run, api: ApiStandIn, folder: Path) -> None:
    for number in range(40):
        (folder / f"{number:02}.jpg").write_bytes(a_picture(number * 4))
        api.keep(a_picture(number * 4))

    result = run("import", folder)

    assert "2 added, 40 already here, 1 skipped" in result.stdout
    assert [each for each in api.requests if each.startswith("GET")] == ["GET /api/v1/me"]
    assert api.requests.count("POST /api/v1/uploads/check") == 2
    assert len(api.uploads) == 2


def test_a_look_alike_is_sent_or_left_out_and_told_of(
    run: Run, api: ApiStandIn, folder: Path
) -> None:
    detail = "It looks the same."
    api.next = [problem(409, "near-duplicate", detail, wallpaper_id="wall0000", distance=1)]
    options = (folder / "red_rock.jpg", "--journal", folder / JOURNAL)

    first = run("import", *options, "--skip-near", "--json")
    again = run("import", *options, "--skip-near")
    accepted = run("import", *options)

    told = json.loads(first.stdout.splitlines()[0])
    assert (first.exit_code, told["status"], told["id"]) == (0, "look_alike", "wall0000")
    assert "1 look-alike" in again.stdout
    assert "1 added" in accepted.stdout
    assert len(api.uploads) == 2
    assert api.accepted_near[-1]
    assert sum(api.accepted_near) == 1


# Large files


def a_large_file(parts: float = 2.5) -> bytes:
    return a_picture(7)[:2] + b"\xff\xe4" + bytes(int(parts * PART_BYTES))


@pytest.fixture
def large(folder: Path) -> Path:
    path = folder / "large.jpg"
    path.write_bytes(a_large_file())
    return path


def test_a_large_file_goes_in_parts_and_storage_never_sees_the_key(
    run: Run, api: ApiStandIn, large: Path
) -> None:
    result = run("import", large, "--tag", "canyon")

    assert "1 added" in result.stdout
    assert api.uploads[0].data == large.read_bytes()
    assert api.uploads[0].fields == {"title": "Large", "tags": "canyon"}
    assert len(api.part_headers) == 3
    assert all("Authorization" not in headers for headers in api.part_headers)
    assert "POST /api/v1/wallpapers" not in api.requests


@pytest.mark.parametrize("trouble", [hang_up, busy(), problem(500, "x", "x")])
def test_a_part_that_failed_in_passing_is_sent_again(
    run: Run, api: ApiStandIn, large: Path, trouble: Answer
) -> None:
    api.next_parts = [trouble]

    result = run("import", large)

    assert "1 added" in result.stdout
    assert len(api.part_headers) == 4


def test_a_link_that_expired_is_replaced(run: Run, api: ApiStandIn, large: Path) -> None:
    api.next_parts = [lambda _: Response("<Error/>", 403)]

    result = run("import", large)

    assert "1 added" in result.stdout
    assert api.requests.count("GET /api/v1/uploads/upload0") == 1
    assert api.uploads[-1].data == large.read_bytes()


def test_an_interrupted_run_carries_on_with_the_parts_that_are_missing(
    run: Run, api: ApiStandIn, large: Path
) -> None:
    journal = large.with_name(JOURNAL)
    api.next_parts = [lambda _: Response("<Error/>", 400)]
    api.next_parts.insert(0, _take(api))
    broken = run("import", large, "--journal", journal)
    api.part_headers.clear()

    result = run("import", large, "--journal", journal)

    assert broken.exit_code == 1
    assert "1 added" in result.stdout
    assert len(api.announced) == 1
    assert len(api.part_headers) == 2
    assert api.uploads[-1].data == large.read_bytes()


def test_an_upload_that_is_gone_is_begun_anew(run: Run, api: ApiStandIn, large: Path) -> None:
    journal = large.with_name(JOURNAL)
    api.next_parts = [lambda _: Response("<Error/>", 400)]
    run("import", large, "--journal", journal)
    api.announced.clear()

    result = run("import", large, "--journal", journal)

    assert "1 added" in result.stdout


def _take(api: ApiStandIn) -> Answer:
    """The storage's ordinary answer to the first part."""

    def answer(request: Request) -> Response:
        api.parts["upload0"][1] = request.get_data()
        return Response()

    return answer
