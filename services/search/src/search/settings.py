"""Everything that differs between a laptop, a test run and production."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from chassis.settings import reading


@dataclass(frozen=True, slots=True)
class Settings:
    """What search is told at its start.

    Attributes:
        secrets: Sign identities; the first signs, all are believed.
        media_url: Where media answers.
    """

    secrets: tuple[str, ...]
    media_url: str

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
            )
