"""What a file is and whether it is whole, told from its bytes before any pixel is decoded.

A decoder is content with less than we are: it reads a PNG that has no end, the first of many
frames, and never looks at what follows the picture. So each container is walked to its end here.
"""

import mimetypes
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from media.domain.wallpaper import PictureType, Size

MOST_BYTES = 52_428_800
MOST_PIXELS = 100_000_000
LONGEST_SIDE = 20_000

# What files hold beside their pixels; none that a camera or an editor wrote comes near.
_MOST_SCANS = 100  # passes over a progressive JPEG; encoders make about ten
_MOST_PARTS = 2_000  # segments or chunks that hold no pixels
_MOST_PIXEL_PARTS = 100_000
_MOST_SCANNED = 2_000_000_000  # pixels, in all passes
_LONGEST_PROFILE = 4 * 1024**2
_LONGEST_TEXT = 16 * 1024**2

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_APP1, _APP2, _APP11, _APP13, _COM = 0xE1, 0xE2, 0xEB, 0xED, 0xFE
_ICC, _PREVIEWS = b"ICC_PROFILE\0", b"MPF\0"
_XMP_HEAD, _IRB_HEAD, _IPTC = b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0", 0x0404
_MINOLTA = re.compile(rb"Exif\0\0.{8,1024}MINOLTA", re.DOTALL | re.IGNORECASE)
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn, without DHT, JPG and DAC
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # past stuffed bytes and restarts
_NAMES = mimetypes.MimeTypes()  # Python's own list, whatever the machine has in /etc
_PADDING = re.compile(rb"\x00*")


_OTHER_NAMES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/octet-stream": "",
    "binary/octet-stream": "",  # what S3 says when nobody has said anything
}


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
            ``too-many-pixels``, ``side-too-long``, ``too-demanding`` or ``undecodable``.

    Source:
        JPEG: ITU-T T.81, annex B. PNG: W3C PNG Specification, third edition, section 5. WebP:
        RFC 9649, section 2.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return Container(PictureType.JPEG, _walk_jpeg(data))
    if data.startswith(_PNG_SIGNATURE):
        return Container(PictureType.PNG, _allowed(_walk_png(data)))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Container(PictureType.WEBP, _allowed(_walk_webp(data)))
    raise NotAPicture("This file is not a JPEG, PNG or WebP picture.")


def attachments(data: bytes, *, longest: int) -> Iterator[tuple[str, str, bytes]]:
    """What a file that ``examine`` has let pass holds beside its pixels.

    Returns:
        For each part its kind (``exif``, ``xmp``, ``iptc``, ``c2pa`` or ``text``), the keyword of a
        text, and at most ``longest`` of its bytes.
    """
    if data.startswith(b"\xff\xd8\xff"):
        parts = _jpeg_attachments(data)
    elif data.startswith(_PNG_SIGNATURE):
        parts = _png_attachments(data, longest)
    else:
        parts = (
            (kind, "", data[body : body + length])
            for name, length, body in _chunks(data, 8 + int.from_bytes(data[4:8], "little"))
            if (kind := _WEBP_PARTS.get(name))
        )
    for kind, keyword, part in parts:
        yield kind, keyword, bytes(part[:longest])


def check_label(found: PictureType, *, file_name: str, media_type: str | None) -> None:
    """Return unless a file's name or its sender say plainly that it is something else.

    Args:
        found: What its bytes are.
        file_name: As the sender calls it; an ending that means nothing to us is let pass.
        media_type: As the sender gives it; none, or ``application/octet-stream``, says nothing.

    Raises:
        PictureRefused: With reason ``mislabelled``.
    """
    named, packed = _NAMES.guess_type(file_name.rpartition("/")[2].lower(), strict=False)
    declared = (media_type or "").partition(";")[0].strip().lower()
    declared = _OTHER_NAMES.get(declared, declared)
    for said in (named, packed, declared):
        if said and said != found.value:
            raise PictureRefused(
                "mislabelled", f"The file is called {said[:64]}, but its bytes are {found.value}."
            )


def undecodable() -> PictureRefused:
    """The refusal of what no decoder makes sense of."""
    return PictureRefused("undecodable", "The file is damaged and cannot be read as a picture.")


def too_demanding() -> PictureRefused:
    """The refusal of what would take more time or memory than a picture may."""
    return PictureRefused(
        "too-demanding", "The picture takes far more time or memory to decode than others do."
    )


