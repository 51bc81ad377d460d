import pytest
from werkzeug.datastructures import Headers

from chassis.trace import DeadlineExceeded, Trace

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_trace_goes_on_under_a_span_of_our_own() -> None:
    trace = Trace.begin(Headers({"traceparent": PARENT}), trusted=True)

    assert trace.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert trace.parent_id == "00f067aa0ba902b7"
    assert trace.traceparent == f"00-{trace.trace_id}-{trace.span_id}-01"
    assert trace.span_id != trace.parent_id


@pytest.mark.parametrize("keeps", [True, False])
def test_a_stranger_chooses_neither_the_trace_nor_whether_it_is_kept(keeps: bool) -> None:
    trace = Trace.begin(Headers({"traceparent": PARENT}), trusted=False, keeps=keeps)

    assert trace.trace_id not in PARENT
    assert trace.parent_id is None
    assert trace.sampled is keeps


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        PARENT.upper(),
        f"{PARENT}-x",
        PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
    ],
)
def test_a_traceparent_that_does_not_parse_is_as_none(header: str) -> None:
    trace = Trace.begin(Headers({"traceparent": header}), trusted=True)

    assert trace.parent_id is None
    assert int(trace.trace_id, 16)
    assert trace.trace_id != "4bf92f3577b34da6a3ce929d0e0e4736"


def test_only_callers_of_ours_choose_the_request_id_and_the_deadline() -> None:
    headers = Headers({"X-Request-Id": "chosen-by-caller", "X-Deadline-Ms": "50"})

    ours = Trace.begin(headers, trusted=True, budget=3)
    theirs = Trace.begin(headers, trusted=False, budget=3)

    assert ours.request_id == "chosen-by-caller"
    assert ours.remaining(9) <= 0.05
    assert theirs.request_id != "chosen-by-caller"
    assert theirs.remaining(9) > 2


def test_a_caller_cannot_stretch_the_budget() -> None:
    trace = Trace.begin(Headers({"X-Deadline-Ms": "90000"}), trusted=True, budget=1)

    assert trace.remaining(60) <= 1


def test_when_the_time_has_run_out_nothing_more_is_begun() -> None:
    trace = Trace.begin(Headers(), trusted=True, budget=-1)

    with pytest.raises(DeadlineExceeded):
        trace.remaining(1)


def test_calls_onward_carry_the_trace_the_id_and_the_time_they_may_take() -> None:
    trace = Trace.begin(Headers(), trusted=False)

    assert trace.onward(within=0.8) == {
        "traceparent": trace.traceparent,
        "X-Request-Id": trace.request_id,
        "X-Deadline-Ms": "800",
    }
