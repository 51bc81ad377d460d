"""A site's public API, stood in for by a small real HTTP server that remembers what it was sent."""

import hashlib
import io
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.support.threaded_servers import served

KEY = "pr_a-key-of-the-tests"
PART_BYTES = 8 * 1024**2
_ROUTES = Map(
    [
        Rule("/api/v1/me", endpoint="me"),
        Rule("/api/v1/search", endpoint="search"),
        Rule("/api/v1/wallpapers", endpoint="upload", methods=["POST"]),
        Rule("/api/v1/uploads/check", endpoint="check", methods=["POST"]),
        Rule("/api/v1/uploads", endpoint="announce", methods=["POST"]),
        Rule("/api/v1/uploads/<upload_id>", endpoint="progress"),
        Rule("/api/v1/uploads/<upload_id>/complete", endpoint="complete", methods=["POST"]),
        Rule("/parts/<upload_id>/<int:number>", endpoint="part", methods=["PUT"]),
        Rule("/api/v1/wallpapers/<wallpaper_id>", endpoint="record"),
        Rule("/api/v1/wallpapers/<wallpaper_id>/original", endpoint="original"),
        Rule("/w/<wallpaper_id>/download", endpoint="cut"),
        Rule("/store/<wallpaper_id>", endpoint="stored"),
        Rule("/i/<wallpaper_id>/<cut>", endpoint="image"),
    ]
)
Answer = Callable[[Request], Response]


@dataclass(frozen=True)
class Upload:
    """What came with one upload."""

    fields: dict[str, str]
    file_name: str
    media_type: str
    data: bytes
    idempotency_key: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def problem(
    status: int, slug: str, detail: str, *, after: int | None = None, **more: Any
) -> Answer:
    """An answer that refuses, and perhaps asks to be left alone for ``after`` seconds."""
    members = {"type": f"/problems/{slug}", "status": status, "detail": detail, **more}
    headers = {} if after is None else {"Retry-After": str(after)}
    body = json.dumps(members)
    return lambda _: Response(body, status, headers, content_type="application/problem+json")


