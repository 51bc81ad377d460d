"""The route of one request: put in order, shown, and nobody else's business."""

from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.spans import Spans
from chassis.trace import Step
from gateway.adapters.memory_journeys import MemoryJourneys
from gateway.domain.allowance import Allowance
from gateway.domain.journey import Journey
from gateway.ports import JourneysUnavailable
from gateway.retrace import JourneyNotFound, retrace
from gateway.web.keeping import Keeping
from tests.support.elements import Elements
from tests.support.gateway_builders import (
    CONTRIBUTOR,
    HTML,
    TRACE_ID,
    Scripted,
    a_gateway,
    a_journey,
    a_record,
    a_reply,
    a_step,
    a_visitor,
    an_answer,
)

ROOT = Step("gateway", "GET /", "1" * 16, None, 0, 9_000_000, "200", answers=True)


def journey_of(*steps: Step) -> Journey:
    found = Journey.of(steps)
    assert found is not None
    return found


def test_a_journey_is_put_in_order_whoever_told_first() -> None:
    steps = a_journey().find(TRACE_ID)

    forward, backward = journey_of(*steps), journey_of(*reversed(steps))

    assert forward == backward
    assert [(row.depth, row.words) for row in forward.rows[:4]] == [
        (0, "Gateway handles the request"),
        (1, "Ask media for the record"),
        (2, "Media answers"),
        (3, "Look for what was remembered"),
    ]
    assert [(s.key, s.number) for s in forward.stops] == [
        ("gateway", 2),
        ("media", 3),
        ("redis", 4),
        ("dynamodb", 5),
        ("s3", 6),
        ("search", 7),
    ]
    assert (forward.made, forward.asked_stores, forward.in_stores) == (7, 3, 8.0)
    assert ("media", "redis") in forward.legs
    assert forward.whole


def test_what_another_clock_says_is_moved_into_the_call_that_it_answered() -> None:
    rows = {row.words: row for row in journey_of(*a_journey().find(TRACE_ID)).rows}

    assert rows["Search answers"].at == pytest.approx(16)
    assert rows["Compare with every other"].at == pytest.approx(17)


@pytest.mark.parametrize(
    "steps",
    [
        (replace(ROOT, parent_id="f" * 16),),
        (a_step(),),
        (),
    ],
)
def test_without_its_beginning_there_is_no_journey(steps: tuple[Step, ...]) -> None:
    assert Journey.of(steps) is None


def test_steps_in_a_circle_or_without_a_parent_are_left_out() -> None:
    found = journey_of(
        ROOT,
        a_step(span_id="2" * 16, parent_id="3" * 16),
        a_step(span_id="3" * 16, parent_id="2" * 16),
        a_step(span_id="1" * 16),
        a_step(span_id="4" * 16, parent_id="e" * 16),
    )

    assert len(found.rows) == 1


def test_a_long_journey_is_cut() -> None:
    many = (a_step(span_id=f"{n:016x}") for n in range(1000, 1900))

    assert len(journey_of(ROOT, *many).rows) == 60


class Late:
    """Journeys of which a part comes only at the second look."""

    def __init__(self, *looks: tuple[Step, ...]) -> None:
        self._looks = list(looks)

    def find(self, trace_id: str) -> tuple[Step, ...]:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


def test_a_part_that_must_come_is_waited_for_and_not_for_long() -> None:
    steps = a_journey().find(TRACE_ID)
    paused: list[float] = []

    found = retrace(TRACE_ID, Late((), steps[:2], steps), pause=paused.append)
    partly = retrace(TRACE_ID, Late(steps[:2]), pause=paused.append)

    assert found.whole
    assert not partly.whole
    assert sum(paused) < 1.3


@pytest.mark.parametrize("trace_id", ["", "x", TRACE_ID.upper(), "g" * 32, TRACE_ID + "0", "*"])
def test_what_is_no_id_is_not_even_looked_for(trace_id: str) -> None:
    class Never:
        def find(self, trace_id: str) -> tuple[Step, ...]:
            raise AssertionError(trace_id)

    with pytest.raises(JourneyNotFound):
        retrace(trace_id, Never(), pause=lambda _: None)


def test_an_allowance_fills_by_itself_up_to_its_brim() -> None:
    now = 0.0
    some = Allowance(a_second=2, at_once=3, clock=lambda: now)

    assert [some.take() for _ in range(4)] == [True, True, True, False]
    now = 0.5
    assert [some.take() for _ in range(2)] == [True, False]
    now = 3600
    assert [some.take() for _ in range(4)] == [True, True, True, False]


# the page


def shown() -> str:
    visitor = a_visitor(a_gateway(journeys=a_journey()))
    return visitor.get(f"/route/{TRACE_ID}", headers=HTML).text


def test_the_page_shows_map_totals_and_timeline() -> None:
    page = Elements(shown())

    rows = page.all("li", **{"data-ms": "4.0"})
    assert len(rows) == 1
    assert "s-dynamodb" in (rows[0]["class"] or "")
    for said in ("7 stops", "40.0 ms", "Redis GET, miss", "S3 HeadObject, absent", "HTTP"):
        assert said in shown()
    assert shown().count("measured by your browser; JavaScript is off") == 4


def test_the_page_is_for_whoever_knows_its_address_and_kept_nowhere() -> None:
    answer = a_visitor(a_gateway(journeys=a_journey())).get(f"/route/{TRACE_ID}")

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_hostile_word_in_a_step_is_only_a_word() -> None:
    evil = '"><script>alert(1)</script>'
    steps = (ROOT, a_step(evil, evil, note=evil), a_step("redis", evil, span_id="9" * 16))
    visitor = a_visitor(a_gateway(journeys=MemoryJourneys({TRACE_ID: steps})))

    page = visitor.get(f"/route/{TRACE_ID}", headers=HTML).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("trace_id", ["ab" * 16, "nonsense", "0" * 32])
