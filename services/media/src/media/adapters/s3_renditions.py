"""Renditions in S3."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from media.adapters.deadline import Deadline
from media.adapters.s3 import READ_WITHIN, WRITTEN_WITHIN, Absent, Conflict, speaking_of
from media.domain.renditions import Format
from media.ports import Image, StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FOREVER = "public, max-age=31536000, immutable"
_DIGEST = "sha256"


class S3Renditions:
    """Renditions that were made before, in one bucket; a CDN may read them from there."""

    def __init__(
        self,
        *,
        reader: "S3Client",
        writer: "S3Client",
        bucket: str,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._bucket = bucket
        self._in_reading = Deadline(READ_WITHIN, threads)
        self._in_writing = Deadline(WRITTEN_WITHIN, threads)

    def get(self, key: str, kind: Format) -> Image | None:
        def fetch() -> tuple[bytes, str | None]:
            found = self._reader.get_object(Bucket=self._bucket, Key=key)
            return found["Body"].read(), found["Metadata"].get(_DIGEST)

        try:
            with speaking_of(key):
                body, expected = self._in_reading(fetch)
        except Absent:
            return None
        digest = hashlib.sha256(body).hexdigest()
        if digest != expected:
            raise StorageUnavailable(f"S3 gave other bytes than were kept for '{key}'")
        return Image(body, kind, digest)

    def put(self, key: str, image: Image) -> bool:
        try:
            with speaking_of(key):
                self._in_writing(
                    self._writer.put_object,
                    Bucket=self._bucket,
                    Key=key,
                    Body=image.body,
                    ContentType=image.format.media_type,
                    CacheControl=_FOREVER,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(image.digest)).decode(),
                    IfNoneMatch="*",
                    Metadata={_DIGEST: image.digest},
                )
        except Conflict:
            return False
        return True

    def clear(self, prefix: str) -> None:
        def listed() -> list[str]:
            pages = self._reader.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            return [each["Key"] for page in pages for each in page.get("Contents", [])]

        with speaking_of(prefix):
            for key in self._in_reading(listed):
                self._in_writing(self._writer.delete_object, Bucket=self._bucket, Key=key)
