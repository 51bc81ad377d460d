"""Everything that differs between a laptop, a test run and production."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from chassis.settings import reading


@dataclass(frozen=True, slots=True)
class Settings:
    """What search is told at its start.

    Attributes:
        secrets: Sign identities; the first signs, all are believed.
        media_url: Where media answers.
        folder: Where the index is, for all processes of a task and nobody else.
        snapshots_bucket: Where all tasks keep snapshots; ``None`` if they keep none.
        snapshot_every: How long after one the next is made.
        reconcile_every: How long after one comparison with the whole feed the next is made.
        route_redis_url: The Redis that keeps what requests did; ``None`` if nothing does.
    """

    secrets: tuple[str, ...]
    media_url: str
    folder: Path
    snapshots_bucket: str | None
    snapshot_every: timedelta
    reconcile_every: timedelta
    route_redis_url: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read settings, or refuse to start.

        Raises:
            SettingsError: Naming every variable that is missing or malformed.
        """
        with reading(environ) as env:
            return cls(
                secrets=env.secrets("PAPERROUTE_INTERNAL_SECRET"),
                media_url=env.url("SEARCH_MEDIA_URL"),
                folder=Path(env.text("SEARCH_FOLDER")),
                snapshots_bucket=env.maybe("SEARCH_SNAPSHOTS_BUCKET"),
                snapshot_every=env.seconds("SEARCH_SNAPSHOT_EVERY", default="600"),
                reconcile_every=env.seconds("SEARCH_RECONCILE_EVERY", default="86400"),
                route_redis_url=env.maybe_url(
                    "PAPERROUTE_ROUTE_REDIS_URL", schemes=("redis", "rediss")
                ),
            )
