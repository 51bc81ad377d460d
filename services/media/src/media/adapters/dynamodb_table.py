"""One DynamoDB table: what the catalogue asks of it, within limits, in words of the port."""

import contextvars
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media.adapters.deadline import Deadline
from media.adapters.dynamodb_record import Item
from media.ports import CatalogueUnavailable

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
WRITTEN_WITHIN: Final = 5.0
_READ_WITHIN = 1.5
_BATCH = 100  # what one BatchGetItem takes
_READERS = 8  # batches read at once

Key = tuple[str, str]
"""A partition key and a sort key, both text."""

Step = dict[str, Any]
"""One write of a transaction."""


class DynamoTable:
    """A table with the keys ``pk`` and ``sk``. Every method can raise ``CatalogueUnavailable``."""

    def __init__(
        self,
        *,
        reader: "DynamoDBClient",
        writer: "DynamoDBClient",
        name: str,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._name = name
        self._in_reading = Deadline(_READ_WITHIN, threads)
        self._in_writing = Deadline(WRITTEN_WITHIN, threads)
        self._batches = ThreadPoolExecutor(_READERS, thread_name_prefix="batch")

    def item(self, key: Key) -> Item | None:
        """The item with this key, as it is now."""
        with _speaking_of(key[0]):
            found = self._in_reading(
                self._reader.get_item, TableName=self._name, Key=keyed(key), ConsistentRead=True
            )
        return found.get("Item")

    def items(self, keys: Sequence[Key], *, consistent: bool = True) -> Iterator[Item]:
        """Those of the items that are there, in no order.

        Args:
            keys: Of each at most once.
            consistent: Whether as they are now; otherwise they may be a moment old, at half the
                price.
        """
        pages = [keys[begin : begin + _BATCH] for begin in range(0, len(keys), _BATCH)]
        if len(pages) == 1:
            yield from self._page(pages[0], consistent)
            return
        reading = [
            self._batches.submit(contextvars.copy_context().run, self._page, page, consistent)
            for page in pages
        ]
        for page in reading:
            yield from page.result()

    def range(self, pk: str, first: str, last: str, *, limit: int) -> Iterator[Item]:
        """At most ``limit`` items of ``pk`` from sort key ``first`` to ``last``, in order."""
        start: dict[str, Any] = {}
        while limit > 0:
            with _speaking_of(pk):
                found: Any = self._in_reading(
                    self._reader.query,
                    TableName=self._name,
                    KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                    ExpressionAttributeValues={
                        ":pk": {"S": pk},
                        ":first": {"S": first},
                        ":last": {"S": last},
                    },
                    ConsistentRead=True,
                    Limit=limit,
                    **start,
                )
            yield from found["Items"]
            limit -= len(found["Items"])
            if "LastEvaluatedKey" not in found:
                return
            start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}

    def put_if(self, item: Item, condition: str, **expression: Any) -> Item | None:
        """Put ``item`` if ``condition`` holds; what is there instead if it does not."""
        with _speaking_of(item["pk"]["S"]):
            try:
                self._in_writing(
                    self._writer.put_item,
                    TableName=self._name,
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

    def delete_if(self, key: Key, **condition: Any) -> None:
        """Delete an item if a condition holds."""
        with _speaking_of(key[0]):
            try:
                self._in_writing(
                    self._writer.delete_item, TableName=self._name, Key=keyed(key), **condition
                )
            except ClientError as error:
                if not _is_refused(error):
                    raise

    def write(self, steps: Mapping[str, Step]) -> dict[str, Item] | None:
        """Write all ``steps``, at most 100, or none.

        Returns:
            Nothing if they are written; else the steps whose condition did not hold, by name, with
            what was there instead. ``None`` if others were in the way.
        """
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

    def put(self, item: Item, condition: str = "", values: Item | None = None) -> Step:
        """The step that puts ``item``."""
        return {"Put": {"TableName": self._name, "Item": item, **_condition(condition, values)}}

    def delete(self, key: Key, condition: str = "", values: Item | None = None) -> Step:
        """The step that deletes an item."""
        guard = _condition(condition, values)
        return {"Delete": {"TableName": self._name, "Key": keyed(key), **guard}}

    def update(self, key: Key, expression: str, values: Item, **guard: Any) -> Step:
        """The step that changes an item, or makes it."""
        return {
            "Update": {
                "TableName": self._name,
                "Key": keyed(key),
                "UpdateExpression": expression,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **({"ExpressionAttributeValues": values} if values else {}),
                **guard,
            }
        }

    def _page(self, keys: Sequence[Key], consistent: bool) -> list[Item]:
        wanted = [keyed(key) for key in keys]
        found: list[Item] = []
        pause = 0.02
        while wanted:
            asked: Any = {self._name: {"Keys": wanted, "ConsistentRead": consistent}}
            with _speaking_of("many records"):
                answer: Any = self._in_reading(self._reader.batch_get_item, RequestItems=asked)
            found += answer["Responses"].get(self._name, ())
            wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if wanted:
                if pause > 1:
                    raise CatalogueUnavailable("DynamoDB is too busy to read many records.")
                time.sleep(random.uniform(0, pause))  # noqa: S311  # jitter is no secret
                pause *= 2
        return found


def keyed(key: Key) -> Item:
    """The attributes that make up ``key``."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


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
