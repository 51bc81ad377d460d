"""Everything that differs between a laptop, a test run and production."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from chassis.settings import Environment, reading
from gateway.domain.key import is_sendable


@dataclass(frozen=True, slots=True)
class Settings:
    """What the gateway is told at its start.

    Attributes:
        secrets: Sign identities and links; the first signs, all are believed.
        search_url: Where search answers.
        media_url: Where media answers.
        public_url: Where people find the site, for links that leave it.
        accounts_table: The DynamoDB table of accounts and keys.
        admin_key: The administrator's key, if the operator chose one.
        admin_key_file: Where a key that we make is kept for the operator to find.
        proxies: How many proxies of the operator's a request passes before it is here.
        upload_origin: Where browsers send the parts of large files: scheme, host and port.
        route_redis_url: The Redis that keeps what requests did; ``None`` if nothing does.
    """

    secrets: tuple[str, ...]
    search_url: str
    media_url: str
    public_url: str
    accounts_table: str
    admin_key: str | None
    admin_key_file: Path | None
    proxies: int
    upload_origin: str | None
    route_redis_url: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read settings, or refuse to start.

        Raises:
            SettingsError: Naming every variable that is missing or malformed.
        """
        with reading(environ) as env:
            admin_key = env.maybe("PAPERROUTE_ADMIN_KEY")
            if admin_key is not None and not is_sendable(admin_key):
                env.mistakes.append("PAPERROUTE_ADMIN_KEY: visible ASCII only, without spaces")
            return cls(
                secrets=env.secrets("PAPERROUTE_INTERNAL_SECRET"),
                search_url=env.url("GATEWAY_SEARCH_URL"),
                media_url=env.url("GATEWAY_MEDIA_URL"),
                public_url=env.maybe_url("GATEWAY_PUBLIC_URL") or "http://localhost:8080",
                accounts_table=env.text("GATEWAY_ACCOUNTS_TABLE"),
                admin_key=admin_key,
                admin_key_file=env.maybe_path("GATEWAY_ADMIN_KEY_FILE"),
                proxies=env.count("GATEWAY_PROXIES", default="0"),
                upload_origin=_origin(env),
                route_redis_url=env.maybe_url(
                    "PAPERROUTE_ROUTE_REDIS_URL", schemes=("redis", "rediss")
                ),
            )


def _origin(env: Environment) -> str | None:
    name = "GATEWAY_UPLOAD_ORIGIN"
    said = env.maybe_url(name)
    if said is not None and (len(urlsplit(said).path) or set(said) & set(" ;,'\"?#")):
        env.mistakes.append(f"{name}: expected scheme, host and port, such as https://s3.example")
    return said
