"""The catalogue in one DynamoDB table."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media.adapters.deadline import Deadline
from media.adapters.dynamodb_record import Item, attributes, wallpaper_from
from media.domain.claim import KEPT, LEASE, Claim, KeyInUse, KeyReused
from media.domain.feed import Change, Changes, Cursor, CursorExpired
from media.domain.wallpaper import Status, Wallpaper
from media.ports import (
    CatalogueUnavailable,
    DuplicateOriginal,
    VersionMismatch,
    WallpaperNotFound,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READING: Final = Config(
    connect_timeout=0.5,
    read_timeout=1.0,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=32,
)
WRITING: Final = Config(
    connect_timeout=0.5,
    read_timeout=2.0,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
)
_READ_WITHIN = 1.5
_WRITTEN_WITHIN = 5.0
_BLOCK = 4096  # places of the feed in one partition
_BATCH = 100  # what one BatchGetItem takes
_LOOK_AGAIN = 0.2  # seconds after which a waiting follower sees what another process wrote

Step = dict[str, Any]
"""One write of a transaction."""


@dataclass(frozen=True, slots=True)
class _Head:
    seq: int
    epoch: str


@dataclass(frozen=True, slots=True)
class _Pointer:
    seq: int
    wallpaper_id: str


class DynamoCatalogue:
    """Every wallpaper's record, in one table.

    ================================  ====================  =======================================
    ``pk``                            ``sk``                answers
    ================================  ====================  =======================================
    ``WALLPAPER#<id>``                ``WALLPAPER``         the record, and its place in the feed
    ``SHA256#<hash>``                 ``LIVE``              who has these bytes (never two)
    ``IDEMPOTENCY#<account>#<key>``   ``IDEMPOTENCY``       what became of an upload (24 hours)
    ``FEED``                          ``HEAD``              the last number given, and the epoch
    ``FEED#<number // 4096>``         the number            whose latest change this number is
    ================================  ====================  =======================================

    Every write of a record is one transaction that also takes the feed's next number, on condition
    that nobody else has: so numbers are given in the order in which writes become visible, and a
    reader that has seen the head sees everything before it.
    """

    def __init__(
        self,
        *,
        reader: "DynamoDBClient",
        writer: "DynamoDBClient",
        table: str,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._table = table
        self._in_reading = Deadline(_READ_WITHIN, threads)
        self._in_writing = Deadline(_WRITTEN_WITHIN, threads)
        self._committing = threading.Lock()
        self._moved = threading.Condition()

    def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:  # noqa: ARG002
        if (item := self._item(*_record_key(wallpaper_id))) is None:
            raise WallpaperNotFound(wallpaper_id)
        return wallpaper_from(item)

    def holder(self, sha256: str) -> str | None:
        item = self._item(*_hash_key(sha256))
        return None if item is None else item["id"]["S"]

    def claim(self, claim: Claim, *, now: datetime) -> str | None:
        moment = int(now.timestamp())
        item = {
            **_key(*_claim_key(claim)),
            "fingerprint": {"S": claim.fingerprint},
            "token": {"S": claim.token},
            "state": {"S": "running"},
            "lease": {"N": str(moment + int(LEASE.total_seconds()))},
            "expires": {"N": str(moment + int(KEPT.total_seconds()))},
        }
        known = self._put_if(
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
        with _speaking_of("a claim"):
            try:
                self._in_writing(
                    self._writer.delete_item,
                    TableName=self._table,
                    Key=_key(*_claim_key(claim)),
                    **_if_ours(claim),
                )
            except ClientError as error:
                if not _is_refused(error):
                    raise

    def publish(self, wallpaper: Wallpaper, claim: Claim | None = None) -> None:
        def steps(seq: int) -> dict[str, Step]:
            added = self._add(wallpaper, seq)
            return added if claim is None else {**added, "claim": self._settle(claim, wallpaper)}

        refused = self._commit(steps)
        if "hash" in refused:
            raise DuplicateOriginal(refused["hash"]["id"]["S"])
        if "claim" in refused:
            raise KeyInUse("The upload has been taken over by a later attempt.")
        if "record" in refused:
            raise CatalogueUnavailable(f"The id '{wallpaper.id}' is taken; another will do.")

    def update(self, wallpaper: Wallpaper) -> None:
        known = self._item(*_record_key(wallpaper.id))
        if known is None:
            raise WallpaperNotFound(wallpaper.id)
        if int(known["version"]["N"]) == wallpaper.version - 1:
            before = known
            refused = self._commit(lambda seq: self._replace(before, wallpaper, seq))
            if not refused:
                return
            known = self._item(*_record_key(wallpaper.id)) or known
        raise VersionMismatch(int(known["version"]["N"]))

    def restore(self, wallpaper: Wallpaper) -> None:
        known = self._item(*_record_key(wallpaper.id))
        if known is not None and int(known["version"]["N"]) >= wallpaper.version:
            return

        def steps(seq: int) -> dict[str, Step]:
            return (
                self._add(wallpaper, seq) if known is None else self._replace(known, wallpaper, seq)
            )

        refused = self._commit(steps, epoch=secrets.token_hex(8))
        if "hash" in refused:
            raise DuplicateOriginal(refused["hash"]["id"]["S"])
        if refused:
            raise CatalogueUnavailable(f"'{wallpaper.id}' is being written by somebody else.")

    def versions(self, wallpaper_ids: Iterable[str]) -> Mapping[str, int]:
        items = self._items([_record_key(each) for each in dict.fromkeys(wallpaper_ids)])
        return {item["id"]["S"]: int(item["version"]["N"]) for item in items}

    def changes(self, after: Cursor | None, *, limit: int) -> Changes:
        head = self._head()  # before anything else: all that is numbered up to it can be seen
        since = 0 if after is None else after.seq
        if after is not None and (after.epoch != head.epoch or since > head.seq):
            raise CursorExpired("This cursor has expired; start over without one.")
        pointers = list(self._pointers(since, head.seq, limit=limit))
        last = pointers[-1].seq if len(pointers) == limit else head.seq
        items = self._items([_record_key(pointer.wallpaper_id) for pointer in pointers])
        records = {item["id"]["S"]: item for item in items}
        found = (
            Change(pointer.seq, wallpaper_from(records[pointer.wallpaper_id]))
            for pointer in pointers
            # One that has changed since comes later, at its new number.
            if pointer.wallpaper_id in records
            and int(records[pointer.wallpaper_id]["seq"]["N"]) == pointer.seq
        )
        return Changes(tuple(found), Cursor(head.epoch, last), caught_up=last == head.seq)

    def await_change(self, after: Cursor, *, within: timedelta) -> None:
        until = time.monotonic() + within.total_seconds()
        while self._head() == _Head(after.seq, after.epoch):
            if (left := until - time.monotonic()) <= 0:
                return
            with self._moved:
                self._moved.wait(min(_LOOK_AGAIN, left))

    def _commit(
        self, steps: Callable[[int], dict[str, Step]], *, epoch: str | None = None
    ) -> dict[str, Item]:
        """Take the feed's next number and write what ``steps`` makes of it, all or nothing.

        Returns:
            Nothing if it is written; else the steps whose condition did not hold, by name, with
            what was there instead.
        """
        until = time.monotonic() + _WRITTEN_WITHIN
        pause = 0.004
        while True:
            with self._turn(until):
                head = self._head()
                moved = self._move(head, epoch or head.epoch)
                refused = self._transact({"head": moved, **steps(head.seq + 1)})
            if refused is not None and "head" not in refused:
                break
            if time.monotonic() > until:
                raise CatalogueUnavailable("Too much is being written at once.")
            time.sleep(random.uniform(0, pause))  # noqa: S311  # jitter is no secret
            pause = min(0.2, pause * 2)
        if not refused:
            with self._moved:
                self._moved.notify_all()
        return refused

    @contextmanager
    def _turn(self, until: float) -> Iterator[None]:
        """One commit of this process at a time: they would only get in each other's way."""
        if not self._committing.acquire(timeout=max(0.0, until - time.monotonic())):
            raise CatalogueUnavailable("Too much is being written at once.")
        try:
            yield
        finally:
            self._committing.release()

    def _transact(self, steps: Mapping[str, Step]) -> dict[str, Item] | None:
        """Write all ``steps`` or none: what refused, or ``None`` if others were in the way."""
        with _speaking_of("a transaction"):
            try:
                items: Any = list(steps.values())
                self._in_writing(self._writer.transact_write_items, TransactItems=items)
            except self._writer.exceptions.TransactionCanceledException as error:
                reasons: Any = error.response.get("CancellationReasons", [])
                named = dict(zip(steps, reasons, strict=False))
                refused = {
                    name: reason.get("Item", {})
                    for name, reason in named.items()
                    if reason.get("Code") == "ConditionalCheckFailed"
                }
                return refused or None
        return {}

    def _move(self, head: _Head, epoch: str) -> Step:
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key("FEED", "HEAD"),
                "UpdateExpression": "SET head = :next, epoch = :epoch",
                "ConditionExpression": "head = :head",
                "ExpressionAttributeValues": {
                    ":head": {"N": str(head.seq)},
                    ":next": {"N": str(head.seq + 1)},
                    ":epoch": {"S": epoch},
                },
            }
        }

    def _add(self, wallpaper: Wallpaper, seq: int) -> dict[str, Step]:
        """The steps that put ``wallpaper`` where nothing is."""
        steps = {
            "record": self._put(_record(wallpaper, seq), "attribute_not_exists(pk)"),
            "pointer": self._put(_pointer(wallpaper, seq)),
        }
        if not wallpaper.is_deleted:
            taken = {**_key(*_hash_key(wallpaper.original.sha256)), "id": {"S": wallpaper.id}}
            steps["hash"] = self._put(taken, "attribute_not_exists(pk)")
        return steps

    def _replace(self, known: Item, wallpaper: Wallpaper, seq: int) -> dict[str, Step]:
        """The steps that put ``wallpaper`` where ``known`` is."""
        was = known["seq"]
        steps = {
            "record": self._put(_record(wallpaper, seq), "seq = :was", {":was": was}),
            "pointer": self._put(_pointer(wallpaper, seq)),
            "old pointer": self._delete(_pointer_key(int(was["N"]))),
        }
        if wallpaper.is_deleted and known["status"]["S"] != Status.DELETED:
            ours = {":ours": {"S": wallpaper.id}}
            key = _hash_key(wallpaper.original.sha256)
            steps["hash"] = self._delete(key, "id = :ours", ours)
        return steps

    def _settle(self, claim: Claim, wallpaper: Wallpaper) -> Step:
        guard = _if_ours(claim)
        values = {":done": {"S": "done"}, ":id": {"S": wallpaper.id}}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(*_claim_key(claim)),
                "UpdateExpression": "SET #state = :done, id = :id",
                **guard,
                "ExpressionAttributeValues": {**guard["ExpressionAttributeValues"], **values},
            }
        }

    def _put(self, item: Item, condition: str = "", values: Item | None = None) -> Step:
        return {"Put": {"TableName": self._table, "Item": item, **_condition(condition, values)}}

    def _delete(
        self, key: tuple[str, str], condition: str = "", values: Item | None = None
    ) -> Step:
        guard = _condition(condition, values)
        return {"Delete": {"TableName": self._table, "Key": _key(*key), **guard}}

    def _put_if(self, item: Item, condition: str, **expression: Any) -> Item | None:
        """Put ``item`` if ``condition`` holds; what is there instead if it does not."""
        with _speaking_of(item["pk"]["S"]):
            try:
                self._in_writing(
                    self._writer.put_item,
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=condition,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **expression,
                )
            except ClientError as error:
                if not _is_refused(error):
                    raise
                answer: Any = error.response
                there: Item = answer.get("Item", {})
                return there
        return None

    def _head(self) -> _Head:
        while (item := self._item("FEED", "HEAD")) is None:
            first = {**_key("FEED", "HEAD"), "head": {"N": "0"}}
            first["epoch"] = {"S": secrets.token_hex(8)}
            self._put_if(first, "attribute_not_exists(pk)")
        return _Head(int(item["head"]["N"]), item["epoch"]["S"])

    def _pointers(self, since: int, head: int, *, limit: int) -> Iterator[_Pointer]:
        """At most ``limit`` places of the feed after ``since``, up to ``head``."""
        left = limit if head > since else 0
        for block in range((since + 1) // _BLOCK, head // _BLOCK + 1):
            start: Item | None = None
            while left > 0:
                found = self._block(block, since + 1, head, limit=left, start=start)
                for item in found["Items"]:
                    yield _Pointer(int(item["sk"]["S"]), item["id"]["S"])
                left -= len(found["Items"])
                if (start := found.get("LastEvaluatedKey")) is None:
                    break

    def _block(
        self, block: int, first: int, last: int, *, limit: int, start: Item | None
    ) -> dict[str, Any]:
        carry_on: dict[str, Any] = {} if start is None else {"ExclusiveStartKey": start}
        with _speaking_of("the feed"):
            answer: Any = self._in_reading(
                self._reader.query,
                TableName=self._table,
                KeyConditionExpression="pk = :block AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":block": {"S": _block_key(block)},
                    ":first": {"S": _place(first)},
                    ":last": {"S": _place(last)},
                },
                ConsistentRead=True,
                Limit=limit,
                **carry_on,
            )
        found: dict[str, Any] = answer
        return found

    def _item(self, pk: str, sk: str) -> Item | None:
        with _speaking_of(pk):
            found = self._in_reading(
                self._reader.get_item,
                TableName=self._table,
                Key=_key(pk, sk),
                ConsistentRead=True,
            )
        return found.get("Item")

    def _items(self, keys: Sequence[tuple[str, str]]) -> Iterator[Item]:
        for begin in range(0, len(keys), _BATCH):
            wanted = [_key(*key) for key in keys[begin : begin + _BATCH]]
            pause = 0.02
            while wanted:
                answer = self._batch(wanted)
                yield from answer["Responses"].get(self._table, ())
                wanted = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
                if wanted:
                    if pause > 1:
                        raise CatalogueUnavailable("DynamoDB is too busy to read many records.")
                    time.sleep(random.uniform(0, pause))  # noqa: S311  # jitter is no secret
                    pause *= 2

    def _batch(self, keys: Sequence[Item]) -> dict[str, Any]:
        asked: Any = {self._table: {"Keys": list(keys), "ConsistentRead": True}}
        with _speaking_of("many records"):
            answer: Any = self._in_reading(self._reader.batch_get_item, RequestItems=asked)
        found: dict[str, Any] = answer
        return found


