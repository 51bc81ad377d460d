"""What gunicorn runs: ``gunicorn search.wsgi:app``."""

import os

from search.settings import Settings
from search.wiring import build

app = build(Settings.from_env(os.environ))
