"""The sizes and formats a wallpaper is delivered in, and what each is made from."""

import re
from dataclasses import dataclass
from enum import StrEnum

from media.domain.cuts import Box, cut
from media.domain.wallpaper import Original, Point, Size

RECIPE = 2
"""Goes up whenever the same name would give other pixels; old renditions are then made anew."""

LONGEST_SIDE = 16_383
"""In pixels; WebP has no room for more."""
WIDTHS = (320, 640, 1280, 1920, 2560, 3840)

COMMON_SCREENS = frozenset(
    Size(width, height)
    for width, height in (
        # desktops and laptops
        (1280, 720), (1280, 800), (1280, 1024), (1366, 768), (1440, 900), (1536, 864), (1600, 900),
        (1680, 1050), (1920, 1080), (1920, 1200), (2048, 1152), (2160, 1440), (2240, 1400),
        (2256, 1504), (2304, 1440), (2560, 1440), (2560, 1600), (2736, 1824), (2880, 1620),
        (2880, 1800), (2880, 1864), (3000, 2000), (3024, 1964), (3072, 1920), (3200, 1800),
        (3240, 2160), (3456, 2234), (3840, 2160), (3840, 2400), (4096, 2160), (4480, 2520),
        (5120, 2880), (6016, 3384), (7680, 4320),
        # ultrawide, and two screens side by side
        (2560, 1080), (3440, 1440), (3840, 1080), (3840, 1600), (5120, 1440), (5120, 2160),
        # phones
        (720, 1280), (720, 1600), (750, 1334), (828, 1792), (1080, 1920), (1080, 2160),
        (1080, 2280), (1080, 2340), (1080, 2400), (1080, 2640), (1125, 2436), (1170, 2532),
        (1179, 2556), (1206, 2622), (1242, 2688), (1284, 2778), (1290, 2796), (1320, 2868),
        (1344, 2992), (1440, 2560), (1440, 2960), (1440, 3088), (1440, 3120), (1440, 3200),
        # tablets
        (1200, 1920), (1488, 2266), (1536, 2048), (1600, 2560), (1620, 2160), (1640, 2360),
        (1668, 2388), (1752, 2800), (1848, 2960), (2048, 2732), (2064, 2752), (2732, 2048),
    )
)  # fmt: skip
"""Screens whose cuts need no signature."""

_WIDTH = re.compile(r"w([1-9][0-9]{2,3})")
_CUT = re.compile(
    r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})(?:at(\d{1,4})x(\d{1,4})z(\d{3,4}))?", re.ASCII
)
_PLACES, _PERCENT = 1000, 100


class UnknownRendition(Exception):
    """No rendition is called this."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no rendition '{name[:64]}'.")


class WouldUpscale(Exception):
    """The picture has too few pixels for this cut.

    Attributes:
        width: Of the largest cut of this shape that it allows, in pixels.
        height: Likewise.
    """

    def __init__(self, asked: Size, largest: Size) -> None:
        super().__init__(f"{asked} would be enlarged; the largest cut of this shape is {largest}.")
        self.width = largest.width
        self.height = largest.height


class RenditionRefused(Exception):
    """This image takes more than one may, or could not be made a moment ago."""


class Format(StrEnum):
    """The formats we deliver, by their extension."""

    AVIF = "avif"
    WEBP = "webp"
    JPG = "jpg"

    @property
    def media_type(self) -> str:
        """What a browser calls it."""
        return "image/jpeg" if self is Format.JPG else f"image/{self.value}"


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a picture that a visitor chose to cut out.

    Attributes:
        middle: Where the part's middle should be.
        zoom: How many times narrower it is than the largest part of its shape, 1 to 10.
    """

    middle: Point
    zoom: float


@dataclass(frozen=True, slots=True)
class Variant:
    """A name that a rendition can be asked for by.

    Attributes:
        width: In pixels: at most, for a whole picture; exactly, for a cut.
        height: Of a cut; ``None`` for a whole picture.
        format: What it is delivered as.
        frame: What is cut out; ``None`` for the largest part around the focal point.
    """

    width: int
    height: int | None
    format: Format
    frame: Frame | None = None

    @property
    def needs_signature(self) -> bool:
        """Whether a size or a frame of one's own, which only a link that we signed may ask for."""
        if self.frame is not None:
            return True
        return self.height is not None and Size(self.width, self.height) not in COMMON_SCREENS


@dataclass(frozen=True, slots=True)
class Rendition:
    """Exactly what is to be made: which part of a picture, at which size.

    Attributes:
        part: Of the original, oriented as it is seen.
        size: Of the result, never larger than ``part``.
        format: Of the result.
    """

    part: Box
    size: Size
    format: Format

    def key(self, original: Original) -> str:
        """The name it is kept by: equal for equal pixels, whatever it was asked for as."""
        box = f"{self.part.left},{self.part.top},{self.part.width},{self.part.height}"
        return f"renditions/{RECIPE}/{original.sha256}/{self.size}@{box}.{self.format}"


