"""How gunicorn runs search: ``gunicorn --config gunicorn.conf.py search.wsgi:app``."""

import os
from pathlib import Path

from chassis.logs import logging_config

bind = os.environ.get("SEARCH_BIND", "0.0.0.0:8000")
workers = 1  # each would hold an index of its own
worker_class = "gthread"
threads = 8
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat file
timeout = 30
graceful_timeout = 30
keepalive = 75  # longer than the gateway keeps an idle connection
limit_request_line = 8190  # the longest search, percent-encoded, is longer than the default
forwarder_headers = ""
control_socket_disable = True
logconfig_dict = logging_config("search", quiet=("urllib3",))
