"""Logs are lines of JSON on standard output: an event, then its facts."""

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from chassis import trace


class JsonLines(logging.Formatter):
    """One JSON object a record, on one line whatever the message contains."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

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
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def logging_config(service: str, *, quiet: Iterable[str] = ()) -> dict[str, Any]:
    """A configuration of ``logging`` that writes everything from ``INFO`` up to standard output.

    Args:
        service: Its name on every line.
        quiet: Loggers of libraries of which only errors are worth a line.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines, "service": service}},
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