def parse_variant(name: str) -> Variant:
    """Read a name such as ``w640.webp`` or ``1920x1080.jpg``.

    A cut can name its frame: ``1920x1080at250x500z150.jpg`` has its middle at a quarter of the
    picture's width and half of its height, in thousandths, and zooms in to 150 %.

    Raises:
        UnknownRendition: If nothing is ever called this.

    Example:
        >>> parse_variant("1920x1080.jpg")
        Variant(width=1920, height=1080, format=<Format.JPG: 'jpg'>, frame=None)
    """
    stem, _, extension = name.partition(".")
    try:
        kind = Format(extension)
    except ValueError as error:
        raise UnknownRendition(name) from error
    if (whole := _WIDTH.fullmatch(stem)) and int(whole[1]) in WIDTHS:
        return Variant(int(whole[1]), None, kind)
    if (exact := _CUT.fullmatch(stem)) and max(int(exact[1]), int(exact[2])) <= LONGEST_SIDE:
        return Variant(int(exact[1]), int(exact[2]), kind, _frame(name, exact))
    raise UnknownRendition(name)


def plan(variant: Variant, picture: Size, focal: Point) -> Rendition:
    """What ``variant`` means for a picture of this size.

    Raises:
        WouldUpscale: If a cut needs more pixels than there are; a whole picture is simply not made
            larger than it is.

    Example:
        >>> plan(parse_variant("w640.webp"), Size(3840, 2160), Point(0.5, 0.5)).size
        Size(width=640, height=360)
    """
    if variant.height is None:
        scale = min(1, variant.width / picture.width, LONGEST_SIDE / picture.height)
        size = Size(max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        return Rendition(Box(0, 0, picture.width, picture.height), size, variant.format)
    asked = Size(variant.width, variant.height)
    if (frame := variant.frame) is None:
        frame = Frame(focal, zoom=1)
    part = cut(picture, asked, focal=frame.middle, zoom=frame.zoom)
    if asked.width > part.width or asked.height > part.height:
        raise WouldUpscale(asked, Size(part.width, part.height))
    return Rendition(part, asked, variant.format)


SOURCE = Variant(1920, None, Format.JPG)
"""What smaller images of a whole picture are made from, rather than from the original."""

EARLY = (SOURCE, *(Variant(width, None, kind) for width in (320, 640) for kind in Format))
"""What is made of a picture as it comes in: what lists show, and what the rest is made from."""


def display_area(wallpaper_id: str) -> str:
    """What the names begin with by which a CDN finds the pictures of a wallpaper in S3."""
    return f"i/{wallpaper_id}/"


def display_key(wallpaper_id: str, variant: Variant) -> str:
    """The name by which it finds a whole picture: the path of its public address.

    Example:
        >>> display_key("7kq2m9xz", parse_variant("w640.webp"))
        'i/7kq2m9xz/w640.webp'
    """
    return f"{display_area(wallpaper_id)}w{variant.width}.{variant.format}"


def source_of(rendition: Rendition, original: Size, *, opaque: bool) -> Rendition | None:
    """The rendition that this one can be made from without a visible loss, if there is any.

    Shrunk to two thirds or less, what JPEG did to it hardly shows; JPEG has no opacity, though.

    Args:
        rendition: What is to be made.
        original: The size of the picture.
        opaque: Whether nothing of it is transparent.

    Example:
        >>> picture = Size(3840, 2160)
        >>> small = plan(parse_variant("w640.webp"), picture, Point(0.5, 0.5))
        >>> source_of(small, picture, opaque=True).size
        Size(width=1920, height=1080)
    """
    larger = plan(SOURCE, original, Point(0.5, 0.5))
    if not opaque or rendition.part != larger.part or larger.size == original:
        return None
    return larger if 3 * rendition.size.width <= 2 * larger.size.width else None


def widths_for(picture: Size) -> tuple[int, ...]:
    """The widths worth naming: those below the picture's own, and the first at or above it."""
    below = [width for width in WIDTHS if width < picture.width]
    above = [width for width in WIDTHS if width >= picture.width]
    return (*below, *above[:1])


def _frame(name: str, cut: re.Match[str]) -> Frame | None:
    if cut[3] is None:
        return None
    x, y, zoom = int(cut[3]), int(cut[4]), int(cut[5])
    if max(x, y) > _PLACES or not _PERCENT <= zoom <= 10 * _PERCENT:
        raise UnknownRendition(name)
    return Frame(Point(x / _PLACES, y / _PLACES), zoom / _PERCENT)
