"""How gunicorn runs search: ``gunicorn --config gunicorn.conf.py search.wsgi:app``."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy reads it; we multiply no matrices

from chassis.logs import logging_config
from chassis.settings import reading
from search.adapters.columns_folder import ColumnsFolder  # before the fork: its memory is shared

bind = os.environ.get("SEARCH_BIND", "0.0.0.0:8000")
with reading(os.environ) as env:
    workers = env.integer("SEARCH_WORKERS", default="2")  # they search one index, in mapped files
worker_class = "gthread"
threads = 8
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat file
timeout = 30
graceful_timeout = 30
keepalive = 75  # longer than the gateway keeps an idle connection
limit_request_line = 8190  # the longest search, percent-encoded, is longer than the default
forwarder_headers = ""
control_socket_disable = True
logconfig_dict = logging_config(
    "search",
    quiet=("urllib3",),
    metrics=os.environ.get("PAPERROUTE_METRICS_NAMESPACE"),
)

_given = os.environ.get("SEARCH_FOLDER")
os.environ["SEARCH_FOLDER"] = folder = _given or tempfile.mkdtemp(prefix="paperroute-search-")


def on_starting(_server: Any) -> None:
    """Nothing answers before it has caught up again; what was found out before is kept."""
    ColumnsFolder(Path(folder)).begin()


def on_exit(_server: Any) -> None:
    """Leave nothing behind in a folder of our own."""
    if not _given:
        shutil.rmtree(folder, ignore_errors=True)
