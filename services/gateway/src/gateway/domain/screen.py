"""Screens that people have, and which pictures can fill them."""

import re
from dataclasses import dataclass
from typing import Self

SMALLEST, LARGEST = 16, 20_000
DEEPEST = 10
_NUMBER = re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?|\.[0-9]{1,6}")


class InvalidSize(Exception):
    """This is no size that a picture can be cut to."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A kind of screen: its name, and its width and height in pixels."""

    name: str
    width: int
    height: int

    @property
    def size(self) -> str:
        """Written with a multiplication sign, as people do."""
        return f"{self.width}×{self.height}"

    @property
    def handheld(self) -> bool:
        """Whether it is a phone's."""
        return self.width < self.height


COMMON = (
    Screen("Full HD monitor", 1920, 1080),
    Screen("QHD monitor", 2560, 1440),
    Screen("4K monitor", 3840, 2160),
    Screen("Ultrawide monitor", 3440, 1440),
    Screen("MacBook Pro 16″", 3456, 2234),
    Screen("iPhone 16 Pro", 1206, 2622),
    Screen("iPhone 14", 1170, 2532),
    Screen("iPhone 11", 828, 1792),
    Screen("Android phone", 1080, 2400),
    Screen("Tablet", 2048, 1536),
)

PHONE = next(screen for screen in COMMON if screen.handheld)
"""The phone to frame a picture for when we know no better."""


def filled_by(width: int, height: int) -> tuple[Screen, ...]:
    """The common screens that a picture fills without being enlarged, the best first.

    The best is the one that most of the picture is kept for; among equals, the largest.

    Example:
        >>> [screen.size for screen in filled_by(2560, 1440)][:2]
        ['2560×1440', '1920×1080']
        >>> filled_by(640, 480)
        ()
    """
    fitting = [s for s in COMMON if s.width <= width and s.height <= height]
    picture = width / height

    def kept(screen: Screen) -> float:
        shape = screen.width / screen.height
        return round(min(shape, picture) / max(shape, picture), 2)

    return tuple(sorted(fitting, key=lambda s: (-kept(s), -s.width * s.height)))


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a picture that a visitor wants cut out.

    Attributes:
        x: Where its middle is, 0 to 1 of the picture's width.
        y: Likewise, of its height.
        zoom: How many times narrower it is than the largest of its shape, 1 to 10.
    """

    x: float
    y: float
    zoom: float = 1.0

    @classmethod
    def parse(cls, x: str | None, y: str | None, zoom: str | None) -> Self | None:
        """Read a frame as visitors write it; ``None`` if they leave it to the focal point.

        Raises:
            InvalidSize: If a number is none, or out of range.

        Example:
            >>> Frame.parse("0.25", "1", None)
            Frame(x=0.25, y=1.0, zoom=1.0)
        """
        if x is None and y is None and zoom is None:
            return None
        return cls(_within(x, 0, 1, 0.5), _within(y, 0, 1, 0.5), _within(zoom, 1, DEEPEST, 1.0))


def cut_name(width: str | None, height: str | None, frame: Frame | None = None) -> str:
    """The name of the cut to ``width`` by ``height`` pixels, as visitors write them.

    Raises:
        InvalidSize: If they are not whole numbers from 16 to 20,000.

    Example:
        >>> cut_name("2560", "1440")
        '2560x1440'
        >>> cut_name("2560", "1440", Frame(0.25, 0.5, 1.5))
        '2560x1440at250x500z150'
    """
    sides = []
    for side in (width or "", height or ""):
        if not (side.isascii() and side.isdigit() and len(side) <= 5):
            raise InvalidSize("Say a size in whole pixels, such as ?w=2560&h=1440.")
        sides.append(int(side))
    if not all(SMALLEST <= side <= LARGEST for side in sides):
        raise InvalidSize(f"Each side must be from {SMALLEST} to {LARGEST:,} pixels.")
    size = f"{sides[0]}x{sides[1]}"
    if frame is None:
        return size
    place = f"{round(frame.x * 1000)}x{round(frame.y * 1000)}"
    return f"{size}at{place}z{round(frame.zoom * 100)}"


def _within(said: str | None, least: float, most: float, default: float) -> float:
    if said is None:
        return default
    if not _NUMBER.fullmatch(said) or not least <= float(said) <= most:
        raise InvalidSize(
            f"A frame has its middle at x and y from 0 to 1, and a zoom z from 1 to {DEEPEST}."
        )
    return float(said)
