"""Originals in S3, keyed by what they contain, each with its sidecar beside it."""

import base64
import hashlib
import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import IO, TYPE_CHECKING

from media.adapters import record_json
from media.adapters.deadline import Deadline
from media.adapters.s3 import (
    READ_WITHIN,
    WRITTEN_WITHIN,
    Absent,
    Conflict,
    Contended,
    speaking_of,
)
from media.domain.wallpaper import Original, Wallpaper
from media.ports import Holding, OriginalNotFound, Retired, StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)
_PREFIX = "originals/"
_SIDECAR = ".json"
_BOOKMARK = "keeping/scrubbed-up-to"
_PLACE = re.compile("[0-9a-f]{8,64}")
_FOREVER = "private, max-age=31536000, immutable"
_ATTEMPTS = 8
_READERS = 16
_AT_A_TIME = 1_048_576


@dataclass(frozen=True, slots=True)
class _Kept:
    wallpaper: Wallpaper | None
    etag: str


class S3Originals:
    """The uploaded bytes in one private, versioned bucket.

    ==============================  ============================================
    key                             holds
    ==============================  ============================================
    ``originals/<sha256>``          the bytes
    ``originals/<sha256>.json``     the sidecar: the record, to rebuild it from
    ``keeping/scrubbed-up-to``      how far in the order of hashes a scrub has read
    ==============================  ============================================
    """

    def __init__(
        self,
        *,
        reader: "S3Client",
        writer: "S3Client",
        once: "S3Client",
        public: "S3Client",
        bucket: str,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._once = once
        self._public = public
        self._bucket = bucket
        self._in_reading = Deadline(READ_WITHIN, threads)
        self._in_writing = Deadline(WRITTEN_WITHIN, threads)

    def put(self, original: Original, file: IO[bytes]) -> bool:
        for attempt in range(_ATTEMPTS):
            try:
                self._put(original, file)
            except Contended:
                time.sleep(0.02 * 2**attempt)
            except Conflict:
                return False
            else:
                return True
        raise StorageUnavailable(f"'{original.sha256}' is being written by too many at once")

    def read(self, original: Original) -> bytes:
        try:
            body, _ = self._get(_key(original))
        except Absent as error:
            raise OriginalNotFound(original.sha256) from error
        if hashlib.sha256(body).hexdigest() != original.sha256:
            raise StorageUnavailable(f"S3 gave other bytes than were kept for {original.sha256}")
        return body

    def link(self, original: Original, *, file_name: str, lifetime: timedelta) -> str:
        return self._public.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": _key(original),
                "ResponseContentDisposition": f'attachment; filename="{file_name}"',
                "ResponseContentType": original.type.value,
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )

    def holds(self, sha256: str) -> bool:
        key = _PREFIX + sha256
        try:
            with speaking_of(key):
                self._in_reading(self._reader.head_object, Bucket=self._bucket, Key=key)
        except Absent:
            return False
        return True

    def digest(self, sha256: str) -> str:
        key = _PREFIX + sha256

        def read() -> str:
            digest = hashlib.sha256()
            body = self._reader.get_object(Bucket=self._bucket, Key=key)["Body"]
            for chunk in body.iter_chunks(_AT_A_TIME):
                digest.update(chunk)
            return digest.hexdigest()

        try:
            with speaking_of(key):
                return self._in_reading(read)
        except Absent as error:
            raise OriginalNotFound(sha256) from error

    def holdings(self, after: str = "") -> Iterator[Holding]:
        names = ((key.removeprefix(_PREFIX), since) for key, since in self._keys(after))
        for sha256, kept in groupby(names, key=lambda found: found[0].partition(".")[0]):
            found = dict(kept)
            yield Holding(
                sha256,
                has_bytes=sha256 in found,
                is_described=sha256 + _SIDECAR in found,
                since=max(found.values()),
            )

    def retire(self, sha256: str) -> Retired:
        key = _PREFIX + sha256
        with speaking_of(key):
            done = self._in_writing(self._once.delete_object, Bucket=self._bucket, Key=key)
        return Retired(sha256, marker=done.get("VersionId", ""))

    def retired(self, sha256: str) -> Retired | None:
        key = _PREFIX + sha256
        with speaking_of(key):
            # The versions of this very key come first, before those of the sidecar.
            page = self._reader.list_object_versions(Bucket=self._bucket, Prefix=key)
        hiding = [
            each["VersionId"]
            for each in page.get("DeleteMarkers", ())
            if each["Key"] == key and each["IsLatest"]
        ]
        behind = any(each["Key"] == key for each in page.get("Versions", ()))
        return Retired(sha256, marker=hiding[0]) if hiding and behind else None

    def reinstate(self, retired: Retired) -> None:
        key = _PREFIX + retired.sha256
        with speaking_of(key):
            self._in_writing(
                self._writer.delete_object,
                Bucket=self._bucket,
                Key=key,
                VersionId=retired.marker,
            )

    def describe(self, wallpaper: Wallpaper) -> None:
        key = _key(wallpaper.original) + _SIDECAR
        for _ in range(_ATTEMPTS):
            kept = self._sidecar(key)
            known = kept.wallpaper if kept else None
            if known is not None and not wallpaper.supersedes(known):
                return
            try:
                self._write_sidecar(key, wallpaper, instead_of=kept)
            except Conflict:
                continue  # somebody else has just written it: who has the later word?
            return
        raise StorageUnavailable(f"'{key}' is being written by too many at once")

    def descriptions(self) -> Iterator[Wallpaper]:
        with ThreadPoolExecutor(_READERS) as readers:
            for kept in readers.map(self._sidecar, self._sidecar_keys()):
                if kept is not None and kept.wallpaper is not None:
                    yield kept.wallpaper

    def described(self, sha256: str) -> Wallpaper | None:
        kept = self._sidecar(_PREFIX + sha256 + _SIDECAR)
        return kept.wallpaper if kept else None

    def forget(self, sha256: str) -> None:
        key = _PREFIX + sha256 + _SIDECAR
        with speaking_of(key):
            self._in_writing(self._once.delete_object, Bucket=self._bucket, Key=key)

    def bookmark(self) -> str:
        try:
            body, _ = self._get(_BOOKMARK)
        except Absent:
            return ""
        place = body.decode(errors="replace")
        return place if _PLACE.fullmatch(place) else ""

    def keep_bookmark(self, place: str) -> None:
        with speaking_of(_BOOKMARK):
            self._in_writing(
                self._writer.put_object, Bucket=self._bucket, Key=_BOOKMARK, Body=place.encode()
            )

    def _put(self, original: Original, file: IO[bytes]) -> None:
        key = _key(original)
        file.seek(0)
        with speaking_of(key):
            self._in_writing(
                self._writer.put_object,
                Bucket=self._bucket,
                Key=key,
                Body=file,
                ContentLength=original.bytes,
                ContentType=original.type,
                CacheControl=_FOREVER,
                ChecksumSHA256=base64.b64encode(bytes.fromhex(original.sha256)).decode(),
                IfNoneMatch="*",
            )

    def _keys(self, after: str) -> Iterator[tuple[str, datetime]]:
        """The keys behind the sidecar of ``after``, in order, and when each was written."""
        start = _PREFIX + (after + _SIDECAR if after else "")
        with speaking_of(_PREFIX):
            pages = self._reader.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=_PREFIX, StartAfter=start
            )
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"], found["LastModified"]

    def _sidecar_keys(self) -> Iterator[str]:
        return (key for key, _ in self._keys("") if key.endswith(_SIDECAR))

    def _sidecar(self, key: str) -> _Kept | None:
        try:
            body, etag = self._get(key)
        except Absent:
            return None
        try:
            return _Kept(record_json.read(body), etag)
        except record_json.Unreadable as error:
            log.error("sidecar '%s' is not readable: %s", key, error)  # noqa: TRY400  # no bug here
            return _Kept(None, etag)

    def _write_sidecar(self, key: str, wallpaper: Wallpaper, *, instead_of: _Kept | None) -> None:
        put = partial(
            self._writer.put_object,
            Bucket=self._bucket,
            Key=key,
            Body=record_json.write(wallpaper).encode(),
            ContentType="application/json",
        )
        with speaking_of(key):
            if instead_of is None:
                self._in_writing(put, IfNoneMatch="*")
            else:
                self._in_writing(put, IfMatch=instead_of.etag)

    def _get(self, key: str) -> tuple[bytes, str]:
        def fetch() -> tuple[bytes, str]:
            found = self._reader.get_object(Bucket=self._bucket, Key=key)
            return found["Body"].read(), found["ETag"]

        with speaking_of(key):
            return self._in_reading(fetch)


def _key(original: Original) -> str:
    return _PREFIX + original.sha256
