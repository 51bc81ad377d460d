"""Pictures through libvips, with every loader shut but the three that we need."""

import base64
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyvips

from media.adapters.slots import Slots, cores
from media.domain.container import PictureRefused, too_demanding, undecodable
from media.domain.oklab import Pixels
from media.domain.provenance import provenance
from media.domain.renditions import Format, Rendition, Variant, plan
from media.domain.wallpaper import Point, Size
from media.ports import Data, Image, Inside

_OLDEST = (8, 18, 3)  # has the fixes of CVE-2026-66066 and CVE-2026-69242
_ALLOWED = ("LoadJpeg", "LoadPng", "LoadWebp", "SaveJpeg", "SavePng", "SaveWebp", "SaveHeif")
_WORKING = Variant(1920, None, Format.JPG)  # what is decoded once and everything is learnt from
_MIDDLE = Point(0.5, 0.5)
_OUR_LOADERS = ("jpegload", "pngload", "webpload")
_BLOCKED = 1 << 5  # VIPS_OPERATION_BLOCKED
_NO_MEMORY = ("out of memory", "insufficient memory", "allocat", "av1_create_context")
_SMALL = 256
_ROOM = 36_000_000  # pixels that may be kept between decoding and encoding: those of an 8K screen
_LQIP = 16
_SIDEWAYS = range(5, 9)  # the EXIF orientations that swap width and height

logging.getLogger("pyvips").setLevel(logging.ERROR)  # it warns of each row of a damaged picture

# libvips chooses a loader by the bytes, and some would open any file or run any program: so all are
# blocked, then these few are let in again. (Mastodon's remedy; see CVE-2026-66066.)
pyvips.operation_block_set("VipsForeign", True)
for _name in _ALLOWED:
    pyvips.operation_block_set(f"VipsForeign{_name}", False)
pyvips.block_untrusted_set(True)
pyvips.cache_set_max(0)


class VipsPictures:
    """Decodes and encodes with libvips, one picture a core."""

    def __init__(self, slots: Slots | None = None) -> None:
        self._slots = slots or Slots(working=cores(), waiting=min(4 * cores(), 10), patience=20)
        self._unfit = self_test()

    def look_inside(self, data: Data, *, making: Sequence[Variant] = ()) -> Inside:
        with self._slots.turn(), _decoding():
            size = _size_as_seen(data)
            whole = plan(_WORKING, size, _MIDDLE)
            # A JPEG cut short with an end put on is only worth a warning to libvips.
            working = _thumbnail(data, whole.size, fail_on="warning").copy_memory()
            small = working.thumbnail_image(_SMALL, height=_SMALL, size="down").copy_memory()
            images = {each: _made(working, plan(each, size, _MIDDLE)) for each in making}
            return Inside(size, _pixels(small), _lqip(small), images, provenance(bytes(data)))

    def render(self, source: Data, rendition: Rendition) -> Image:
        with self._slots.turn(), _decoding():
            body = _encode(_cut(source, rendition), rendition.format)
        return Image.of(body, rendition.format)

    def unfit(self) -> str | None:
        return self._unfit


def self_test() -> str | None:
    """What is wrong with this libvips, or ``None``.

    It must be new enough, load the three kinds of picture that we take, and have no loader of any
    other kind that is not blocked.
    """
    version = tuple(pyvips.version(part) for part in range(3))
    if version < _OLDEST:
        return f"libvips {version} is older than {_OLDEST}"
    grey = pyvips.Image.black(8, 8)
    for suffix in (".jpg", ".png", ".webp"):
        try:
            pyvips.Image.new_from_buffer(grey.write_to_buffer(suffix), "").avg()
        except pyvips.Error:
            return f"libvips does not load {suffix}"
    for name, data in _FORBIDDEN.items():
        try:
            pyvips.Image.new_from_buffer(data, "").avg()
        except pyvips.Error:
            continue
        return f"libvips loads {name}"
    others = [name for name in open_loaders() if not name.startswith(_OUR_LOADERS)]
    return f"libvips has {others[0]} open" if others else None


def open_loaders() -> tuple[str, ...]:
    """The names of all loaders that libvips would use."""
    kinds: list[Any] = []

    def visit(kind: Any, *_: Any) -> Any:
        kinds.append(kind)
        pyvips.type_map(kind, visit)
        return pyvips.ffi.NULL

    pyvips.type_map(pyvips.type_from_name("VipsForeignLoad"), visit)
    names = {pyvips.nickname_find(kind) for kind in kinds}
    return tuple(sorted(name for name in names if not name.endswith("_base") and _is_open(name)))


def _is_open(loader: str) -> bool:
    operation = pyvips.Operation.new_from_name(loader)
    return not pyvips.vips_lib.vips_operation_get_flags(operation.pointer) & _BLOCKED


