"""A title for a picture that has only a file name."""

import re
from pathlib import Path

LONGEST = 200
_SIZE = re.compile(r"(?<![0-9])[0-9]{3,5} ?[x×] ?[0-9]{3,5}(?![0-9])", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s_+.-]+")
_SAYS_NOTHING = frozenset({"", "image", "images", "contents", "wallpaper", "wallpapers"})


def title_of(path: Path) -> str:
    """A title from the name of a file, or of a folder above it if the file's says nothing.

    Example:
        >>> title_of(Path("photos/quiet_valley-3840x2160.jpg"))
        'Quiet valley'
        >>> title_of(Path("Altai/contents/images/5120x2880.png"))
        'Altai'
    """
    for name in (path.stem, *(parent.name for parent in path.parents)):
        if (title := tidied(name)).casefold() not in _SAYS_NOTHING:
            return title
    return path.stem[:LONGEST]


def tidied(name: str) -> str:
    """``name`` as words, without the size that many wallpapers carry in theirs."""
    words = _BETWEEN_WORDS.sub(" ", _SIZE.sub(" ", name)).strip()
    words = words.encode("utf-8", "replace").decode()
    return (words[:1].upper() + words[1:])[:LONGEST].strip()
