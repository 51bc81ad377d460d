"""How things are called on a page: sizes, licences, what made a picture."""

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


def initials(name: str) -> str:
    """At most two letters for a name.

    Example:
        >>> initials("Noor van Haddad"), initials("admin")
        ('NH', 'A')
    """
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
