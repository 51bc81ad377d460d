"""Changing what is said of a wallpaper."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from media.domain.description import described, focal_point
from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, Originals


def revise(
    wallpaper: Wallpaper,
    fields: Mapping[str, Any],
    catalogue: Catalogue,
    originals: Originals,
    *,
    now: datetime,
) -> Wallpaper:
    """Change ``fields`` of ``wallpaper``, which must still be as it is given.

    Args:
        wallpaper: As it was read.
        fields: As ``described`` takes them, and ``focal``.
        catalogue: Where its record is.
        originals: Where its sidecar is, which is written before this returns.
        now: The time of the change.

    Raises:
        UnknownField, InvalidField: If a field will not do.
        VersionMismatch: If it was changed in the meantime.
    """
    rest = {name: value for name, value in fields.items() if name != "focal"}
    focal = focal_point(fields["focal"]) if "focal" in fields else wallpaper.look.focal
    revised = wallpaper.revised(described(wallpaper.description, rest), focal, now=now)
    catalogue.update(revised)
    originals.describe(revised)
    return revised
