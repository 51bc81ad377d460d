"""Visits that wait for Redis, in the catalogue's table."""

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from media.adapters.dynamodb_record import Item
from media.adapters.dynamodb_table import DynamoTable, Key, keyed
from media.domain.visits import Kind, Visit
from media.ports import SPOOLED, Spooled

_PK = "VISITS"
_TOGETHER = 1000  # visits in an item, of some 70 bytes; an item holds 400 kB


class DynamoSpool:
    """Bundles of visits in one partition: ``VISITS``, and when they came there.

    All tasks write to it, but an item each every ten seconds or so, and only while Redis is away.
    """

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    def keep(self, visits: Sequence[Visit], *, now: datetime) -> None:
        for begin in range(0, len(visits), _TOGETHER):
            name = f"{now.timestamp():017.6f}-{secrets.token_hex(4)}"
            item = _item(name, visits[begin : begin + _TOGETHER], now)
            self._table.put_if(item, "attribute_not_exists(pk)")

    def kept(self, *, limit: int, now: datetime) -> Iterator[Spooled]:
        for item in self._table.range(_PK, "0", "9", limit=limit):
            if int(item["expires"]["N"]) > now.timestamp():  # DynamoDB takes its time to delete
                yield Spooled(item["sk"]["S"], tuple(map(_visit, json.loads(item["visits"]["S"]))))

    def drop(self, bundle: Spooled) -> None:
        self._table.delete_if(_key(bundle.name))


def _item(name: str, visits: Sequence[Visit], now: datetime) -> Item:
    rows = [(each.wallpaper_id, each.kind, each.day.isoformat(), each.visitor) for each in visits]
    return {
        **keyed(_key(name)),
        "visits": {"S": json.dumps(rows, separators=(",", ":"))},
        "expires": {"N": str(int((now + SPOOLED).timestamp()))},
    }


def _visit(row: Sequence[str]) -> Visit:
    wallpaper_id, kind, day, visitor = row
    return Visit(wallpaper_id, Kind(kind), date.fromisoformat(day), visitor)


def _key(name: str) -> Key:
    return _PK, name