@contextmanager
def _speaking_of(what: str) -> Iterator[None]:
    """Say that ``what`` could not be read or written in the words of the port."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise CatalogueUnavailable(f"DynamoDB refused {what}: {code}") from error
    except (BotoCoreError, OSError) as error:  # a deadline's TimeoutError, too
        raise CatalogueUnavailable(f"DynamoDB did not answer for {what}") from error


def _is_refused(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"


def _condition(expression: str, values: Item | None) -> dict[str, Any]:
    if not expression:
        return {}
    guard: dict[str, Any] = {
        "ConditionExpression": expression,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    return {**guard, "ExpressionAttributeValues": values} if values else guard


def _if_ours(claim: Claim) -> dict[str, Any]:
    return {
        "ConditionExpression": "#token = :token AND #state = :running",
        "ExpressionAttributeNames": {"#token": "token", "#state": "state"},
        "ExpressionAttributeValues": {
            ":token": {"S": claim.token},
            ":running": {"S": "running"},
        },
    }


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _record_key(wallpaper_id: str) -> tuple[str, str]:
    return f"WALLPAPER#{wallpaper_id}", "WALLPAPER"


def _hash_key(sha256: str) -> tuple[str, str]:
    return f"SHA256#{sha256}", "LIVE"


def _claim_key(claim: Claim) -> tuple[str, str]:
    return f"IDEMPOTENCY#{claim.account}#{claim.key}", "IDEMPOTENCY"


def _pointer_key(seq: int) -> tuple[str, str]:
    return _block_key(seq // _BLOCK), _place(seq)


def _block_key(block: int) -> str:
    return f"FEED#{block:012d}"


def _place(seq: int) -> str:
    return f"{seq:016d}"


def _record(wallpaper: Wallpaper, seq: int) -> Item:
    return {**_key(*_record_key(wallpaper.id)), "seq": {"N": str(seq)}, **attributes(wallpaper)}


def _pointer(wallpaper: Wallpaper, seq: int) -> Item:
    return {**_key(*_pointer_key(seq)), "id": {"S": wallpaper.id}}
