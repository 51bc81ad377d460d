"""Logs are lines of JSON on standard output: an event, then its facts."""

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from chassis import trace


class JsonLines(logging.Formatter):
    """One JSON object a record, on one line whatever the message contains."""

    def __init__(self, service: str, metrics: str | None = None) -> None:
        super().__init__()
        self._service = service
        self._metrics = metrics

    def format(self, record: logging.LogRecord) -> str:
        """The line for ``record``, with the request it belongs to."""
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            "logger": record.name,
        }
        if (current := trace.current()) is not None:
            line |= {"trace_id": current.trace_id, "request_id": current.request_id}
        line |= getattr(record, "facts", {})
        if self._metrics is not None and (units := getattr(record, "measured", None)):
            line["_aws"] = _embedded(self._metrics, units, at=record.created)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _embedded(namespace: str, units: Mapping[str, str], *, at: float) -> dict[str, object]:
    """What makes metrics of the members of a line that ``units`` names, each with its unit.

    Source:
        Amazon CloudWatch, "Specification: Embedded metric format".
    """
    metrics = [{"Name": name, "Unit": unit} for name, unit in units.items()]
    told = {"Namespace": namespace, "Dimensions": [["service"]], "Metrics": metrics}
    return {"Timestamp": int(at * 1000), "CloudWatchMetrics": [told]}


def logging_config(
    service: str, *, quiet: Iterable[str] = (), metrics: str | None = None
) -> dict[str, Any]:
    """A configuration of ``logging`` that writes everything from ``INFO`` up to standard output.

    Args:
        service: Its name on every line.
        quiet: Loggers of libraries of which only errors are worth a line.
        metrics: The CloudWatch namespace that lines with measurements are for, if they are.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines, "service": service, "metrics": metrics}},
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"level": "INFO", "handlers": ["out"]},
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": ["out"], "propagate": False},
            **{name: {"level": "ERROR"} for name in quiet},
        },
    }
