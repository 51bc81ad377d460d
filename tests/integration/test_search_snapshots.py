"""Tasks of search that start from what another has saved in S3, or without."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from search.adapters.memory_feed import MemoryFeed
from tests.support.search_builders import Scripted, a_record, a_tombstone, an_id, as_media
from tests.support.search_process import Search, search_on
from tests.support.servers import free_port, wait_until

Harm = Callable[[str], None]


def soon(check: Callable[[], bool], what: str = "search to find it") -> None:
    wait_until(check, seconds=20, what=what)


@pytest.fixture
def feed() -> MemoryFeed:
    return MemoryFeed(*(a_record(id=an_id(n)) for n in range(1, 5)))


@pytest.fixture
def media(feed: MemoryFeed) -> Iterator[Scripted]:
    with Scripted(as_media(feed)) as scripted:
        yield scripted


def saved(bucket: str) -> list[dict[str, object]]:
    s3 = boto3.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
    if "snapshots.json" not in keys:
        return []
    listed: list[dict[str, object]] = json.loads(
        s3.get_object(Bucket=bucket, Key="snapshots.json")["Body"].read()
    )
    return listed


def a_task_saves(media: Scripted, folder: Path, bucket: str, *numbers: int) -> None:
    with search_on(media.url, folder, **settings(bucket)) as search:
        soon(lambda: search.finds(*numbers))
        soon(lambda: saved(bucket) != [], "a snapshot")


def settings(bucket: str) -> dict[str, str]:
    return {"SEARCH_SNAPSHOTS_BUCKET": bucket, "SEARCH_SNAPSHOT_EVERY": "1"}


def asked_from_the_beginning(media: Scripted) -> int:
    return [each.get("after") for each in media.asked].count(None)


def test_a_new_task_begins_from_the_snapshot_and_catches_up(
    feed: MemoryFeed, media: Scripted, snapshots_bucket: str, tmp_path: Path
) -> None:
    a_task_saves(media, tmp_path / "one", snapshots_bucket, 1, 2, 3, 4)
    feed.publish(a_tombstone(an_id(2), version=2), a_record(id=an_id(5)))

    with search_on(media.url, tmp_path / "two", **settings(snapshots_bucket)) as search:
        soon(lambda: search.finds(1, 3, 4, 5))

    assert asked_from_the_beginning(media) == 1


def no_block(bucket: str) -> None:
    s3 = boto3.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket, Prefix="blocks/")["Contents"]:
        s3.delete_object(Bucket=bucket, Key=each["Key"])


def other_blocks(bucket: str) -> None:
    s3 = boto3.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket, Prefix="blocks/")["Contents"]:
        body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        s3.put_object(Bucket=bucket, Key=each["Key"], Body=body[:-1] + b"?")


def no_list(bucket: str) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key="snapshots.json", Body=b"{")


@pytest.mark.parametrize("harm", [no_block, other_blocks, no_list])
def test_without_a_whole_snapshot_it_reads_the_feed_from_its_beginning(
    harm: Harm, media: Scripted, snapshots_bucket: str, tmp_path: Path
) -> None:
    a_task_saves(media, tmp_path / "one", snapshots_bucket, 1, 2, 3, 4)
    harm(snapshots_bucket)

    with search_on(media.url, tmp_path / "two", **settings(snapshots_bucket)) as search:
        soon(lambda: search.finds(1, 2, 3, 4))

    assert asked_from_the_beginning(media) == 2


def test_it_starts_and_follows_without_s3(
    feed: MemoryFeed, media: Scripted, snapshots_bucket: str, tmp_path: Path
) -> None:
    away = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    with search_on(media.url, tmp_path, **settings(snapshots_bucket), **away) as search:
        wait_until(lambda: search.finds(1, 2, 3, 4), seconds=40, what="search to begin without S3")
        feed.publish(a_record(id=an_id(5)))
        soon(lambda: search.finds(1, 2, 3, 4, 5))


def test_a_cursor_of_one_task_is_good_at_another_while_wallpapers_come_and_go(
    feed: MemoryFeed, media: Scripted, snapshots_bucket: str, tmp_path: Path
) -> None:
    with search_on(media.url, tmp_path / "one", **settings(snapshots_bucket)) as search:
        soon(lambda: search.finds(1, 2, 3, 4))
        first = page(search)
        soon(lambda: saved(snapshots_bucket) != [], "a snapshot")
    gone = first["data"][-1]["id"]
    left = [n for n in (1, 2, 3, 4, 9) if an_id(n) != gone]
    feed.publish(a_tombstone(gone, version=2), a_record(id=an_id(9)))

    with search_on(media.url, tmp_path / "two", **settings(snapshots_bucket)) as search:
        soon(lambda: search.finds(*left))
        second = page(search, cursor=first["meta"]["next"], limit=100)

    ids = {each["id"] for each in second["data"]}
    assert {an_id(n) for n in (1, 2, 3, 4)} - {each["id"] for each in first["data"]} <= ids
    assert not ids & {each["id"] for each in first["data"]}


def page(search: Search, *, limit: int = 2, cursor: str | None = None) -> Any:
    query = {"q": "sort:random:k3", "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    return search.ask(query)
