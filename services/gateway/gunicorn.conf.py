"""How gunicorn runs the gateway: ``gunicorn --config gunicorn.conf.py gateway.wsgi:app``."""

import os
from pathlib import Path

bind = os.environ.get("GATEWAY_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("GATEWAY_WORKERS", "2"))
worker_class = "gevent"  # slow clients stop workers that have a thread for each
worker_connections = 1000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat file
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than the load balancer keeps an idle connection
forwarder_headers = ""
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "chassis.logs.JsonLines", "service": "gateway"}},
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "formatter": "lines",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"level": "INFO", "handlers": ["out"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["out"], "propagate": False}},
}
