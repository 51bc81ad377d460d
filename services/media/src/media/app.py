"""The media application, given its parts."""

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from chassis import health
from chassis.identity import Identities
from chassis.observe import observe
from chassis.problems import register_problems
from chassis.seal import Sealer
from chassis.spans import Spans
from chassis.visitor import Visitors
from media.deliver import Studio
from media.display import Display
from media.ports import (
    Catalogue,
    DuplicateOriginal,
    Leases,
    NearDuplicate,
    Originals,
    Parcels,
    Pictures,
    Renditions,
    Tally,
)
from media.web import changes, images, looks, uploads, visits, wallpapers, whole
from media.web.callers import Callers
from media.web.problems import PROBLEMS

_LONGEST_BODY = 65_536  # of anything but an upload


class _AsWritten(DefaultJSONProvider):
    """Members in the order in which they are documented, letters as they are."""

    sort_keys = False
    ensure_ascii = False


def create_app(  # noqa: PLR0913, PLR0917 - all that it stands on
    catalogue: Catalogue,
    originals: Originals,
    renditions: Renditions,
    parcels: Parcels,
    pictures: Pictures,
    sealer: Sealer,
    tally: Tally,
    leases: Leases,
    spans: Spans | None = None,
) -> Flask:
    """Build the application. Opens nothing, reads no environment."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST_BODY
    app.json = _AsWritten(app)
    callers = Callers(Identities(sealer))
    studio = Studio(originals, renditions, pictures, leases)
    display = Display(catalogue, renditions)
    observe(app, service="media", trusts_callers=True, waits=("/changes",), spans=spans)
    app.register_blueprint(
        uploads.create_blueprint(catalogue, originals, parcels, pictures, studio, callers)
    )
    app.register_blueprint(wallpapers.create_blueprint(catalogue, originals, display, callers))
    app.register_blueprint(
        whole.create_blueprint(catalogue, originals, pictures, studio, display, callers)
    )
    app.register_blueprint(images.create_blueprint(catalogue, studio, display, sealer))
    app.register_blueprint(looks.create_blueprint(pictures, callers))
    app.register_blueprint(visits.create_blueprint(catalogue, tally, callers, Visitors(sealer)))
    app.register_blueprint(changes.create_blueprint(catalogue, callers))
    app.register_blueprint(health.create_blueprint({"decoder": pictures.unfit}))
    register_problems(app, PROBLEMS)
    for duplicate in (DuplicateOriginal, NearDuplicate):
        app.register_error_handler(duplicate, uploads.answer_duplicate)
    return app
