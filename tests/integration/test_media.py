"""Media as production wires it, on the emulated AWS and a real Redis."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import psutil
import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import Client, TestResponse

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from media.adapters.deadline import Deadline
from media.adapters.dynamodb_catalogue import READING, WRITING, DynamoCatalogue
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.redis_catalogue import RedisCatalogue
from media.count import count, settle
from media.domain.feed import Changes, shard_of
from media.domain.visits import Batch, Kind, Visit
from media.domain.wallpaper import Counters, Day, Wallpaper
from media.restore import restore_lost
from media.settings import Settings
from media.wiring import build, open_stores
from tests.support.media_builders import NOON, a_file, a_kept_wallpaper, a_wallpaper, opened
from tests.support.servers import free_port, real_redis, redis_at, running, wait_until

pytestmark = pytest.mark.integration

SECRET = "s" * 32
IDENTITIES = Identities(Sealer([SECRET]))
ADA = Identity("ada", Role.CONTRIBUTOR)
SEARCH = Identity("search", Role.SERVICE)
_OVER = Event()


@pytest.fixture
def environ(
    catalogue_table: str, originals_bucket: str, renditions_bucket: str, redis_url: str
) -> dict[str, str]:
    return {
        "MEDIA_CATALOGUE_TABLE": catalogue_table,
        "MEDIA_ORIGINALS_BUCKET": originals_bucket,
        "MEDIA_RENDITIONS_BUCKET": renditions_bucket,
        "MEDIA_REDIS_URL": redis_url,
        "PAPERROUTE_INTERNAL_SECRET": SECRET,
    }


@pytest.fixture(autouse=True, scope="module")
def _settling_ends() -> Iterator[None]:
    yield
    _OVER.set()


def _task(environ: Mapping[str, str]) -> Flask:
    return build(Settings.from_env(environ), _OVER)


def _client(environ: Mapping[str, str]) -> Client:
    return _task(environ).test_client()


def _ask(
    client: Client, method: str, path: str, who: Identity | None = None, **options: Any
) -> TestResponse:
    signed = IDENTITIES.sign(who, method, path.partition("?")[0]) if who else {}
    headers = {**signed, **options.pop("headers", {})}
    return client.open(path, method=method, headers=headers, **options)


def _upload(client: Client, data: bytes, *, key: str | None = None) -> TestResponse:
    headers = {"Idempotency-Key": key} if key else {}
    form = {"file": (BytesIO(data), "pine.jpg"), "tags": "fog"}
    return _ask(client, "POST", "/wallpapers", ADA, data=form, headers=headers)


def test_a_wallpaper_travels_the_whole_way(environ: dict[str, str]) -> None:
    client = _client(environ)
    data = a_file(2000, 1200, quality=95)

    record = _upload(client, data).get_json()
    path = f"/wallpapers/{record['id']}"
    image = _ask(client, "GET", f"/i/{record['id']}/1920x1080.jpg")
    link = _ask(client, "GET", f"{path}/original").location
    patched = _ask(client, "PATCH", path, ADA, json={"title": "Fog"}, headers={"If-Match": '"1"'})
    feed = _ask(client, "GET", "/changes", SEARCH).get_json()

    assert _ask(client, "GET", "/readyz").status_code == 200
    assert record["sha256"] == hashlib.sha256(data).hexdigest()
    assert opened(image.data).size == (1920, 1080)
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == data
    assert patched.get_json()["title"] == "Fog"
    assert _ask(client, "GET", path).get_json() == patched.get_json()
    followed = {**patched.get_json(), "counted": 0, "days": {}}
    assert [each["record"] for each in feed["data"]] == [followed]
    assert _ask(client, "DELETE", path, ADA).status_code == 204
    assert _ask(client, "GET", path).status_code == 410


def test_a_rendition_is_kept_in_its_bucket(environ: dict[str, str], renditions_bucket: str) -> None:
    client = _client(environ)
    path = f"/i/{_upload(client, a_file()).get_json()['id']}/w320.webp"

    first = _ask(client, "GET", path)
    kept = boto3.client("s3").list_objects_v2(Bucket=renditions_bucket)["Contents"]
    again = _ask(_client(environ), "GET", path)

    assert len(first.data) in [found["Size"] for found in kept]
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])


def test_what_is_refused_leaves_no_object_and_no_record(
    environ: dict[str, str], originals_bucket: str, catalogue_table: str
) -> None:
    client = _client(environ)

    response = _upload(client, a_file()[:-50], key="k")

    assert response.status_code == 422
    assert boto3.client("s3").list_objects_v2(Bucket=originals_bucket)["KeyCount"] == 0
    assert boto3.client("dynamodb").scan(TableName=catalogue_table)["Count"] == 0


@pytest.mark.parametrize("key", [None, "the-same-key"])
def test_fifty_identical_uploads_at_once_make_one_record(
    environ: dict[str, str], key: str | None
) -> None:
    data = a_file()
    apps = [_task(environ) for _ in range(2)]  # as two tasks would

    with ThreadPoolExecutor(16) as uploaders:
        answers = list(
            uploaders.map(
                lambda number: _upload(apps[number % 2].test_client(), data, key=key), range(50)
            )
        )

    feed = _ask(apps[0].test_client(), "GET", "/changes", SEARCH).get_json()
    assert len(feed["data"]) == 1
    kept = feed["data"][0]["record"]["id"]
    named = {
        answer.get_json().get("id") or answer.get_json().get("wallpaper_id", kept)
        for answer in answers
        if answer.status_code in {201, 409}
    }
    assert named == {kept}
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert 201 in {answer.status_code for answer in answers}
    if key:
        assert _upload(apps[1].test_client(), data, key=key).get_json()["id"] == kept


def test_everything_works_with_redis_stopped(environ: dict[str, str], tmp_path: Path) -> None:
    with real_redis(tmp_path) as url:
        client = _client({**environ, "MEDIA_REDIS_URL": url})
        record = _upload(client, a_file()).get_json()
        path = f"/wallpapers/{record['id']}"
        assert _ask(client, "GET", path).get_json() == record

    shown = _ask(client, "GET", path)
    patched = _ask(client, "PATCH", path, ADA, json={"title": "Fog"}, headers={"If-Match": '"1"'})

    assert shown.get_json() == record
    assert patched.status_code == 200
    assert _ask(client, "GET", path).get_json()["title"] == "Fog"
    assert _ask(client, "GET", f"/i/{record['id']}/w320.jpg").status_code == 200
    assert _upload(client, a_file(seed=2)).status_code == 201
    assert _ask(client, "GET", "/readyz").status_code == 200


def test_a_visitor_of_two_tasks_counts_once_though_redis_was_away(
    environ: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    there = {**environ, "MEDIA_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    tasks = [open_stores(Settings.from_env(there)) for _ in range(3)]
    pine = a_wallpaper()
    tasks[0].catalogue.publish(pine)

    def settled() -> Counters:
        for task in tasks[1:]:
            settle(task.tally, task.catalogue, task.originals)
        return tasks[1].catalogue.get(pine.id, fresh=True).counters

    with redis_at(port, tmp_path, lasting=True):
        count(Visit(pine.id, Kind.VIEW, NOON.date(), "ada"), tasks[1].tally)
        assert settled() == Counters(views=1)
    for task in tasks:
        for visitor in ("ada", "bob"):
            count(Visit(pine.id, Kind.VIEW, NOON.date(), visitor), task.tally)
    count(Visit(pine.id, Kind.VIEW, NOON.date(), "eve"), tasks[0].tally)
    settle(tasks[0].tally, tasks[0].catalogue, tasks[0].originals)  # after this it is no more
    assert settled() == Counters(views=1)

    with redis_at(port, tmp_path, lasting=True):
        wait_until(lambda: settled() == Counters(views=3), seconds=20, what="ada, bob and eve")
        assert settled() == Counters(views=3)


def _contents(environ: Mapping[str, str]) -> dict[str, Wallpaper]:
    catalogue = open_stores(Settings.from_env(environ)).catalogue
    return {
        change.wallpaper.id: change.wallpaper
        for change in catalogue.changes(None, limit=500, now=NOON).items
    }


def test_a_lost_table_is_rebuilt_from_the_originals_alone(
    environ: dict[str, str], catalogue_table: str
) -> None:
    client = _client(environ)
    records = [_upload(client, a_file(seed=seed)).get_json() for seed in range(4)]
    _ask(
        client,
        "PATCH",
        f"/wallpapers/{records[0]['id']}",
        ADA,
        json={"title": "Fog", "focal": {"x": 0.1, "y": 0.2}},
        headers={"If-Match": '"1"'},
    )
    _ask(client, "DELETE", f"/wallpapers/{records[1]['id']}", ADA)
    before = _contents(environ)
    cursor = _ask(client, "GET", "/changes", SEARCH).get_json()["meta"]["cursor"]
    _empty(catalogue_table)
    assert _contents(environ) == {}

    subprocess.run(
        [sys.executable, "-m", "media.command", "rebuild", "--apply"],
        check=True,
        env={**os.environ, **environ},
    )

    assert _contents(environ) == before
    for record in (records[0], records[2], records[3]):
        path = f"/wallpapers/{record['id']}"
        assert _ask(client, "GET", path).status_code == 200
    assert _upload(client, a_file(seed=2)).status_code == 409
    assert _upload(client, a_file(seed=1)).status_code == 201  # it had been deleted
    assert _ask(client, "GET", f"/changes?after={cursor}", SEARCH).status_code == 410


def _empty(table: str) -> None:
    client = boto3.client("dynamodb")
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            key = {"pk": item["pk"], "sk": item["sk"]}
            client.delete_item(TableName=table, Key=key)


def test_comparing_two_hundred_sidecars_is_quick(environ: dict[str, str]) -> None:
    stores = open_stores(Settings.from_env(environ))
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda _: a_kept_wallpaper(stores.originals), range(200)))
    restore_lost(stores.catalogue, stores.originals, now=NOON)

    begun = time.perf_counter()
    done = restore_lost(stores.catalogue, stores.originals, now=NOON)
    took = time.perf_counter() - begun

    assert (done.read, done.put_back) == (200, [])
    assert took < 30  # a second on a machine that does nothing else
    print(f"200 sidecars compared in {took:.2f} s")


def _catalogue(table: str, threads: ThreadPoolExecutor) -> DynamoCatalogue:
    return DynamoCatalogue(
        reader=boto3.client("dynamodb", config=READING),
        writer=boto3.client("dynamodb", config=WRITING),
        table=table,
        threads=threads,
    )


def test_a_reader_misses_nothing_while_eight_write_whose_clocks_differ(
    catalogue_table: str,
) -> None:
    written = Event()
    seen: list[tuple[int, str, int]] = []

    def write(number: int) -> list[Wallpaper]:
        catalogue = _catalogue(catalogue_table, calls)
        clock = NOON + timedelta(seconds=45) * (-1) ** number
        mine = []
        for _ in range(6):
            wallpaper = a_wallpaper(uploader=f"writer {number}", changed_at=clock)
            catalogue.publish(wallpaper)
            revised = wallpaper.revised(wallpaper.description, wallpaper.look.focal, now=clock)
            catalogue.update(revised)
            mine.append(revised)
        return mine

    def follow() -> Changes:
        one, other = (_catalogue(catalogue_table, calls) for _ in range(2))
        ahead, behind = NOON + timedelta(hours=13), NOON - timedelta(hours=13)
        page = one.changes(None, limit=3, now=NOON)
        while True:
            seen.extend(
                (each.seq, each.wallpaper.id, each.wallpaper.version) for each in page.items
            )
            over = written.is_set()
            one.await_change(page.cursor, within=timedelta(seconds=0.1))
            page = one.changes(page.cursor, limit=3, now=ahead)
            one, other, ahead, behind = other, one, behind, ahead
            if over and page.caught_up and not page.items:
                return page

    with ThreadPoolExecutor(32) as calls, ThreadPoolExecutor(9) as people:
        reader = people.submit(follow)
        wallpapers = [each for mine in people.map(write, range(8)) for each in mine]
        written.set()
        last = reader.result()

    numbers: dict[int, list[int]] = {}
    for seq, wallpaper_id, _ in seen:
        numbers.setdefault(shard_of(wallpaper_id), []).append(seq)
    for shard in numbers.values():
        assert shard == sorted(set(shard))
    latest = {wallpaper_id: version for _, wallpaper_id, version in seen}
    assert latest == {wallpaper.id: 2 for wallpaper in wallpapers}
    assert sum(last.cursor.places) == 2 * len(wallpapers)


def _in_the_first_shard() -> Wallpaper:
    while shard_of((wallpaper := a_wallpaper()).id) != 0:
        continue
    return wallpaper


def test_a_task_writes_again_what_another_wrote_since_it_last_looked(catalogue_table: str) -> None:
    wallpapers = [_in_the_first_shard() for _ in range(3)]
    with ThreadPoolExecutor(4) as threads:
        one, other = (_catalogue(catalogue_table, threads) for _ in range(2))
        for wallpaper in wallpapers:
            one.publish(wallpaper)

        other.update(wallpapers[0].deleted(now=NOON))  # which is where it thinks it may begin
        one.update(wallpapers[1].deleted(now=NOON))
        other.update(wallpapers[2].deleted(now=NOON))
        found = one.changes(None, limit=5, now=NOON)

    assert [(each.seq, each.wallpaper.id) for each in found.items] == [
        (number, wallpaper.id) for number, wallpaper in enumerate(wallpapers, start=4)
    ]


def test_a_task_counts_visits_of_what_another_wrote_since_it_last_looked(
    catalogue_table: str,
) -> None:
    wallpapers = [_in_the_first_shard() for _ in range(3)]
    counts = {each.id: {NOON.date(): Day(NOON.date(), views=1)} for each in wallpapers}
    with ThreadPoolExecutor(4) as threads:
        one, other = (_catalogue(catalogue_table, threads) for _ in range(2))
        for wallpaper in wallpapers:
            one.publish(wallpaper)

        counted = other.count(Batch("another", 1, counts))

    assert {each.id: each.counters.views for each in counted} == dict.fromkeys(counts, 1)


def test_a_feed_is_read_across_its_partitions(
    catalogue_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.adapters.dynamodb_feed._BLOCK", 4)
    many = [_in_the_first_shard() for _ in range(15)]
    with ThreadPoolExecutor(4) as threads:
        catalogue = _catalogue(catalogue_table, threads)
        for wallpaper in many:
            catalogue.publish(wallpaper)
        for wallpaper in many[3:9]:
            catalogue.update(wallpaper.deleted(now=NOON))
        page = catalogue.changes(None, limit=5, now=NOON)
        found = list(page.items)
        while not page.caught_up:
            page = catalogue.changes(page.cursor, limit=5, now=NOON)
            found.extend(page.items)

    assert [change.wallpaper.id for change in found] == [
        wallpaper.id for wallpaper in (*many[:3], *many[9:], *many[3:9])
    ]


class _Counting(MemoryCatalogue):
    """Counts how often a record is really read."""

    reads = 0

    def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:
        self.reads += 1
        return super().get(wallpaper_id, fresh=fresh)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def _remembering(
    behind: MemoryCatalogue, redis_url: str, threads: ThreadPoolExecutor
) -> RedisCatalogue:
    return RedisCatalogue(
        behind,
        Redis.from_url(redis_url),
        ttl=timedelta(seconds=60),
        deadline=Deadline(1, threads),
    )


def test_a_record_is_read_once_while_it_is_remembered(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    pine = a_wallpaper()
    behind = _Counting(pine)
    catalogue = _remembering(behind, redis_url, threads)

    for _ in range(5):
        catalogue.get(pine.id)

    assert behind.reads == 1
    remaining = Redis.from_url(redis_url).ttl(f"media:1:wallpaper:{pine.id}")
    assert isinstance(remaining, int)
    assert 0 < remaining <= 60


def test_what_was_read_before_a_change_does_not_replace_it(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    pine = a_wallpaper()
    tombstone = pine.deleted(now=NOON)

    class ChangedMeanwhile(MemoryCatalogue):
        changed = False

        def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:
            before = super().get(wallpaper_id, fresh=fresh)
            if not self.changed:
                self.changed = True
                other.update(tombstone)
            return before

    behind = ChangedMeanwhile(pine)
    other = _remembering(behind, redis_url, threads)
    catalogue = _remembering(behind, redis_url, threads)

    assert catalogue.get(pine.id) == pine
    assert catalogue.get(pine.id) == tombstone


def test_gunicorn_serves_media_logs_lines_of_json_and_stops_on_request(
    environ: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    root = Path(__file__).parents[2] / "services" / "media"
    command = [str(Path(sys.executable).with_name("gunicorn")), "media.wsgi:app"]
    log = tmp_path / "media.log"
    bound = {**environ, "MEDIA_BIND": f"127.0.0.1:{port}"}

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    with running(command, log=log, env=bound, cwd=root) as process:
        wait_until(ready, seconds=60, what="media")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/wallpapers/22222222")
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0

    assert "worker exit" not in log.read_text()  # what gunicorn says of a hook that failed
    assert len(family) > 1  # the worker, and its decoders
    assert psutil.wait_procs(family, timeout=5)[1] == []
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["service"] for line in lines} == {"media"}
    assert [line["status"] for line in lines if line["event"] == "answered"] == [404]
