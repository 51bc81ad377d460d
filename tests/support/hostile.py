"""Files made to harm whoever decodes them, and what must become of each. Nothing here is stored."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tests.support.media_builders import a_file

MEBIBYTE = 1024**2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Hostile:
    """One file.

    Attributes:
        name: What it is, for a person.
        outcome: ``not-a-picture``, the reason of a refusal that its header is enough for,
            ``taken`` if it is merely odd, or ``either`` if that is the decoder's to say.
        make: Returns its bytes.
    """

    name: str
    outcome: str
    make: Callable[[], bytes]


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *between: bytes, pixels: bytes = b"", depth: int = 8) -> bytes:
    """A grey PNG with any chunks before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *between, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return _SIGNATURE + b"".join(parts)


def zeros(count: int) -> bytes:
    """``count`` zero bytes, deflated, without ever having them all."""
    deflate = zlib.compressobj(1)
    block = bytes(MEBIBYTE)
    whole, rest = divmod(count, MEBIBYTE)
    parts = [deflate.compress(block) for _ in range(whole)]
    return b"".join([*parts, deflate.compress(bytes(rest)), deflate.flush()])


def rows(width: int, height: int) -> bytes:
    """The pixels of a black grey PNG of this size."""
    return zeros((width + 1) * height)


def named() -> Iterator[Hostile]:
    """The files that have a name."""
    yield from _bombs()
    yield from _floods()
    yield from _animations()
    yield from _polyglots()
    yield from _markers()
    yield from _disguises()
    yield from _truncations()


def mutants(count: int = 120, *, seed: int = 7) -> Iterator[bytes]:
    """Whole pictures with a few bytes changed."""
    rng = np.random.default_rng(seed)
    whole = [a_file(320, 200, suffix=suffix) for suffix in (".jpg", ".png", ".webp")]
    whole.append(a_file(320, 200, progressive=True))
    for turn in range(count):
        data = bytearray(whole[turn % len(whole)])
        for place in rng.integers(0, len(data), rng.integers(1, 12)):
            data[place] = rng.integers(0, 256)
        yield bytes(data)


