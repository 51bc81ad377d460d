"""``GET /index``: what an operator may want to know of the index."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue

from search.follow import Following
from search.ports import Reconciled

Report = Callable[[], Reconciled | None]


def create_blueprint(following: Following, reconciled: Report) -> Blueprint:
    """How much there is, how fresh, and what the last comparison with the feed has found."""
    blueprint = Blueprint("index", __name__)

    @blueprint.get("/index")
    def show_index() -> ResponseReturnValue:
        body = {
            "size": following.index.size,
            "age_ms": int(following.age.total_seconds() * 1000),
            "reconciled": _represent(reconciled()),
        }
        return body, 200, {"Cache-Control": "no-store"}

    return blueprint


def _represent(done: Reconciled | None) -> dict[str, object] | None:
    if done is None:
        return None
    at = datetime.fromtimestamp(done.at, UTC).isoformat(timespec="milliseconds")
    return {**done.facts, "at": at.replace("+00:00", "Z")}
