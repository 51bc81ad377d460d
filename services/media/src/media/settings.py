"""What differs between a laptop, a test run and production."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from chassis.settings import reading


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that media is told from outside.

    Attributes:
        catalogue_table: The DynamoDB table of records.
        originals_bucket: The S3 bucket of originals and sidecars.
        renditions_bucket: The S3 bucket of renditions.
        redis_url: Where records are remembered.
        cache_ttl: How long they are.
        s3_public_url: Where a browser reaches S3, if that is not where we do.
        internal_secrets: What identities and links are signed with; the first signs.
        route_redis_url: The Redis that keeps what requests did; ``None`` if nothing does.
    """

    catalogue_table: str
    originals_bucket: str
    renditions_bucket: str
    redis_url: str
    cache_ttl: timedelta
    s3_public_url: str | None
    internal_secrets: tuple[str, ...]
    route_redis_url: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read settings, or refuse to start.

        Raises:
            SettingsError: Naming every variable that is missing or malformed.
        """
        with reading(environ) as env:
            return cls(
                catalogue_table=env.text("MEDIA_CATALOGUE_TABLE"),
                originals_bucket=env.text("MEDIA_ORIGINALS_BUCKET"),
                renditions_bucket=env.text("MEDIA_RENDITIONS_BUCKET"),
                redis_url=env.url("MEDIA_REDIS_URL", schemes=("redis", "rediss")),
                cache_ttl=env.seconds("MEDIA_CACHE_TTL", default="60"),
                s3_public_url=env.maybe_url("MEDIA_S3_PUBLIC_URL"),
                internal_secrets=env.secrets("PAPERROUTE_INTERNAL_SECRET"),
                route_redis_url=env.maybe_url(
                    "PAPERROUTE_ROUTE_REDIS_URL", schemes=("redis", "rediss")
                ),
            )
