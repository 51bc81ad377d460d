"""Wallpapers by the hundred thousand, as like real ones as numbers can be, the same each time."""

import colorsys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SYLLABLES = (
    "ka", "lo", "mi", "ra", "ten", "sho", "vel", "nor", "dia", "pru",
    "es", "tum", "ael", "fi", "gran", "ost", "wei", "lin", "bar", "cu",
)  # fmt: skip
CATEGORIES = ("nature", "city", "space", "abstract", "general")
RATINGS = ("safe", "sketchy", "explicit")
TYPES = ("image/jpeg", "image/png", "image/webp")
LICENSES = ("cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "unknown")
SCREENS = (
    (1920, 1080), (3840, 2160), (2560, 1440), (1920, 1200), (2560, 1600), (3440, 1440),
    (1080, 1920), (1170, 2532), (1440, 2560), (5120, 2880), (2160, 3840), (5120, 1440),
)  # fmt: skip
OFTEN = (0.27, 0.19, 0.13, 0.06, 0.05, 0.05, 0.07, 0.05, 0.04, 0.04, 0.03, 0.02)
ODD = 0.12
"""The part of pictures whose size is none of a screen."""
BLOCK = 2000
_TAGS, _WORDS, _PEOPLE = 30_000, 60_000, 40_000
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def word(number: int) -> str:
    """The ``number``-th word, the commonest being short."""
    text = ""
    number += 1
    while number:
        number, syllable = divmod(number, len(SYLLABLES))
        text += SYLLABLES[syllable]
    return text


def tag(number: int) -> str:
    """The ``number``-th tag; one in five is two words."""
    return f"{word(number)} {word(number * 7 + 3)}" if number % 5 == 4 else word(number)


def zipf(draw: np.random.Generator, most: int, size: int) -> NDArray[np.int64]:
    """Ranks below ``most``, the first ones by far the commonest (exponent 1)."""
    ranks: NDArray[np.int64] = (most ** draw.random(size)).astype(np.int64) - 1
    return ranks


def records(size: int, *, seed: int = 4) -> Iterator[dict[str, Any]]:
    """``size`` records, as media's feed gives them."""
    for begin in range(0, size, BLOCK):
        draw = np.random.default_rng([seed, begin])
        yield from _block(draw, begin, min(BLOCK, size - begin))


def _block(draw: np.random.Generator, begin: int, size: int) -> Iterator[dict[str, Any]]:
    counts = draw.integers(3, 16, size)
    tags = np.split(zipf(draw, _TAGS, int(counts.sum())), np.cumsum(counts)[:-1])
    titles = zipf(draw, _WORDS, size * 6).reshape(size, 6)
    descriptions = zipf(draw, _WORDS, size * 16).reshape(size, 16)
    people = zipf(draw, _PEOPLE, size)
    screens = draw.choice(len(SCREENS), size, p=OFTEN)
    seconds = draw.random(size) * 6 * 365 * 86_400
    chance = draw.random((size, 8))
    sizes = draw.lognormal(14.7, 0.8, size).astype(int)
    noise = draw.bytes(size * 200)
    for at in range(size):
        luck = chance[at].tolist()
        width, height = SCREENS[screens[at]]
        if luck[0] < ODD:
            width, height = int(width * (0.8 + luck[1])), int(height * (0.8 + luck[2]))
        own = noise[at * 200 : at * 200 + 200]
        lum = round(luck[3] ** 1.3, 4)
        moment = NOW - timedelta(milliseconds=int(seconds[at] * 1000))
        when = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        id_ = an_id(begin + at)
        by_someone = luck[4] < 0.3
        yield {
            "id": id_,
            "sha256": own[:32].hex(),
            "width": width,
            "height": height,
            "bytes": int(sizes[at]) + 20_000,
            "type": TYPES[(luck[5] > 0.75) + (luck[5] > 0.95)],
            "title": " ".join(word(n) for n in titles[at, : 2 + int(luck[6] * 5)].tolist()),
            "description": (
                " ".join(map(word, descriptions[at].tolist())) if luck[7] < 0.3 else None
            ),
            "tags": sorted({tag(n) for n in tags[at].tolist()}),
            "category": CATEGORIES[own[32] % 5],
            "rating": RATINGS[(own[33] > 219) + (own[33] > 247)],
            "creator": f"{word(own[34])} {word(own[35] + 256)}".title() if by_someone else None,
            "creator_url": None,
            "source": f"https://{word(own[36])}.org/{id_}" if by_someone else None,
            "license": LICENSES[own[37] % 4],
            "ai": ("no", "no", "yes", "unknown")[own[38] % 4],
            "uploader": f"{word(int(people[at]))}{people[at]}",
            "palette": _palette(own[40:70], lum),
            "lum": lum,
            "sat": round(own[70] / 256, 4),
            "oled": round(max(0.0, 0.7 - lum) * own[71] / 256, 4),
            "focal": {"x": 0.5, "y": 0.5},
            "dhash": own[72:80].hex(),
            "phash": own[80:88].hex(),
            "thumbhash": own[88:109].hex(),
            "lqip": f"data:image/webp;base64,{own[109:170].hex()}",
            "views": 0,
            "downloads": 0,
            "favorites": 0,
            "status": "live",
            "status_reason": None,
            "created_at": when,
            "changed_at": when,
            "version": 1,
            "links": {
                "page": f"/w/{id_}",
                "original": f"/api/v1/wallpapers/{id_}/original",
                "images": {
                    f"w{w}": f"/i/{id_}/w{w}.webp" for w in (320, 640, 1280, 1920) if w <= width
                },
            },
        }


def _palette(own: bytes, lum: float) -> list[dict[str, Any]]:
    """Five to eight colours about one or two hues, as light as the picture."""
    count = 5 + own[0] % 4
    weights = [own[1 + n] + 20 for n in range(count)]
    whole = sum(weights)
    colours = []
    for n, weight in enumerate(sorted(weights, reverse=True)):
        hue = (own[9] + (own[10] if n % 3 == 2 else own[11 + n] / 8)) / 256 % 1
        value = min(1.0, max(0.0, lum + (own[19 + n] - 128) / 400))
        rgb = colorsys.hls_to_rgb(hue, value, (own[28] / 256) ** 1.5)
        hex_ = "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)
        colours.append({"hex": hex_, "share": round(weight / whole, 4)})
    return colours


def an_id(number: int) -> str:
    """Eight characters in no order that shows."""
    mixed = (number * 0x9E3779B1 + 0x1234567) % 2**32 * 31 + number % 31
    digits = []
    for _ in range(8):
        mixed, digit = divmod(mixed, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
