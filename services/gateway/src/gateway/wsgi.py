"""What gunicorn runs: ``gunicorn gateway.wsgi:app``."""

import os

from gateway.settings import Settings
from gateway.wiring import build

app = build(Settings.from_env(os.environ))
