"""Files sent in parts, in memory: the same promises, for tests."""

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from typing import IO

from media.domain.multipart import Parcel, Part
from media.ports import ChecksumMismatch, PartLink, UploadIncomplete, UploadNotFound


class MemoryParcels:
    """Announced files and their parts, for as long as the process lives."""

    def __init__(self) -> None:
        self._announced: dict[str, Parcel] = {}
        self._came: dict[str, dict[int, bytes]] = {}

    def announce(self, parcel: Parcel) -> Parcel:
        ready = replace(parcel, handle="in memory")
        self._announced[parcel.id] = ready
        self._came[parcel.id] = {}
        return ready

    def send(self, parcel_id: str, number: int, data: bytes) -> bool:
        """What a ``PUT`` to a part's link does: whether ``data`` is what was announced."""
        part = self._announced[parcel_id].parts[number - 1]
        if hashlib.sha256(data).hexdigest() != part.sha256:
            return False
        self._came[parcel_id][number] = data
        return True

    def find(self, parcel_id: str) -> Parcel:
        try:
            return self._announced[parcel_id]
        except KeyError:
            raise UploadNotFound from None

    def arrived(self, parcel: Parcel) -> frozenset[int]:
        return frozenset(self._parts(parcel))

    def link(self, parcel: Parcel, part: Part, *, lifetime: timedelta) -> PartLink:
        seconds = int(lifetime.total_seconds())
        url = f"http://storage.test/incoming/{parcel.id}?part={part.number}&seconds={seconds}"
        return PartLink(url, {"x-sha256": part.sha256})

    def open(self, parcel: Parcel) -> IO[bytes]:
        came = self._parts(parcel)
        if missing := [part.number for part in parcel.parts if part.number not in came]:
            raise UploadIncomplete(missing)
        whole = b"".join(came[number] for number in sorted(came))
        if hashlib.sha256(whole).hexdigest() != parcel.sha256:
            raise ChecksumMismatch("The parts together are not what was announced.")
        return io.BytesIO(whole)

    def settle(self, parcel: Parcel) -> None:
        self._announced[parcel.id] = parcel
        self._came.pop(parcel.id, None)

    def discard(self, parcel: Parcel) -> None:
        self._announced.pop(parcel.id, None)
        self._came.pop(parcel.id, None)

    def _parts(self, parcel: Parcel) -> dict[int, bytes]:
        try:
            return self._came[parcel.id]
        except KeyError:
            raise UploadNotFound from None