@pytest.mark.parametrize("journeys", [MemoryJourneys(), None])
def test_a_route_that_is_gone_says_so_in_a_sentence(
    trace_id: str, journeys: MemoryJourneys | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.retrace._AGAIN", ())
    answer = a_visitor(a_gateway(journeys=journeys)).get(f"/route/{trace_id}", headers=HTML)

    assert answer.status_code == 404
    assert "15 minutes" in answer.text


def test_a_store_that_is_away_is_not_taken_for_a_route_that_is_gone() -> None:
    class Away:
        def find(self, trace_id: str) -> tuple[Step, ...]:
            raise JourneysUnavailable

    answer = a_visitor(a_gateway(journeys=Away())).get(f"/route/{TRACE_ID}")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


# what is kept


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def a_keeping(kept: InMemorySpanExporter, **changes: Any) -> Keeping:
    return Keeping(Spans("gateway", [kept]), **changes)


def told(kept: InMemorySpanExporter, keeping: Keeping) -> str:
    assert keeping.spans is not None
    keeping.spans.flush()
    return "\n".join(span.to_json() for span in kept.get_finished_spans())


def test_every_page_and_answer_says_where_it_has_been(kept: InMemorySpanExporter) -> None:
    media = Scripted(
        {
            "/wallpapers/pine2345": a_reply(
                a_record(), Server_Timing="media;dur=4.0, redis;dur=0.4, dynamodb;dur=2.1"
            )
        }
    )
    search = Scripted({"/search": an_answer(), "/similar/pine2345": an_answer()})
    visitor = a_visitor(a_gateway(search, media, journeys=a_journey(), keeping=a_keeping(kept)))

    for path in ("/w/pine2345", "/api/v1/wallpapers/pine2345"):
        (timing,) = visitor.get(path).headers.getlist("Server-Timing")
        names = [each.partition(";")[0] for each in timing.split(", ")]
        assert names[0] == "gateway"
        assert {"media", "redis", "dynamodb", "route"} <= set(names)
        assert len(names) == len(set(names))
        assert "dynamodb;dur=2.1" in timing


def test_nothing_private_is_kept(kept: InMemorySpanExporter) -> None:
    keeping = a_keeping(kept)
    search = Scripted({"*": an_answer()})
    media = Scripted({"*": a_record("hush2345")})
    visitor = a_visitor(a_gateway(search, media, keeping=keeping))
    visitor.set_cookie("__Host-session", "hush")

    for path in ("/search?q=hush", "/w/hush2345", "/api/v1/search?q=hush", "/i/hush2345/w320.webp"):
        visitor.get(path, headers={"X-Forwarded-For": "192.0.2.77", "User-Agent": "hush"})
        visitor.get(path, headers={"Authorization": f"Bearer {CONTRIBUTOR}", "Referer": "/hush"})
    visitor.post("/sign-in?next=hush", data={"key": "hush"})
    visitor.get("/hush/hush?hush=hush")

    spans = told(kept, keeping)
    assert "GET /search" in spans
    assert "GET /api/v1/search" in spans
    for secret in ("hush", CONTRIBUTOR, "192.0.2.77"):
        assert secret not in spans


def test_a_flood_is_not_kept_and_takes_nothing_from_pages(kept: InMemorySpanExporter) -> None:
    still = {"clock": lambda: 0.0}
    keeping = a_keeping(
        kept,
        pages=Allowance(a_second=1, at_once=2, **still),
        others=Allowance(a_second=1, at_once=3, **still),
    )
    visitor = a_visitor(a_gateway(journeys=a_journey(), keeping=keeping))

    flood = [visitor.get("/api/v1/search").headers["traceresponse"][-2:] for _ in range(9)]
    page = visitor.get("/").headers["traceresponse"]

    assert flood.count("01") == 3
    assert page.endswith("-01")


def test_a_strangers_trace_is_neither_joined_nor_kept_for_them(kept: InMemorySpanExporter) -> None:
    keeping = a_keeping(kept)
    visitor = a_visitor(a_gateway(keeping=keeping))

    for path in ("/", "/api/v1/search", "/api/v1/me"):
        answer = visitor.get(path, headers={"traceparent": f"00-{TRACE_ID}-{'b2' * 8}-01"})
        assert TRACE_ID not in answer.headers["traceresponse"]

    assert TRACE_ID not in told(kept, keeping)


def test_without_a_script_the_strip_leads_to_the_route_of_a_request_like_the_front_page(
    kept: InMemorySpanExporter,
) -> None:
    search = Scripted({"*": an_answer()})
    visitor = a_visitor(a_gateway(search, journeys=a_journey(), keeping=a_keeping(kept)))
    strips = [
        found
        for found in Elements(visitor.get("/explore").text).all("a")
        if found.get("class") == "strip"
    ]
    asked = len(search.asked)

    answer = visitor.get(strips[0]["href"] or "")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/route/{answer.headers['traceresponse'][3:35]}"
    assert len(search.asked) > asked


def test_a_site_that_keeps_no_routes_has_no_strip_that_leads_nowhere() -> None:
    page = Elements(a_visitor(a_gateway()).get("/").text)

    assert not [found for found in page.all("a") if (found["href"] or "").startswith("/route")]
