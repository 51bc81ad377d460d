"""The tables and originals of a site on this machine: taken for a backup, and given back."""

import base64
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from scripts import tables
from scripts.archive import Archive, Item, Object

ADDRESS_FILE = "aws-address"
"""In the data of ``make run``: where its emulated AWS listens while it runs."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

_PASSING = "incoming/"  # uploads on their way, which nobody has been promised anything of
_LIFE_OF_THE_FEED = ("FEED", "EPOCH")
_ATTEMPTS = 20
_TOGETHER = 25  # as many as BatchWriteItem takes
_NOT_OFFERED = ("UnknownOperation", "NotImplemented", "InternalFailure")
_HEADERS = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "Metadata")


class NotSettled(Exception):
    """A table never stood still long enough to be read whole."""


class NotAsKept(Exception):
    """A site does not have, after a restore, exactly what the backup has."""


def address(environ: Mapping[str, str], data: Path) -> str:
    """Where the site's emulated AWS is: as told, or as ``make run`` wrote, or that of compose."""
    file = data / ADDRESS_FILE
    if told := environ.get("AWS_ENDPOINT_URL"):
        return told
    if file.exists():
        return file.read_text().strip()
    return f"http://127.0.0.1:{environ.get('EMULATOR_PORT', '4566')}"


