"""What search runs on, in the order it is put together."""

import sys
from collections.abc import Mapping
from threading import Event, Thread

from flask import Flask

from chassis.identity import Identities
from chassis.seal import Sealer
from chassis.spans import begin_spans
from search.adapters.columns_folder import ColumnsFolder
from search.adapters.http_eyes import HttpEyes
from search.adapters.lone_process import keep_running
from search.app import create_app
from search.follow import Following, watch
from search.settings import Settings

_FOLLOWER = (sys.executable, "-m", "search.follower")


def build(environ: Mapping[str, str], stop: Event | None = None) -> Flask:
    """Search in the index that the follower of this task keeps up; ``stop`` ends that.

    Raises:
        SettingsError: Naming every variable that is missing or malformed.
    """
    settings = Settings.from_env(environ)
    stop = stop or Event()
    identities = Identities(Sealer(settings.secrets))
    following = Following()
    shared = ColumnsFolder(settings.folder)
    Thread(
        target=watch, args=(shared, following), kwargs={"stop": stop}, name="watch", daemon=True
    ).start()
    Thread(
        target=keep_running,
        args=(_FOLLOWER, settings.folder / "follower.lock"),
        kwargs={"environ": environ, "stop": stop},
        name="keep follower",
        daemon=True,
    ).start()
    eyes = HttpEyes(settings.media_url, identities)
    return create_app(
        following,
        identities,
        eyes,
        reconciled=shared.reconciled,
        spans=begin_spans("search", settings.route_redis_url),
    )
