"""Whether a process is alive, and whether it can take requests.

Neither asks Redis, DynamoDB, S3 or another service: a check that did would turn one failing
dependency into a failing fleet. What ``/readyz`` asks is this process's own state.
"""

from collections.abc import Callable, Mapping

from flask import Blueprint
from flask.typing import ResponseReturnValue

Check = Callable[[], str | None]
"""Returns ``None`` when all is well, otherwise what is still missing, for a person."""


def create_blueprint(checks: Mapping[str, Check]) -> Blueprint:
    """``/livez`` and ``/readyz``; ready when every one of ``checks`` has nothing to say."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/livez")
    def live() -> ResponseReturnValue:
        return {"status": "alive"}, 200, {"Cache-Control": "no-store"}

    @blueprint.get("/readyz")
    def ready() -> ResponseReturnValue:
        said = {name: check() for name, check in checks.items()}
        missing = {name: reason for name, reason in said.items() if reason is not None}
        if missing:
            body = {"status": "not ready", "missing": missing}
            return body, 503, {"Cache-Control": "no-store", "Retry-After": "1"}
        return {"status": "ready"}, 200, {"Cache-Control": "no-store"}

    return blueprint
