"""Bring a wallpaper onto this machine, whole or not at all."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from paperroute.client import Client, Damaged
from paperroute.hashing import sha256

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Size:
    """A size in whole pixels."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The size written as in ``2560x1440``.

        Raises:
            ValueError: If it is not written like that.

        Example:
            >>> Size.parse("2560x1440")
            Size(width=2560, height=1440)
        """
        found = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text.strip().lower())
        if not found:
            raise ValueError(f"'{text}' is no size; write it like 2560x1440")
        return cls(int(found[1]), int(found[2]))


def download_fitted(
    client: Client, wallpaper_id: str, output: Path, *, size: Size, extension: str
) -> Path:
    """Keep a wallpaper cut to exactly ``size`` as ``output``, or in it if that is a folder.

    Returns:
        Where it is now.
    """
    query = {"w": str(size.width), "h": str(size.height), "f": extension}
    name = f"wallpaper-{wallpaper_id}-{size.width}x{size.height}.{extension}"

    def fetch(file: BinaryIO) -> None:
        client.download(f"/w/{wallpaper_id}/download", query, file)

    return _keep(output, name, fetch)


def download_original(client: Client, wallpaper_id: str, output: Path) -> Path:
    """Keep a wallpaper as it was uploaded, bit for bit, as ``output`` or in it.

    Returns:
        Where it is now.

    Raises:
        Damaged: If the bytes are not those that the site has on record.
    """
    record = client.record(wallpaper_id)
    extension = _EXTENSIONS.get(record["type"], "bin")
    name = f"wallpaper-{wallpaper_id}-{record['width']}x{record['height']}.{extension}"

    def fetch(file: BinaryIO) -> None:
        client.download(f"/api/v1/wallpapers/{wallpaper_id}/original", {}, file)
        file.flush()
        if sha256(Path(file.name)) != record["sha256"]:
            raise Damaged("What arrived is not the original, bit for bit; try again.")

    return _keep(output, name, fetch)


def _keep(output: Path, name: str, fetch: Callable[[BinaryIO], None]) -> Path:
    """Let ``fetch`` fill a file beside its place, and put it there once it is whole."""
    target = output / name if output.is_dir() else output
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with unfinished.open("xb") as file:
            fetch(file)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target
