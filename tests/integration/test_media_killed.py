"""kill -9 of media, wherever it hurts: nothing that was acknowledged is ever lost.

``PAPERROUTE_KILLS=1000 PAPERROUTE_KILL_SEED=7 pytest tests/integration/test_media_killed.py`` kills
more often, at other moments.
"""

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from tests.conftest import made
from tests.support.media_builders import a_file
from tests.support.mortal_media import LEASE, ORDERS
from tests.support.oracle import Acknowledged, Oracle

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("PAPERROUTE_KILLS", "8"))
SEED = int(os.environ.get("PAPERROUTE_KILL_SEED", "20261123"))
_CLIENTS = 6
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
        heard: Counter[str] = Counter()
        while time.monotonic() < until:
            try:
                response = self.ask(method, path, **make())
            except httpx.HTTPError as error:
                heard[repr(error)] += 1
            else:
                busy = response.status_code == 409 and "in-use" in response.json()["type"]
                if response.status_code < 500 and not busy:
                    return response
                heard[response.text] += 1
            time.sleep(0.05)
        raise AssertionError(f"{method} {path} had no answer in {self.patience} s, but {heard}")

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

    def rename(self, id_: str, title: str) -> None:
        """Give it another title until that is acknowledged."""
        path = f"/wallpapers/{id_}"
        while True:
            # Another record than that of the cache may have got through.
            shown = self.insist("GET", path).json()
            change = {
                "json": {"title": title},
                "headers": {"If-Match": f'"{shown["version"]}"'},
            }
            response = self.insist("PATCH", path, partial(dict, change))
            if response.status_code == 200:
                break
            assert response.status_code == 412, response.text
            if self._is_called(id_, title):  # the answer to an earlier try was lost
                break
        self.promised[id_].title = title

    def _is_called(self, id_: str, title: str) -> bool:
        key = {"pk": {"S": f"WALLPAPER#{id_}"}, "sk": {"S": "WALLPAPER"}}
        table = self.environ["MEDIA_CATALOGUE_TABLE"]
        item = boto3.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
        called: bool = item["Item"]["title"]["S"] == title
        return called

    def delete(self, id_: str) -> None:
        """Delete it until that is acknowledged."""
        response = self.insist("DELETE", f"/wallpapers/{id_}")
        assert response.status_code == 204, response.text
        self.promised[id_].deleted = True

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


def _live_one_life(media: Media, rng: random.Random, *, until: threading.Event) -> None:
    """What a client does: upload, rename, delete, each until it is acknowledged."""
    mine: list[str] = []
    while not until.is_set():
        deed = rng.random()
        if deed < 0.6 or not mine:
            key = f"key-{rng.getrandbits(64):x}" if rng.random() < 0.8 else None
            mine.append(media.upload(a_body(rng), title=f"No. {rng.random()}", key=key))
        elif deed < 0.85:
            media.rename(rng.choice(mine), f"No. {rng.random()}")
        elif deed < 0.95:
            media.delete(mine.pop(rng.randrange(len(mine))))
        else:  # the very bytes of one that was deleted come back
            gone = mine.pop(rng.randrange(len(mine)))
            media.delete(gone)
            again = media.promised[gone].body
            mine.append(media.upload(again, title="Back", key=f"key-{rng.getrandbits(64):x}"))


def test_whenever_it_is_killed_nothing_acknowledged_is_lost(media: Media) -> None:
    rng, over = random.Random(SEED), threading.Event()

    with ThreadPoolExecutor(_CLIENTS) as people:
        lives = [
            people.submit(_live_one_life, media, random.Random(f"{SEED} {each}"), until=over)
            for each in range(_CLIENTS)
        ]
        died = _kill(media, rng, times=KILLS)
        over.set()
        for life in lives:
            life.result()

    oracle = media.oracle()
    print(f"{len(media.promised)} acknowledged, {died} kills, {len(oracle.orphans())} orphans")
    assert died >= KILLS
    assert len(media.promised) >= KILLS
    assert oracle.judge(media.promised) == []
    _assert_it_is_swept_clean(media)
    _assert_the_sidecars_make_the_same_table(media)


