"""What gunicorn runs: ``gunicorn gateway.wsgi:app``."""

import os

from chassis.logs import configure_logs
from gateway.settings import Settings
from gateway.wiring import build

configure_logs("gateway")
app = build(Settings.from_env(os.environ))
