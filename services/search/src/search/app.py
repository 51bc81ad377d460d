"""The search service, put together from its parts."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from chassis import health
from chassis.identity import Identities
from chassis.observe import observe
from chassis.problems import register_problems
from search.follow import Following
from search.web import search
from search.web.problems import PROBLEMS


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    following: Following, identities: Identities, clock: Callable[[], datetime] = _now
) -> Flask:
    """Build the application. Opens nothing, reads no environment, follows nothing."""
    app = Flask(__name__, static_folder=None)
    observe(app, service="search", trusts_callers=True, budget=search.WITHIN)
    app.register_blueprint(search.create_blueprint(following, identities, clock))
    app.register_blueprint(health.create_blueprint({"index": following.missing}))
    register_problems(app, PROBLEMS)
    return app
