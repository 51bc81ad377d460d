"""The records of the measured feed, and the items that they are in the table."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import Any, Final

import boto3

from media.adapters.dynamodb_feed import DynamoFeed
from media.adapters.dynamodb_record import Item, attributes
from media.adapters.dynamodb_table import DynamoTable, keyed
from media.domain.feed import SHARDS, shard_of
from media.domain.wallpaper import Wallpaper
from scripts import tables
from tests.support.media_builders import A_LOOK, a_wallpaper

DIFFER = frozenset({"pk", "sk", "id", "sha256", "phash", "seq"})
"""The attributes in which two items differ."""
DEFINITION: Final[dict[str, Any]] = tables.definition("bench")["Catalogue"]["Properties"]
TABLE: Final[str] = DEFINITION["TableName"]


def wallpapers(records: int) -> Iterator[Wallpaper]:
    """So many wallpapers, each of which looks different."""
    given = set[str]()
    while len(given) < records:
        wallpaper = a_wallpaper(look=replace(A_LOOK, phash=secrets.token_hex(8)))
        if wallpaper.id not in given:  # among a million, two now and then have the same
            given.add(wallpaper.id)
            yield wallpaper


def items(records: int) -> Iterator[Item]:
    """What publishing so many wallpapers leaves in the table, as far as the feed reads it."""
    client = boto3.client("dynamodb")
    nobody = DynamoTable(reader=client, writer=client, name=TABLE, threads=ThreadPoolExecutor(1))
    feed = DynamoFeed(nobody)  # only says what it would write
    numbers = [count(1) for _ in range(SHARDS)]
    for wallpaper in wallpapers(records):
        seq = next(numbers[shard_of(wallpaper.id)])
        key = (f"WALLPAPER#{wallpaper.id}", "WALLPAPER")
        yield {**keyed(key), "seq": {"N": str(seq)}, **attributes(wallpaper)}
        yield feed.stand(wallpaper, seq, was=None)["pointer"]["Put"]["Item"]
    for shard, number in enumerate(numbers):
        yield {**keyed((f"FEED#{shard:02d}", "HEAD")), "head": {"N": str(next(number) - 1)}}
