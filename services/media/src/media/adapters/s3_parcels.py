"""Files that are sent straight into S3, in parts."""

import base64
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from media.adapters.deadline import Deadline
from media.adapters.s3 import READ_WITHIN, WRITTEN_WITHIN, Absent, speaking_of
from media.domain.multipart import Parcel, Part
from media.ports import ChecksumMismatch, PartLink, UploadIncomplete, UploadNotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PREFIX = "incoming/"
_PLAN = ".json"
_CHECKSUM = "x-amz-checksum-sha256"
_AT_A_TIME = 1_048_576


class S3Parcels:
    """S3's multipart uploads in the bucket of originals, out of sight of everything else there.

    ==========================  ===================================================================
    key                         holds
    ==========================  ===================================================================
    ``incoming/<id>.json``      what was announced, and what has become of it
    ``incoming/<id>``           the bytes, from when the parts were joined until they were taken in
    ==========================  ===================================================================

    A link to a part is signed together with the hash that its bytes must have, so S3 refuses any
    others. A lifecycle rule of the bucket lets everything here expire, parts included.
    """

    def __init__(
        self,
        *,
        reader: "S3Client",
        writer: "S3Client",
        public: "S3Client",
        bucket: str,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._public = public
        self._bucket = bucket
        self._in_reading = Deadline(READ_WITHIN, threads)
        self._in_writing = Deadline(WRITTEN_WITHIN, threads)

    def announce(self, parcel: Parcel) -> Parcel:
        with speaking_of(_key(parcel)):
            begun = self._in_writing(
                self._writer.create_multipart_upload,
                Bucket=self._bucket,
                Key=_key(parcel),
                ChecksumAlgorithm="SHA256",
            )
        ready = replace(parcel, handle=begun["UploadId"])
        self._keep_plan(ready)
        return ready

    def find(self, parcel_id: str) -> Parcel:
        key = _PREFIX + parcel_id + _PLAN

        def fetch() -> bytes:
            return self._reader.get_object(Bucket=self._bucket, Key=key)["Body"].read()

        try:
            with speaking_of(key):
                return _parcel(self._in_reading(fetch))
        except Absent as error:
            raise UploadNotFound from error

    def arrived(self, parcel: Parcel) -> frozenset[int]:
        try:
            return frozenset(part["PartNumber"] for part in self._parts(parcel))
        except Absent:
            pass  # they have been joined
        try:
            with speaking_of(_key(parcel)):
                self._in_reading(self._reader.head_object, Bucket=self._bucket, Key=_key(parcel))
        except Absent as error:
            raise UploadNotFound from error
        return frozenset(part.number for part in parcel.parts)

    def link(self, parcel: Parcel, part: Part, *, lifetime: timedelta) -> PartLink:
        checksum = _in_base64(part.sha256)
        url = self._public.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self._bucket,
                "Key": _key(parcel),
                "UploadId": parcel.handle,
                "PartNumber": part.number,
                "ChecksumSHA256": checksum,
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )
        return PartLink(url, {_CHECKSUM: checksum})

    def open(self, parcel: Parcel) -> IO[bytes]:
        self._join(parcel)
        file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            self._fetch_whole(parcel, file)
        except BaseException:
            file.close()
            raise
        return file

    def settle(self, parcel: Parcel) -> None:
        self._keep_plan(parcel)
        self._erase(parcel, _key(parcel))

    def discard(self, parcel: Parcel) -> None:
        try:
            with speaking_of(_key(parcel)):
                self._in_writing(
                    self._writer.abort_multipart_upload,
                    Bucket=self._bucket,
                    Key=_key(parcel),
                    UploadId=parcel.handle,
                )
        except Absent:
            pass  # its parts have been joined
        self._erase(parcel, _key(parcel), _key(parcel) + _PLAN)

    def _join(self, parcel: Parcel) -> None:
        """Make one object of the parts, unless that was done before."""
        try:
            there = self._parts(parcel)
            numbers = {part["PartNumber"] for part in there}
            if missing := [part.number for part in parcel.parts if part.number not in numbers]:
                raise UploadIncomplete(missing)
            parts: Any = [
                {name: part[name] for name in ("PartNumber", "ETag", "ChecksumSHA256")}
                for part in there
            ]
            with speaking_of(_key(parcel)):
                self._in_writing(
                    self._writer.complete_multipart_upload,
                    Bucket=self._bucket,
                    Key=_key(parcel),
                    UploadId=parcel.handle,
                    MultipartUpload={"Parts": parts},
                )
        except Absent:
            return

    def _parts(self, parcel: Parcel) -> list[dict[str, Any]]:
        """The parts that are here and are what was announced, in order."""
        with speaking_of(_key(parcel)):
            found: Any = self._in_reading(
                self._reader.list_parts,
                Bucket=self._bucket,
                Key=_key(parcel),
                UploadId=parcel.handle,
            )
        expected = {part.number: (part.bytes, _in_base64(part.sha256)) for part in parcel.parts}
        return [
            part
            for part in found.get("Parts", ())
            if (part["Size"], part.get("ChecksumSHA256")) == expected.get(part["PartNumber"])
        ]

    def _fetch_whole(self, parcel: Parcel, file: IO[bytes]) -> None:
        try:
            with speaking_of(_key(parcel)):
                digest = self._in_reading(partial(self._fetch, parcel, file))
        except Absent as error:
            raise UploadNotFound from error
        if digest != parcel.sha256:
            raise ChecksumMismatch(
                f"The parts together have the SHA-256 {digest}, not the one announced."
            )
        file.seek(0)

    def _fetch(self, parcel: Parcel, file: IO[bytes]) -> str:
        """The SHA-256 of the bytes, which are in ``file`` now."""
        digest = hashlib.sha256()
        found = self._reader.get_object(Bucket=self._bucket, Key=_key(parcel))
        for chunk in found["Body"].iter_chunks(_AT_A_TIME):
            digest.update(chunk)
            file.write(chunk)
        return digest.hexdigest()

    def _keep_plan(self, parcel: Parcel) -> None:
        key = _key(parcel) + _PLAN
        facts = asdict(parcel) | {"expires_at": parcel.expires_at.isoformat()}
        with speaking_of(key):
            self._in_writing(
                self._writer.put_object,
                Bucket=self._bucket,
                Key=key,
                Body=json.dumps(facts).encode(),
                ContentType="application/json",
            )

    def _erase(self, parcel: Parcel, *keys: str) -> None:
        """Delete every version of ``keys``: nothing of what was refused is kept for 30 days."""
        with speaking_of(_key(parcel)):
            doomed: Any = [
                {"Key": found["Key"], "VersionId": found["VersionId"]}
                for found in self._in_reading(lambda: list(self._versions(parcel)))
                if found["Key"] in keys
            ]
            if doomed:
                self._in_writing(
                    self._writer.delete_objects,
                    Bucket=self._bucket,
                    Delete={"Objects": doomed, "Quiet": True},
                )

    def _versions(self, parcel: Parcel) -> Iterator[Any]:
        pages = self._reader.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=_key(parcel)
        )
        for page in pages:
            yield from page.get("Versions", ())
            yield from page.get("DeleteMarkers", ())


def _key(parcel: Parcel) -> str:
    return _PREFIX + parcel.id


def _in_base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _parcel(text: bytes) -> Parcel:
    facts = json.loads(text)
    facts["part_sha256"] = tuple(facts["part_sha256"])
    facts["expires_at"] = datetime.fromisoformat(facts["expires_at"])
    return Parcel(**facts)
