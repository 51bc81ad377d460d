"""What the gateway is measured against: applications that answer, or forward, the plainest way."""

import os
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import urllib3
from flask import Flask, Response

from bench.gateway.upstream import BODY
from chassis.seal import Sealer
from gateway.adapters.gevent_patience import patience
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.adapters.socket_upstream import SocketUpstream
from gateway.app import create_app
from gateway.domain.service import Service
from gateway.enrol import Enrolment
from gateway.ports import Onward, Reply, Upstream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

URL = os.environ.get("GATEWAY_SEARCH_URL", "")


def constant() -> Flask:
    """Flask that answers by itself."""
    app = Flask(__name__)

    @app.get("/api/v1/search")
    def search() -> Response:
        return Response(BODY, mimetype="application/json")

    return app


def with_requests() -> Flask:
    """Flask that forwards with requests."""
    requests = import_module("requests")  # only this peer needs it
    app = Flask(__name__)
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))

    @app.get("/api/v1/search")
    def search() -> Response:
        answer = session.get(f"{URL}/search", timeout=0.8)
        return Response(answer.content, answer.status_code, mimetype=answer.headers["Content-Type"])

    return app


class _Urllib3Upstream:
    def __init__(self) -> None:
        self._pool = urllib3.connection_from_url(URL, maxsize=64)

    def send(self, onward: Onward) -> Reply:
        answer = self._pool.urlopen(
            onward.method,
            onward.path,
            headers=dict(onward.headers),
            timeout=urllib3.Timeout(connect=0.2, read=onward.within),
            retries=False,
            preload_content=False,
        )
        return Reply(answer.status, tuple(answer.headers.items()), answer.stream(65536))


def gateway() -> Flask:
    """The gateway; its accounts are in memory, which no visitor's read asks for."""
    return _gateway(SocketUpstream(URL, patience))


def without_shortcuts() -> "WSGIApplication":
    """The gateway, with Flask in front of everything that is forwarded."""
    return partial(Flask.wsgi_app, gateway())


def with_urllib3() -> "WSGIApplication":
    """The gateway as it began: Flask in front of everything, urllib3 in place of our client."""
    return partial(Flask.wsgi_app, _gateway(_Urllib3Upstream()))


def _gateway(upstream: Upstream) -> Flask:
    accounts = MemoryAccounts()
    return create_app(
        {Service.SEARCH: upstream, Service.MEDIA: upstream},
        accounts,
        Enrolment(accounts, MemoryDrawer(), None),
        sealer=Sealer(["a secret that is only good for this"]),
        patience=patience,
        public_url="http://localhost:8080",
    )
