"""A file that is sent straight into storage, in parts, and may be resumed."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from media.domain.container import MOST_BYTES, TooLarge
from media.domain.description import InvalidField
from media.domain.wallpaper import PictureType

PART_BYTES = 8 * 1024**2
"""How long every part but the last is. S3 takes none below 5 MiB."""

KEPT = timedelta(hours=24)
"""How long the parts of an upload that nobody completes are kept."""

_ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(f"[{_ID_LETTERS}]{{26}}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file.

    Attributes:
        number: From 1.
        bytes: How long it is.
        sha256: Of it, in hexadecimal.
    """

    number: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What somebody has announced that they will send.

    Attributes:
        id: 26 random characters, which nobody guesses.
        account: Whose it is; for anybody else it does not exist.
        bytes: How long the file is.
        sha256: Of all of it, in hexadecimal.
        part_sha256: Of each part, in order.
        file_name: As the sender calls it.
        media_type: What the sender says it is, if they say.
        expires_at: Until when it can be completed.
        handle: What storage itself calls it.
        wallpaper_id: What has become of it, once it has been completed.
    """

    id: str
    account: str
    bytes: int
    sha256: str
    part_sha256: tuple[str, ...]
    file_name: str
    media_type: str | None
    expires_at: datetime
    handle: str = ""
    wallpaper_id: str | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The pieces in order."""
        last = self.bytes - PART_BYTES * (len(self.part_sha256) - 1)
        lengths = [PART_BYTES] * (len(self.part_sha256) - 1) + [last]
        numbered = enumerate(zip(lengths, self.part_sha256, strict=True), start=1)
        return tuple(Part(number, length, sha256) for number, (length, sha256) in numbered)


def announced(fields: Mapping[str, Any], *, account: str, now: datetime) -> Parcel:
    """The parcel that a request announces.

    Args:
        fields: ``bytes`` and ``sha256`` of the file; ``part_sha256``, a list, unless all of it is
            one part; ``filename`` and ``type`` if the sender likes.
        account: Whose it will be.
        now: When it was announced.

    Raises:
        TooLarge: If the file is longer than any that we take.
        InvalidField: Naming the first field that will not do.
    """
    for name in fields.keys() - {"bytes", "sha256", "part_sha256", "filename", "type"}:
        raise InvalidField(name[:100], "is not known here")
    length = _length(fields.get("bytes"))
    whole = sha256_of("sha256", fields.get("sha256"))
    return Parcel(
        id="".join(secrets.choice(_ID_LETTERS) for _ in range(26)),
        account=account,
        bytes=length,
        sha256=whole,
        part_sha256=_part_hashes(fields.get("part_sha256"), length, whole),
        file_name=_file_name(fields.get("filename", "")),
        media_type=_media_type(fields.get("type")),
        expires_at=now + KEPT,
    )


def is_parcel_id(text: str) -> bool:
    """Whether ``text`` could be the id of a parcel."""
    return _ID.fullmatch(text) is not None


def sha256_of(field: str, value: object) -> str:
    """The SHA-256 that ``field`` says.

    Raises:
        InvalidField: If it says none.
    """
    if not (isinstance(value, str) and _SHA256.fullmatch(value.lower())):
        raise InvalidField(field, "must be a SHA-256: 64 hexadecimal digits")
    return value.lower()


def _length(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidField("bytes", "must be the length of the file, a whole number above 0")
    if value > MOST_BYTES:
        raise TooLarge(f"The file has {value:,} bytes; at most {MOST_BYTES:,} are taken.")
    return value


def _part_hashes(value: object, length: int, whole: str) -> tuple[str, ...]:
    count = -(-length // PART_BYTES)
    if value is None and count == 1:
        return (whole,)
    if not isinstance(value, list) or len(value) != count:
        raise InvalidField(
            "part_sha256",
            f"must list the SHA-256 of each part: {count} for this file, all but the last of "
            f"{PART_BYTES:,} bytes",
        )
    hashes = tuple(sha256_of("part_sha256", each) for each in value)
    if count == 1 and hashes != (whole,):
        raise InvalidField("part_sha256", "must be that of the file, which is a single part")
    return hashes


def _file_name(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise InvalidField("filename", f"must be a text of at most {_LONGEST_NAME} characters")
    return value.encode("utf-8", "replace").decode()


def _media_type(value: object) -> str | None:
    if value is not None and value not in {*PictureType, "application/octet-stream"}:
        raise InvalidField("type", f"must be one of {', '.join(PictureType)}")
    return None if value is None else str(value)
