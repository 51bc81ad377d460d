"""Everything that differs between a laptop, a test run and production."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """

    secrets: tuple[str, ...]
    media_url: str
    folder: Path

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
            )
