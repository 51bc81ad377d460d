"""What a file is and what it contains, by its bytes alone."""

import hashlib
from pathlib import Path

_START = 12


def media_type(path: Path) -> str | None:
    """The media type of a JPEG, PNG or WebP file, whatever its name; ``None`` for any other."""
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "image/webp"
    return None


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hex digits, without holding the file in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
