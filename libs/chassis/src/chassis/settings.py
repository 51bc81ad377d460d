"""Settings are read once, from a mapping, and every mistake is named at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """What is missing or malformed, a line each. Never repeats a value: it may be a secret."""


class Environment:
    """Reads one variable at a time and remembers what was wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.mistakes: list[str] = []

    def text(self, name: str, *, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self._environ.get(name, "").strip() or default
        if value is None:
            self.mistakes.append(f"{name} is not set")
            return ""
        return value

    def maybe(self, name: str) -> str | None:
        """A text, or ``None`` when it is empty or not set."""
        return self._environ.get(name, "").strip() or None

    def url(self, name: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
        """An absolute URL with one of ``schemes``, without a slash at its end."""
        return self._as_url(name, self.text(name), schemes)

    def maybe_url(self, name: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
        """An absolute URL with one of ``schemes``, or ``None`` when it is not set."""
        value = self.maybe(name)
        return None if value is None else self._as_url(name, value, schemes)

    def maybe_path(self, name: str) -> Path | None:
        """A path, or ``None`` when it is not set."""
        value = self.maybe(name)
        return None if value is None else Path(value)

    def integer(self, name: str, *, default: str | None = None) -> int:
        """A whole number from 1 up."""
        return self._number(name, default, kind="a whole number from 1 up", example="2")

    def count(self, name: str, *, default: str | None = None) -> int:
        """A whole number from 0 up."""
        if self.text(name, default=default) == "0":
            return 0
        return self._number(name, default, kind="a whole number from 0 up", example="2")

    def seconds(self, name: str, *, default: str | None = None) -> timedelta:
        """A whole number of seconds, from 1 up."""
        kind = "a whole number of seconds from 1 up"
        return timedelta(seconds=self._number(name, default, kind=kind, example="300"))

    def secrets(self, name: str) -> tuple[str, ...]:
        """One or more secrets of at least 32 characters, with commas between them.

        The first is used to sign, all are accepted: that is how a secret is changed without a stop.
        """
        values = tuple(part.strip() for part in self.text(name).split(","))
        if values != ("",) and min(map(len, values)) < 32:
            self.mistakes.append(f"{name}: each secret needs at least 32 characters")
        return values

    def _as_url(self, name: str, value: str, schemes: tuple[str, ...]) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in schemes and parts.netloc):
            self.mistakes.append(f"{name}: expected a URL, such as {schemes[0]}://media:8000")
        return value.rstrip("/")

    def _number(self, name: str, default: str | None, *, kind: str, example: str) -> int:
        value = self.text(name, default=default)
        if value and not (value.isascii() and value.isdigit() and int(value)):
            self.mistakes.append(f"{name}: expected {kind}, such as {example}")
            return 1
        return int(value or 1)


@contextmanager
def reading(environ: Mapping[str, str]) -> Iterator[Environment]:
    """Read settings from ``environ``, or refuse to start.

    Raises:
        SettingsError: On leaving, naming every variable that is missing or malformed.
    """
    env = Environment(environ)
    yield env
    if env.mistakes:
        raise SettingsError("\n".join(env.mistakes))
