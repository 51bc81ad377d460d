"""The public API of a Paperroute site, as far as the commands need it."""

import hashlib
import io
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

import httpx

from paperroute.settings import Site

Record = dict[str, Any]
"""A wallpaper as the site describes it."""

Pause = Callable[[float], object]
"""Waits some seconds; may raise to end the waiting for good."""

_TIMEOUT = httpx.Timeout(10, read=120, write=60)
_PASSING = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE = 60.0
_CHUNK = 1 << 16
_ATTEMPTS = 5
_QUICK_ATTEMPTS = 3  # of what a person waits for
_CHANCE = secrets.SystemRandom()


class SiteUnreachable(Exception):
    """The site did not answer, however often it was asked."""


class Refused(Exception):
    """The site answered that it will not do this.

    Attributes:
        status: The HTTP status.
        kind: The slug of the problem, if the site named one.
        problem: All that it said, as it said it.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        said = problem.get("detail") or problem.get("title")
        super().__init__(said or f"The site answered {status} without saying why.")
        self.status = status
        self.problem = problem
        self.kind = str(problem.get("type", "")).removeprefix("/problems/")


class Damaged(Exception):
    """What arrived is not what was asked for."""


_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to the site.

    Attributes:
        path: Where it is.
        sha256: Of its bytes, as hex digits.
        media_type: Of its bytes.
        fields: How it is described: the fields of the upload form, but for the file.
    """

    path: Path
    sha256: str
    media_type: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A wallpaper that the site has.

    Attributes:
        id: Its id there.
        added: Whether it came with this upload; if not, it was there before.
    """

    id: str
    added: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what a search found.

    Attributes:
        records: The wallpapers, in the order of the search.
        meta: What the site says about the search: total, warnings, next cursor.
    """

    records: list[Record]
    meta: dict[str, Any]


