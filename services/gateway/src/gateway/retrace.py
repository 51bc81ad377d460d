"""Finds what happened to one request."""

import re
import time
from collections.abc import Callable

from gateway.domain.journey import Journey
from gateway.ports import Journeys

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_AGAIN = (0.25, 0.35)
"""Seconds: services tell what they did a fifth of a second later, each for itself."""


class JourneyNotFound(Exception):
    """Nothing is known of such a request, any more or at all."""

    def __init__(self) -> None:
        super().__init__(
            "A route is kept for 15 minutes, and then forgotten. This one is older, or its address "
            "is mistyped."
        )


class RouteNotKept(Exception):
    """What happens to the current request is not noted for others to read."""

    def __init__(self) -> None:
        super().__init__(
            "So many requests are coming in that not every one is noted down. Try again in seconds."
        )


def retrace(
    trace_id: str, journeys: Journeys, *, pause: Callable[[float], None] = time.sleep
) -> Journey:
    """What happened to the request ``trace_id``.

    Waits for a part of it that must come, 0.6 seconds at most.

    Raises:
        JourneyNotFound: If nothing is known of it, or it is no id.
        JourneysUnavailable: If the store does not answer.
    """
    if not _TRACE_ID.fullmatch(trace_id):
        raise JourneyNotFound
    found = Journey.of(journeys.find(trace_id))
    for seconds in _AGAIN:
        if found is not None and found.whole:
            return found
        pause(seconds)
        found = Journey.of(journeys.find(trace_id))
    if found is None:
        raise JourneyNotFound
    return found
