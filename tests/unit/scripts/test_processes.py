import json

import pytest

from scripts.processes import readable

WITHOUT_IT = "the rest goes on without it. Ctrl-C and another start bring it back."


def entry(**facts: object) -> str:
    return json.dumps({"level": "info", "event": "answered", "logger": "request", **facts})


@pytest.mark.parametrize(
    ("name", "line", "shown"),
    [
        (
            "gateway",
            entry(method="GET", route="/w/<id>", status=200, ms=12.4),
            "GET /w/<id> 200, 12 ms",
        ),
        ("gateway", entry(method="GET", route="/static/<path>", status=200, ms=1.0), None),
        ("media", entry(method="GET", route="/wallpapers/<id>", status=200, ms=3.0), None),
        (
            "media",
            entry(level="warning", event="cache not read: away"),
            "warning: cache not read: away",
        ),
        (
            "gateway",
            entry(level="info", event="The administrator's key is pr_1"),
            "The administrator's key is pr_1",
        ),
        ("search", entry(event="Booting worker", logger="gunicorn.error"), None),
        ("media", "Traceback (most recent call last):", "Traceback (most recent call last):"),
        ("redis", "Ready to accept connections", None),
        ("system", "search stopped (rc=0)", "search stopped (rc=0)"),
        (
            "system",
            "search stopped (rc=-9)",
            f"search stopped (rc=-9); {WITHOUT_IT}",
        ),
        ("system", "search started (pid=4)", None),
    ],
)
def test_a_person_sees_what_concerns_them_and_no_json(
    name: str, line: str, shown: str | None
) -> None:
    assert readable(name, line) == shown


def test_an_error_is_shown_with_its_traceback() -> None:
    line = entry(level="error", event="unexpected error", error="Traceback\n  ValueError: x")

    assert readable("media", line) == "error: unexpected error\nTraceback\n  ValueError: x"