class Client:
    """Talks to one site.

    What may be repeated is: everything here only reads, or carries an idempotency key. A request
    that failed in passing is tried again after a pause that doubles, or that the site asked for.
    """

    def __init__(self, site: Site, *, pause: Pause = time.sleep) -> None:
        headers = {"Accept": "application/json, application/problem+json, image/*;q=0.9"}
        if site.key:
            headers["Authorization"] = f"Bearer {site.key}"
        self._http = httpx.Client(base_url=site.url, headers=headers, timeout=_TIMEOUT)
        self._site = site
        self._pause = pause
        self._run = secrets.token_hex(8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def account(self) -> str | None:
        """The account that the key belongs to; ``None`` without one."""
        name: str | None = self._asked("/api/v1/me", "account")["account"]
        return name

    def search(self, query: str, *, limit: int, cursor: str | None = None) -> Page:
        """At most ``limit`` (100 at most) of the wallpapers that ``query`` finds."""
        asked = {"q": query, "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        answer = self._asked("/api/v1/search", "data", "meta", query=asked)
        return Page(answer["data"], answer["meta"])

    def find(self, sha256: str) -> str | None:
        """The id of the wallpaper with exactly these bytes, if the site has it and shows it."""
        asked = {"q": f"sha256:{sha256}", "limit": "1"}
        answer = self._asked("/api/v1/search", "data", query=asked, attempts=2)
        # A site that does not know this filter searches it as text: believe only the record.
        return next((str(r["id"]) for r in answer["data"] if r["sha256"] == sha256), None)

    def record(self, wallpaper_id: str) -> Record:
        """All that the site says of one wallpaper."""
        return self._asked(f"/api/v1/wallpapers/{wallpaper_id}", "sha256", "type")

    def upload(self, upload: Upload, *, on_read: Callable[[int], object] | None = None) -> Kept:
        """Send a file, or learn that the site has it already.

        Args:
            upload: What to send.
            on_read: Told how many bytes were read from the file so far.

        Raises:
            Refused: With the site's reason.
            SiteUnreachable: If no attempt got an answer.
        """
        name = _named(upload)
        headers = {"Idempotency-Key": self._idempotency_key(upload)}

        def send() -> httpx.Response:
            with _Watched(upload.path, on_read or _nobody) as file:
                part = (name, file, upload.media_type)
                return self._http.post(
                    "/api/v1/wallpapers", data=upload.fields, files={"file": part}, headers=headers
                )

        response = self._insisted(send, _ATTEMPTS)
        said = _said(response)
        if response.is_success:
            return Kept(str(said["id"]), added=True)
        refused = Refused(response.status_code, said)
        if refused.kind == "duplicate" and "wallpaper_id" in said:
            return Kept(str(said["wallpaper_id"]), added=False)
        raise refused

    def download(self, path: str, query: Mapping[str, str], file: BinaryIO) -> None:
        """Write the picture at ``path`` into ``file``.

        Raises:
            Damaged: If it is no picture.
            Refused: With the site's reason.
            SiteUnreachable: If no attempt got all of it.
        """

        def receive() -> httpx.Response:
            file.seek(0)
            file.truncate()
            with self._http.stream("GET", path, params=query, follow_redirects=True) as response:
                if response.is_success:
                    file.writelines(response.iter_bytes(_CHUNK))
                else:
                    response.read()
                return response

        response = self._insisted(receive, _ATTEMPTS)
        if not response.is_success:
            raise Refused(response.status_code, _said(response))
        kind = response.headers.get("Content-Type", "")
        if not kind.startswith("image/"):
            raise Damaged(f"The site sent {kind or 'something unnamed'} instead of a picture.")

    def _asked(
        self,
        path: str,
        *members: str,
        query: Mapping[str, str] | None = None,
        attempts: int = _QUICK_ATTEMPTS,
    ) -> dict[str, Any]:
        """The JSON object at ``path``, which has to have certain members."""
        response = self._insisted(lambda: self._http.get(path, params=query), attempts)
        said = _said(response)
        if not response.is_success:
            raise Refused(response.status_code, said)
        if not said.keys() >= set(members):
            detail = f"What is at {self._site.url} is no Paperroute site; check PAPERROUTE_URL."
            raise Refused(response.status_code, {"detail": detail})
        return said

    def _insisted(self, send: Callable[[], httpx.Response], attempts: int) -> httpx.Response:
        """The answer to ``send``, repeated while it fails in passing."""
        for attempt in range(1, attempts + 1):
            asked: float | None = None
            try:
                response = send()
            except httpx.TransportError as error:
                if attempt == attempts:
                    raise SiteUnreachable(
                        f"{self._site.url} does not answer ({_reason(error)}); "
                        "check PAPERROUTE_URL and that the site is running."
                    ) from error
            else:
                if attempt == attempts or not _passes(response):
                    return response
                asked = _retry_after(response)
            backoff = 2 ** (attempt - 2) * _CHANCE.uniform(0.5, 1.0)
            self._pause(min(_LONGEST_PAUSE, backoff if asked is None else asked))
        raise AssertionError("the last attempt returns or raises")

    def _idempotency_key(self, upload: Upload) -> str:
        """The same for every attempt of one run to upload the same bytes as the same thing.

        Not of other runs: within a day the site would answer one with the record of an earlier,
        which may have been deleted since. What both have sent is found by its hash instead.
        """
        facts = [self._run, upload.sha256, sorted(upload.fields.items())]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class _Watched(io.FileIO):
    """A file that tells how far it has been read."""

    def __init__(self, path: Path, on_read: Callable[[int], object]) -> None:
        super().__init__(path, "rb")
        self._on_read = on_read

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        self._on_read(self.tell())
        return chunk


def _nobody(_: int) -> None:
    """Nobody wants to know."""


def _said(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in an answer; nothing if there is none, or it was not read."""
    try:
        said = response.json()
    except (ValueError, httpx.ResponseNotRead):
        return {}
    return said if isinstance(said, dict) else {}


def _passes(response: httpx.Response) -> bool:
    """Whether the same request may well succeed a little later."""
    if response.status_code in _PASSING:
        return True
    # An earlier attempt of ours is still being worked on.
    return response.status_code == httpx.codes.CONFLICT and str(
        _said(response).get("type")
    ).endswith("/idempotency-key-in-use")


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the site asked to be left alone.

    Source:
        RFC 9110, section 10.2.3: whole seconds, or a date.
    """
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _reason(error: httpx.TransportError) -> str:
    return "it took too long" if isinstance(error, httpx.TimeoutException) else str(error)


def _named(upload: Upload) -> str:
    """The file's name, with an ending that tells what the file really is.

    The site refuses a name that tells something else; whoever has such a file means the file.
    """
    endings = _ENDINGS[upload.media_type]
    path = (
        upload.path
        if upload.path.suffix.lower() in endings
        else upload.path.with_suffix(endings[0])
    )
    return path.name.encode("utf-8", "replace").decode()
