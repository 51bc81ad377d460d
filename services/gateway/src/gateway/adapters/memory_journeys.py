"""What requests did, as told."""

from collections.abc import Mapping

from chassis.trace import Step


class MemoryJourneys:
    """Steps by the id of their request."""

    def __init__(self, journeys: Mapping[str, tuple[Step, ...]] | None = None) -> None:
        self._journeys = dict(journeys or {})

    def find(self, trace_id: str) -> tuple[Step, ...]:
        return self._journeys.get(trace_id, ())
