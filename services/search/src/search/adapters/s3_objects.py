"""Bytes under keys, in one S3 bucket of search's own."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from search.ports import ObjectAbsent, ObjectChanged, ObjectsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=16,
    # Each object says itself what it should hold; S3's own checksums would be counted twice.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_ABSENT = {"NoSuchKey", "404"}
_OTHERWISE = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class S3Objects:
    """In ``bucket``. May be used by many threads."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, key: str) -> tuple[bytes, str]:
        with _speaking_of(key):
            found = self._client.get_object(Bucket=self._bucket, Key=key)
            return found["Body"].read(), found["ETag"]

    def put(self, key: str, body: bytes) -> None:
        with _speaking_of(key):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ChecksumSHA256=_checksum(body)
            )

    def swap(self, key: str, body: bytes, *, before: str | None) -> None:
        with _speaking_of(key):
            if before is None:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*")
            else:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=body, IfMatch=before)

    def keys(self, prefix: str) -> Mapping[str, datetime]:
        with _speaking_of(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            return {
                each["Key"]: each["LastModified"]
                for page in pages
                for each in page.get("Contents", ())
            }

    def delete(self, key: str) -> None:
        with _speaking_of(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)


def _checksum(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


@contextmanager
def _speaking_of(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _ABSENT:
            raise ObjectAbsent(key) from error
        if code in _OTHERWISE:
            raise ObjectChanged(key) from error
        raise ObjectsUnavailable(f"S3 refused '{key}': {code}") from error
    except (BotoCoreError, OSError) as error:
        raise ObjectsUnavailable(f"S3 did not answer for '{key}': {error}") from error
