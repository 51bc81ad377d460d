"""What the chassis adds to a Flask application: problems, health, traces and log lines."""

import json
import logging
import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import ServiceUnavailable

from chassis import health, trace
from chassis.logs import JsonLines
from chassis.observe import observe
from chassis.problems import ProblemKind, register_problems


class NoMilk(Exception):
    def __init__(self) -> None:
        super().__init__("There is no milk left.")
        self.shelf = 3
        self.supplier = "secret"


@pytest.fixture
def missing() -> dict[str, str]:
    return {}


@pytest.fixture
def client(missing: dict[str, str]) -> FlaskClient:
    app = Flask("shop")
    observe(app, service="shop", trusts_callers=False)
    kind = ProblemKind(
        "no-milk", "Come back later.", HTTPStatus.CONFLICT, shows=("shelf",), retry_after=5
    )
    register_problems(app, {NoMilk: kind})
    app.register_blueprint(health.create_blueprint({"milk": lambda: missing.get("milk")}))

    @app.get("/milk")
    def milk() -> str:
        raise NoMilk

    @app.get("/bug")
    def bug() -> str:
        raise RuntimeError("the password is swordfish")

    @app.get("/closed")
    def closed() -> str:
        raise ServiceUnavailable("Back at nine.", retry_after=9)

    return app.test_client()


def test_a_known_error_shows_its_problem_and_no_more_than_is_listed(client: FlaskClient) -> None:
    response = client.get("/milk")

    assert response.status_code == HTTPStatus.CONFLICT
    assert response.content_type == "application/problem+json"
    assert response.headers["Retry-After"] == "5"
    assert response.get_json(force=True) == {
        "type": "/problems/no-milk",
        "title": "Come back later.",
        "status": 409,
        "detail": "There is no milk left.",
        "shelf": 3,
    }


def test_an_unexpected_error_says_nothing_of_itself(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/bug")

    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "swordfish" not in response.text
    assert "swordfish" in caplog.text


@pytest.mark.parametrize(
    ("path", "status", "header"),
    [("/nowhere", 404, None), ("/closed", 503, "Retry-After"), ("/milk", 405, "Allow")],
)
def test_what_flask_refuses_is_a_problem_too(
    client: FlaskClient, path: str, status: int, header: str | None
) -> None:
    response = client.post(path) if status == HTTPStatus.METHOD_NOT_ALLOWED else client.get(path)

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert header is None or header in response.headers


def test_a_process_that_lives_may_not_be_ready_and_says_why(
    client: FlaskClient, missing: dict[str, str]
) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready"}

    missing["milk"] = "the cow is late"

    response = client.get("/readyz")
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.get_json()["missing"] == {"milk": "the cow is late"}
    assert client.get("/livez").status_code == HTTPStatus.OK


def test_every_answer_can_be_traced_even_an_error(client: FlaskClient) -> None:
    for path in ("/milk", "/bug", "/nowhere", "/livez"):
        response = client.get(path)
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", response.headers["traceresponse"])
        assert response.headers["X-Request-Id"]
        assert response.headers["Server-Timing"].startswith("shop;dur=")


def test_what_a_thread_does_after_a_request_is_not_done_for_it(client: FlaskClient) -> None:
    before = trace.current()

    client.get("/milk")

    assert trace.current() is before


@pytest.fixture
def lines() -> Iterator[list[str]]:
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonLines("shop"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("request").setLevel(logging.INFO)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_request_is_one_line_of_json_with_its_route_and_trace(
    client: FlaskClient, lines: list[str]
) -> None:
    response = client.get("/milk?token=hush")

    (line,) = [json.loads(text) for text in lines if '"answered"' in text]
    assert line["route"] == "/milk"
    assert line["status"] == HTTPStatus.CONFLICT
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert "hush" not in str(line)


def test_no_message_can_forge_a_second_line(lines: list[str]) -> None:
    logging.getLogger("shop").warning("milk: %s", 'sour\n{"level": "info"}')

    assert [text.count("\n") for text in lines] == [0]
    assert json.loads(lines[0])["event"].startswith("milk: sour\n")
