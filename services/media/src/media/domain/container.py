"""What a file is and whether it is whole, told from its bytes before any pixel is decoded.

A decoder is content with less than we are: it reads a PNG that has no end, the first of many
frames, and never looks at what follows the picture. So each container is walked to its end here.
"""

import mimetypes
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from media.domain.wallpaper import PictureType, Size

MOST_BYTES = 52_428_800
MOST_PIXELS = 100_000_000
LONGEST_SIDE = 20_000

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn, without DHT, JPG and DAC
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # past stuffed bytes and restarts
_NAMES = mimetypes.MimeTypes()  # Python's own list, whatever the machine has in /etc
_PADDING = re.compile(rb"\x00*")


class NotAPicture(Exception):
    """The bytes are not a JPEG, a PNG or a WebP, whatever they are called."""


class TooLarge(Exception):
    """The file has more bytes than we keep."""


class PictureRefused(Exception):
    """The bytes begin as a picture that we take, but we will not take this one.

    Attributes:
        reason: The rule that it breaks, as a word for a program; the text is for a person.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Container:
    """A whole file with one frame, of a size that may be decoded.

    Attributes:
        type: What the bytes are.
        size: As its header says, before any EXIF orientation.
    """

    type: PictureType
    size: Size


def examine(data: bytes) -> Container:
    """Walk ``data`` from its first byte to its last.

    Raises:
        NotAPicture: If it does not begin as a JPEG, a PNG or a WebP does.
        PictureRefused: With reason ``truncated``, ``trailing-data``, ``animated``,
            ``too-many-pixels``, ``side-too-long`` or ``undecodable``.

    Source:
        JPEG: ITU-T T.81, annex B. PNG: W3C PNG Specification, third edition, section 5. WebP:
        RFC 9649, section 2.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return Container(PictureType.JPEG, _allowed(_walk_jpeg(data)))
    if data.startswith(_PNG_SIGNATURE):
        return Container(PictureType.PNG, _allowed(_walk_png(data)))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Container(PictureType.WEBP, _allowed(_walk_webp(data)))
    raise NotAPicture("This file is not a JPEG, PNG or WebP picture.")


def check_label(found: PictureType, *, file_name: str, media_type: str | None) -> None:
    """Return unless a file's name or its sender say plainly that it is something else.

    Args:
        found: What its bytes are.
        file_name: As the sender calls it; an ending that means nothing to us is let pass.
        media_type: As the sender gives it; none, or ``application/octet-stream``, says nothing.

    Raises:
        PictureRefused: With reason ``mislabelled``.
    """
    named, _ = _NAMES.guess_type(file_name.rpartition("/")[2].lower(), strict=False)
    declared = (media_type or "").partition(";")[0].strip().lower()
    declared = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}.get(declared, declared)
    for said in (named, declared):
        if said and said not in {"application/octet-stream", found.value}:
            raise PictureRefused(
                "mislabelled", f"The file is called {said[:64]}, but its bytes are {found.value}."
            )


def _walk_jpeg(data: bytes) -> Size:
    size, end = _jpeg_frame(data, 2)
    while end < len(data):
        end = _past_preview(data, end)
    return size


def _jpeg_frame(data: bytes, at: int) -> tuple[Size, int]:
    """The size of the frame whose first marker is ``at``, and where it ends."""
    size = None
    end = at
    for marker, body, end in _segments(data, at):
        if marker in _FRAMES:
            if size is not None or end - body < 8:
                _undecodable()
            height, width = struct.unpack_from(">HH", data, body + 3)
            size = Size(width, height)
    if size is None:
        _undecodable()
    return size, end