def _kill(media: Media, rng: random.Random, *, times: int) -> int:
    """Have media kill itself around some call to AWS, so many times; how often it has died."""
    died: int = media.tell()["died"]
    for _ in range(times):
        fate = {"at": rng.randint(1, 60), "side": rng.choice(("before", "after"))}
        before = died = media.tell(fork={**fate, "signal": signal.SIGKILL})["died"]
        while died == before:
            time.sleep(0.02)
            died = media.tell()["died"]
    return died


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

    before = media.oracle()
    rebuilt = Oracle(empty, before.originals, before.renditions)
    expected = before.comparable()
    assert {id_ for id_, each in media.promised.items() if not each.deleted} <= expected.keys()
    told = {id_: each for id_, each in media.promised.items() if id_ in expected}
    assert rebuilt.judge(told) == []
    assert rebuilt.comparable() == expected


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


def _upload_again(media: Media, rng: random.Random) -> None:
    gone = next(each for each in media.promised.values() if each.deleted and each.body)
    media.upload(gone.body, title="Again", key=f"key-{rng.getrandbits(64):x}")
    gone.body = b""  # not twice: it is another's by now


def _rename(media: Media, rng: random.Random) -> None:
    media.rename(_somebody(media), f"No. {rng.random()}")


def _delete(media: Media, rng: random.Random) -> None:
    media.delete(_somebody(media))


def _improve(media: Media, rng: random.Random) -> None:
    id_ = _somebody(media)
    body = a_body(rng)
    response = media.insist(
        "PUT", f"/wallpapers/{id_}/original", lambda: {"files": {"file": ("better.jpg", body)}}
    )
    assert response.status_code == 200, response.text
    media.promised[id_].body = body


def _upload_in_parts(media: Media, rng: random.Random) -> None:
    body = a_body(rng)
    announced = {
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "filename": "picture.jpg",
        "type": "image/jpeg",
    }
    begun = media.insist("POST", "/uploads", lambda: {"json": announced}).json()
    for part in begun["parts"]:
        httpx.put(part["url"], content=body, headers=part["headers"]).raise_for_status()
    response = media.insist(
        "POST",
        f"/uploads/{begun['id']}/complete",
        lambda: {"json": {"details": {"title": "In parts"}}},
    )
    assert response.status_code == 201, response.text
    media.promised[response.json()["id"]] = Acknowledged(body, "In parts")


def _has_died(media: Media, before: int, *, within: float) -> bool:
    until = time.monotonic() + within
    while media.tell()["died"] == before:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _somebody(media: Media) -> str:
    return next(id_ for id_, each in media.promised.items() if not each.deleted)


DEEDS = [
    _upload,
    _upload_without_key,
    _upload_in_parts,
    _rename,
    _improve,
    _delete,
    _upload_again,
]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__.strip("_"))
def test_killed_before_or_after_each_call_to_aws_it_loses_nothing(
    media: Media, deed: Callable[[Media, random.Random], None]
) -> None:
    rng = random.Random(SEED)
    for _ in range(2):
        _upload(media, rng)
    _delete(media, rng)
    media.tell(fork={"at": 0})
    deed(media, rng)
    calls = media.tell()["calls"]
    assert len(calls) >= 3

    # What happens before a call is what happened after the one before it.
    points = [(1, "before"), *product(range(1, len(calls) + 1), ("after",))]
    reached = 0
    for at, side in points:
        if deed in {_delete, _upload_again}:  # somebody must be there
            _upload(media, rng)
        if deed is _upload_again:
            _delete(media, rng)
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
        # By name: how many calls of other threads come before one differs from time to time.
        for call, side in product(dict.fromkeys(calls), ("before", "after")):
            media.tell(fork={"call": call, "at": 1, "side": side, "signal": signal.SIGKILL})
            _upload(media, rng)
            time.sleep(0.3)  # the answer that came too early has its reason, or has lost it
        noticed = media.oracle().judge(media.promised)

    assert any(each.startswith("I1") for each in noticed), noticed


def test_fifty_uploads_of_one_file_at_once_are_one_record_and_fifty_equal_answers(
    media: Media,
) -> None:
    rng = random.Random(SEED)
    body, key = a_body(rng), "one-and-the-same"

    with ThreadPoolExecutor(50) as people:
        ids = list(people.map(lambda _: media.upload(body, title="Once", key=key), range(50)))

    oracle = media.oracle()
    assert len(set(ids)) == 1
    assert set(oracle.records) == set(ids)
    assert oracle.judge(media.promised) == []
