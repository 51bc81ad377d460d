"""A catalogue in front of a slower one. Losing Redis costs speed, never an answer."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from redis import Redis

from media.adapters import record_json
from media.adapters.deadline import Deadline
from media.adapters.redis_calls import RedisCalls
from media.domain.claim import Claim
from media.domain.feed import Changes, Cursor
from media.domain.visits import Batch
from media.domain.wallpaper import Look, Wallpaper
from media.ports import Catalogue, Neighbours

log = logging.getLogger(__name__)
_KEY = "media:1:wallpaper:{}"  # the 1 goes up whenever what is written changes
_LONGEST = 262_144


class RedisCatalogue:
    """Remembers single records in Redis; everything else is asked of the catalogue behind."""

    def __init__(
        self, behind: Catalogue, redis: Redis, *, ttl: timedelta, deadline: Deadline
    ) -> None:
        self._behind = behind
        self._redis = redis
        self._ttl = ttl
        self._calls = RedisCalls(deadline)

    def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:
        if not fresh and (kept := self._recall(wallpaper_id)) is not None:
            return kept
        wallpaper = self._behind.get(wallpaper_id, fresh=fresh)
        # Only if nothing is kept: a change made since this was read has been kept already.
        self._keep(wallpaper, only_if_absent=not fresh)
        return wallpaper

    def holder(self, sha256: str) -> str | None:
        return self._behind.holder(sha256)

    def holders(self, sha256s: Iterable[str]) -> Mapping[str, str]:
        return self._behind.holders(sha256s)

    def claim(self, claim: Claim, *, now: datetime) -> str | None:
        return self._behind.claim(claim, now=now)

    def release(self, claim: Claim) -> None:
        self._behind.release(claim)

    def neighbours(self, look: Look) -> Neighbours:
        return self._behind.neighbours(look)

    def publish(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        self._behind.publish(wallpaper, claim, among=among)
        self._keep(wallpaper)

    def update(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        self._behind.update(wallpaper, claim, among=among)
        self._keep(wallpaper)

    def restore(self, wallpaper: Wallpaper) -> None:
        self._behind.restore(wallpaper)
        key = _KEY.format(wallpaper.id)
        self._calls.ask("forgotten", lambda: self._redis.delete(key))

    def begin_anew(self) -> None:
        self._behind.begin_anew()

    def count(self, batch: Batch) -> tuple[Wallpaper, ...]:
        return self._behind.count(batch)  # what is kept may lag behind by its lifetime

    def place_anew(self, wallpaper_id: str) -> None:
        self._behind.place_anew(wallpaper_id)

    def records(self, wallpaper_ids: Iterable[str]) -> Mapping[str, Wallpaper]:
        return self._behind.records(wallpaper_ids)

    def changes(self, after: Cursor | None, *, limit: int, now: datetime) -> Changes:
        return self._behind.changes(after, limit=limit, now=now)

    def await_change(self, after: Cursor, *, within: timedelta) -> None:
        self._behind.await_change(after, within=within)

    def _recall(self, wallpaper_id: str) -> Wallpaper | None:
        key = _KEY.format(wallpaper_id)
        kept = self._calls.ask("read", lambda: self._redis.get(key))
        if not isinstance(kept, str | bytes) or len(kept) > _LONGEST:
            return None
        try:
            wallpaper = record_json.read(kept)
        except record_json.Unreadable as error:
            log.warning("cache holds no record: %s", error)
            return None
        return wallpaper if wallpaper.id == wallpaper_id else None

    def _keep(self, wallpaper: Wallpaper, *, only_if_absent: bool = False) -> None:
        key, text = _KEY.format(wallpaper.id), record_json.write(wallpaper)
        self._calls.ask(
            "written", lambda: self._redis.set(key, text, ex=self._ttl, nx=only_if_absent)
        )
