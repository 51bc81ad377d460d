"""What gunicorn runs: ``gunicorn search.wsgi:app``."""

import os

from search.wiring import build

app = build(os.environ)
