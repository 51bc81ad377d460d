"""Which visits a process has heard of already."""

from datetime import date
from threading import Lock

from media.domain.visits import Visit


class SeenVisits:
    """The visits of two days, as many as there is room for.

    Args:
        most: How many that is.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._seen: set[Visit] = set()
        self._latest = date.min

    def __contains__(self, visit: Visit) -> bool:
        with self._lock:
            return visit in self._seen

    def remember(self, visit: Visit) -> bool:
        """Have ``visit`` known from now on; whether there was room, and it was not before."""
        with self._lock:
            if visit.day > self._latest:
                self._latest = visit.day
                self._seen = {seen for seen in self._seen if (visit.day - seen.day).days < 2}
            if visit in self._seen or len(self._seen) >= self._most:
                return False
            self._seen.add(visit)
            return True
