"""What following the catalogue costs at size: ``python -m bench.feed --records 100000``.

The emulator begins with a table in the layout that media keeps; the feed is read from the first
page to the last, and followed while others write. The emulator is far slower than DynamoDB: calls,
bytes and our own CPU are what carries over to it, wall time is not.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import pytest

from bench.comparison import Row, save
from bench.feed.records import TABLE, wallpapers
from media.adapters import dynamodb_catalogue
from media.adapters.dynamodb_catalogue import DynamoCatalogue
from media.adapters.dynamodb_feed import DynamoFeed
from media.adapters.dynamodb_table import DynamoTable, keyed
from media.follow import follow
from media.ports import CatalogueUnavailable
from tests.support.servers import emulated_aws

_RESULT = Path(__file__).parents[1] / "results" / "feed.json"
_PAGE = 1000
_WRITES = 100
_FILLED_WITHIN = 3600  # seconds


def row(name: str, unit: str, ours: float, peer: tuple[str, float], goal: float | None) -> Row:
    """A row whose goal is the highest ratio that will do."""
    peer_name, theirs = peer
    ratio = round(ours / theirs, 3)
    holds = None if goal is None else ratio <= goal
    return Row(name, round(ours, 3), round(theirs, 3), peer_name, unit, ratio, goal, holds)


class Meter:
    """Counts the calls to DynamoDB of this process, and the bytes of their answers."""

    def __init__(self) -> None:
        self.calls = 0
        self.bytes = 0
        boto3.setup_default_session()
        events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]  # it was set up just now
        events.register("response-received.dynamodb", self._received)

    def _received(self, response_dict: dict[str, Any] | None, **_: Any) -> None:
        self.calls += 1
        if response_dict is None:  # no answer in time; the call is made again
            return
        self.bytes += len(response_dict["body"])


def _catalogue() -> DynamoCatalogue:
    """The catalogue as one task of media has it."""
    return DynamoCatalogue(
        reader=boto3.client("dynamodb", config=dynamodb_catalogue.READING),
        writer=boto3.client("dynamodb", config=dynamodb_catalogue.WRITING),
        table=TABLE,
        threads=ThreadPoolExecutor(16),
    )


def _feed() -> DynamoFeed:
    client = boto3.client("dynamodb")
    return DynamoFeed(
        DynamoTable(reader=client, writer=client, name=TABLE, threads=ThreadPoolExecutor(1))
    )


def paging(records: int, meter: Meter) -> Iterator[Row]:
    """Read all of it as a follower does, against reading the same items with boto3 alone."""
    catalogue, cursor, caught_up = _catalogue(), None, False
    seen: set[str] = set()
    pages, calls, size, cpu = 0, meter.calls, meter.bytes, time.process_time()
    while not caught_up:
        try:
            page = catalogue.changes(cursor, limit=_PAGE, now=datetime.now(UTC))
        except CatalogueUnavailable:
            continue  # as any follower does; the calls made in vain count
        seen |= {each.wallpaper.id for each in page.items}
        cursor, caught_up, pages = page.cursor, page.caught_up, pages + 1
    cpu = (time.process_time() - cpu) / pages * 1000
    calls, size = meter.calls - calls, meter.bytes - size
    if len(seen) != records:
        raise SystemExit(f"{len(seen)} of {records} records were seen")

    theirs = _read_plainly(seen, meter)
    what = f"page of {_PAGE:,} of {records:,}"
    alone = "boto3 batch_get_item of the records alone"
    yield row(f"{what}, calls to DynamoDB", "calls", calls / pages, (alone, theirs.calls), None)
    yield row(f"{what}, CPU", "ms CPU", cpu, (alone, theirs.cpu), None)
    yield row(f"{what}, read", "kB", size / pages / 1000, (alone, theirs.kilobytes), None)


@dataclass(frozen=True, slots=True)
class _Plain:
    calls: float
    cpu: float
    kilobytes: float


def _read_plainly(ids: Iterable[str], meter: Meter) -> _Plain:
    """What as many records cost that are only read, a page of them."""
    client = boto3.client("dynamodb")
    wanted = list(islice(ids, 10 * _PAGE))
    calls, size, cpu = meter.calls, meter.bytes, time.process_time()
    for begin in range(0, len(wanted), 100):
        keys = [keyed((f"WALLPAPER#{each}", "WALLPAPER")) for each in wanted[begin : begin + 100]]
        client.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    pages = len(wanted) / _PAGE
    return _Plain(
        (meter.calls - calls) / pages,
        (time.process_time() - cpu) / pages * 1000,
        (meter.bytes - size) / pages / 1000,
    )


def waking() -> Iterator[Row]:
    """How long after a write was acknowledged by one task a follower of another has it."""
    ours, others = _catalogue(), _catalogue()
    rng = random.Random(2)  # noqa: S311
    published: dict[str, float] = {}
    cursor = _feed().end(datetime.now(UTC))

    def write() -> None:
        for wallpaper in wallpapers(_WRITES):
            time.sleep(rng.uniform(0, 1))
            others.publish(wallpaper)
            published[wallpaper.id] = time.monotonic()

    arrived: dict[str, float] = {}
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        while len(arrived) < _WRITES:
            page = follow(
                cursor, ours, limit=_PAGE, wait=timedelta(seconds=20), now=datetime.now(UTC)
            )
            arrived |= dict.fromkeys((each.wallpaper.id for each in page.items), time.monotonic())
            cursor = page.cursor
        writing.result()
    behind = sorted(max(0.0, arrived[each] - at) for each, at in published.items())
    limit = ("the limit", 1.0)
    yield row("long poll behind a write, median", "s", statistics.median(behind), limit, 1)
    yield row(f"long poll behind a write, worst of {_WRITES}", "s", behind[-1], limit, 1)


def main() -> None:
    """Fill, read and follow; the table holds what has been measured so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    records = parser.parse_args().records
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(key, "test")
        full = [sys.executable, "-m", "bench.feed.emulator", str(records)]
        aws = emulated_aws(Path(name), full, patience=_FILLED_WITHIN)
        patch.setenv("AWS_ENDPOINT_URL", stack.enter_context(aws))
        meter = Meter()
        for measured in (paging(records, meter), waking()):
            for each in measured:
                rows.append(each)
                sys.stdout.write(f"{each}\n")
                sys.stdout.flush()
                save(_RESULT, rows)


if __name__ == "__main__":
    main()
