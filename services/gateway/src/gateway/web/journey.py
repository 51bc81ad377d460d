"""The page that shows how an answer came about."""

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from chassis import trace
from gateway.ask import Found
from gateway.domain.journey import Journey, Row
from gateway.ports import Journeys, Upstream
from gateway.remember import Recent
from gateway.retrace import JourneyNotFound, RouteNotKept, retrace
from gateway.show import show_home
from gateway.web.templating import begin_page, page

_STEPS: Final = (1, 2, 5)
_TICKS = 4
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


def create_blueprint(
    search: Upstream, recent: Recent[Found], journeys: Journeys | None
) -> Blueprint:
    """The pages, of what ``journeys`` knows; ``None`` if nothing is kept."""
    blueprint = Blueprint("journey", __name__, template_folder="templates")
    blueprint.before_request(begin_page)

    @blueprint.get("/route")
    def begin() -> ResponseReturnValue:
        # A request like one for the front page, made for its route to be looked at.
        show_home(search, recent, datetime.now(UTC).date())
        current = trace.current_or_new()
        if journeys is None:
            raise JourneyNotFound
        if not current.sampled:
            raise RouteNotKept
        return redirect(f"/route/{current.trace_id}", 303), _PRIVATE

    @blueprint.get("/route/<word:trace_id>")
    def show(trace_id: str) -> ResponseReturnValue:
        if journeys is None:
            raise JourneyNotFound
        found = retrace(trace_id, journeys)
        response = page(
            "route.html",
            frozenset(),
            journey=found,
            trace_id=trace_id,
            ticks=ticks(found.ms),
            bar=lambda row: bar(row, found),
        )
        response.headers.update(_PRIVATE)
        return response

    return blueprint


def ticks(ms: float) -> tuple[tuple[float, str], ...]:
    """Round numbers on an axis of ``ms`` milliseconds: where in percent, and what stands there.

    Example:
        >>> ticks(40)
        ((0.0, '0'), (25.0, '10'), (50.0, '20'), (75.0, '30'))
    """
    whole = max(ms, 0.001)
    decade = 1e-4
    while decade * 10 * _TICKS < whole:
        decade *= 10
    step = next((decade * s for s in (*_STEPS, 10) if decade * s * _TICKS >= whole), whole)
    count = int(whole / step * (1 - 1e-9)) + 1
    return tuple((100 * step * n / whole, f"{step * n:.10g}") for n in range(count))


def bar(row: Row, journey: Journey) -> tuple[float, float]:
    """Where the bar of ``row`` begins and how wide it is, in percent, never too thin to see."""
    whole = max(journey.ms, 0.001)
    at = min(99.5, max(0.0, 100 * row.at / whole))
    return at, min(100 - at, max(0.5, 100 * row.ms / whole))
