"""What is done for a request is noted, told in Server-Timing, and becomes spans."""

import contextvars
import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from flask import Flask
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from urllib3 import HTTPResponse
from werkzeug.datastructures import Headers

from chassis import trace
from chassis.calls import observe_calls
from chassis.observe import observe
from chassis.routes import RouteExporter
from chassis.spans import Spans, begin_spans, route_redis
from chassis.trace import Trace


@pytest.fixture
def current() -> Iterator[Trace]:
    begun = Trace.begin(Headers(), trusted=False, keeps=True)
    trace.enter(begun)
    yield begun
    trace.enter(None)


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(kept: InMemorySpanExporter) -> Iterator[Spans]:
    spans = Spans("shop", [kept])
    yield spans
    spans.close()


def test_a_step_within_a_step_is_a_part_of_it(current: Trace) -> None:
    with trace.step("search", "search"):
        told = trace.current_or_new().traceparent
        with trace.step("redis", "GET") as step:
            step.note = "miss"

    inner, outer = current.steps
    assert (outer.stop, outer.did, outer.parent_id) == ("search", "search", current.span_id)
    assert (inner.parent_id, inner.note) == (outer.span_id, "miss")
    assert told == f"00-{current.trace_id}-{outer.span_id}-01"
    assert outer.begun <= inner.begun <= inner.ended <= outer.ended
    assert trace.current() is current


def test_what_another_thread_does_for_a_request_is_noted_with_it(current: Trace) -> None:
    def work() -> None:
        with trace.step("s3", "GetObject"):
            pass

    with ThreadPoolExecutor(1) as threads:
        threads.submit(contextvars.copy_context().run, work).result()

    assert [step.did for step in current.steps] == ["GetObject"]


def test_a_step_that_fails_says_so_and_one_for_no_request_is_nobodys(current: Trace) -> None:
    with pytest.raises(KeyError), trace.step("s3", "GetObject"):
        raise KeyError
    assert current.steps[0].note == "failed"

    trace.enter(None)
    with trace.step("s3", "GetObject"):
        assert trace.current() is None


def test_no_request_notes_more_than_can_be_looked_at(current: Trace) -> None:
    for _ in range(5000):
        with trace.step("redis", "GET"):
            pass
        trace.hear("search;dur=1.0, redis;dur=0.5")

    assert len(current.steps) <= 100
    assert len(current.heard) <= 101


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("media;dur=9.0, redis;dur=0.5, s3;dur=2.0", [("redis", 0.5), ("s3", 2.0)]),
        ('media;dur=9.0, route;desc="x"', []),
        ("media;dur=9.0, <b>;dur=1.0", []),
        ("nonsense", []),
        ("", []),
    ],
)
def test_where_a_service_went_is_heard(
    current: Trace, said: str, heard: list[tuple[str, float]]
) -> None:
    trace.hear(said)

    assert current.heard == heard


def a_shop(spans: Spans | None, *, keeps: bool = True) -> Flask:
    app = Flask("shop")
    observe(app, service="shop", trusts_callers=False, spans=spans, keeps=lambda _: keeps)

    @app.get("/milk/<kind>")
    def milk(kind: str) -> str:
        with trace.step("redis", "GET"):
            pass
        with trace.step("redis", "SET"):
            pass
        return kind

    return app


def test_an_answer_tells_how_long_it_took_where_and_its_spans_are_kept(
    spans: Spans, kept: InMemorySpanExporter
) -> None:
    answer = a_shop(spans).test_client().get("/milk/hush?token=hush", headers={"Cookie": "hush=1"})
    spans.flush()

    first, *others = answer.headers["Server-Timing"].split(", ")
    trace_id = answer.headers["traceresponse"].split("-")[1]
    assert first.startswith("shop;dur=")
    assert others[0].startswith("redis;dur=")
    assert others[1] == f'route;desc="{trace_id}"'
    names = [span.name for span in kept.get_finished_spans()]
    assert names == ["redis GET", "redis SET", "GET /milk/<kind>"]
    root = kept.get_finished_spans()[-1]
    assert root.context is not None
    assert f"{root.context.trace_id:032x}" == trace_id
    assert root.resource.attributes["service.name"] == "paperroute-shop"
    assert all("hush" not in span.to_json() for span in kept.get_finished_spans())


@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_not_kept_names_no_route(
    spans: Spans, kept: InMemorySpanExporter, keeps: bool
) -> None:
    shop = a_shop(spans if not keeps else None, keeps=keeps)

    answer = shop.test_client().get("/milk/fresh")
    spans.flush()

    assert "route;" not in answer.headers["Server-Timing"]
    assert answer.headers["traceresponse"].endswith("-00")
    assert kept.get_finished_spans() == ()


def test_redis_away_is_told_once_and_felt_by_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    exporter = RouteExporter(route_redis(f"redis://127.0.0.1:{port}/0"))
    spans = Spans("shop", [exporter])
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert a_shop(spans).test_client().get("/milk/fresh").status_code == 200
            spans.flush()
        assert exporter.export([]) is SpanExportResult.SUCCESS
    spans.close()

    assert [line.message for line in caplog.records if "routes are not kept" in line.message]
    assert len(caplog.records) == 1


def test_spans_begin_only_where_there_is_somewhere_to_send_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    assert begin_spans("shop", None) is None

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    begun = begin_spans("shop", None)
    assert begun is not None
    begun.close()

    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert begin_spans("shop", None) is None


@pytest.mark.parametrize(
    ("status", "note"), [(200, None), (404, "absent"), (412, "refused"), (403, None)]
)
def test_calls_of_botocore_are_steps_that_name_no_key(
    current: Trace, status: int, note: str | None
) -> None:
    client: Any = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    observe_calls(client.meta.events, "s3")
    headers: Any = HeadersDict()
    answer = AWSResponse("", status, headers, HTTPResponse(BytesIO(), preload_content=False))
    client.meta.events.register("before-send", lambda **_: answer)

    with suppress(client.exceptions.ClientError):
        client.head_object(Bucket="hush", Key="hush")

    (step,) = current.steps
    assert (step.stop, step.did, step.note) == ("s3", "HeadObject", note)
    assert trace.current() is current


def test_a_call_of_botocore_that_gets_no_answer_is_a_step_that_failed(current: Trace) -> None:
    client: Any = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        endpoint_url="http://127.0.0.1:9",
        config=Config(retries={"total_max_attempts": 1}),
    )
    observe_calls(client.meta.events, "s3")

    with pytest.raises(EndpointConnectionError):
        client.head_object(Bucket="hush", Key="hush")

    assert [step.note for step in current.steps] == ["failed"]
