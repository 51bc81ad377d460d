"""What every place that keeps journeys promises, and what the exporter that fills one does."""

import secrets
from pathlib import Path

import pytest
from redis import Redis
from werkzeug.datastructures import Headers

from chassis import trace
from chassis.routes import LIFETIME, RouteExporter
from chassis.spans import Spans
from chassis.trace import Step, Trace
from gateway.adapters.memory_journeys import MemoryJourneys
from gateway.adapters.redis_journeys import RedisJourneys
from gateway.ports import Journeys, JourneysUnavailable
from tests.support.servers import free_port, redis_at


def a_request(trace_id: str, *, steps: int = 1) -> Trace:
    parent = f"00-{trace_id}-{'b2' * 8}-01"
    begun = Trace.begin(Headers({"traceparent": parent}), trusted=True)
    trace.enter(begun)
    try:
        for _ in range(steps):
            with trace.step("redis", "GET") as step:
                step.note = "hit"
    finally:
        trace.enter(None)
    return begun


class _Kept(MemoryJourneys):
    def keep(self, request: Trace) -> None:
        whole = Step(
            "shop",
            "GET /",
            request.span_id,
            request.parent_id,
            request.begun,
            1,
            "200",
            answers=True,
        )
        before = self._journeys.get(request.trace_id, ())
        self._journeys[request.trace_id] = (*before, *request.steps, whole)


class _Exported(RedisJourneys):
    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._spans = Spans("shop", [RouteExporter(redis)])

    def keep(self, request: Trace) -> None:
        self._spans.keep(request, "shop", did="GET /", status=200)
        self._spans.flush()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.integration)])
def journeys(request: pytest.FixtureRequest) -> _Kept | _Exported:
    if request.param == "memory":
        return _Kept()
    return _Exported(Redis.from_url(request.getfixturevalue("redis_url")))


def test_nothing_is_known_of_what_was_never_asked(journeys: Journeys) -> None:
    assert journeys.find(secrets.token_hex(16)) == ()


def test_what_services_kept_of_one_request_is_found_together(journeys: _Kept | _Exported) -> None:
    mine, other = secrets.token_hex(16), secrets.token_hex(16)
    first, second = a_request(mine), a_request(mine)

    for each in (first, a_request(other), second):
        journeys.keep(each)

    found = journeys.find(mine)
    assert {step.span_id for step in found} == {
        first.span_id,
        second.span_id,
        first.steps[0].span_id,
        second.steps[0].span_id,
    }
    assert first.steps[0] in found
    assert [step.note for step in found if step.answers] == ["200", "200"]
    assert {step.parent_id for step in found if step.answers} == {"b2" * 8}


@pytest.mark.integration
def test_a_route_is_bounded_and_forgotten(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    journeys, mine = _Exported(redis), secrets.token_hex(16)

    for _ in range(9):
        journeys.keep(a_request(mine, steps=100))

    assert len(journeys.find(mine)) == 400
    assert 0 < redis.ttl(f"route:{mine}") <= LIFETIME
    assert (redis.memory_usage(f"route:{mine}") or 0) < 200_000


@pytest.mark.integration
def test_a_redis_that_is_away_is_told_from_a_route_that_is_not_there(tmp_path: Path) -> None:
    port = free_port()
    redis = Redis(port=port, socket_timeout=0.2)
    with redis_at(port, tmp_path):
        pass

    with pytest.raises(JourneysUnavailable):
        RedisJourneys(redis).find("ab" * 16)