def _walk_jpeg(data: bytes) -> Size:
    size, end, announces = _jpeg_frame(data, 2)
    if end < len(data) and not announces:
        _trailing(len(data) - end)
    while end < len(data):
        end = _past_preview(data, end)
    return size


def _jpeg_frame(data: bytes, at: int) -> tuple[Size, int, bool]:
    """The size of the frame whose first marker is ``at``, its end, and if it announces others."""
    size = None
    announces = False
    end = at
    scans = parts = profile = 0
    for marker, body, end in _segments(data, at):
        scans += marker == _SOS
        parts += marker != _SOS
        if marker == _APP2 and data.startswith(_ICC, body + 2):
            profile += end - body
        announces |= marker == _APP2 and data.startswith(_PREVIEWS, body + 2)
        announces |= marker == _APP1 and _MINOLTA.match(data, body + 2, end) is not None
        _within(scans, _MOST_SCANS, "passes over its pixels")
        _within(parts, _MOST_PARTS, "segments")
        _within(profile, _LONGEST_PROFILE, "bytes of colour profile")
        if marker in _FRAMES:
            if size is not None or end - body < 8:
                _undecodable()
            height, width = struct.unpack_from(">HH", data, body + 3)
            size = Size(width, height)
    if size is None:
        _undecodable()
    pixels = _allowed(size).width * size.height
    _within(scans * pixels, _MOST_SCANNED, "pixels in all passes over them")
    return size, end, announces


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
    """Where the next of the previews ends that the picture has announced.

    Cameras put smaller JPEGs there (CIPA DC-007, Multi-Picture Format), with padding between, and
    Minolta's did so before there was a standard, with a few bytes of theirs where its SOI begins.
    Anything else, an archive or a page hidden behind a picture, is refused.
    """
    padding = _PADDING.match(data, at)
    begin = padding.end() if padding else at
    if begin == len(data):
        return begin
    if (soi := data.find(b"\xd8\xff", begin, begin + 16)) < 0:
        _trailing(len(data) - at)
    try:
        return _jpeg_frame(data, soi + 1)[1]
    except PictureRefused:
        _trailing(len(data) - at)


def _walk_png(data: bytes) -> Size:
    size = None
    pictured = False
    text = body = 0
    for kind, body, end in _png_chunks(data):
        if (kind == b"IHDR") is not (size is None):
            _undecodable()
        match kind:
            case b"IHDR":
                if end - body != 13 + 4:
                    _undecodable()
                size = Size(*struct.unpack_from(">II", data, body))
            case b"acTL" | b"fcTL" | b"fdAT":
                _animated()
            case b"IDAT":
                pictured = True
            case b"iCCP":
                profile = _unpacked(kind, data[body : end - 4])
                _within(profile, _LONGEST_PROFILE, "bytes of colour profile")
            case b"zTXt" | b"iTXt":
                text += _unpacked(kind, data[body : end - 4])
                _within(text, _LONGEST_TEXT, "bytes of text")
    if size is None or not pictured:
        _undecodable()
    _ends_at(body + 4, data)  # IEND has no data; what it holds is no part of the picture
    return size


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The name of each chunk up to IEND, where its data begins, and where the next chunk does."""
    pixel_parts = parts = 0
    at = len(_PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        if at + 12 > len(data):
            _truncated()
        length, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        at += 12 + length
        if at > len(data):
            _truncated()
        if kind[:1].isupper() and kind not in _PNG_CRITICAL:
            _undecodable()  # no decoder may pass over it, but not every one looks so far
        pixel_parts += kind == b"IDAT"
        parts += kind != b"IDAT"
        _within(pixel_parts, _MOST_PIXEL_PARTS, "pieces")
        _within(parts, _MOST_PARTS, "chunks")
        yield kind, body, at


def _unpacked(kind: bytes, body: bytes) -> int:
    """How long the deflated part of a chunk is when it is inflated, or just beyond any limit.

    The keyword ends with a zero byte; a method follows, and in iTXt a flag before it, then two more
    texts that end with zero bytes.
    """
    _, _, rest = body.partition(b"\0")
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return len(rest)
        rest = b"\0" + rest[2:].split(b"\0", 2)[-1]
    inflate = zlib.decompressobj()
    length, packed = 0, rest[1:]
    try:
        while packed and length <= _LONGEST_TEXT:
            length += len(inflate.decompress(packed, 65_536))
            packed = inflate.unconsumed_tail
    except zlib.error:
        return length  # the decoder passes over it, or refuses it
    return length


def _walk_webp(data: bytes) -> Size:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        _truncated()
    canvas = None
    frames: list[Size] = []
    for kind, length, at in _chunks(data, end):
        body = data[at : at + min(10, length)]
        match kind:
            case b"VP8X":
                canvas = _webp_canvas(body, first=not frames and canvas is None)
            case b"ANIM" | b"ANMF":
                _animated()
            case b"ICCP":
                _within(length, _LONGEST_PROFILE, "bytes of colour profile")
            case b"VP8 " | b"VP8L":
                frames.append(_webp_frame(kind, body))
    if not frames:
        _truncated()
    if len(frames) > 1 or canvas not in {None, frames[0]}:
        _undecodable()
    _ends_at(min(end + end % 2, len(data)), data)
    return frames[0]


def _webp_canvas(body: bytes, *, first: bool) -> Size:
    if len(body) < 10 or not first:
        _undecodable()
    if body[0] & 0x02:
        _animated()
    width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    return Size(width, height)


def _webp_frame(kind: bytes, body: bytes) -> Size:
    if kind == b"VP8 " and len(body) == 10:
        width, height = struct.unpack_from("<HH", body, 6)
        return Size(width & 0x3FFF, height & 0x3FFF)
    if len(body) < 5 or kind != b"VP8L":
        _truncated()
    bits = int.from_bytes(body[1:5], "little")
    return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


def _chunks(data: bytes, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The name and the length of each chunk before ``end``, and where its data begins."""
    at = 12
    count = 0
    while at + 8 <= end:
        count += 1
        _within(count, _MOST_PARTS, "chunks")
        kind, length = struct.unpack_from("<4sI", data, at)
        body = at + 8
        at = body + length + length % 2
        if body + length > end:
            _truncated()
        yield kind, length, body
    if at < end:
        _trailing(end - at)


