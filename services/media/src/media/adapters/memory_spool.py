"""Visits that wait, in memory: the same promises, for tests."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from media.domain.visits import Visit
from media.ports import SPOOLED, Spooled


class MemorySpool:
    """Bundles of visits, for as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[datetime, Spooled]] = {}

    def keep(self, visits: Sequence[Visit], *, now: datetime) -> None:
        bundle = Spooled(secrets.token_hex(8), tuple(visits))
        self._kept[bundle.name] = now + SPOOLED, bundle

    def kept(self, *, limit: int, now: datetime) -> Iterator[Spooled]:
        alive = [bundle for until, bundle in self._kept.values() if until > now]
        yield from islice(alive, limit)

    def drop(self, bundle: Spooled) -> None:
        self._kept.pop(bundle.name, None)
