"""What must be true of media's stores whatever was killed: read with boto3, not with our code."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3

Item = dict[str, Any]


@dataclass
class Acknowledged:
    """What a client was told of one wallpaper, and may rely on.

    Attributes:
        body: The uploaded bytes.
        title: The one last acknowledged.
        deleted: Whether its deletion was.
    """

    body: bytes
    title: str
    deleted: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class Oracle:
    """Looks into a table and two buckets."""

    table: str
    originals: str
    renditions: str
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dynamodb, self._s3 = boto3.client("dynamodb"), boto3.client("s3")
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self.table, ConsistentRead=True
        )
        self.items: list[Item] = [item for page in pages for item in page["Items"]]
        self.records = {
            item["id"]["S"]: item for item in self.items if item["sk"]["S"] == "WALLPAPER"
        }
        self.live = {
            id_: item for id_, item in self.records.items() if item["status"]["S"] != "deleted"
        }
        self.objects = frozenset(self._keys(self.originals))

    def judge(self, acknowledged: dict[str, Acknowledged]) -> list[str]:
        """What does not hold of the invariants I1 to I3, I5 and I6, in words."""
        for check in (
            self._acknowledged_is_kept(acknowledged),
            self._records_have_objects(),
            self._nothing_is_there_twice(),
            self._feed_is_the_table(),
            self._renditions_are_whole(),
        ):
            self.violations += check
        return self.violations

    def orphans(self) -> set[str]:
        """SHA-256 of the originals that no record has (I4)."""
        held = {item["sha256"]["S"] for item in self.live.values()}
        kept = {key for key in self.objects if key.startswith("originals/")}
        return {key.removeprefix("originals/") for key in kept if not key.endswith(".json")} - held

    def comparable(self) -> dict[str, Item]:
        """The records that a table rebuilt from S3 has, without where else they are found.

        Of bytes that were deleted and uploaded again only the last record is beside them; the
        tombstone before it tells nobody anything that every follower of a rebuilt table, who starts
        over, does not see.
        """
        places = {"seq", "batches", "near_pages"}
        last: dict[str, str] = {}
        for id_ in sorted(self.records, key=self._word):
            last[self.records[id_]["sha256"]["S"]] = id_
        return {
            id_: {name: value for name, value in self.records[id_].items() if name not in places}
            for id_ in last.values()
        }

    def _word(self, id_: str) -> tuple[bool, str]:
        """By what the later of two records of the same bytes is found: a live one has the say."""
        return id_ in self.live, self.records[id_]["created_at"]["S"]

    def _acknowledged_is_kept(self, acknowledged: dict[str, Acknowledged]) -> Iterator[str]:
        for id_, told in acknowledged.items():
            if (item := self.records.get(id_)) is None:
                yield f"I1: {id_} was acknowledged and has no record"
                continue
            if told.deleted:
                if item["status"]["S"] != "deleted":
                    yield f"I1: {id_} was deleted and is {item['status']['S']}"
                continue
            if item["sha256"]["S"] != told.sha256:
                yield f"I1: {id_} has the record of other bytes"
            if item["title"]["S"] != told.title:
                yield f"I1: {id_} is called {item['title']['S']!r}, not {told.title!r}"
            if self._body(f"originals/{told.sha256}") != told.body:
                yield f"I1: {id_} has lost its bytes"

    def _records_have_objects(self) -> Iterator[str]:
        for id_, item in self.live.items():
            if f"originals/{item['sha256']['S']}" not in self.objects:
                yield f"I2: {id_} has a record and no object"

    def _nothing_is_there_twice(self) -> Iterator[str]:
        by_bytes = Counter(item["sha256"]["S"] for item in self.live.values())
        yield from (
            f"I3: {number} records of {sha}" for sha, number in by_bytes.items() if number > 1
        )
        locks = {
            item["pk"]["S"].removeprefix("SHA256#"): item["id"]["S"]
            for item in self.items
            if item["sk"]["S"] == "LIVE" and item["pk"]["S"].startswith("SHA256#")
        }
        if locks != {item["sha256"]["S"]: id_ for id_, item in self.live.items()}:
            yield "I3: what keeps bytes unique is not what the records say"

    def _feed_is_the_table(self) -> Iterator[str]:
        pointers: dict[str, list[str]] = {}
        for item in self.items:
            if item["pk"]["S"].startswith("FEED#") and item["sk"]["S"] != "HEAD":
                pointers.setdefault(item["id"]["S"], []).append(item["sk"]["S"])
        for id_, item in self.records.items():
            if [int(place) for place in pointers.pop(id_, [])] != [int(item["seq"]["N"])]:
                yield f"I5: {id_} is not in the feed once, at its number"
        yield from (f"I5: the feed names {id_}, which is nowhere" for id_ in pointers)

    def _renditions_are_whole(self) -> Iterator[str]:
        for key in self._keys(self.renditions):
            found = self._s3.get_object(Bucket=self.renditions, Key=key)
            digest = hashlib.sha256(found["Body"].read()).hexdigest()
            if found["Metadata"]["sha256"] != digest:
                yield f"I6: rendition {key} is not what was kept"

    def _body(self, key: str) -> bytes | None:
        if key not in self.objects:
            return None
        return self._s3.get_object(Bucket=self.originals, Key=key)["Body"].read()

    def _keys(self, bucket: str) -> Iterator[str]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            yield from (found["Key"] for found in page.get("Contents", ()))
