"""The one process of a task that follows media's feed: ``python -m search.follower``.

A worker starts it, and it ends with that worker, in the midst of anything: all it has done
lies in the folder, from which the next one goes on.
"""

import logging.config
import os
import signal
import sys
from threading import Event, Thread

from chassis.identity import Identities
from chassis.logs import logging_config
from chassis.seal import Sealer
from search.adapters.columns_folder import ColumnsFolder
from search.adapters.http_feed import HttpFeed
from search.follow import follow
from search.settings import Settings


def main() -> None:
    """Follow until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever has started us
    logging.config.dictConfig(logging_config("search", quiet=("urllib3",)))
    settings = Settings.from_env(os.environ)
    Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    feed = HttpFeed(settings.media_url, Identities(Sealer(settings.secrets)))
    follow(feed, ColumnsFolder(settings.folder), stop=Event())


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
