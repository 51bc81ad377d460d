"""What gunicorn runs: ``gunicorn media.wsgi:app``."""

import os

from media.settings import Settings
from media.wiring import build

app = build(Settings.from_env(os.environ))
