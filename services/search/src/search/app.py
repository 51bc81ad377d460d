"""The search service, put together from its parts."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from chassis import health
from chassis.identity import Identities
from chassis.observe import observe
from chassis.problems import register_problems
from chassis.spans import Spans
from search.follow import Following
from search.ports import Eyes
from search.web import asked, by_image, index, search, suggest
from search.web.problems import PROBLEMS

_WITHIN = by_image.LOOKING_WITHIN + asked.WITHIN
"""Seconds that the longest answer may take."""


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    following: Following,
    identities: Identities,
    eyes: Eyes,
    clock: Callable[[], datetime] = _now,
    reconciled: index.Report = lambda: None,
    spans: Spans | None = None,
) -> Flask:
    """Build the application. Opens nothing, reads no environment, follows nothing."""
    app = Flask(__name__, static_folder=None)
    observe(app, service="search", trusts_callers=True, budget=_WITHIN, spans=spans)
    app.register_blueprint(search.create_blueprint(following, identities, clock))
    app.register_blueprint(suggest.create_blueprint(following, identities, clock))
    app.register_blueprint(by_image.create_blueprint(following, identities, eyes, clock))
    app.register_blueprint(index.create_blueprint(following, reconciled))
    app.register_blueprint(health.create_blueprint({"index": following.missing}))
    register_problems(app, PROBLEMS)
    return app
