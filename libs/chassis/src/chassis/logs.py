"""Logs are lines of JSON on standard output: an event, then its facts."""

import json
import logging
import sys
from datetime import UTC, datetime

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


def configure_logs(service: str) -> None:
    """Write everything from ``INFO`` up to standard output, in the name of ``service``."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("botocore", "urllib3", "gunicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
