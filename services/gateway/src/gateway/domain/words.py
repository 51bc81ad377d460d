"""How things are called on a page: sizes, licences, what made a picture."""

from collections.abc import Sequence
from types import MappingProxyType

LICENCES = MappingProxyType(
    {
        "cc0": ("CC0, no rights reserved", "https://creativecommons.org/publicdomain/zero/1.0/"),
        "cc0-1.0": (
            "CC0, no rights reserved",
            "https://creativecommons.org/publicdomain/zero/1.0/",
        ),
        "cc-by": ("CC BY", "https://creativecommons.org/licenses/by/4.0/"),
        "cc-by-4.0": ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        "cc-by-3.0": ("CC BY 3.0", "https://creativecommons.org/licenses/by/3.0/"),
        "cc-by-sa": ("CC BY-SA", "https://creativecommons.org/licenses/by-sa/4.0/"),
        "cc-by-sa-4.0": ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        "cc-by-sa-3.0": ("CC BY-SA 3.0", "https://creativecommons.org/licenses/by-sa/3.0/"),
        "cc-by-nc-4.0": ("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/"),
    }
)
COLOURS = (
    ("#d8433b", "red"),
    ("#ee8434", "orange"),
    ("#f2c94c", "yellow"),
    ("#4f9d5d", "green"),
    ("#2a9d8f", "teal"),
    ("#2f6fd6", "blue"),
    ("#7b54c9", "violet"),
    ("#e37aa6", "pink"),
    ("#8a5a3c", "brown"),
    ("#15181c", "black"),
    ("#8a939d", "grey"),
    ("#ffffff", "white"),
)
"""The colours that people can ask for by a dot, and what they are called."""
ORDERS = (
    ("relevance", "Best match"),
    ("new", "Newest"),
    ("hot", "Hot"),
    ("top:1M", "Top this month"),
    ("downloads", "Most downloaded"),
    ("res", "Largest"),
    ("random", "Shuffle"),
)
"""The orders that results are offered in, and what they are called."""
_CALLED = MappingProxyType(
    {
        "ai:no": "Without AI",
        "ai:unknown": "Not said how",
        "ai:yes": "With AI",
        "color:#663399": "Purple",
        "color:#696969": "Grey",
        "color:#6b8e23": "Olive",
        "color:#87ceeb": "Sky blue",
        "color:#4169e1": "Blue",
        "license:unknown": "Not said",
        "ratio:phone": "Phone",
        "res:>=1280x720": "At least HD",
        "res:>=1920x1080": "At least Full HD",
        "res:>=2560x1440": "At least QHD",
        "res:>=3840x2160": "At least 4K",
        "res:>=5120x2880": "At least 5K",
        "res:>=7680x4320": "At least 8K",
        "tone:mid": "In between",
        "type:jpg": "JPEG",
        "type:png": "PNG",
        "type:webp": "WebP",
        **{f"color:{hex_}": f"Mostly {name}" for hex_, name in COLOURS},
    }
)
_PHRASES = MappingProxyType(
    {"tag": "{}", "creator": "By {}", "user": "Sent by {}", "uploader": "Sent by {}"}
)
_NAMED = frozenset({"fits", "license", "category", "ratio", "tone", "color"})
_MADE = MappingProxyType({"yes": "With an AI model", "no": "Without an AI model"})
_FORMATS = MappingProxyType({"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP"})


def licence(identifier: str) -> tuple[str, str | None]:
    """What a licence is called, and where to read it.

    Example:
        >>> licence("cc-by-4.0")
        ('CC BY 4.0', 'https://creativecommons.org/licenses/by/4.0/')
        >>> licence("unknown"), licence("gpl-2.0-or-later")
        (('Not said', None), ('GPL-2.0-OR-LATER', None))
    """
    if identifier == "unknown":
        return "Not said", None
    return LICENCES.get(identifier, (identifier.upper(), None))


def called(field: str, value: str, otherwise: str) -> str:
    """What people call one value of a field.

    Example:
        >>> called("res", ">=3840x2160", "4k"), called("ratio", "landscape", "landscape")
        ('At least 4K', 'Landscape')
    """
    plain = value.strip('"')
    if known := _CALLED.get(f"{field}:{plain.lower()}"):
        return known
    if field == "license":
        return licence(plain)[0]
    if field == "fits":
        return f"Fits {plain.replace('x', '×')}"
    other = otherwise.strip('"')
    return other[:1].upper() + other[1:]


def asked_for(clause: str) -> str:
    """What a clause of a query says, for a chip.

    Example:
        >>> asked_for("fits:2880x1800"), asked_for("fog"), asked_for('creator:"Noor Haddad"')
        ('Fits 2880×1800', 'fog', 'By Noor Haddad')
        >>> asked_for("-tag:fog"), asked_for("width:>3000")
        ('-tag:fog', 'width:>3000')
    """
    field, _, value = clause.partition(":")
    field = field.lower()
    if phrase := _PHRASES.get(field):
        return phrase.format(value.strip('"'))
    field = "color" if field == "colour" else field
    if field in _NAMED or f"{field}:{value.lower()}" in _CALLED:
        return called(field, value, f"Colour {value}" if field == "color" else value)
    return clause


def title_of(clauses: Sequence[str]) -> str:
    """What a page of results is about: its words and tags, or else all that it was asked for.

    Example:
        >>> title_of(("fog", "ratio:phone")), title_of(("color:#2a9d8f",)), title_of(())
        ('fog', 'Mostly teal', 'All wallpapers')
    """
    asked = [clause for clause in clauses if not clause.lower().startswith("sort:")]
    words = [clause for clause in asked if ":" not in clause or clause.lower().startswith("tag:")]
    return " ".join(map(asked_for, words or asked)) or "All wallpapers"


def made(ai: str) -> str:
    """How a picture was made, if its uploader said."""
    return _MADE.get(ai, "Not said")


def format_name(media_type: str) -> str:
    """What people call a media type."""
    return _FORMATS.get(media_type, media_type)


def weight(size: int) -> str:
    """Bytes for a person.

    Example:
        >>> weight(812_345), weight(1_936_000)
        ('812 kB', '1.9 MB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, size // 1000)} kB"


def milliseconds(ms: float) -> str:
    """A time for a person, without its unit.

    Example:
        >>> milliseconds(0.0312), milliseconds(41.23), milliseconds(187.4)
        ('0.03', '41.2', '187')
        >>> milliseconds(0)
        '0'
    """
    return f"{ms:.2f}" if 0 < ms < 0.1 else f"{ms:.1f}" if 0 < ms < 100 else f"{ms:.0f}"


def initials(name: str) -> str:
    """At most two letters for a name.

    Example:
        >>> initials("Noor van Haddad"), initials("admin")
        ('NH', 'A')
    """
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