class Stores:
    """The tables and the bucket of originals that an emulated AWS has for a site."""

    def __init__(self, url: str, *, prefix: str = "paperroute") -> None:
        session = boto3.Session("test", "test", region_name="us-east-1")
        config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3)
        self._dynamodb = session.client("dynamodb", endpoint_url=url, config=config)
        self._s3 = session.client("s3", endpoint_url=url, config=config)
        named = {name: each["Properties"] for name, each in tables.definition(prefix).items()}
        self._bucket = named["Originals"]["BucketName"]
        self._tables = {"catalogue": "Catalogue", "accounts": "Accounts"}
        self._tables = {own: named[name]["TableName"] for own, name in self._tables.items()}

    # --- taking ----------------------------------------------------------------------------------

    def save(self, archive: Archive, progress: Progress) -> None:
        """Put everything that cannot be made again into ``archive``, while the site runs.

        The tables come first, each as it is at one moment. Bytes are in S3 before a record names
        them, and never change: so all that the records name is there, but for wallpapers that are
        deleted meanwhile, whose tombstones beside the originals are read instead. Media settles
        such differences when it starts, as after a crash.

        Raises:
            NotSettled: If a table cannot be read as it is at one moment.
        """
        for own, table in self._tables.items():
            kept = self._save_table(archive, own, table)
            progress(f"items of {own}", kept, kept)
        keys = list(self._keys())
        for done, key in enumerate(keys):
            progress("originals and their records", done, len(keys))
            self._save_object(archive, key)
        progress("originals and their records", len(keys), len(keys))

    def _save_table(self, archive: Archive, own: str, table: str) -> int:
        try:
            with self._frozen(table) as copy:
                return archive.keep_table(own, self._scan(copy)).items
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not any(each in code for each in _NOT_OFFERED):
                raise
        before = archive.keep_table(own, self._scan(table))
        for _ in range(_ATTEMPTS):
            now = archive.keep_table(own, self._scan(table))
            if now == before:
                return now.items
            before = now
        raise NotSettled(
            f"The table '{table}' kept changing, and this emulator cannot copy it at one moment; "
            "try again while nobody uploads."
        )

    @contextmanager
    def _frozen(self, table: str) -> Iterator[str]:
        """A table that is a copy of ``table`` as it is now, gone at the end of the block."""
        copy = f"{table}-backup-{secrets.token_hex(4)}"
        made = self._dynamodb.create_backup(TableName=table, BackupName=copy)
        arn = made["BackupDetails"]["BackupArn"]
        try:
            self._dynamodb.restore_table_from_backup(TargetTableName=copy, BackupArn=arn)
            try:
                self._dynamodb.get_waiter("table_exists").wait(
                    TableName=copy, WaiterConfig={"Delay": 1}
                )
                yield copy
            finally:
                self._dynamodb.delete_table(TableName=copy)
        finally:
            self._dynamodb.delete_backup(BackupArn=arn)

    def _save_object(self, archive: Archive, key: str) -> None:
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key)
        except self._s3.exceptions.NoSuchKey:
            return  # deleted since it was listed
        headers = {name: said for name, said in found.items() if name in _HEADERS and said}
        archive.keep_object(key, found["Body"].iter_chunks(1 << 20), headers)

    # --- giving back -----------------------------------------------------------------------------

    def has_wallpapers(self) -> bool:
        """Whether there is anything that a restore would replace, deleted wallpapers included."""
        begins = {":wallpaper": {"S": "WALLPAPER#"}}
        scan = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._tables["catalogue"],
            FilterExpression="begins_with(pk, :wallpaper)",
            ExpressionAttributeValues=begins,
        )
        return any(page["Count"] for page in scan) or next(self._keys(), None) is not None

    def fill(self, archive: Archive, progress: Progress) -> None:
        """Have exactly what ``archive`` has. What is here and not there goes, the objects last.

        The change feed keeps its positions and gets another life: whoever followed it reads it
        again from its beginning, as they may have followed it further than it now goes.

        Raises:
            NotAsKept: If something else is here afterwards.
        """
        for done, (key, kept) in enumerate(archive.objects.items()):
            progress("originals and their records", done, len(archive.objects))
            self._put_object(archive, key, kept)
        for own, table in self._tables.items():
            self._fill_table(table, archive.items(own))
            progress(f"items of {own}", archive.tables[own].items, archive.tables[own].items)
        for key in self._keys():
            if key not in archive.objects:
                self._s3.delete_object(Bucket=self._bucket, Key=key)
        self._check(archive)

    def _put_object(self, archive: Archive, key: str, kept: Object) -> None:
        checksum = base64.b64encode(bytes.fromhex(kept.sha256)).decode()
        with archive.of_object(key).open("rb") as body:
            self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=body, ChecksumSHA256=checksum, **kept.headers
            )

    def _fill_table(self, table: str, items: Iterable[Item]) -> None:
        unwanted = {_key_of(item) for item in self._scan(table)}
        waiting = (item for item in items if _key_of(item) != _LIFE_OF_THE_FEED)
        while chunk := list(islice(waiting, _TOGETHER)):
            unwanted -= {_key_of(item) for item in chunk}
            self._write(table, [{"PutRequest": {"Item": item}} for item in chunk])
        going = ({"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in unwanted)
        while gone := list(islice(going, _TOGETHER)):
            self._write(table, [{"DeleteRequest": {"Key": key}} for key in gone])

    def _write(self, table: str, requests: list[Any]) -> None:
        for attempt in range(_ATTEMPTS):
            done = self._dynamodb.batch_write_item(RequestItems={table: requests})
            if not (requests := done["UnprocessedItems"].get(table, [])):
                return
            time.sleep(min(0.02 * 2**attempt, 1))
        raise NotAsKept(f"'{table}' did not take {len(requests)} items; run the restore again.")

    def _check(self, archive: Archive) -> None:
        for own, table in self._tables.items():
            here = {_key_of(item): item for item in self._scan(table)}
            here.pop(_LIFE_OF_THE_FEED, None)
            kept = {_key_of(item): item for item in archive.items(own)}
            kept.pop(_LIFE_OF_THE_FEED, None)
            if here != kept:
                raise NotAsKept(
                    f"'{table}' was changed meanwhile: run the restore again while nobody uses "
                    "the site."
                )
        if set(self._keys()) != archive.objects.keys():
            raise NotAsKept(
                f"The objects of '{self._bucket}' were changed meanwhile: run it again."
            )

    def _scan(self, table: str) -> Iterator[Item]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        for page in pages:
            yield from page["Items"]

    def _keys(self) -> Iterator[str]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
            for each in page.get("Contents", []):
                if not each["Key"].startswith(_PASSING):
                    yield each["Key"]


def _key_of(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
