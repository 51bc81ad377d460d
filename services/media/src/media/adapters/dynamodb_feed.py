"""The feed's numbers in the catalogue's table: who may take the next one, and what has been."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from media.adapters.dynamodb_record import Item
from media.adapters.dynamodb_table import WRITTEN_WITHIN, DynamoTable, Key, Step, keyed
from media.domain.feed import SHARDS, TOMBSTONES_KEPT, Cursor, day_of, shard_of
from media.domain.wallpaper import Wallpaper
from media.ports import CatalogueUnavailable

_BLOCK = 4096  # numbers of a sequence in one partition
_LOOK_AGAIN = 0.3  # seconds after which waiting followers see what another process wrote
_EPOCH: Key = ("FEED", "EPOCH")
_HEADS: tuple[Key, ...] = tuple((f"FEED#{shard:02d}", "HEAD") for shard in range(SHARDS))


@dataclass(frozen=True, slots=True)
class Pointer:
    """Whose latest change a number stands for."""

    seq: int
    wallpaper_id: str


class DynamoFeed:
    """Sixteen sequences of changes, each with a head that says how far it goes.

    Every write of a record is one transaction that also moves the head of its sequence, on
    condition that nobody else has: so the numbers of a sequence are given in the order in which
    writes become visible, and a reader that has seen the head sees everything before it.
    """

    def __init__(self, table: DynamoTable) -> None:
        self._table = table
        self._heads = [0] * SHARDS  # as we last saw them: a guess that saves a read
        self._turns = [threading.Lock() for _ in range(SHARDS)]
        self._moved = threading.Condition()
        self._glancing = threading.Lock()
        self._glanced: tuple[float, Cursor] | None = None

    def end(self, now: datetime, *, consistent: bool = True) -> Cursor:
        """Where the feed ends. Everything up to there can be seen if this was read before it."""
        while True:
            items = self._table.items((_EPOCH, *_HEADS), consistent=consistent)
            found = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
            if (epoch := found.get(_EPOCH)) is not None:
                break
            self._table.put_if(_an_epoch(), "attribute_not_exists(pk)")
            consistent = True
        heads = tuple(int(found[key]["head"]["N"]) if key in found else 0 for key in _HEADS)
        return Cursor(epoch["epoch"]["S"], day_of(now), heads)

    def begin_anew(self) -> None:
        """Have every cursor that was given before expire."""
        self._table.put_if(_an_epoch(), "attribute_not_exists(pk) OR attribute_exists(pk)")

    def pointers(self, shard: int, since: int, head: int, *, limit: int) -> Iterator[Pointer]:
        """At most ``limit`` numbers of a sequence after ``since``, up to ``head``."""
        for block in range((since + 1) // _BLOCK, head // _BLOCK + 1):
            items = self._table.range(
                _block_key(shard, block), _place(since + 1), _place(head), limit=limit
            )
            for item in items:
                yield Pointer(int(item["sk"]["S"]), item["id"]["S"])
                limit -= 1
            if limit <= 0:
                return

    def take(
        self,
        shard: int,
        steps: Callable[[int], Mapping[str, Step]],
        *,
        numbers: int = 1,
        beyond: int = 0,
    ) -> dict[str, Item]:
        """Take the next numbers of a sequence and write what ``steps`` makes of the first of them.

        Args:
            shard: Which sequence.
            steps: What to write, made of the first number.
            numbers: How many are taken.
            beyond: The last number that what is written stands at now. Another task may have given
                it since we last saw the head; taken again, it would be put and deleted at once,
                which DynamoDB refuses outright.

        Returns:
            Nothing if it is written; else the steps whose condition did not hold, by name, with
            what was there instead.
        """
        self._heads[shard] = max(self._heads[shard], beyond)
        until = time.monotonic() + WRITTEN_WITHIN
        pause = 0.004
        while True:
            with self._turn(shard, until):
                head = self._heads[shard]
                moved = self._move(shard, head, numbers)
                refused = self._table.write({"head": moved, **steps(head + 1)})
                if refused is not None and "head" in refused:
                    self._heads[shard] = int(refused["head"].get("head", {"N": "0"})["N"])
                elif refused is not None:
                    self._heads[shard] = head if refused else head + numbers
                    break
            if time.monotonic() > until:
                raise CatalogueUnavailable("Too much is being written at once.")
            time.sleep(random.uniform(0, pause))  # noqa: S311  # jitter is no secret
            pause = min(0.2, pause * 2)
        if not refused:
            with self._moved:
                self._moved.notify_all()
        return refused

    def stand(self, wallpaper: Wallpaper, seq: int, *, was: int | None) -> dict[str, Step]:
        """The steps that put ``wallpaper`` at the number ``seq``, away from where it ``was``."""
        shard = shard_of(wallpaper.id)
        pointer = {
            **keyed(_pointer_key(shard, seq)),
            "id": {"S": wallpaper.id},
            **expiry(wallpaper),
        }
        steps = {"pointer": self._table.put(pointer)}
        if was is not None:
            steps["old pointer"] = self._table.delete(_pointer_key(shard, was))
        return steps

    def await_move(self, after: Cursor, *, within: timedelta) -> None:
        """Return once the feed may end elsewhere than at ``after``, or ``within`` has passed."""
        until = time.monotonic() + within.total_seconds()
        here = (after.epoch, after.places)
        while (end := self._glance(after)) and (end.epoch, end.places) == here:
            if (left := until - time.monotonic()) <= 0:
                return
            with self._moved:
                if self._moved.wait(min(_LOOK_AGAIN, left)):
                    return

    def _glance(self, after: Cursor) -> Cursor:
        """Where the feed ended a moment ago: read once for all who wait in this process."""
        with self._glancing:
            if self._glanced is None or time.monotonic() - self._glanced[0] > _LOOK_AGAIN / 2:
                now = datetime.fromordinal(after.day)
                self._glanced = (time.monotonic(), self.end(now, consistent=False))
            return self._glanced[1]

    @contextmanager
    def _turn(self, shard: int, until: float) -> Iterator[None]:
        """One write to a sequence by this process at a time: more would be in each other's way."""
        if not self._turns[shard].acquire(timeout=max(0.0, until - time.monotonic())):
            raise CatalogueUnavailable("Too much is being written at once.")
        try:
            yield
        finally:
            self._turns[shard].release()

    def _move(self, shard: int, head: int, numbers: int) -> Step:
        condition = "head = :head" if head else "attribute_not_exists(head)"
        values = {
            ":next": {"N": str(head + numbers)},
            **({":head": {"N": str(head)}} if head else {}),
        }
        return self._table.update(
            _HEADS[shard], "SET head = :next", values, ConditionExpression=condition
        )


def expiry(wallpaper: Wallpaper) -> Item:
    """When an item leaves by itself: what is left of a deleted wallpaper does, after a month."""
    if not wallpaper.is_deleted:
        return {}
    return {"expires": {"N": str(int((wallpaper.changed_at + TOMBSTONES_KEPT).timestamp()))}}


def _an_epoch() -> Item:
    return {**keyed(_EPOCH), "epoch": {"S": secrets.token_hex(8)}}


def _pointer_key(shard: int, seq: int) -> Key:
    return _block_key(shard, seq // _BLOCK), _place(seq)


def _block_key(shard: int, block: int) -> str:
    return f"FEED#{shard:02d}#{block:012d}"


def _place(seq: int) -> str:
    return f"{seq:016d}"
