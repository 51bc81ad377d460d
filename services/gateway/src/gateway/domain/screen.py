"""Screens that people have, and which pictures can fill them."""

from dataclasses import dataclass

SMALLEST, LARGEST = 16, 20_000


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


def cut_name(width: str | None, height: str | None) -> str:
    """The name of the cut to ``width`` by ``height`` pixels, as visitors write them.

    Raises:
        InvalidSize: If they are not whole numbers from 16 to 20,000.

    Example:
        >>> cut_name("2560", "1440")
        '2560x1440'
    """
    sides = []
    for side in (width or "", height or ""):
        if not (side.isascii() and side.isdigit() and len(side) <= 5):
            raise InvalidSize("Say a size in whole pixels, such as ?w=2560&h=1440.")
        sides.append(int(side))
    if not all(SMALLEST <= side <= LARGEST for side in sides):
        raise InvalidSize(f"Each side must be from {SMALLEST} to {LARGEST:,} pixels.")
    return f"{sides[0]}x{sides[1]}"
