"""The one process of a task that follows media's feed: ``python -m search.follower``.

A worker starts it, and it ends with that worker, in the midst of anything: all it has done
lies in the folder, from which the next one goes on.
"""

import gc
import logging.config
import os
import signal
import sys
from threading import Event, Thread

import boto3

from chassis.identity import Identities
from chassis.logs import logging_config
from chassis.seal import Sealer
from search.adapters.columns_folder import ColumnsFolder
from search.adapters.columns_snapshots import ColumnsSnapshots
from search.adapters.http_feed import HttpFeed
from search.adapters.s3_objects import CONFIG, S3Objects
from search.follow import follow
from search.settings import Settings
from search.snapshot import begin_from_snapshot, keep_saving

_COLLECT_AFTER = 1_000_000
"""New objects. Changes come by the thousand and hold no cycles: looking for some takes a fifth of
the time in which a feed is read from its beginning.
"""


def main() -> None:
    """Follow until standard input ends."""
    gc.set_threshold(_COLLECT_AFTER)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever has started us
    logging.config.dictConfig(logging_config("search", quiet=("botocore", "urllib3")))
    settings = Settings.from_env(os.environ)
    Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    feed = HttpFeed(settings.media_url, Identities(Sealer(settings.secrets)))
    shared, stop = ColumnsFolder(settings.folder), Event()
    if settings.snapshots_bucket:
        snapshots = _snapshots(settings, settings.snapshots_bucket)
        begin_from_snapshot(snapshots, shared)
        reader = ColumnsFolder(settings.folder)
        Thread(
            target=keep_saving,
            args=(snapshots, reader),
            kwargs={"every": settings.snapshot_every, "stop": stop},
            name="save snapshots",
            daemon=True,
        ).start()
    follow(feed, shared, stop=stop, reconcile_every=settings.reconcile_every)


def _snapshots(settings: Settings, bucket: str) -> ColumnsSnapshots:
    objects = S3Objects(boto3.client("s3", config=CONFIG), bucket)
    return ColumnsSnapshots(objects, settings.folder, every=settings.snapshot_every)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
