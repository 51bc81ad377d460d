"""What gunicorn runs: ``gunicorn media.wsgi:app``."""

import os

from chassis.logs import configure_logs
from media.settings import Settings
from media.wiring import build

configure_logs("media")
app = build(Settings.from_env(os.environ))
