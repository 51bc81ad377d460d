"""What gunicorn runs: ``gunicorn search.wsgi:app``."""

import os

from chassis.logs import configure_logs
from search.settings import Settings
from search.wiring import build

configure_logs("search")
app = build(Settings.from_env(os.environ))
