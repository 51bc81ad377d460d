"""What every way to a service promises: over a socket, and within this process."""

import io
from collections.abc import Iterator

import pytest
from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue

from gateway.adapters.gevent_patience import patience
from gateway.adapters.socket_upstream import SocketUpstream
from gateway.ports import Onward, Upstream
from tests.support.threaded_servers import served
from tests.support.wsgi_upstream import WsgiUpstream


def a_service() -> Flask:
    app = Flask("service")

    @app.route("/echo", methods=["GET", "POST", "PATCH", "DELETE"])
    def echo() -> ResponseReturnValue:
        return {
            "method": request.method,
            "query": request.query_string.decode(),
            "headers": {name.lower(): value for name, value in request.headers},
            "body": len(request.get_data()),
        }

    @app.get("/long")
    def long() -> ResponseReturnValue:
        return Response((bytes([n]) * 100_000 for n in range(30)), mimetype="image/webp")

    @app.get("/away")
    def away() -> ResponseReturnValue:
        return redirect("https://elsewhere.example/")

    @app.get("/problem")
    def problem() -> ResponseReturnValue:
        return Response("{}", 422, content_type="application/problem+json")

    @app.delete("/nothing")
    def nothing() -> ResponseReturnValue:
        return "", 204

    return app


@pytest.fixture(params=["wsgi", "socket"])
def upstream(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    if request.param == "wsgi":
        yield WsgiUpstream(a_service())
        return
    with served(a_service()) as url:
        yield SocketUpstream(url, patience)


def test_what_is_sent_arrives_as_it_was_sent(upstream: Upstream) -> None:
    body = bytes(300_000)
    headers = (("If-Match", '"3"'), ("Content-Length", str(len(body))), ("X-Deadline-Ms", "800"))

    reply = upstream.send(
        Onward("PATCH", "/echo", headers, query="q=a+b&t=%23", body=io.BytesIO(body))
    )

    assert reply.status == 200
    told = Response(b"".join(reply.body), mimetype="application/json").get_json()
    assert (told["method"], told["query"], told["body"]) == ("PATCH", "q=a+b&t=%23", 300_000)
    assert told["headers"]["if-match"] == '"3"'
    assert told["headers"]["x-deadline-ms"] == "800"


def test_a_service_is_told_nothing_of_the_connection_but_what_http_needs(
    upstream: Upstream,
) -> None:
    reply = upstream.send(Onward("GET", "/echo", (("Accept", "text/html"),)))

    told = Response(b"".join(reply.body), mimetype="application/json").get_json()
    assert set(told["headers"]) <= {"host", "accept", "accept-encoding", "user-agent", "connection"}


def test_a_long_answer_comes_whole_in_pieces(upstream: Upstream) -> None:
    reply = upstream.send(Onward("GET", "/long"))

    pieces = list(reply.body)

    assert ("Content-Type", "image/webp") in reply.headers
    assert b"".join(pieces) == b"".join(bytes([n]) * 100_000 for n in range(30))
    assert max(map(len, pieces)) <= 64 * 1024


def test_a_redirect_is_an_answer(upstream: Upstream) -> None:
    reply = upstream.send(Onward("GET", "/away"))

    assert reply.status == 302
    assert ("Location", "https://elsewhere.example/") in reply.headers


def test_a_problem_is_an_answer(upstream: Upstream) -> None:
    reply = upstream.send(Onward("GET", "/problem"))

    assert reply.status == 422
    assert ("Content-Type", "application/problem+json") in reply.headers


def test_an_answer_without_content_has_none(upstream: Upstream) -> None:
    reply = upstream.send(Onward("DELETE", "/nothing"))

    assert reply.status == 204
    assert b"".join(reply.body) == b""


def test_head_brings_headers_alone(upstream: Upstream) -> None:
    reply = upstream.send(Onward("HEAD", "/problem"))

    assert reply.status == 422
    assert b"".join(reply.body) == b""


def test_calls_follow_each_other(upstream: Upstream) -> None:
    for number in range(20):
        reply = upstream.send(Onward("GET", "/echo", query=f"n={number}"))
        told = Response(b"".join(reply.body), mimetype="application/json").get_json()
        assert told["query"] == f"n={number}"
