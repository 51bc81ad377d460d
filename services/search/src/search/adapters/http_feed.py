"""Media's change feed, over HTTP."""

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from chassis import trace
from chassis.identity import Identities, Identity, Role
from search.domain.wallpaper import Change, InvalidRecord
from search.ports import Batch, FeedStartedOver, FeedUnavailable

log = logging.getLogger(__name__)

_PATH = "/changes"
_ME = Identity("search", Role.SERVICE)
_LIMIT = 1000
_CONNECT = 0.5
_WITHIN = timedelta(seconds=5)
_LARGEST = 64 * 1024 * 1024
_CHUNK = 64 * 1024


class HttpFeed:
    """``GET /changes`` of media, asked in our own name.

    An answer may take ``within`` longer than media was told to wait.
    """

    def __init__(self, url: str, identities: Identities, within: timedelta = _WITHIN) -> None:
        self._url = url + _PATH
        self._identities = identities
        self._within = within.total_seconds()
        self._pool = PoolManager(maxsize=1, retries=False)

    def changes(self, after: str | None, *, wait: timedelta) -> Batch:
        """What media says has changed since ``after``."""
        body = self._get(after, int(wait.total_seconds()))
        try:
            answer = json.loads(body)
            records = [change["record"] for change in answer["data"]]
            position, caught_up = answer["meta"]["cursor"], answer["meta"]["caught_up"]
        except (ValueError, TypeError, KeyError) as error:
            raise FeedUnavailable(f"media's answer is not a list of changes: {error!r}") from error
        if not isinstance(position, str) or not isinstance(caught_up, bool):
            raise FeedUnavailable("media's answer does not say where it goes on")
        return Batch(tuple(_changes(records)), position, caught_up)

    def _get(self, after: str | None, wait: int) -> bytes:
        within = wait + self._within
        deadline = time.monotonic() + within
        fields = {"limit": str(_LIMIT), "wait": str(wait)} | ({"after": after} if after else {})
        headers = {
            "Accept": "application/json",
            **trace.current_or_new().onward(within=within),
            **self._identities.sign(_ME, "GET", _PATH),
        }
        try:
            response = self._pool.request(
                "GET",
                self._url,
                fields=fields,
                headers=headers,
                timeout=Timeout(connect=_CONNECT, read=within),
                redirect=False,
                preload_content=False,
            )
            try:
                body = _read(response, deadline)
            finally:
                response.close()
        except HTTPError as error:
            raise FeedUnavailable(f"media did not answer: {error}") from error
        if response.status == 410:
            raise FeedStartedOver
        if response.status != 200:
            raise FeedUnavailable(f"media answered {response.status}")
        return body


def _read(response: BaseHTTPResponse, deadline: float) -> bytes:
    """The body, unless it is endless or comes too slowly."""
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > _LARGEST or time.monotonic() > deadline:
            raise FeedUnavailable("media's answer has no end")
    return bytes(body)


def _changes(records: list[Any]) -> Iterator[Change]:
    """The changes in ``records``; one that cannot be read must not hold up all others."""
    for record in records:
        try:
            yield Change.of(record)
        except InvalidRecord as error:
            log.warning("record not indexed: %s", error)
