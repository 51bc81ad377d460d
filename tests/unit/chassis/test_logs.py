import json
import logging
from typing import Any

from flask import Flask

from chassis.logs import JsonLines
from chassis.observe import observe


def told(caplog: Any, metrics: str | None, path: str) -> dict[str, Any]:
    app = Flask(__name__)
    observe(app, service="shoes", trusts_callers=False, waits=("/news",))
    app.add_url_rule("/pairs", view_func=lambda: ("none", 503), endpoint="pairs")
    app.add_url_rule("/news", view_func=lambda: "none", endpoint="news")
    with caplog.at_level(logging.INFO, logger="request"):
        app.test_client().get(path)
    line: dict[str, Any] = json.loads(JsonLines("shoes", metrics).format(caplog.records[-1]))
    return line


def test_a_line_about_a_request_becomes_metrics_where_a_namespace_is_given(caplog: Any) -> None:
    line = told(caplog, "Shop/prod", "/pairs")

    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert metrics == {
        "Namespace": "Shop/prod",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "ms", "Unit": "Milliseconds"}, {"Name": "failed", "Unit": "Count"}],
    }
    assert line["service"] == "shoes"
    assert line["failed"] == 1
    assert line["ms"] >= 0
    assert 1_700_000_000_000 < line["_aws"]["Timestamp"] < 10_000_000_000_000


def test_without_a_namespace_a_line_is_as_it_was(caplog: Any) -> None:
    assert "_aws" not in told(caplog, None, "/pairs")


def test_how_long_a_caller_waited_for_news_is_not_measured(caplog: Any) -> None:
    (metrics,) = told(caplog, "Shop/prod", "/news")["_aws"]["CloudWatchMetrics"]

    assert metrics["Metrics"] == [{"Name": "failed", "Unit": "Count"}]
