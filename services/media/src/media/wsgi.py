"""What gunicorn runs: ``gunicorn media.wsgi:app``."""

import os
from threading import Event

from media.settings import Settings
from media.wiring import build

stop = Event()
app = build(Settings.from_env(os.environ), stop)
