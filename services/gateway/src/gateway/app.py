"""The gateway, put together from its parts."""

from flask import Flask
from werkzeug.routing import BaseConverter

from chassis import health
from chassis.identity import Identities
from chassis.observe import observe
from chassis.problems import register_problems
from chassis.seal import Sealer
from chassis.visitor import Visitors
from gateway.ask import Found
from gateway.domain.route import WORD
from gateway.domain.service import Service
from gateway.enrol import Enrolment
from gateway.ports import Accounts, Journeys, Patience, Upstream
from gateway.remember import Recent
from gateway.web import (
    api,
    assets,
    journey,
    machines,
    pages,
    sessions,
    templating,
    upload,
    wallpapers,
)
from gateway.web.body import drain_bodies
from gateway.web.callers import Callers
from gateway.web.forwarding import Forwarder
from gateway.web.headers import Promises, set_headers
from gateway.web.host import require_host
from gateway.web.keeping import Keeping
from gateway.web.problems import PROBLEMS
from gateway.web.shortcut import take_shortcuts
from gateway.web.visitors import Counted


class _Word(BaseConverter):
    regex = WORD


def create_app(  # noqa: PLR0913 - each argument is a part of the application
    services: dict[Service, Upstream],
    accounts: Accounts,
    enrolment: Enrolment,
    *,
    sealer: Sealer,
    patience: Patience,
    public_url: str,
    proxies: int = 0,
    upload_origin: str | None = None,
    journeys: Journeys | None = None,
    keeping: Keeping | None = None,
) -> Flask:
    """Build the application. Opens no connection, reads no environment.

    Links that leave the site begin with ``public_url``. ``keeping`` says which requests are noted
    down, for ``journeys`` to find.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.converters["word"] = _Word
    app.url_map.merge_slashes = False  # it would redirect to whatever Host the client sent
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    recent: Recent[Found] = Recent()
    callers = Callers(accounts, enrolment, public_url=public_url)
    promises = Promises(upload_origin=upload_origin)
    keeping = keeping or Keeping()
    observe(app, service="gateway", trusts_callers=False, spans=keeping.spans, keeps=keeping.keeps)
    set_headers(app, promises)
    require_host(app)
    pages.dress_problems(app, recent)
    drain_bodies(app, patience)
    templating.prepare_templates(app, public_url, keeps_routes=journeys is not None)
    app.register_blueprint(health.create_blueprint({}))
    app.register_blueprint(assets.create_blueprint())
    app.register_blueprint(machines.create_blueprint(services[Service.SEARCH], public_url))
    app.register_blueprint(pages.create_blueprint(services[Service.SEARCH], recent))
    app.register_blueprint(wallpapers.create_blueprint(services, recent, sealer))
    app.register_blueprint(journey.create_blueprint(services[Service.SEARCH], recent, journeys))
    forwarder = Forwarder(
        services,
        identities=Identities(sealer),
        counted=Counted(Visitors(sealer), proxies=proxies),
        patience=patience,
    )
    app.register_blueprint(api.create_blueprint(callers, forwarder))
    app.register_blueprint(sessions.create_blueprint(callers, patience))
    app.register_blueprint(upload.create_blueprint(callers, forwarder))
    register_problems(app, PROBLEMS)
    take_shortcuts(app, services, promises, callers.cookie, keeping)
    return app