def rehearsal() -> Iterator[bytes]:
    """A small picture of each kind that we take, with a colour profile."""
    grey = pyvips.Image.black(8, 8, bands=3).copy(interpretation="srgb")
    for suffix in (".jpg", ".png", ".webp"):
        yield grey.write_to_buffer(suffix, profile="srgb")


@contextmanager
def _decoding() -> Iterator[None]:
    """What libvips says is wrong with a picture, in the words of the port."""
    try:
        yield
    except pyvips.Error as error:
        raise _refused(error) from error


def _size_as_seen(data: Data) -> Size:
    image = _opened(data)
    sideways = image.get_typeof("orientation") and image.get("orientation") in _SIDEWAYS
    return Size(image.height, image.width) if sideways else Size(image.width, image.height)


def _opened(data: Data) -> Any:
    """The picture's header; its pixels are not decoded."""
    return pyvips.Image.new_from_source(pyvips.Source.new_from_memory(data), "", fail_on="error")


def _thumbnail(data: Data, size: Size, *, fail_on: str = "error") -> Any:
    """A smaller copy of exactly this size in sRGB, upright, decoded as it is read, row by row.

    ``data`` must be kept until then: it is not copied, because every copy counts.
    """
    header = _opened(data)
    profiled = header.get_typeof("icc-profile-data") or header.interpretation == "cmyk"
    image = pyvips.Image.thumbnail_source(
        pyvips.Source.new_from_memory(data),
        size.width,
        height=size.height,
        size="force",
        option_string=f"[fail_on={fail_on}]",  # the argument of that name does not reach the loader
        # Colour management of what is sRGB anyway would double the work.
        **({"output_profile": "srgb", "intent": "relative"} if profiled else {}),
    )
    return image.colourspace("srgb")


def _made(working: Any, rendition: Rendition) -> Image:
    """A rendition of a whole picture from a decoded copy that is no smaller."""
    size = rendition.size
    small = working.thumbnail_image(size.width, height=size.height, size="force")
    return Image.of(_encode(small, rendition.format), rendition.format)


def _pixels(image: Any) -> Pixels:
    height, width, bands = image.height, image.width, image.bands
    pixels: Pixels = np.ndarray((height, width, bands), np.uint8, image.write_to_memory())
    return pixels


def _lqip(small: Any) -> str:
    tiny = small.thumbnail_image(_LQIP, size="down")
    body = tiny.webpsave_buffer(Q=40, effort=4, keep="none")
    return "data:image/webp;base64," + base64.b64encode(body).decode()


def _cut(source: Data, rendition: Rendition) -> Any:
    """The part that is wanted, at exactly the size that is wanted."""
    part, size = rendition.part, rendition.size
    whole = _size_as_seen(source)
    across, down = size.width / part.width, size.height / part.height
    scaled = Size(
        max(size.width, round(whole.width * across)), max(size.height, round(whole.height * down))
    )
    image = _thumbnail(source, scaled)
    left = min(round(part.left * across), scaled.width - size.width)
    top = min(round(part.top * down), scaled.height - size.height)
    cut = image.crop(left, top, size.width, size.height)
    # The decoder's memory is free again before the encoder needs as much; a picture for which there
    # is no room between them is encoded while it is decoded.
    return cut.copy_memory() if size.width * size.height <= _ROOM else cut


def _encode(image: Any, kind: Format) -> bytes:
    body: bytes
    match kind:
        case Format.JPG:
            opaque = image.flatten() if image.hasalpha() else image
            # Better packing keeps all of a picture in memory, and a large one has no room for that.
            packed = image.width * image.height <= _ROOM
            body = opaque.jpegsave_buffer(
                Q=82, interlace=packed, optimize_coding=packed, keep="none"
            )
        case Format.WEBP:
            body = image.webpsave_buffer(Q=76, effort=2, keep="none")
        case Format.AVIF:
            body = image.heifsave_buffer(
                Q=55, compression="av1", effort=1, bitdepth=8, subsample_mode="on", keep="none"
            )
    return body


def _refused(error: pyvips.Error) -> PictureRefused:
    said = str(error).lower()
    # What reads WebP says nothing at all where there is no memory.
    if not str(error.detail).strip() or any(words in said for words in _NO_MEMORY):
        return too_demanding()
    if "premature end" in said or "truncated" in said or "not enough" in said:
        return PictureRefused("truncated", "The file ends before the picture does.")
    return undecodable()


_FORBIDDEN = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect/></svg>',
    "GIF": base64.b64decode("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="),
    "TIFF": base64.b64decode(
        "SUkqAAgAAAAJAAABBAABAAAAAQAAAAEBBAABAAAAAQAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAAAAYBAwABAAAA"
        "AQAAABEBBAABAAAAegAAABYBBAABAAAAAQAAABcBBAABAAAAAQAAABwBAwABAAAAAQAAAAAAAAAA"
    ),
}
"""Small files of kinds that must not be opened."""
