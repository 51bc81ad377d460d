"""What search runs on, in the order it is put together."""

from threading import Event, Thread

from flask import Flask

from chassis.identity import Identities
from chassis.seal import Sealer
from search.adapters.columns_index import ColumnsIndex
from search.adapters.http_feed import HttpFeed
from search.app import create_app
from search.follow import Following, follow
from search.settings import Settings


def build(settings: Settings, stop: Event | None = None) -> Flask:
    """Search on media's feed, which it begins to follow; ``stop`` ends that."""
    identities = Identities(Sealer(settings.secrets))
    following = Following()
    Thread(
        target=follow,
        args=(HttpFeed(settings.media_url, identities), following),
        kwargs={"new_index": ColumnsIndex, "stop": stop or Event()},
        name="follow",
        daemon=True,
    ).start()
    return create_app(following, identities)