_WEBP_PARTS = {b"EXIF": "exif", b"XMP ": "xmp", b"C2PA": "c2pa"}


def _jpeg_attachments(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    signed = []
    for marker, body, end in _segments(data, 2):
        part = data[body + 2 : end]
        match marker:
            case _ if marker == _SOS:
                break
            case _ if marker == _APP1 and part.startswith(b"Exif\0\0"):
                yield "exif", "", part
            case _ if marker == _APP1 and part.startswith(_XMP_HEAD):
                yield "xmp", "", part[len(_XMP_HEAD) :]
            case _ if marker == _APP13 and part.startswith(_IRB_HEAD):
                yield from _iptc_of(part[len(_IRB_HEAD) :])
            case _ if marker == _APP11:
                signed.append(part[8:])  # JPEG XT numbers its boxes' pieces in eight bytes
            case _ if marker == _COM:
                yield "text", "comment", part
    if signed:
        yield "c2pa", "", b"".join(signed)


def _iptc_of(resources: bytes) -> Iterator[tuple[str, str, bytes]]:
    """The IPTC records among Photoshop's image resources."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        number = int.from_bytes(resources[at + 4 : at + 6], "big")
        at += 6 + (resources[at + 6] + 2) // 2 * 2  # a name, padded
        length = int.from_bytes(resources[at : at + 4], "big")
        if number == _IPTC:
            yield "iptc", "", resources[at + 4 : at + 4 + length]
        at += 4 + length + length % 2


def _png_attachments(data: bytes, longest: int) -> Iterator[tuple[str, str, bytes]]:
    for kind, body, end in _png_chunks(data):
        part = data[body : end - 4]
        keyword, _, rest = part.partition(b"\0")
        match kind:
            case b"eXIf":
                yield "exif", "", part
            case b"caBX":
                yield "c2pa", "", part
            case b"tEXt":
                yield "text", keyword.decode("latin-1"), rest
            case b"zTXt" | b"iTXt":
                text = _inflated(kind, rest, longest)
                xmp = keyword == b"XML:com.adobe.xmp"
                yield ("xmp", "", text) if xmp else ("text", keyword.decode("latin-1"), text)


def _inflated(kind: bytes, rest: bytes, longest: int) -> bytes:
    """The text of a chunk after its keyword, or none if it cannot be read."""
    if kind == b"iTXt":
        packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    else:
        packed, text = True, rest[1:]
    if not packed:
        return text
    try:
        return zlib.decompressobj().decompress(text, longest)
    except zlib.error:
        return b""


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


def _within(count: int, most: int, what: str) -> None:
    if count > most:
        raise PictureRefused(
            "too-demanding", f"The file has more than {most:,} {what}; no more are taken."
        )


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
    raise undecodable()
