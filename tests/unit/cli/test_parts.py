"""The parts of the command that are clearer on their own."""

import io
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from rich.console import Console
from werkzeug.wrappers import Request, Response

from paperroute.client import Client, Refused, SiteUnreachable
from paperroute.finding import find_files
from paperroute.hashing import media_type, sha256
from paperroute.importing import Outcome, Status
from paperroute.journal import Entry, Journal, journal_in
from paperroute.reporting import Bars, Summary
from paperroute.settings import Site
from paperroute.titles import title_of
from tests.support.api_stand_in import ApiStandIn, a_picture, busy, problem
from tests.support.servers import free_port


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("a/quiet_valley-3840x2160.jpg", "Quiet valley"),
        ("a/Last.Light.(1920×1080).png", "Last Light ( )"),
        ("Altai/contents/images/5120x2880.png", "Altai"),
        ("IMG_20240107.jpg", "IMG 20240107"),
        ("x" * 300 + ".jpg", "X" + "x" * 199),
    ],
)
def test_a_file_name_becomes_a_title(path: str, title: str) -> None:
    assert title_of(Path(path)) == title


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (a_picture(), "image/jpeg"),
        (a_picture(kind="PNG"), "image/png"),
        (a_picture(kind="WEBP"), "image/webp"),
        (a_picture(kind="GIF"), None),
        (b"<svg/>", None),
        (b"RIFF1234WAVEfmt ", None),
        (b"", None),
    ],
)
def test_a_picture_is_known_by_its_bytes_whatever_its_name(
    tmp_path: Path, data: bytes, known: str | None
) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(data)

    assert media_type(file) == known


def test_a_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")

    assert sha256(file).startswith("ba7816bf8f01cfea414140de5dae2223")


def test_hidden_files_are_left_out_and_links_followed_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("b.jpg", ".hidden.jpg", "in/a.jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.jpg").write_bytes(b"")
    (tmp_path / "c.jpg").symlink_to(tmp_path / "b.jpg")
    (tmp_path / "in" / "loop").symlink_to(tmp_path)

    found = [each.path for each in find_files([tmp_path, tmp_path / "b.jpg"], recursive=True)]

    assert found == [tmp_path / "b.jpg", tmp_path / "in" / "a.jpg"]


def test_a_journal_remembers_a_file_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"before")
    Journal(tmp_path / "j", "http://a").note(file, Entry("12ab", "wall0000"))

    again = Journal(tmp_path / "j", "http://a")

    assert again.recall(file) == Entry("12ab", "wall0000")
    assert Journal(tmp_path / "j", "http://b").recall(file) is None
    file.write_bytes(b"afterwards")
    assert again.recall(file) is None


def test_a_journal_survives_the_line_that_a_crash_tore(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jpg", tmp_path / "b.jpg"
    first.write_bytes(b"a")
    second.write_bytes(b"b")
    path = tmp_path / "j"
    Journal(path, "http://a").note(first, Entry("aa", "wall0000"))
    path.write_bytes(path.read_bytes() + b'{"site": "http')

    Journal(path, "http://a").note(second, Entry("bb", "wall0001"))

    again = Journal(path, "http://a")
    assert again.recall(first) == Entry("aa", "wall0000")
    assert again.recall(second) == Entry("bb", "wall0001")


def test_a_journal_of_anything_else_is_as_none(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"a")
    (tmp_path / "j").write_bytes(b'[]\n3\n{"site": 1}\n\xff\n' + json.dumps({}).encode())

    assert Journal(tmp_path / "j", "http://a").recall(file) is None


def test_a_folder_that_is_gone_has_no_journal(tmp_path: Path) -> None:
    assert journal_in(tmp_path / "nowhere", "http://a") is None


def test_the_pause_is_as_long_as_the_site_asks(api: ApiStandIn) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    later = problem(503, "busy", "We are busy.")

    def at_a_date(request: Request) -> Response:
        response = later(request)
        response.headers["Retry-After"] = date
        return response

    api.next_searches = [busy(after=7), at_a_date]
    pauses: list[float] = []

    with Client(Site(api.url, None), pause=pauses.append) as client:
        client.search("", limit=1)

    assert pauses[0] == 7
    assert 27 < pauses[1] <= 30


def test_a_site_that_stays_busy_is_given_up(api: ApiStandIn) -> None:
    api.next_searches = [busy()] * 9

    with Client(Site(api.url, None)) as client, pytest.raises(Refused) as caught:
        client.search("", limit=1)

    assert caught.value.status == 503
    assert len(api.requests) == 3


def test_a_refusal_is_not_repeated(api: ApiStandIn) -> None:
    api.next_searches = [problem(400, "query-too-large", "At most 32 clauses.")]

    with (
        Client(Site(api.url, None)) as client,
        pytest.raises(Refused, match=r"At most 32 clauses\."),
    ):
        client.search("", limit=1)

    assert len(api.requests) == 1


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(Site("http://a", "pr_secret"))


def test_an_address_where_nothing_listens_is_unreachable_after_growing_pauses() -> None:
    site = Site(f"http://127.0.0.1:{free_port()}", None)
    pauses: list[float] = []

    with Client(site, pause=pauses.append) as client, pytest.raises(SiteUnreachable):
        client.account()

    first, second = pauses
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_on_a_terminal_there_are_bars(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"1234")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)

    with Bars(console, "http://a", total=2) as bars:
        bars.sent(file, 2)
        bars.settled(Outcome(file, Status.ADDED, wallpaper_id="wall0000"))
        bars.settled(Outcome(tmp_path / "b", Status.SKIPPED, detail="not JPEG, PNG or WebP"))

    assert "a.jpg" in screen.getvalue()
    assert "not JPEG, PNG or WebP" in screen.getvalue()
    assert "100%" in screen.getvalue()


def test_a_summary_says_what_was_not_looked_at() -> None:
    summary = Summary(total=5, stopped="it was interrupted.")
    summary.counts[Status.ADDED] = 3

    assert summary.text.startswith("3 added in ")
    assert "2 not looked at: it was interrupted." in summary.text
