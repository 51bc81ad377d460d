"""The public API of a Paperroute site, as far as the commands need it."""

import hashlib
import io
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Self

import httpx

from paperroute.parts import Slice, missing, part_hashes
from paperroute.settings import Site

Record = dict[str, Any]
"""A wallpaper as the site describes it."""

Pause = Callable[[float], object]
"""Waits some seconds; may raise to end the waiting for good."""

_TIMEOUT = httpx.Timeout(10, read=120, write=60)
_PASSING = frozenset({429, 502, 503, 504})
_PASSING_IN_STORAGE = _PASSING | {500}  # S3 says so when it means: once more
_LONGEST_PAUSE = 60.0
_CHUNK = 1 << 16
_ATTEMPTS = 5
_ROUNDS = 3  # of sending what is missing: links expire, storage may lose a part
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
        near: Whether it may look the same as a wallpaper that the site has.
    """

    path: Path
    sha256: str
    media_type: str
    fields: Mapping[str, str]
    near: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A wallpaper that the site has.

    Attributes:
        id: Its id there.
        added: Whether it came with this upload; if not, it was there before.
        alike: Whether it only looks the same, and the upload was not taken.
    """

    id: str
    added: bool
    alike: bool = False


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
        self._storage = httpx.Client(timeout=_TIMEOUT)
        self._site = site
        self._pause = pause
        self._run = secrets.token_hex(8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._storage.close()

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

    def check(self, sha256s: Sequence[str]) -> dict[str, str]:
        """Which files the site has, at most 500 of them at a time: the id of each, by SHA-256."""
        said = self._told("POST", "/api/v1/uploads/check", {"sha256": list(sha256s)})
        return {str(each["sha256"]): str(each["id"]) for each in said["data"]}

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
                    "/api/v1/wallpapers",
                    data=upload.fields,
                    files={"file": part},
                    headers=headers,
                    params=_accepting(upload),
                )

        return _kept(self._insisted(send, _ATTEMPTS))

    def upload_in_parts(
        self,
        upload: Upload,
        *,
        begun: str | None = None,
        on_begun: Callable[[str], object] | None = None,
        on_read: Callable[[int], object] | None = None,
    ) -> Kept:
        """Send a large file in parts, of which none is sent twice; or learn that the site has it.

        Args:
            upload: What to send.
            begun: The upload that an interrupted run has begun, to carry on with.
            on_begun: Told which upload was begun, so that a later run can carry on with it.
            on_read: Told how far in the file the sending is.

        Raises:
            Refused: With the site's reason, or if the file changes while it is sent.
            SiteUnreachable: If no attempt got an answer.
        """
        progress = self._progress(begun, upload)
        if progress is None:
            try:
                progress = self._told("POST", "/api/v1/uploads", _announcement(upload))
            except Refused as refused:
                return _known(refused)
            (on_begun or _nobody)(str(progress["id"]))
        path = f"/api/v1/uploads/{progress['id']}"
        for _ in range(_ROUNDS):
            for part in missing(progress):
                self._send_part(upload.path, part, on_read or _nobody)
            response = self._insisted(partial(self._complete, path, upload), _ATTEMPTS)
            if _said(response).get("type") != "/problems/upload-incomplete":
                break
            progress = self._asked(path, "parts")  # with fresh links
        return _kept(response)

    def _progress(self, begun: str | None, upload: Upload) -> dict[str, Any] | None:
        """How far an upload of the same file is that was begun before, if it is still there."""
        if begun is None:
            return None
        try:
            progress = self._asked(f"/api/v1/uploads/{begun}", "parts", "sha256")
        except Refused:
            return None
        return progress if progress["sha256"] == upload.sha256 else None

    def _send_part(self, path: Path, part: Slice, on_read: Callable[[int], object]) -> None:
        headers = {**part.headers, "Content-Length": str(part.length)}

        def send() -> httpx.Response:
            # Not with our own client: storage is not to see the key to the site.
            content = part.read(path, on_read)
            return self._storage.put(part.url, content=content, headers=headers)

        response = self._insisted(send, _ATTEMPTS, passing=_PASSING_IN_STORAGE)
        # A link that has expired is told apart from a lost part when the upload is completed.
        if not response.is_success and response.status_code != httpx.codes.FORBIDDEN:
            detail = f"Part {part.number} was not taken; the file may have changed meanwhile."
            raise Refused(response.status_code, {"detail": detail})

    def _complete(self, path: str, upload: Upload) -> httpx.Response:
        return self._http.post(
            f"{path}/complete", json={"details": dict(upload.fields)}, params=_accepting(upload)
        )

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

    def _told(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that answers to ``body``."""
        response = self._insisted(lambda: self._http.request(method, path, json=body), _ATTEMPTS)
        said = _said(response)
        if not response.is_success:
            raise Refused(response.status_code, said)
        return said

    def _insisted(
        self,
        send: Callable[[], httpx.Response],
        attempts: int,
        *,
        passing: frozenset[int] = _PASSING,
    ) -> httpx.Response:
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
                if attempt == attempts or not _passes(response, passing):
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


def _nobody(_: object) -> None:
    """Nobody wants to know."""


def _accepting(upload: Upload) -> dict[str, str]:
    return {"near": "accept"} if upload.near else {}


def _announcement(upload: Upload) -> dict[str, Any]:
    return {
        "bytes": upload.path.stat().st_size,
        "sha256": upload.sha256,
        "part_sha256": part_hashes(upload.path),
        "filename": _named(upload),
        "type": upload.media_type,
    }


def _kept(response: httpx.Response) -> Kept:
    """What an upload has come to."""
    said = _said(response)
    if response.is_success:
        return Kept(str(said["id"]), added=True)
    return _known(Refused(response.status_code, said))


def _known(refused: Refused) -> Kept:
    """The wallpaper because of which an upload was refused."""
    if refused.kind not in {"duplicate", "near-duplicate"} or "wallpaper_id" not in refused.problem:
        raise refused
    alike = refused.kind == "near-duplicate"
    return Kept(str(refused.problem["wallpaper_id"]), added=False, alike=alike)


def _said(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in an answer; nothing if there is none, or it was not read."""
    try:
        said = response.json()
    except (ValueError, httpx.ResponseNotRead):
        return {}
    return said if isinstance(said, dict) else {}


def _passes(response: httpx.Response, passing: frozenset[int]) -> bool:
    """Whether the same request may well succeed a little later."""
    if response.status_code in passing:
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
