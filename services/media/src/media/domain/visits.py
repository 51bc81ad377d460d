"""Visits: what is counted of a wallpaper, and how the counts get to its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from media.domain.wallpaper import Day


class Kind(StrEnum):
    """What a visitor did with a wallpaper."""

    VIEW = "view"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody opened or downloaded a wallpaper; on one day that counts once.

    Attributes:
        visitor: Equal for the same visitor on the same day, and for nobody else then; tells
            nothing about who it is.
    """

    wallpaper_id: str
    kind: Kind
    day: date
    visitor: str

    @property
    def counts_for(self) -> Day:
        """What this adds to its day."""
        return Day(self.day, int(self.kind is Kind.VIEW), int(self.kind is Kind.DOWNLOAD))


@dataclass(frozen=True, slots=True)
class Batch:
    """Visits that were counted and are to be added to records, once however often that is tried.

    Attributes:
        source: Who counted them.
        number: Higher than that of every batch of this source before; milliseconds of some clock.
        counts: By the wallpaper's id and the day.
    """

    source: str
    number: int
    counts: Mapping[str, Mapping[date, Day]]
