"""Sessions of browsers: a key that was pasted once, and for how long that counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(days=14)
LONGEST = timedelta(days=30)
STALE = timedelta(hours=1)
"""How old the last sign of life may be before it is written down anew."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser may do until it signs out: what the holder of a key may.

    Attributes:
        key_hash: Of the key that was pasted; a session opens nothing once that key does not.
        begun_at: When it was pasted.
        seen_at: When the browser was last here, to the hour.
    """

    key_hash: str
    begun_at: datetime
    seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it ends if the browser does not come again.

        Example:
            >>> from datetime import UTC
            >>> day = datetime(2026, 1, 1, tzinfo=UTC)
            >>> (Session("", day, day + timedelta(days=20)).ends_at - day).days
            30
        """
        return min(self.begun_at + LONGEST, self.seen_at + IDLE)