def _segments(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Each marker from ``at`` to EOI, with where its segment begins and what follows it."""
    while (found := _MARKER.match(data, at)) is not None:
        marker, body = data[found.end() - 1], found.end()
        if marker == _EOI:
            yield marker, body, body
            return
        length = int.from_bytes(data[body : body + 2], "big") if marker != _TEM else 0
        at = body + length
        if at > len(data):
            _truncated()
        if marker == _SOI or (length < 2 and marker != _TEM):
            _undecodable()
        if marker == _SOS:
            if (after := _MARKER.search(data, at)) is None:
                _truncated()
            at = after.start()
        yield marker, body, at
    if at >= len(data) - 1:
        _truncated()
    _undecodable()


def _past_preview(data: bytes, at: int) -> int:
    """Where the next of the previews ends that a camera wrote behind the picture.

    Cameras put smaller JPEGs there (CIPA DC-007, Multi-Picture Format), with padding between.
    Anything else, an archive or a page hidden behind a picture, is refused.
    """
    padding = _PADDING.match(data, at)
    begin = padding.end() if padding else at
    if begin == len(data):
        return begin
    # Minolta's cameras write a few bytes of their own where the preview's SOI begins.
    if (soi := data.find(b"\xd8\xff", begin, begin + 16)) < 0:
        _trailing(len(data) - at)
    try:
        return _jpeg_frame(data, soi + 1)[1]
    except PictureRefused:
        _trailing(len(data) - at)


def _walk_png(data: bytes) -> Size:
    size = None
    pictured = False
    at = len(_PNG_SIGNATURE)
    while True:
        if at + 12 > len(data):
            _truncated()
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            _truncated()
        if (kind == b"IHDR") is not (size is None):
            _undecodable()
        if kind == b"IHDR":
            if length != 13:
                _undecodable()
            size = Size(*struct.unpack_from(">II", data, at + 8))
        elif kind == b"acTL":
            _animated()
        pictured = pictured or kind == b"IDAT"
        at += 12 + length
        if kind == b"IEND":
            break
    if size is None or not pictured:
        _undecodable()
    _ends_at(at, data)
    return size


def _walk_webp(data: bytes) -> Size:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        _truncated()
    canvas = frame = None
    for kind, body in _chunks(data, end):
        match kind:
            case b"VP8X" if len(body) == 10:
                if body[0] & 0x02:
                    _animated()
                width = int.from_bytes(body[4:7], "little") + 1
                canvas = Size(width, int.from_bytes(body[7:10], "little") + 1)
            case b"ANIM" | b"ANMF":
                _animated()
            case b"VP8 " if len(body) == 10:
                width, height = struct.unpack_from("<HH", body, 6)
                frame = Size(width & 0x3FFF, height & 0x3FFF)
            case b"VP8L" if len(body) >= 5:
                bits = int.from_bytes(body[1:5], "little")
                frame = Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if frame is None:
        _truncated()
    if canvas not in {None, frame}:
        _undecodable()
    _ends_at(min(end + end % 2, len(data)), data)
    return frame


def _chunks(data: bytes, end: int) -> Iterator[tuple[bytes, bytes]]:
    """The name and the first ten bytes of each chunk before ``end``."""
    at = 12
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        body = at + 8
        at = body + length + length % 2
        if body + length > end:
            _truncated()
        yield kind, data[body : body + min(10, length)]


def _allowed(size: Size) -> Size:
    if min(size.width, size.height) < 1:
        _undecodable()
    if max(size.width, size.height) > LONGEST_SIDE:
        raise PictureRefused(
            "side-too-long",
            f"The picture measures {size}; no side may be longer than {LONGEST_SIDE:,} pixels.",
        )
    if size.width * size.height > MOST_PIXELS:
        raise PictureRefused(
            "too-many-pixels",
            f"The picture measures {size}; at most {MOST_PIXELS // 10**6} megapixels are taken.",
        )
    return size


def _ends_at(end: int, data: bytes) -> None:
    if end < len(data):
        _trailing(len(data) - end)


def _trailing(count: int) -> NoReturn:
    raise PictureRefused(
        "trailing-data", f"{count:,} bytes that are no part of the picture follow its end."
    )


def _truncated() -> NoReturn:
    raise PictureRefused("truncated", "The file ends before the picture does; part of it is gone.")


def _animated() -> NoReturn:
    raise PictureRefused("animated", "The picture moves; a wallpaper here is one still frame.")


def _undecodable() -> NoReturn:
    raise PictureRefused("undecodable", "The file is damaged and cannot be read as a picture.")
