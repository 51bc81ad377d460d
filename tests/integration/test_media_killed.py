"""kill -9 of media around each call to AWS that an upload makes: nothing acknowledged is lost.

``PAPERROUTE_KILL_SEED=7`` uploads other pictures.
"""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from tests.conftest import made
from tests.support.media_builders import a_file
from tests.support.mortal_media import LEASE, ORDERS
from tests.support.oracle import Acknowledged, Oracle

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SEED = int(os.environ.get("PAPERROUTE_KILL_SEED", "20261123"))
_SECRET = "a secret that is long enough for tests"


def a_body(rng: random.Random) -> bytes:
    """A picture of 1 to 200 kB that is like no other, with random comments in it."""
    plain = a_file(64, 48, seed=rng.getrandbits(32))
    comments = b"".join(
        b"\xff\xfe" + (len(part) + 2).to_bytes(2, "big") + part
        for part in (rng.randbytes(rng.randint(500, 60_000)) for _ in range(rng.randint(1, 3)))
    )
    return plain[:2] + comments + plain[2:]


@dataclass
class Media:
    """A media service that is killed and comes back, and what it was heard to promise."""

    environ: dict[str, str]
    process: "subprocess.Popen[str]"
    port: int
    promised: dict[str, Acknowledged] = field(default_factory=dict)
    patience: float = 60
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, **what: Any) -> Any:
        """Tell the supervisor something; its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self._telling:
            self.process.stdin.write(json.dumps(what) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def ask(self, method: str, path: str, *, within: float = 20, **more: Any) -> httpx.Response:
        """One request in Ada's name."""
        ada = Identities(Sealer([_SECRET])).sign(Identity("ada", Role.CONTRIBUTOR), method, path)
        headers = {**ada, **more.pop("headers", {})}
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, headers=headers, timeout=within, **more)

    def insist(
        self, method: str, path: str, make: Callable[[], dict[str, Any]] = dict
    ) -> httpx.Response:
        """Ask again until there is an answer that is one."""
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                response = self.ask(method, path, **make())
                busy = response.status_code == 409 and "in-use" in response.json()["type"]
                if response.status_code < 500 and not busy:
                    return response
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} had no answer in {self.patience} s")

    def upload(self, body: bytes, *, title: str, key: str | None) -> str:
        """Upload until it is acknowledged; the id."""
        response = self.insist(
            "POST",
            "/wallpapers",
            lambda: {
                "files": {"file": ("picture.jpg", io.BytesIO(body), "image/jpeg")},
                "data": {"title": title},
                "headers": {"Idempotency-Key": key} if key else {},
            },
        )
        if response.status_code == 409 and key is None:  # the answer to an earlier try was lost
            id_: str = response.json()["wallpaper_id"]
        else:
            assert response.status_code == 201, response.text
            id_ = response.json()["id"]
        self.promised[id_] = Acknowledged(body, title)
        return id_

    def oracle(self) -> Oracle:
        """What is in the stores now."""
        return Oracle(
            self.environ["MEDIA_CATALOGUE_TABLE"],
            self.environ["MEDIA_ORIGINALS_BUCKET"],
            self.environ["MEDIA_RENDITIONS_BUCKET"],
        )


@pytest.fixture
def environ(
    catalogue_table: str, originals_bucket: str, renditions_bucket: str, redis_url: str
) -> dict[str, str]:
    return {
        "PAPERROUTE_INTERNAL_SECRET": _SECRET,
        "MEDIA_CATALOGUE_TABLE": catalogue_table,
        "MEDIA_ORIGINALS_BUCKET": originals_bucket,
        "MEDIA_RENDITIONS_BUCKET": renditions_bucket,
        "MEDIA_REDIS_URL": redis_url,
    }


@contextmanager
def _mortal(environ: dict[str, str], folder: Path, order: str = "right") -> Iterator[Media]:
    command = [sys.executable, "-m", "tests.support.mortal_media", order, str(folder / "calls")]
    with (folder / "media.log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **environ},
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            port = json.loads(process.stdout.readline())["port"]
            yield Media(environ, process, port)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def media(environ: dict[str, str], tmp_path: Path) -> Iterator[Media]:
    with _mortal(environ, tmp_path) as media:
        yield media


def _assert_it_is_swept_clean(media: Media) -> None:
    """I4, and what was cut off before its sidecar gets one."""
    time.sleep(LEASE.total_seconds())
    found = _command(media.environ, "sweep", "--hours", "0", "--apply")

    assert found["dangling"] == []
    swept = media.oracle()
    assert swept.orphans() == set()
    assert swept.judge(media.promised) == []
    _command(media.environ, "scrub", "--share", "1", "--apply")  # sidecars that are behind


def _assert_the_sidecars_make_the_same_table(media: Media) -> None:
    """I7, with S3 alone."""
    empty = made("Catalogue")
    _command({**media.environ, "MEDIA_CATALOGUE_TABLE": empty}, "rebuild", "--apply")

    rebuilt = Oracle(empty, media.environ["MEDIA_ORIGINALS_BUCKET"], media.oracle().renditions)
    assert rebuilt.judge(media.promised) == []
    assert rebuilt.comparable() == media.oracle().comparable()


def _command(environ: dict[str, str], *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "media.command", *arguments, "--json"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _upload(media: Media, rng: random.Random) -> None:
    media.upload(a_body(rng), title="Uploaded", key=f"key-{rng.getrandbits(64):x}")


def _upload_without_key(media: Media, rng: random.Random) -> None:
    media.upload(a_body(rng), title="Uploaded", key=None)


def _has_died(media: Media, before: int, *, within: float) -> bool:
    until = time.monotonic() + within
    while media.tell()["died"] == before:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


DEEDS = [_upload, _upload_without_key]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__.strip("_"))
def test_killed_before_or_after_each_call_to_aws_it_loses_nothing(
    media: Media, deed: Callable[[Media, random.Random], None]
) -> None:
    rng = random.Random(SEED)
    _upload(media, rng)
    media.tell(fork={"at": 0})
    deed(media, rng)
    calls = media.tell()["calls"]
    assert len(calls) >= 3

    # What happens before a call is what happened after the one before it.
    points = [(1, "before"), *product(range(1, len(calls) + 1), ("after",))]
    reached = 0
    for at, side in points:
        before = media.tell(fork={"at": at, "side": side, "signal": signal.SIGKILL})["died"]
        deed(media, rng)
        reached += _has_died(media, before, within=1)

    # Renditions are made after the answer, and not always: those calls may never come.
    assert reached >= len([call for call in calls if call.startswith("dynamodb")])
    oracle = media.oracle()
    assert oracle.judge(media.promised) == []
    _assert_it_is_swept_clean(media)
    _assert_the_sidecars_make_the_same_table(media)


@pytest.mark.parametrize("order", [order for order in ORDERS if order != "right"])
def test_the_harness_notices_a_wrong_order(
    environ: dict[str, str], tmp_path: Path, order: str
) -> None:
    rng = random.Random(SEED)
    noticed: list[str] = []
    with _mortal(environ, tmp_path, order) as media:
        media.tell(fork={"at": 0})
        _upload(media, rng)
        time.sleep(0.5)
        calls = media.tell()["calls"]
        for at in range(1, len(calls) + 1):
            media.tell(fork={"at": at, "side": "after", "signal": signal.SIGKILL})
            _upload(media, rng)
            time.sleep(0.3)  # the answer that came too early has its reason, or has lost it
        noticed = media.oracle().judge(media.promised)

    assert any(each.startswith("I1") for each in noticed), noticed
