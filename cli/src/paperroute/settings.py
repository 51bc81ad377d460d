"""Which site to talk to, and with which key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

DEFAULT_URL = "http://localhost:8080"


class NotConfigured(Exception):
    """Something has to be set before this can work; the text says what."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site, and the key to it.

    Attributes:
        url: Where it is, without a slash at its end.
        key: What proves who we are; never shown. Reading needs none.
    """

    url: str
    key: str | None = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """The site that ``PAPERROUTE_URL`` and ``PAPERROUTE_KEY`` name.

        Raises:
            NotConfigured: If either cannot be right.
        """
        url = environ.get("PAPERROUTE_URL", "").strip().rstrip("/") or DEFAULT_URL
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotConfigured(f"PAPERROUTE_URL must be an address such as {DEFAULT_URL}.")
        key = environ.get("PAPERROUTE_KEY", "").strip() or None
        if key and not (key.isascii() and key.isprintable()):
            raise NotConfigured("PAPERROUTE_KEY holds characters that no key has; copy it again.")
        return cls(url, key)

    @property
    def writable(self) -> Self:
        """The site, which may be written to because there is a key.

        Raises:
            NotConfigured: If there is none.
        """
        if self.key is None:
            raise NotConfigured(
                "Uploading needs a key: set PAPERROUTE_KEY "
                "(a site started with `make run` keeps its first one in .data/admin-key)."
            )
        return self
