"""The command as a process of its own, against a stand-in for the site."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.api_stand_in import KEY, ApiStandIn, a_picture, busy, serving
from tests.support.servers import wait_until

COMMAND = Path(sys.executable).with_name("paperroute")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "photos"
    place.mkdir()
    for shade in range(6):
        (place / f"{shade}.jpg").write_bytes(a_picture(shade * 40))
    return place


@contextmanager
def importing(folder: Path, api: ApiStandIn) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [COMMAND, "import", folder, "--jobs", "1"],
        env={**os.environ, "PAPERROUTE_URL": api.url, "PAPERROUTE_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_an_interrupted_import_sums_up_and_the_next_carries_on(folder: Path) -> None:
    with serving(ApiStandIn()) as api:
        api.next = [busy(after=60)]
        with importing(folder, api) as process:
            wait_until(lambda: len(api.uploads) == 1, seconds=20, what="the first upload")
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=10)

        assert process.returncode == 130
        assert "6 not looked at: it was interrupted." in output
        assert errors == ""
        with importing(folder, api) as process:
            output, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "6 added" in output


def test_an_interrupted_import_counts_what_the_site_was_just_taking_in(folder: Path) -> None:
    answering = threading.Event()
    with serving(ApiStandIn()) as api:
        api.before_upload = lambda: answering.wait(20)
        with importing(folder, api) as process:
            wait_until(lambda: len(api.uploads) == 1, seconds=20, what="the first upload")
            process.send_signal(signal.SIGINT)
            answering.set()
            output, _ = process.communicate(timeout=10)

    assert process.returncode == 130
    assert "1 added" in output
    assert "5 not looked at" in output


def test_an_import_that_was_killed_carries_on_where_it_was(folder: Path) -> None:
    killed = threading.Event()
    with serving(ApiStandIn()) as api:
        api.before_upload = lambda: len(api.uploads) < 3 or killed.wait(20)
        with importing(folder, api) as process:
            wait_until(lambda: len(api.uploads) == 3, seconds=20, what="the third upload")
            process.kill()
            process.wait()
        killed.set()  # the site takes in the third picture, and nobody is left to be told
        wait_until(lambda: len(api.records) == 3, seconds=20, what="the third picture")

        with importing(folder, api) as process:
            output, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "3 added, 3 already here" in output
    assert len(api.uploads) == 6
