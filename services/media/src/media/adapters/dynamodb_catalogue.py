"""The catalogue in one DynamoDB table."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from media.adapters import dynamodb_neighbours
from media.adapters.dynamodb_feed import DynamoFeed, Pointer, expiry
from media.adapters.dynamodb_neighbours import Place, entry
from media.adapters.dynamodb_record import Item, attributes, wallpaper_from
from media.adapters.dynamodb_table import (
    READING,
    WRITING,
    WRITTEN_WITHIN,
    DynamoTable,
    Key,
    Step,
    keyed,
)
from media.domain.claim import KEPT, LEASE, Claim, KeyInUse, KeyReused
from media.domain.feed import SHARDS, Change, Changes, Cursor, shard_of
from media.domain.likeness import can_be_compared
from media.domain.visits import Batch
from media.domain.wallpaper import Look, Status, Wallpaper
from media.ports import (
    CatalogueUnavailable,
    DuplicateOriginal,
    Neighbours,
    Overtaken,
    VersionMismatch,
    WallpaperNotFound,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["READING", "WRITING", "DynamoCatalogue"]

_NEAR = "near "
_PAGES = "near_pages"  # of the buckets that a record stands in, band by band
_TOGETHER = 24  # records whose visits are counted in one transaction, of at most 100 writes
_SOURCES = 16  # of visits, that a record remembers the last batch of


class DynamoCatalogue:
    """Every wallpaper's record, in one table.

    ================================  ====================  =======================================
    ``pk``                            ``sk``                answers
    ================================  ====================  =======================================
    ``WALLPAPER#<id>``                ``WALLPAPER``         the record, and its place in the feed
    ``SHA256#<hash>``                 ``LIVE``              who has these bytes (never two)
    ``NEAR#<band>#<4 digits>``        the page              whose phash has these digits there
    ``IDEMPOTENCY#<account>#<key>``   ``IDEMPOTENCY``       what became of an upload (24 hours)
    ``FEED``                          ``EPOCH``             which life of the feed this is
    ``FEED#<shard>``                  ``HEAD``              the last number given in this sequence
    ``FEED#<shard>#<number // 4096>`` the number            whose latest change this number is
    ================================  ====================  =======================================

    A record also has its number in its sequence (``seq``), and the last batch of visits of each
    source that was added to it (``batches``).
    """

    def __init__(
        self,
        *,
        reader: "DynamoDBClient",
        writer: "DynamoDBClient",
        table: str,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._table = DynamoTable(reader=reader, writer=writer, name=table, threads=threads)
        self._feed = DynamoFeed(self._table)

    def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:  # noqa: ARG002
        if (item := self._table.item(_record_key(wallpaper_id))) is None:
            raise WallpaperNotFound(wallpaper_id)
        return wallpaper_from(item)

    def holder(self, sha256: str) -> str | None:
        item = self._table.item(_hash_key(sha256))
        return None if item is None else item["id"]["S"]

    def holders(self, sha256s: Iterable[str]) -> Mapping[str, str]:
        items = self._table.items([_hash_key(each) for each in dict.fromkeys(sha256s)])
        return {item["pk"]["S"].removeprefix("SHA256#"): item["id"]["S"] for item in items}

    def claim(self, claim: Claim, *, now: datetime) -> str | None:
        moment = int(now.timestamp())
        item = {
            **keyed(_claim_key(claim)),
            "fingerprint": {"S": claim.fingerprint},
            "token": {"S": claim.token},
            "state": {"S": "running"},
            "lease": {"N": str(moment + int(LEASE.total_seconds()))},
            "expires": {"N": str(moment + int(KEPT.total_seconds()))},
        }
        known = self._table.put_if(
            item,
            "attribute_not_exists(pk) OR expires <= :now OR (#state = :running AND lease <= :now)",
            ExpressionAttributeValues={":now": {"N": str(moment)}, ":running": {"S": "running"}},
            ExpressionAttributeNames={"#state": "state"},
        )
        if known is None:
            return None
        if known["fingerprint"]["S"] != claim.fingerprint:
            raise KeyReused("This Idempotency-Key came with another upload before.")
        if known["state"]["S"] == "running":
            raise KeyInUse("The upload with this Idempotency-Key is still running.")
        done: str = known["id"]["S"]
        return done

    def release(self, claim: Claim) -> None:
        self._table.delete_if(_claim_key(claim), **_if_ours(claim))

    def neighbours(self, look: Look) -> Neighbours:
        if not can_be_compared(look):
            return Neighbours((), mark=())
        found = dynamodb_neighbours.around(look, self._table.items)
        return Neighbours(dynamodb_neighbours.nearest(look, found.entries), mark=found.places)

    def publish(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        if "record" in self._write(None, wallpaper, claim, among):
            raise CatalogueUnavailable(f"The id '{wallpaper.id}' is taken; another will do.")

    def update(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        until = time.monotonic() + WRITTEN_WITHIN
        while time.monotonic() < until:
            if (known := self._table.item(_record_key(wallpaper.id))) is None:
                raise WallpaperNotFound(wallpaper.id)
            if (version := int(known["version"]["N"])) != wallpaper.version - 1:
                raise VersionMismatch(version)
            counted = wallpaper.counted_as(wallpaper_from(known))
            if not self._write(known, counted, claim, among):
                return
            # Somebody else has changed it just now, or its visits were counted: is it our turn?
        raise CatalogueUnavailable(f"'{wallpaper.id}' is being written by too many at once.")

    def restore(self, wallpaper: Wallpaper) -> None:
        known = self._table.item(_record_key(wallpaper.id))
        if known is not None:
            here = wallpaper_from(known)
            if not wallpaper.supersedes(here):
                return
            wallpaper = wallpaper.counted_as(max(here, wallpaper, key=_counted))
        if self._write(known, wallpaper):
            raise CatalogueUnavailable(f"'{wallpaper.id}' is being written by somebody else.")

    def begin_anew(self) -> None:
        self._feed.begin_anew()

    def count(self, batch: Batch) -> tuple[Wallpaper, ...]:
        shards: dict[int, list[str]] = {}
        for wallpaper_id in batch.counts:
            shards.setdefault(shard_of(wallpaper_id), []).append(wallpaper_id)
        counted: list[Wallpaper] = []
        for shard, ids in shards.items():
            for begin in range(0, len(ids), _TOGETHER):
                counted += self._count(shard, ids[begin : begin + _TOGETHER], batch)
        return tuple(counted)

    def place_anew(self, wallpaper_id: str) -> None:
        until = time.monotonic() + WRITTEN_WITHIN
        while time.monotonic() < until:
            known = self._table.item(_record_key(wallpaper_id))
            if known is None or not self._write(known, wallpaper_from(known)):
                return
        raise CatalogueUnavailable(f"'{wallpaper_id}' is being written by too many at once.")

    def records(self, wallpaper_ids: Iterable[str]) -> Mapping[str, Wallpaper]:
        items = self._table.items([_record_key(each) for each in dict.fromkeys(wallpaper_ids)])
        return {item["id"]["S"]: wallpaper_from(item) for item in items}

    def changes(self, after: Cursor | None, *, limit: int, now: datetime) -> Changes:
        end = self._feed.end(now)  # before anything else: all that is numbered up to it can be seen
        after = after or Cursor(end.epoch, end.day, (0,) * SHARDS)
        after.require_life(end)
        places, pointers = list(after.places), list[Pointer]()
        ahead = [last - at for at, last in zip(places, end.places, strict=True)]
        for shard in sorted(range(SHARDS), key=ahead.__getitem__, reverse=True):
            if not ahead[shard] or (room := limit - len(pointers)) <= 0:
                break
            last = end.places[shard]
            found = list(self._feed.pointers(shard, places[shard], last, limit=room))
            pointers += found
            places[shard] = found[-1].seq if len(found) == room else last
        cursor = after.moved_to(places, end)
        return Changes(tuple(self._at(pointers)), cursor, caught_up=cursor.places == end.places)

    def await_change(self, after: Cursor, *, within: timedelta) -> None:
        self._feed.await_move(after, within=within)

    def _at(self, pointers: Sequence[Pointer]) -> Iterator[Change]:
        """The records at these places, but for those that have moved on to a later one."""
        items = self._table.items([_record_key(pointer.wallpaper_id) for pointer in pointers])
        records = {item["id"]["S"]: item for item in items}
        for pointer in pointers:
            item = records.get(pointer.wallpaper_id)
            if item is not None and _seq(item) == pointer.seq:
                yield Change(pointer.seq, wallpaper_from(item))

    def _count(self, shard: int, ids: Sequence[str], batch: Batch) -> tuple[Wallpaper, ...]:
        """Add the visits of ``batch`` to these records, which are of one shard."""
        until = time.monotonic() + WRITTEN_WITHIN
        while time.monotonic() < until:
            items = self._table.items([_record_key(each) for each in ids])
            due = [
                (item, wallpaper_from(item).visited(batch.counts[item["id"]["S"]]))
                for item in items
                if _is_due(item, batch)
            ]
            steps = partial(self._visit, due, batch)
            beyond = max((_seq(item) for item, _ in due), default=0)
            if not due or not self._feed.take(shard, steps, numbers=len(due), beyond=beyond):
                return tuple(wallpaper for _, wallpaper in due)
        raise CatalogueUnavailable("Too much is being written at once.")

    def _visit(
        self, due: Sequence[tuple[Item, Wallpaper]], batch: Batch, first: int
    ) -> dict[str, Step]:
        """The steps that put each visited wallpaper where its item is."""
        return {
            f"{name} {seq}": step
            for seq, (item, wallpaper) in enumerate(due, start=first)
            for name, step in self._put_record(
                item, wallpaper, seq, batches=_batches(item, batch)
            ).items()
        }

    def _write(
        self,
        known: Item | None,
        wallpaper: Wallpaper,
        claim: Claim | None = None,
        among: Neighbours | None = None,
    ) -> dict[str, Item]:
        """Put ``wallpaper`` where ``known`` is, or nothing.

        Returns:
            Nothing if it is written; else the steps that refused it because of another writer.
        """

        def steps(seq: int) -> dict[str, Step]:
            settled = {} if claim is None else {"claim": self._settle(claim, wallpaper)}
            return {**self._put_record(known, wallpaper, seq, among=among), **settled}

        beyond = 0 if known is None else _seq(known)
        until = time.monotonic() + WRITTEN_WITHIN
        while time.monotonic() < until:
            refused = self._feed.take(shard_of(wallpaper.id), steps, beyond=beyond)
            if "hash" in refused:
                raise DuplicateOriginal(refused["hash"]["id"]["S"])
            if "claim" in refused:
                raise KeyInUse("The upload has been taken over by a later attempt.")
            if not any(name.startswith(_NEAR) for name in refused):
                return refused
            if among is not None:
                raise Overtaken
            # A bucket was only written to since it was read: read it once more.
        raise CatalogueUnavailable("Too much is being written at once.")

    def _put_record(
        self,
        known: Item | None,
        wallpaper: Wallpaper,
        seq: int,
        *,
        among: Neighbours | None = None,
        batches: Item | None = None,
    ) -> dict[str, Step]:
        """The steps that put ``wallpaper`` where ``known`` is, or nothing."""
        pages, near = self._move_look(known, wallpaper, among)
        record = {**_record(wallpaper, seq), **pages}
        if known is None:
            was, put = None, self._table.put(record, "attribute_not_exists(pk)")
        else:
            was = _seq(known)
            kept = batches or ({"batches": known["batches"]} if "batches" in known else {})
            put = self._table.put({**record, **kept}, "seq = :was", {":was": known["seq"]})
        return {
            "record": put,
            **self._feed.stand(wallpaper, seq, was=was),
            **self._move_hash(known, wallpaper),
            **near,
        }

    def _move_hash(self, known: Item | None, after: Wallpaper) -> dict[str, Step]:
        """The steps after which ``after`` has its bytes, and none that only ``known`` had."""
        had = None
        if known is not None and known["status"]["S"] != Status.DELETED:
            had = known["sha256"]["S"]
        has = None if after.is_deleted else after.original.sha256
        steps = {}
        if had is not None and had != has:
            ours = {":ours": {"S": after.id}}
            steps["former hash"] = self._table.delete(_hash_key(had), "id = :ours", ours)
        if has is not None and has != had:
            taken = {**keyed(_hash_key(has)), "id": {"S": after.id}}
            steps["hash"] = self._table.put(taken, "attribute_not_exists(pk)")
        return steps

    def _move_look(
        self, known: Item | None, after: Wallpaper, among: Neighbours | None
    ) -> tuple[Item, dict[str, Step]]:
        """The steps after which ``after`` is found by its look if it is live, else not.

        Returns:
            What its record must say of where it is to be found, and the steps.
        """
        is_found = after.status is Status.LIVE and can_be_compared(after.look)
        left: Sequence[Key] = ()
        if known is not None and _PAGES in known:
            before = wallpaper_from(known).look
            if is_found and before.phash == after.look.phash:
                return {_PAGES: known[_PAGES]}, {}
            pages = [int(page["N"]) for page in known[_PAGES]["L"]]
            left = dynamodb_neighbours.keys(before, pages)
        if not is_found:
            places: Any = ()
        elif among is not None:
            places = among.mark
        else:
            places = dynamodb_neighbours.places(after.look, self._table.items)
        steps = {
            f"{_NEAR}{band}": self._remember(place, after) for band, place in enumerate(places)
        }
        kept = {place.key for place in places}  # an item can have one step: that one overwrites
        for band, key in enumerate(left):
            if key not in kept:
                forget = self._table.update(
                    key, "REMOVE #id", {}, ExpressionAttributeNames={"#id": after.id}
                )
                steps[f"former {_NEAR}{band}"] = forget
        said = {_PAGES: {"L": [{"N": str(place.page)} for place in places]}} if places else {}
        return said, steps

    def _remember(self, place: Place, wallpaper: Wallpaper) -> Step:
        """Write an entry on a page, if nobody has written there since it was read."""
        values: Item = {":entry": {"B": entry(wallpaper.look)}, ":one": {"N": "1"}}
        condition = "attribute_not_exists(pk)"
        if place.writes:
            condition = "writes = :seen"
            values[":seen"] = {"N": str(place.writes)}
        return self._table.update(
            place.key,
            "SET #id = :entry ADD writes :one",
            values,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#id": wallpaper.id},
        )

    def _settle(self, claim: Claim, wallpaper: Wallpaper) -> Step:
        guard = _if_ours(claim)
        values = guard.pop("ExpressionAttributeValues")
        done = {**values, ":done": {"S": "done"}, ":id": {"S": wallpaper.id}}
        return self._table.update(_claim_key(claim), "SET #state = :done, id = :id", done, **guard)


def _seq(item: Item) -> int:
    """The number at which a record stands in its sequence."""
    return int(item["seq"]["N"])


def _counted(wallpaper: Wallpaper) -> int:
    return wallpaper.counted


def _is_due(item: Item, batch: Batch) -> bool:
    """Whether ``batch`` is still to be added to this record."""
    last = item.get("batches", {"M": {}})["M"].get(batch.source)
    return item["status"]["S"] != Status.DELETED and (last is None or int(last["N"]) < batch.number)


def _batches(item: Item, batch: Batch) -> Item:
    """The last batches added to this record, ``batch`` now among them."""
    known = {**item.get("batches", {"M": {}})["M"], batch.source: {"N": str(batch.number)}}
    latest = sorted(known, key=lambda source: int(known[source]["N"]))[-_SOURCES:]
    return {"batches": {"M": {source: known[source] for source in latest}}}


def _if_ours(claim: Claim) -> dict[str, Any]:
    return {
        "ConditionExpression": "#token = :token AND #state = :running",
        "ExpressionAttributeNames": {"#token": "token", "#state": "state"},
        "ExpressionAttributeValues": {
            ":token": {"S": claim.token},
            ":running": {"S": "running"},
        },
    }


def _record_key(wallpaper_id: str) -> Key:
    return f"WALLPAPER#{wallpaper_id}", "WALLPAPER"


def _hash_key(sha256: str) -> Key:
    return f"SHA256#{sha256}", "LIVE"


def _claim_key(claim: Claim) -> Key:
    return f"IDEMPOTENCY#{claim.account}#{claim.key}", "IDEMPOTENCY"


def _record(wallpaper: Wallpaper, seq: int) -> Item:
    return {
        **keyed(_record_key(wallpaper.id)),
        "seq": {"N": str(seq)},
        **attributes(wallpaper),
        **expiry(wallpaper),
    }