def _bombs() -> Iterator[Hostile]:
    side = 9_999
    yield Hostile("PNG of 99 MP", "taken", lambda: png(side, side, pixels=rows(side, side)))
    yield Hostile("PNG of 20,000 x 20,000", "too-many-pixels", lambda: png(20_000, 20_000))
    yield Hostile(
        "PNG of 65,500 x 65,500 in 1 bit",
        "side-too-long",
        lambda: png(65_500, 65_500, pixels=zeros((65_500 // 8 + 1) * 65_500), depth=1),
    )
    most = 2**31 - 1
    yield Hostile("PNG of 2^31-1 each way", "side-too-long", lambda: png(most, most))
    yield Hostile("PNG one pixel wide", "side-too-long", lambda: png(1, most))
    yield Hostile("PNG without a pixel", "undecodable", lambda: png(0, 0))
    yield Hostile("PNG with too few rows", "either", lambda: png(5_000, 5_000, pixels=rows(9, 9)))
    yield Hostile("PNG with too many rows", "either", lambda: png(9, 9, pixels=rows(9_999, 9_999)))
    yield Hostile("PNG with 1 GiB of zTXt", "too-demanding", lambda: _packed(b"zTXt", 1024))
    yield Hostile("PNG with 256 MiB of iCCP", "too-demanding", lambda: _packed(b"iCCP", 256))
    yield Hostile("JPEG of 65,500 x 65,500", "side-too-long", lambda: _jpeg_of(65_500, 65_500))
    yield Hostile("JPEG of 10,001 x 10,000", "too-many-pixels", lambda: _jpeg_of(10_001, 10_000))
    yield Hostile("JPEG of 9,800 x 9,800 without its pixels", "either", lambda: _jpeg_of(9_800))
    yield Hostile("WebP of 12,000 x 12,000", "too-many-pixels", lambda: _webp_of(12_000, 12_000))
    yield Hostile("WebP of 9,800 x 9,800 without its pixels", "either", lambda: _webp_of(9_800))


def _floods() -> Iterator[Hostile]:
    yield Hostile("PNG with 300 iTXt of 8 MiB", "too-demanding", _texts)
    empty = chunk(b"tEXt", b"a\0b")
    yield Hostile("PNG with 200,000 chunks", "too-demanding", lambda: _decorated(empty * 200_000))
    pieces = chunk(b"IDAT", b"") * 200_000
    yield Hostile("PNG in 200,000 pieces", "too-demanding", lambda: _decorated(pieces))
    long = struct.pack(">I", 2**31 - 1) + b"IDAT"
    yield Hostile("PNG whose IDAT goes on for 2 GiB", "truncated", lambda: _decorated(long))
    yield Hostile("JPEG with 20,000 scans", "too-demanding", lambda: _scans(20_000))
    comment = b"\xff\xfe\x00\x03a"
    yield Hostile(
        "JPEG with 100,000 comments", "too-demanding", lambda: _with_segments(comment * 100_000)
    )
    piece = b"\xff\xe2\xff\xffICC_PROFILE\0" + bytes(65_521)
    yield Hostile(
        "JPEG with 16 MiB of profile", "too-demanding", lambda: _with_segments(piece * 255)
    )
    yield Hostile(
        "WebP with 100,000 chunks", "too-demanding", lambda: _riff(b"ABCD" + bytes(4), 100_000)
    )
    profile = b"ICCP" + struct.pack("<I", 8 * MEBIBYTE) + bytes(8 * MEBIBYTE)
    yield Hostile("WebP with 8 MiB of profile", "too-demanding", lambda: _riff(profile, 1))


def _animations() -> Iterator[Hostile]:
    for kind in ("PNG", "WEBP"):
        yield Hostile(f"{kind} of 60 frames", "animated", partial(_frames, kind))


def _polyglots() -> Iterator[Hostile]:
    archive = b"PK\x03\x04" + bytes(200) + b"PK\x05\x06" + bytes(18)
    page = b"<html><script>alert(1)</script></html>"
    for suffix in (".jpg", ".png", ".webp"):
        for what, trailer in (("an archive", archive), ("a page", page)):
            yield Hostile(
                f"{suffix} with {what} behind it",
                "trailing-data",
                partial(_followed, suffix, trailer),
            )
    yield Hostile("JPEG with a script in a comment", "taken", lambda: a_file(comment=page))
    yield Hostile(
        "PNG with a script in a text", "taken", lambda: _decorated(chunk(b"tEXt", b"a\0" + page))
    )


def _markers() -> Iterator[Hostile]:
    """Marks of animation and of other pictures, each where a decoder would pass over it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0))
    pixels, end = chunk(b"IDAT", rows(64, 64)), chunk(b"IEND", b"")
    for mark in (b"acTL", b"fcTL", b"fdAT"):
        for where, parts in (
            ("before", (head, chunk(mark, bytes(26)), pixels, end)),
            ("behind", (head, pixels, chunk(mark, bytes(26)), end)),
        ):
            yield Hostile(
                f"PNG with {mark.decode()} {where} its pixels",
                "animated",
                partial(b"".join, (_SIGNATURE, *parts)),
            )
    for where, parts in (
        ("before", (head, chunk(b"EVIL", bytes(9)), pixels, end)),
        ("behind", (head, pixels, chunk(b"EVIL", bytes(9)), end)),
    ):
        yield Hostile(
            f"PNG with a critical chunk that nobody knows {where} its pixels",
            "undecodable",
            partial(b"".join, (_SIGNATURE, *parts)),
        )
    full = chunk(b"IEND", b"PK\x03\x04")
    yield Hostile(
        "PNG whose end holds data",
        "trailing-data",
        partial(b"".join, (_SIGNATURE, head, pixels, full)),
    )
    yield Hostile(
        "PNG with two headers",
        "undecodable",
        partial(b"".join, (_SIGNATURE, head, head, pixels, end)),
    )
    yield Hostile("two JPEGs", "trailing-data", lambda: a_file(64, 64) * 2)
    yield Hostile("JPEG that begins twice", "truncated", lambda: b"\xff\xd8" + a_file(64, 64))
    yield Hostile(
        "JPEG of 96 MP with 80 passes",
        "too-demanding",
        lambda: _scans(80).replace(b"\0\x40\0\x40", struct.pack(">HH", 9_800, 9_800), 1),
    )
    still = a_file(64, 64, suffix=".webp")[12:]
    anim, frame = _riff_chunk(b"ANIM", bytes(6)), _riff_chunk(b"ANMF", bytes(16) + still)
    moving: dict[str, tuple[bytes, ...]] = {
        "WebP of one frame that says it moves": (_canvas(0x02), still),
        "WebP with ANIM that does not say so": (_canvas(0), anim, still),
        "WebP of one frame in ANMF": (_canvas(0), frame),
    }
    for name, chunks in moving.items():
        yield Hostile(name, "animated", partial(_webp_with, *chunks))
    odd: tuple[tuple[str, str, tuple[bytes, ...]], ...] = (
        ("WebP whose canvas comes late", "undecodable", (still, _canvas(0))),
        ("WebP with two canvases", "undecodable", (_canvas(0), _canvas(0), still)),
        ("WebP with two pictures", "undecodable", (still, still)),
        ("WebP with seven bytes left over", "trailing-data", (still, b"PK\x03\x04abc")),
        ("WebP with a canvas and no picture", "truncated", (_canvas(0),)),
    )
    for name, outcome, chunks in odd:
        yield Hostile(name, outcome, partial(_webp_with, *chunks))


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _canvas(flags: int) -> bytes:
    side = (63).to_bytes(3, "little")
    return _riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + side + side)


def _webp_with(*parts: bytes) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _disguises() -> Iterator[Hostile]:
    yield from (
        Hostile(name, "not-a-picture", partial(bytes, data))
        for name, data in {
            "nothing": b"",
            "one byte": b"\xff",
            "SVG that reads a file": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM '
            b'"file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
            "SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
            "MVG": b"push graphic-context\nviewbox 0 0 9 9\nfill 'url(https://a.b/|ls)'\n",
            "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
            "HTML": b"<!doctype html><script>alert(1)</script>",
            "PHP": b"<?php system($_GET['c']); ?>",
            "PDF": b"%PDF-1.7\n1 0 obj\n",
            "MAT": b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM",
            "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(64),
            "SQLite": b"SQLite format 3\0" + bytes(84),
            "CSV": b"1,2,3\n4,5,6\n",
            "PPM": b"P6 1 1 255\n\0\0\0",
            "VIPS": b"\xb6\xa6\xf2\x08" + bytes(64),
            "TIFF": b"II*\0\x08\0\0\0" + bytes(16),
            "GIF": b"GIF89a\x01\0\x01\0\0\0\0;",
            "BMP": b"BM" + bytes(60),
        }.items()
    )
    yield Hostile("only a PNG's signature", "truncated", lambda: _SIGNATURE)
    yield Hostile("only a JPEG's first marker", "truncated", lambda: b"\xff\xd8\xff\xd9"[:3])
    yield Hostile("only RIFF", "truncated", lambda: b"RIFF\x04\0\0\0WEBP")


def _truncations() -> Iterator[Hostile]:
    for suffix in (".jpg", ".png", ".webp"):
        for share in (0.1, 0.5, 0.99):
            yield Hostile(
                f"{suffix} after {share:.0%}",
                "truncated",
                partial(_first, suffix, share),
            )
    yield Hostile("PNG without its end", "truncated", lambda: a_file(suffix=".png")[:-12])


def _first(suffix: str, share: float) -> bytes:
    data = a_file(suffix=suffix)
    return data[: int(len(data) * share)]


def _followed(suffix: str, trailer: bytes) -> bytes:
    return a_file(suffix=suffix) + trailer


def _decorated(chunks: bytes) -> bytes:
    """A PNG with ``chunks`` before its pixels."""
    return png(64, 64, chunks, pixels=rows(64, 64))


def _packed(kind: bytes, mebibytes: int) -> bytes:
    """A PNG with one deflated chunk that is this large."""
    return _decorated(chunk(kind, b"a\0\0" + zeros(mebibytes * MEBIBYTE)))


def _texts() -> bytes:
    return _decorated(chunk(b"iTXt", b"XML\0\1\0\0\0" + zeros(8 * MEBIBYTE)) * 300)


def _jpeg_of(width: int, height: int | None = None) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(a_file(64, 64))
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, height or width, width)
    return bytes(data)


def _webp_of(width: int, height: int | None = None) -> bytes:
    """A small WebP whose header claims another size."""
    data = bytearray(a_file(64, 64, suffix=".webp"))
    frame = data.index(b"\x9d\x01\x2a")
    struct.pack_into("<HH", data, frame + 3, width, height or width)
    return bytes(data)


def _scans(count: int) -> bytes:
    """A progressive JPEG whose last pass is written over and over."""
    data = a_file(64, 64, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def _with_segments(segments: bytes) -> bytes:
    data = a_file(64, 64)
    return data[:2] + segments + data[2:]


def _riff(part: bytes, count: int) -> bytes:
    data = a_file(64, 64, suffix=".webp")
    body = data[8:] + part * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _frames(kind: str) -> bytes:
    frames = [Image.new("RGB", (64, 64), (each, 0, 0)) for each in range(60)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    return file.getvalue()
