"""What gunicorn runs: ``gunicorn gateway.wsgi:app``."""

import os

from gateway.settings import Settings
from gateway.wiring import build

app = build(Settings.from_env(os.environ))

for name in app.jinja_env.list_templates():  # else the first visitor of each page waits for that
    app.jinja_env.get_template(name)