def hang_up(request: Request) -> Response:
    """No answer: the connection is gone."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response()


def busy(*, after: int = 0) -> Answer:
    """The answer of a site that has too much to do just now."""
    return problem(503, "busy", "We are busy.", after=after)


def a_picture(shade: int = 0, kind: str = "JPEG") -> bytes:
    """A small picture; other bytes for each ``shade``, from 0 to 255."""
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (shade, 90, 120)).save(file, kind)
    return file.getvalue()


@dataclass
class ApiStandIn:
    """A site with nothing on it, to begin with.

    Attributes:
        url: Where it listens.
        next: What it answers to the next uploads, before it takes any.
        next_searches: Likewise to the next searches.
        next_downloads: Likewise to the next pictures it is asked for.
        next_parts: Likewise to the next parts that its storage is sent.
        requests: Of what it was asked: method and path.
        accepted_near: Whether each of these said that it may look like another.
        uploads: What was uploaded, taken or not.
        records: What it has, by id.
        originals: Their bytes.
        announced: What was announced to be sent in parts, by id.
        parts: What came of that: the bytes of each part.
        part_headers: The headers that came with each part.
        warnings: What it says about every search.
        before_upload: Called with every upload, before it is answered.
    """

    url: str = ""
    next: list[Answer] = field(default_factory=list)
    next_searches: list[Answer] = field(default_factory=list)
    next_downloads: list[Answer] = field(default_factory=list)
    next_parts: list[Answer] = field(default_factory=list)
    accepted_near: list[bool] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    originals: dict[str, bytes] = field(default_factory=dict)
    announced: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    part_headers: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    before_upload: Callable[[], object] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, data: bytes, **facts: Any) -> str:
        """Have a wallpaper of these bytes; its id."""
        sha256 = hashlib.sha256(data).hexdigest()
        number = f"wall{len(self.records):04d}"
        plain = {"id": number, "sha256": sha256, "type": "image/jpeg", "width": 8, "height": 6}
        self.records[number] = {**plain, "title": "Plain", "tags": [], "description": None, **facts}
        self.originals[number] = data
        return number

    def has(self, sha256: str) -> str | None:
        """The id of the wallpaper with these bytes."""
        return next((i for i, r in self.records.items() if r["sha256"] == sha256), None)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            self.requests.append(f"{request.method} {request.path}")
            self.accepted_near.append(request.args.get("near") == "accept")
            response = self._answer(request)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, values = _ROUTES.bind_to_environ(request.environ).match()
            answer: Response = getattr(self, f"_{endpoint}")(request, **values)
        except (NotFound, KeyError):
            return problem(404, "not-found", "There is no such thing.")(request)
        return answer

    def _me(self, request: Request) -> Response:
        known = request.headers.get("Authorization") == f"Bearer {KEY}"
        return _json({"account": "tester" if known else None})

    def _search(self, request: Request) -> Response:
        if self.next_searches:
            return self.next_searches.pop(0)(request)
        query, limit = request.args["q"], int(request.args["limit"])
        filtered, _, value = query.partition(":")
        found = [
            record
            for record in self.records.values()
            if filtered != "sha256" or record["sha256"] == value
        ]
        start = int(request.args.get("cursor", "0"))
        following = str(start + limit) if start + limit < len(found) else None
        meta = {"total": len(found), "next": following, "warnings": self.warnings}
        return _json({"data": found[start : start + limit], "meta": meta})

    def _check(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return problem(401, "key-required", "Send your key.")(request)
        asked = request.get_json()["sha256"]
        found = [{"sha256": each, "id": there} for each in asked if (there := self.has(each))]
        return _json({"data": found})

    def _announce(self, request: Request) -> Response:
        said = request.get_json()
        if there := self.has(said["sha256"]):
            return problem(409, "duplicate", "It is there.", wallpaper_id=there)(request)
        upload_id = f"upload{len(self.announced)}"
        self.announced[upload_id], self.parts[upload_id] = said, {}
        return self._progress(request, upload_id)

    def _progress(self, _: Request, upload_id: str) -> Response:
        said, came = self.announced[upload_id], self.parts[upload_id]
        last = said["bytes"] - PART_BYTES * (len(said["part_sha256"]) - 1)
        lengths = [PART_BYTES] * (len(said["part_sha256"]) - 1) + [last]
        parts = [
            {
                "number": number,
                "bytes": length,
                "arrived": number in came,
                "url": None if number in came else f"{self.url}/parts/{upload_id}/{number}",
                "headers": {"X-Checksum": sha256},
            }
            for number, (length, sha256) in enumerate(
                zip(lengths, said["part_sha256"], strict=True), start=1
            )
        ]
        members = {"id": upload_id, "sha256": said["sha256"], "part_size": PART_BYTES}
        return _json({**members, "parts": parts})

    def _part(self, request: Request, upload_id: str, number: int) -> Response:
        data = request.get_data()
        self.part_headers.append(dict(request.headers))
        if self.next_parts:
            return self.next_parts.pop(0)(request)
        expected = self.announced[upload_id]["part_sha256"][number - 1]
        if {expected, request.headers["X-Checksum"]} != {hashlib.sha256(data).hexdigest()}:
            return Response("<Error/>", 400)
        self.parts[upload_id][number] = data
        return Response()

    def _complete(self, request: Request, upload_id: str) -> Response:
        said, came = self.announced[upload_id], self.parts[upload_id]
        if missing := [n + 1 for n in range(len(said["part_sha256"])) if n + 1 not in came]:
            return problem(409, "upload-incomplete", "Parts are missing.", missing=missing)(request)
        data = b"".join(came[number] for number in sorted(came))
        fields = request.get_json()["details"]
        return self._taken(request, Upload(fields, said["filename"], said["type"], data, ""))

    def _record(self, _: Request, wallpaper_id: str) -> Response:
        return _json(self.records[wallpaper_id])

    def _original(self, _: Request, wallpaper_id: str) -> Response:
        return redirect(f"/store/{wallpaper_id}")

    def _cut(self, request: Request, wallpaper_id: str) -> Response:
        asked = request.args
        there = self.records[wallpaper_id]["id"]
        return redirect(f"/i/{there}/{asked['w']}x{asked['h']}.{asked['f']}")

    def _stored(self, request: Request, wallpaper_id: str) -> Response:
        return self._picture(request, self.originals[wallpaper_id])

    def _image(self, request: Request, wallpaper_id: str, cut: str) -> Response:
        return self._picture(request, f"{wallpaper_id} {cut}".encode())

    def _picture(self, request: Request, data: bytes) -> Response:
        if self.next_downloads:
            return self.next_downloads.pop(0)(request)
        return Response(data, content_type="image/jpeg")

    def _upload(self, request: Request) -> Response:
        file = request.files["file"]
        upload = Upload(
            fields=request.form.to_dict(),
            file_name=file.filename or "",
            media_type=file.mimetype,
            data=file.read(),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
        )
        return self._taken(request, upload)

    def _taken(self, request: Request, upload: Upload) -> Response:
        self.uploads.append(upload)
        self.before_upload()
        if self.next:
            return self.next.pop(0)(request)
        if there := self.has(upload.sha256):
            detail = f"It is there already: {there}."
            return problem(409, "duplicate", detail, wallpaper_id=there)(request)
        tags = [tag.strip() for tag in upload.fields.get("tags", "").split(",")]
        described = {**upload.fields, "tags": tags, "type": upload.media_type}
        number = self.keep(upload.data, **described)
        return _json(self.records[number], status=201)


def _json(members: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(members), status, content_type="application/json")


@contextmanager
def serving(api: ApiStandIn) -> Iterator[ApiStandIn]:
    """``api``, listening on a free port until the end of the block."""
    with served(api) as api.url:
        yield api
