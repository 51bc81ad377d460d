"""How gunicorn runs media: ``gunicorn --config gunicorn.conf.py media.wsgi:app``."""

import os
import sys
from pathlib import Path
from typing import Any

from chassis.logs import logging_config

bind = os.environ.get("MEDIA_BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = 1  # each picture being worked on has a core; the threads wait for them, and for AWS
threads = 32
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat file
timeout = 60
graceful_timeout = 90  # an upload under way is finished
keepalive = 75  # longer than the gateway keeps a connection, so that it is the one to close it
limit_request_line = 8190  # the longest search, percent-encoded, is longer than the default
forwarder_headers = ""  # no header of a request stands for anything but itself
control_socket_disable = True
accesslog = None  # requests are logged by the application
logconfig_dict = logging_config(
    "media",
    quiet=("botocore", "urllib3", "pyvips"),
    metrics=os.environ.get("PAPERROUTE_METRICS_NAMESPACE"),
)


def worker_exit(_server: Any, _worker: Any) -> None:
    """End what runs in the background, before the threads that it calls on are gone."""
    if (loaded := sys.modules.get("media.wsgi")) is not None:
        loaded.stop.set()
