"""Cutting a picture to the shape of a screen without losing what it is about."""

from dataclasses import dataclass

from media.domain.wallpaper import Point, Size


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in pixels from its top left corner."""

    left: int
    top: int
    width: int
    height: int


def cut(picture: Size, screen: Size, *, focal: Point, zoom: float = 1.0) -> Box:
    """The largest part of ``picture`` with the shape of ``screen``, as near ``focal`` as can be.

    Args:
        picture: What is cut.
        screen: Only the ratio of its sides matters.
        focal: What the middle of the part should be.
        zoom: How many times narrower than the largest the part is to be, at least 1.

    Returns:
        A box inside the picture that touches two opposite edges of it unless ``zoom`` is above 1,
        rounded to whole pixels and never thinner than one.

    Source:
        CSS Images Level 3, ``object-fit: cover``, with the focal point in place of
        ``object-position``.

    Example:
        >>> cut(Size(4000, 3000), Size(16, 9), focal=Point(0.5, 0.5))
        Box(left=0, top=375, width=4000, height=2250)
        >>> cut(Size(4000, 3000), Size(9, 16), focal=Point(0.9, 0.5))
        Box(left=2312, top=0, width=1688, height=3000)
    """
    if picture.width * screen.height <= picture.height * screen.width:
        width = picture.width
        height = max(1, min(picture.height, _divide(width * screen.height, screen.width)))
    else:
        height = picture.height
        width = max(1, min(picture.width, _divide(height * screen.width, screen.height)))
    width, height = max(1, round(width / zoom)), max(1, round(height / zoom))
    return Box(
        left=_start(picture.width, width, focal.x),
        top=_start(picture.height, height, focal.y),
        width=width,
        height=height,
    )


def _start(whole: int, part: int, focal: float) -> int:
    return max(0, min(whole - part, round(whole * focal - part / 2)))


def _divide(amount: int, by: int) -> int:
    return (2 * amount + by) // (2 * by)  # to the nearest, halves up
