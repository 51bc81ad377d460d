"""A wallpaper's colours as other programs read them: a desktop theme out of a picture."""

import colorsys
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from types import MappingProxyType
from typing import Self

from gateway.domain.wallpaper import Wallpaper

_READABLE = 7.0
"""The contrast of text on its background: WCAG 2.2's AAA."""
_SEEN = 3.0
"""The contrast of an accent on the background: what a large word needs."""
_HUES = MappingProxyType(
    {"08": 0, "09": 30, "0A": 50, "0B": 130, "0C": 180, "0D": 220, "0E": 290, "0F": 20}
)
"""What base16's accents are used for, as a hue in degrees: red, orange, yellow, green, cyan, blue,
magenta, brown."""


@dataclass(frozen=True, slots=True)
class Rgb:
    """An sRGB colour, each channel from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, hex_: str) -> Self:
        """Read ``#`` and six hex digits."""
        return cls(*bytes.fromhex(hex_[1:]))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def hue(self) -> float:
        """In degrees."""
        red, green, blue = (channel / 255 for channel in (self.red, self.green, self.blue))
        return colorsys.rgb_to_hls(red, green, blue)[0] * 360

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 to 1.

        Source:
            WCAG 2.2, "relative luminance".
        """
        red, green, blue = (_linear(c / 255) for c in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def towards(self, other: "Rgb", share: float) -> "Rgb":
        """The mixture with ``share`` (0 to 1) of ``other``."""
        mixed = (
            round(mine + (theirs - mine) * share)
            for mine, theirs in (
                (self.red, other.red),
                (self.green, other.green),
                (self.blue, other.blue),
            )
        )
        return Rgb(*mixed)


_BLACK, _WHITE = Rgb(0, 0, 0), Rgb(255, 255, 255)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours for a screen full of text that go with a picture.

    Attributes:
        background: Dark for a dark picture, light for a light one.
        foreground: Text on it, at a contrast of 7 or more.
        accents: At least one, each at a contrast of 3 or more with the background.
    """

    background: Rgb
    foreground: Rgb
    accents: tuple[Rgb, ...]

    @classmethod
    def of(cls, wallpaper: Wallpaper) -> Self:
        """The theme of a wallpaper, whose palette must not be empty."""
        colours = [Rgb.parse(colour.hex) for colour in wallpaper.palette]
        shares = [max(colour.share, 1e-6) for colour in wallpaper.palette]
        weighted = zip(colours, shares, strict=True)
        mean = sum(c.luminance * share for c, share in weighted) / sum(shares)
        by_light = sorted(colours, key=lambda colour: colour.luminance)
        if mean < 0.35:
            background = by_light[0].towards(_BLACK, 0.55)
            foreground = by_light[-1].towards(_WHITE, 0.45)
            limit = _WHITE
        else:
            background = by_light[-1].towards(_WHITE, 0.6)
            foreground = by_light[0].towards(_BLACK, 0.45)
            limit = _BLACK
        return cls(
            background,
            _against(background, foreground, _READABLE, limit),
            tuple(_against(background, colour, _SEEN, limit) for colour in colours),
        )

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than what it stands on."""
        return self.background.luminance < self.foreground.luminance


def contrast(one: Rgb, other: Rgb) -> float:
    """How well two colours are told apart, 1 to 21.

    Source:
        WCAG 2.2, "contrast ratio".

    Example:
        >>> contrast(Rgb(0, 0, 0), Rgb(255, 255, 255))
        21.0
    """
    dark, light = sorted((one.luminance, other.luminance))
    return round((light + 0.05) / (dark + 0.05), 6)


def as_css(wallpaper: Wallpaper) -> str:
    """Custom properties: each colour, and the theme made of them."""
    theme = Theme.of(wallpaper)
    colours = "".join(
        f"  --palette-{number}: {colour.hex}; /* {colour.share:.0%} */\n"
        for number, colour in enumerate(wallpaper.palette, 1)
    )
    return (
        f"/* {_line(wallpaper).replace('*', '')} */\n:root {{\n{colours}"
        f"  --background: {theme.background};\n  --foreground: {theme.foreground};\n"
        f"  --accent: {theme.accents[0]};\n}}\n"
    )


def as_pywal(wallpaper: Wallpaper) -> str:
    """What ``wal --theme FILE`` reads: sixteen terminal colours.

    Source:
        The ``colors.json`` of pywal 3: ``special`` and ``colors``, color0 to color15.
    """
    theme = Theme.of(wallpaper)
    accents = tuple(islice(cycle(theme.accents), 6))
    dim = theme.background.towards(theme.foreground, 0.35)
    plain = (theme.background, *accents, theme.foreground)
    bright = (dim, *(a.towards(theme.foreground, 0.2) for a in accents), theme.foreground)
    return (
        json.dumps(
            {
                "wallpaper": f"{wallpaper.id}.{wallpaper.type.removeprefix('image/')}",
                "alpha": "100",
                "special": {
                    "background": str(theme.background),
                    "foreground": str(theme.foreground),
                    "cursor": str(theme.foreground),
                },
                "colors": {
                    f"color{number}": str(colour) for number, colour in enumerate(plain + bright)
                },
            },
            indent=2,
        )
        + "\n"
    )


def as_base16(wallpaper: Wallpaper) -> str:
    """A base16 scheme: base00 to base07 from background to text, base08 to base0F by hue.

    Source:
        The builder specification 0.11 of github.com/tinted-theming/home.
    """
    theme = Theme.of(wallpaper)
    steps = (0.0, 0.08, 0.18, 0.42, 0.62, 1.0)
    ramp = [theme.background.towards(theme.foreground, step) for step in steps]
    limit = _WHITE if theme.is_dark else _BLACK
    ramp += [theme.foreground.towards(limit, share) for share in (0.4, 0.7)]
    named = {f"{number:02X}": colour for number, colour in enumerate(ramp)}
    for slot, hue in _HUES.items():
        named[slot] = min(theme.accents, key=lambda colour: _apart(colour.hue, hue))
    said = {
        "system": "base16",
        "name": wallpaper.title,
        "author": wallpaper.creator or wallpaper.uploader,
        "variant": "dark" if theme.is_dark else "light",
    }
    head = "".join(f"{key}: {_scalar(value)}\n" for key, value in said.items())
    return f"{head}palette:\n" + "".join(
        f'  base{slot}: "{colour}"\n' for slot, colour in named.items()
    )


def as_gimp(wallpaper: Wallpaper) -> str:
    """A palette of GIMP, Inkscape and Krita, most of the picture first.

    Source:
        GIMP's developer documentation, "GIMP palette file format" (version 2).
    """
    rows = "".join(
        f"{rgb.red:3} {rgb.green:3} {rgb.blue:3}\t{colour.hex[1:].upper()}, {colour.share:.0%}\n"
        for colour in wallpaper.palette
        if (rgb := Rgb.parse(colour.hex))
    )
    columns = len(wallpaper.palette)
    return f"GIMP Palette\nName: {_line(wallpaper)}\nColumns: {columns}\n#\n{rows}"


FORMATS: MappingProxyType[str, tuple[str, Callable[[Wallpaper], str]]] = MappingProxyType(
    {
        "css": ("text/css", as_css),
        "gpl": ("application/x-gimp-palette", as_gimp),
        "json": ("application/json", as_pywal),
        "yaml": ("application/yaml", as_base16),
    }
)
"""The media type and the writer of each, by extension."""


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _against(background: Rgb, colour: Rgb, least: float, limit: Rgb) -> Rgb:
    """``colour``, moved towards ``limit`` no further than it takes to stand out."""
    steps: Sequence[Rgb] = [colour.towards(limit, step / 20) for step in range(21)]
    return next((step for step in steps if contrast(step, background) >= least), steps[-1])


def _apart(one: float, other: float) -> float:
    return min(abs(one - other), 360 - abs(one - other))


def _scalar(text: str) -> str:
    """``text`` as a double-quoted scalar of YAML 1.2."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in plain) + '"'


def _line(wallpaper: Wallpaper) -> str:
    """Title and author on one line of a comment."""
    author = wallpaper.creator or wallpaper.uploader
    return " ".join(f"{wallpaper.title}, by {author}".split())
