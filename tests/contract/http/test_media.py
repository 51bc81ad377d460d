"""Media keeps its openapi.yaml."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image as PillowImage
from werkzeug.test import TestResponse

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from chassis.visitor import Visitors
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_leases import MemoryLeases
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_parcels import MemoryParcels
from media.adapters.memory_renditions import MemoryRenditions
from media.adapters.memory_tally import MemoryTally
from media.adapters.slots import Slots
from media.adapters.vips_pictures import VipsPictures
from media.app import create_app
from media.count import settle
from media.domain.claim import Claim
from media.domain.container import MOST_BYTES
from media.domain.renditions import Format
from media.domain.wallpaper import Counters, Description, Original, Rating, Size, Status, Wallpaper
from media.ports import CatalogueUnavailable, Neighbours, Originals, Pictures, StorageUnavailable
from tests.support.media_builders import (
    NOON,
    a_file,
    a_file_of_exactly,
    a_wallpaper,
    an_original,
    opened,
)
from tests.support.promise import Promise

MEDIA = Promise("media")
SEALER = Sealer(["s" * 32])
IDENTITIES = Identities(SEALER)
PICTURES = VipsPictures()
ADA = Identity("ada", Role.CONTRIBUTOR)
BOB = Identity("bob", Role.CONTRIBUTOR)
MODERATOR = Identity("mo", Role.MODERATOR)
SEARCH = Identity("search", Role.SERVICE)


class Media:
    """The application on stores in memory, asked as the gateway and search would ask it."""

    def __init__(
        self,
        *wallpapers: Wallpaper,
        catalogue: MemoryCatalogue | None = None,
        originals: Originals | None = None,
        pictures: Pictures = PICTURES,
    ) -> None:
        self.parcels = MemoryParcels()
        self.catalogue = catalogue or MemoryCatalogue(*wallpapers)
        self.originals = originals or MemoryOriginals()
        self.tally = MemoryTally("t")
        self.renditions = MemoryRenditions()
        app = create_app(
            self.catalogue,
            self.originals,
            self.renditions,
            self.parcels,
            pictures,
            SEALER,
            self.tally,
            MemoryLeases(),
        )
        self._client: FlaskClient = app.test_client()

    def ask(
        self,
        method: str,
        path: str,
        who: Identity | None = None,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        signed = IDENTITIES.sign(who, method, path.partition("?")[0]) if who else {}
        return self._client.open(
            path, method=method, headers={**signed, **(headers or {})}, **options
        )

    def upload(
        self,
        data: bytes | None = None,
        *,
        who: Identity | None = ADA,
        name: str = "pine_ridge.jpg",
        key: str | None = None,
        near: str | None = None,
        **fields: str,
    ) -> TestResponse:
        file = (BytesIO(a_file(1600, 1000) if data is None else data), name)
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/wallpapers?near={near}" if near else "/wallpapers"
        return self.ask("POST", path, who, headers=headers, data={"file": file, **fields})

    def stored(self) -> dict[str, bytes]:
        """The originals that are here, by their SHA-256."""
        assert isinstance(self.originals, MemoryOriginals)
        return self.originals._files


def slug(response: TestResponse) -> str:
    kind: str = response.get_json(force=True)["type"]
    return kind.rpartition("/")[2]


def test_an_upload_is_answered_with_its_record_and_address() -> None:
    media = Media()
    data = a_file(1600, 1000)

    response = media.upload(data, title="Pine", tags="Fog, forest", license="CC0-1.0", ai="no")

    MEDIA.check("upload_wallpaper", response)
    record = response.get_json()
    assert response.status_code == 201
    assert response.location == f"/api/v1/wallpapers/{record['id']}"
    assert response.headers["ETag"] == '"1"'
    assert record["sha256"] == hashlib.sha256(data).hexdigest()
    assert (record["width"], record["height"], record["bytes"]) == (1600, 1000, len(data))
    assert (record["title"], record["tags"], record["license"], record["ai"]) == (
        "Pine",
        ["fog", "forest"],
        "cc0-1.0",
        "no",
    )
    assert (record["uploader"], record["status"], record["version"]) == ("ada", "live", 1)
    assert list(record["links"]["images"]) == ["w320", "w640", "w1280", "w1920"]
    assert record["links"]["images"]["w640"] == f"/i/{record['id']}/w640.webp"


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"rating": "fine"}, "rating", "invalid-field"),
        ({"source": "javascript:alert(1)"}, "source", "invalid-field"),
        ({"views": "9"}, "views", "unknown-field"),
    ],
)
def test_a_field_that_will_not_do_is_named(
    fields: dict[str, Any], field: str, problem: str
) -> None:
    response = Media().upload(**fields)

    MEDIA.check("upload_wallpaper", response)
    assert (response.status_code, slug(response)) == (422, problem)
    assert response.get_json()["field"] == field


def test_fields_that_nobody_filled_in_are_as_if_they_were_not_there() -> None:
    record = Media().upload(title=" ", creator="", category="").get_json()

    assert (record["title"], record["creator"], record["category"]) == (
        "Pine ridge",
        None,
        "general",
    )


@pytest.mark.parametrize(
    ("data", "name", "status", "problem", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.jpg", 415, "not-a-picture", None),
        (b"", "a.jpg", 415, "not-a-picture", None),
        (a_file()[:-1], "a.jpg", 422, "picture-refused", "truncated"),
        (a_file() + b"PK\x03\x04", "a.jpg", 422, "picture-refused", "trailing-data"),
        (a_file(), "a.png", 422, "picture-refused", "mislabelled"),
        (bytes(MOST_BYTES + 1), "a.jpg", 413, "too-large", None),
        (bytes(MOST_BYTES + 2_000_000), "a.jpg", 413, "too-large", None),
    ],
)
def test_what_is_not_taken_is_refused_in_a_sentence_that_says_why(
    data: bytes, name: str, status: int, problem: str, reason: str | None
) -> None:
    media = Media()

    response = media.upload(data, name=name)

    MEDIA.check("upload_wallpaper", response)
    body = response.get_json()
    assert (response.status_code, slug(response), body.get("reason")) == (status, problem, reason)
    assert body["detail"].endswith(".")
    assert media.catalogue.changes(None, limit=1, now=NOON).items == ()
    assert list(media.originals.descriptions()) == []


def test_a_file_of_exactly_50_mib_is_not_too_large() -> None:
    data = a_file_of_exactly(MOST_BYTES)

    assert len(data) == MOST_BYTES
    assert Media().upload(data).status_code == 201


def test_an_upload_without_a_file_says_so() -> None:
    nobody_chose = {"file": (BytesIO(), "")}
    for data in ({}, {"title": "Pine"}, {"file": "text"}, nobody_chose):
        response = Media().ask(
            "POST", "/wallpapers", ADA, data=data, content_type="multipart/form-data"
        )

        MEDIA.check("upload_wallpaper", response)
        assert response.get_json()["field"] == "file"


def test_files_under_other_names_and_fields_given_twice_are_refused() -> None:
    picture = (BytesIO(a_file()), "a.jpg")
    stray = Media().ask("POST", "/wallpapers", ADA, data={"picture": picture})
    twice = Media().ask(
        "POST",
        "/wallpapers",
        ADA,
        data={"file": (BytesIO(a_file()), "a.jpg"), "title": ["One", "Two"]},
    )

    for response, field in ((stray, "picture"), (twice, "title")):
        MEDIA.check("upload_wallpaper", response)
        assert response.get_json()["field"] == field


def test_fields_without_end_are_not_read() -> None:
    response = Media().upload(description="x" * 600_000)

    MEDIA.check("upload_wallpaper", response)
    assert response.status_code == 413
    assert slug(response) == "about:blank"


def test_a_duplicate_names_the_wallpaper_that_is_here() -> None:
    media = Media()
    first = media.upload().get_json()

    response = media.upload(who=BOB)

    MEDIA.check("upload_wallpaper", response)
    assert (response.status_code, slug(response)) == (409, "duplicate")
    assert response.get_json()["wallpaper_id"] == first["id"]
    assert response.location == f"/api/v1/wallpapers/{first['id']}"


def test_the_same_key_is_answered_the_same() -> None:
    media = Media()

    first, again = media.upload(key="k-1"), media.upload(key="k-1")
    other = media.upload(key="k-1", title="Another")
    odd = media.upload(key="sp ace")

    for response in (first, again, other, odd):
        MEDIA.check("upload_wallpaper", response)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert again.location == first.location
    assert (other.status_code, slug(other)) == (422, "idempotency-key-reused")
    assert (odd.status_code, slug(odd)) == (422, "invalid-field")


def test_a_key_whose_upload_is_running_is_told_to_come_back() -> None:
    media = Media()
    answers: list[TestResponse] = []

    class Nosy(MemoryCatalogue):
        def publish(
            self,
            wallpaper: Wallpaper,
            claim: Claim | None = None,
            *,
            among: Neighbours | None = None,
        ) -> None:
            if not answers:
                answers.append(media.upload(key="k"))
            super().publish(wallpaper, claim, among=among)

    media = Media(catalogue=Nosy())

    media.upload(key="k")

    MEDIA.check("upload_wallpaper", answers[0])
    assert slug(answers[0]) == "idempotency-key-in-use"
    assert answers[0].headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("upload_wallpaper", "POST", "/wallpapers"),
        ("change_wallpaper", "PATCH", "/wallpapers/7kq2m9xz"),
        ("delete_wallpaper", "DELETE", "/wallpapers/7kq2m9xz"),
        ("list_changes", "GET", "/changes"),
    ],
)
def test_what_needs_an_identity_is_refused_without_a_believable_one(
    operation: str, method: str, path: str
) -> None:
    media = Media()
    stolen = IDENTITIES.sign(ADA, "GET", "/elsewhere")

    for headers, problem in (({}, "identity-required"), (stolen, "unidentified")):
        response = media.ask(method, path, headers=headers)
        MEDIA.check(operation, response)
        assert (response.status_code, slug(response)) == (401, problem)


def test_a_record_is_shown_with_its_version() -> None:
    pine = a_wallpaper()
    media = Media(pine)

    response = media.ask("GET", f"/wallpapers/{pine.id}")
    known = media.ask("GET", f"/wallpapers/{pine.id}", headers={"If-None-Match": '"1"'})

    MEDIA.check("show_wallpaper", response)
    MEDIA.check("show_wallpaper", known)
    assert response.headers["ETag"] == '"1"'
    assert response.get_json()["created_at"] == "2026-01-02T12:00:00.345Z"
    assert known.status_code == 304


@pytest.mark.parametrize(
    ("changes", "who", "status"),
    [
        ({}, None, 200),
        ({"description": Description("x", rating=Rating.SKETCHY)}, None, 404),
        ({"description": Description("x", rating=Rating.EXPLICIT)}, BOB, 200),
        ({"status": Status.PENDING}, None, 404),
        ({"status": Status.PENDING}, BOB, 404),
        ({"status": Status.PENDING}, ADA, 200),
        ({"status": Status.REJECTED}, MODERATOR, 200),
        ({"status": Status.DELETED}, MODERATOR, 410),
        ({"status": Status.DELETED}, None, 410),
    ],
)
@pytest.mark.parametrize(
    ("operation", "tail", "found"),
    [("show_wallpaper", "", 200), ("download_original", "/original", 302)],
)
def test_each_sees_what_they_may(
    changes: dict[str, Any],
    who: Identity | None,
    status: int,
    operation: str,
    tail: str,
    found: int,
) -> None:
    pine = a_wallpaper(**changes)

    response = Media(pine).ask("GET", f"/wallpapers/{pine.id}{tail}", who)

    MEDIA.check(operation, response)
    assert response.status_code == (found if status == 200 else status)


@pytest.mark.parametrize("wallpaper_id", ["22222222", "nobody", "x" * 300, "1l0o1l0o", "%00"])
@pytest.mark.parametrize("tail", ["", "/original"])
def test_what_was_never_here_is_not_found(wallpaper_id: str, tail: str) -> None:
    response = Media().ask("GET", f"/wallpapers/{wallpaper_id}{tail}")

    MEDIA.check("show_wallpaper", response)
    assert slug(response) == "wallpaper-not-found"


def test_an_original_is_a_link_to_storage_that_is_not_kept() -> None:
    pine = a_wallpaper()

    response = Media(pine).ask("GET", f"/wallpapers/{pine.id}/original")

    MEDIA.check("download_original", response)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert f"name=wallpaper-{pine.id}-3840x2160.jpg" in response.location


def test_a_change_makes_a_new_version() -> None:
    pine = a_wallpaper()
    media = Media(pine)
    path = f"/wallpapers/{pine.id}"
    patch = {"title": "Fog", "tags": ["mist"], "focal": {"x": 0, "y": 1}, "source": None}

    response = media.ask("PATCH", path, ADA, json=patch, headers={"If-Match": '"1"'})

    MEDIA.check("change_wallpaper", response)
    record = response.get_json()
    assert (response.status_code, response.headers["ETag"], record["version"]) == (200, '"2"', 2)
    assert (record["title"], record["tags"], record["focal"]) == (
        "Fog",
        ["mist"],
        {"x": 0, "y": 1},
    )
    assert media.ask("GET", path).get_json() == record
    assert [found.version for found in media.originals.descriptions()] == [2]


@pytest.mark.parametrize(
    ("who", "headers", "patch", "status", "problem"),
    [
        (ADA, {}, {"title": "x"}, 428, "version-required"),
        (ADA, {"If-Match": '"7"'}, {"title": "x"}, 412, "version-mismatch"),
        (BOB, {"If-Match": '"1"'}, {"title": "x"}, 403, "not-yours"),
        (ADA, {"If-Match": '"1"'}, {"views": 7}, 422, "unknown-field"),
        (ADA, {"If-Match": '"1"'}, {"title": None}, 422, "invalid-field"),
        (ADA, {"If-Match": '"1"'}, {"focal": {"x": 2, "y": 0}}, 422, "invalid-field"),
        (ADA, {"If-Match": '"1"'}, ["title"], 400, "about:blank"),
        (MODERATOR, {"If-Match": '"1"'}, {"title": "x"}, 200, None),
        (Identity("root", Role.ADMIN), {"If-Match": '"1"'}, {"title": "x"}, 200, None),
    ],
)
def test_a_change_is_refused_for_a_reason(
    who: Identity, headers: dict[str, str], patch: object, status: int, problem: str | None
) -> None:
    pine = a_wallpaper()
    media = Media(pine)

    response = media.ask("PATCH", f"/wallpapers/{pine.id}", who, json=patch, headers=headers)

    MEDIA.check("change_wallpaper", response)
    assert response.status_code == status
    if problem is not None:
        assert slug(response) == problem
        assert media.catalogue.get(pine.id) == pine
    if problem == "version-mismatch":
        assert response.get_json()["version"] == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b'{"title": "' + b"x" * 70_000 + b'"}', "application/json", 413),
    ],
)
def test_a_patch_that_is_no_json_is_not_read(body: bytes, content_type: str, status: int) -> None:
    pine = a_wallpaper()

    response = Media(pine).ask(
        "PATCH",
        f"/wallpapers/{pine.id}",
        ADA,
        data=body,
        content_type=content_type,
        headers={"If-Match": '"1"'},
    )

    MEDIA.check("change_wallpaper", response)
    assert response.status_code == status


def test_a_deleted_wallpaper_is_gone_and_can_be_uploaded_again() -> None:
    media = Media()
    first = media.upload().get_json()
    path = f"/wallpapers/{first['id']}"

    stale = media.ask("DELETE", path, ADA, headers={"If-Match": '"9"'})
    foreign = media.ask("DELETE", path, BOB)
    done = media.ask("DELETE", path, ADA, headers={"If-Match": '"1"'})
    again = media.ask("DELETE", path, ADA, headers={"If-Match": '"1"'})

    for response in (stale, foreign, done, again):
        MEDIA.check("delete_wallpaper", response)
    assert [each.status_code for each in (stale, foreign, done, again)] == [412, 403, 204, 204]
    assert media.ask("GET", path).status_code == 410
    assert media.upload().get_json()["id"] != first["id"]


def test_what_one_may_not_see_one_cannot_delete() -> None:
    pine = a_wallpaper(status=Status.PENDING)
    media = Media(pine)

    for path in (f"/wallpapers/{pine.id}", "/wallpapers/22222222", "/wallpapers/nobody"):
        response = media.ask("DELETE", path, BOB)
        MEDIA.check("delete_wallpaper", response)
        assert response.status_code == 404


def test_the_feed_tells_every_change_in_order() -> None:
    pine, mist = a_wallpaper(), a_wallpaper(status=Status.PENDING)
    media = Media(pine, mist)
    media.catalogue.update(pine.deleted(now=NOON))

    first = media.ask("GET", "/changes?limit=1", SEARCH)
    cursor = first.get_json()["meta"]["cursor"]
    rest = media.ask("GET", f"/changes?after={cursor}", SEARCH)

    MEDIA.check("list_changes", first)
    MEDIA.check("list_changes", rest)
    seen = [*first.get_json()["data"], *rest.get_json()["data"]]
    assert [(each["record"]["id"], each["record"]["status"]) for each in seen] == [
        (mist.id, "pending"),
        (pine.id, "deleted"),
    ]
    assert (first.get_json()["meta"]["caught_up"], rest.get_json()["meta"]["caught_up"]) == (
        False,
        True,
    )


def test_a_follower_waits_for_what_comes() -> None:
    media = Media()
    here = media.ask("GET", "/changes", SEARCH).get_json()["meta"]["cursor"]

    nothing = media.ask("GET", f"/changes?after={here}&wait=1", SEARCH)
    media.catalogue.publish(a_wallpaper())
    something = media.ask("GET", f"/changes?after={here}&wait=25", SEARCH)

    MEDIA.check("list_changes", nothing)
    assert nothing.get_json() == {"data": [], "meta": {"cursor": here, "caught_up": True}}
    assert len(something.get_json()["data"]) == 1


@pytest.mark.parametrize(
    ("query", "who", "status", "problem"),
    [
        ("after=0123456789abcdef.3", SEARCH, 410, "cursor-expired"),
        ("after=yesterday", SEARCH, 400, "invalid-cursor"),
        ("limit=0", SEARCH, 400, "invalid-parameter"),
        ("limit=1001", SEARCH, 400, "invalid-parameter"),
        ("limit=\u0661", SEARCH, 400, "invalid-parameter"),
        ("wait=26", SEARCH, 400, "invalid-parameter"),
        ("wait=-1", SEARCH, 400, "invalid-parameter"),
        ("", ADA, 403, "service-required"),
        ("", Identity("root", Role.ADMIN), 403, "service-required"),
    ],
)
def test_the_feed_is_refused_for_a_reason(
    query: str, who: Identity, status: int, problem: str
) -> None:
    response = Media().ask("GET", f"/changes?{query}", who)

    MEDIA.check("list_changes", response)
    assert (response.status_code, slug(response)) == (status, problem)


@pytest.mark.parametrize(
    ("name", "size", "kind"),
    [
        ("w320.webp", (320, 200), "WEBP"),
        ("w640.avif", (640, 400), "AVIF"),
        ("w1280.jpg", (1280, 800), "JPEG"),
        ("w3840.jpg", (1600, 1000), "JPEG"),
        ("1280x720.webp", (1280, 720), "WEBP"),
        ("1366x768.jpg", (1366, 768), "JPEG"),
    ],
)
def test_an_image_has_the_size_and_format_of_its_name(
    name: str, size: tuple[int, int], kind: str
) -> None:
    media = Media()
    wallpaper_id = media.upload().get_json()["id"]

    response = media.ask("GET", f"/i/{wallpaper_id}/{name}")

    MEDIA.check("show_image", response)
    image = opened(response.data)
    assert (image.size, image.format) == (size, kind)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.content_length == len(response.data)
    assert "Content-Disposition" not in response.headers


def test_an_image_that_is_known_is_not_sent_again() -> None:
    media = Media()
    path = f"/i/{media.upload().get_json()['id']}/w320.webp"
    etag = media.ask("GET", path).headers["ETag"]

    known = media.ask("GET", path, headers={"If-None-Match": etag})
    head = media.ask("HEAD", path)

    MEDIA.check("show_image", known)
    assert not etag.startswith("W/")
    assert (known.status_code, known.data, head.data) == (304, b"", b"")
    assert head.headers["ETag"] == etag


def test_what_the_cdn_asks_for_is_laid_out_for_it_until_the_wallpaper_is_deleted() -> None:
    media = Media()
    wallpaper_id = media.upload().get_json()["id"]
    path = f"/i/{wallpaper_id}/w640.webp"

    def laid_out() -> bytes | None:
        found = media.renditions.get(path.removeprefix("/"), Format.WEBP)
        return found.body if found else None

    media.ask("GET", path).close()
    assert laid_out() is None  # by the gateway, where there is no CDN

    answer = media.ask("GET", path, headers={"X-Amz-Cf-Id": "any"})
    body = answer.data
    answer.close()
    assert laid_out() == body

    assert media.ask("DELETE", f"/wallpapers/{wallpaper_id}", ADA).status_code == 204
    assert laid_out() is None
    assert media.ask("GET", path, headers={"X-Amz-Cf-Id": "any"}).status_code == 410


def test_a_download_has_a_name() -> None:
    media = Media()
    wallpaper_id = media.upload().get_json()["id"]

    response = media.ask("GET", f"/i/{wallpaper_id}/1280x720.jpg?download=1")

    MEDIA.check("show_image", response)
    said = response.headers["Content-Disposition"]
    assert said == f'attachment; filename="wallpaper-{wallpaper_id}-1280x720.jpg"'


def test_a_size_of_ones_own_needs_a_link_that_was_signed_for_it() -> None:
    media = Media()
    wallpaper_id = media.upload().get_json()["id"]
    path = f"/i/{wallpaper_id}/1000x700.jpg"

    def token(purpose: str = "rendition", **claims: str) -> str:
        return SEALER.seal(claims, purpose=purpose, lifetime=60)

    signed = media.ask("GET", f"{path}?t={token(path=path)}")
    assert opened(signed.data).size == (1000, 700)
    for bad in (
        "",
        "nonsense",
        token(path=f"/i/{wallpaper_id}/1001x700.jpg"),
        token(purpose="identity", path=path),
        Sealer(["x" * 32]).seal({"path": path}, purpose="rendition", lifetime=60),
    ):
        response = media.ask("GET", f"{path}?t={bad}")
        MEDIA.check("show_image", response)
        assert (response.status_code, slug(response)) == (404, "no-such-rendition")


def test_an_unknown_name_asks_nobody() -> None:
    class Untouchable(MemoryCatalogue):
        def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:
            raise AssertionError("was asked")

    media = Media(catalogue=Untouchable())

    for name in ("w641.webp", "w640.png", "1000x700.jpg", "..%2Fx", "w640"):
        response = media.ask("GET", f"/i/7kq2m9xz/{name}")
        assert response.status_code == 404
    for wallpaper_id in ("nobody", "x" * 64):
        assert media.ask("GET", f"/i/{wallpaper_id}/w640.webp").status_code == 404


def test_a_cut_that_would_be_enlarged_says_how_large_it_may_be() -> None:
    media = Media()
    wallpaper_id = media.upload().get_json()["id"]

    response = media.ask("GET", f"/i/{wallpaper_id}/3840x2160.webp")

    MEDIA.check("show_image", response)
    body = response.get_json()
    assert (response.status_code, slug(response)) == (422, "would-upscale")
    assert (body["width"], body["height"]) == (1600, 900)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": Status.DELETED}, 410),
        ({"status": Status.PENDING}, 404),
    ],
)
def test_what_is_not_live_has_no_images(changes: dict[str, Any], status: int) -> None:
    pine = a_wallpaper(**changes)

    response = Media(pine).ask("GET", f"/i/{pine.id}/w320.webp")

    MEDIA.check("show_image", response)
    assert response.status_code == status


def test_when_all_hands_are_busy_visitors_are_asked_to_come_back() -> None:
    slots = Slots(working=1, waiting=0, patience=1)
    media = Media(pictures=VipsPictures(slots))
    wallpaper_id = media.upload().get_json()["id"]

    with slots.turn():
        image = media.ask("GET", f"/i/{wallpaper_id}/w1280.webp")
        upload = media.upload(a_file(seed=2))

    MEDIA.check("show_image", image)
    MEDIA.check("upload_wallpaper", upload)
    for response in (image, upload):
        assert (response.status_code, slug(response)) == (503, "busy")
        assert response.headers["Retry-After"] == "5"


class _NoTable(MemoryCatalogue):
    def _down(self, *_: object, **__: object) -> Any:
        raise CatalogueUnavailable("DynamoDB did not answer.")

    get = holder = changes = _down


class _NoBucket(MemoryOriginals):
    def put(self, original: Original, file: Any) -> bool:
        raise StorageUnavailable("S3 did not answer.")

    def read(self, original: Original) -> bytes:
        raise StorageUnavailable("S3 did not answer.")


@pytest.mark.parametrize(
    ("operation", "ask"),
    [
        ("upload_wallpaper", lambda media: media.upload()),
        ("show_wallpaper", lambda media: media.ask("GET", "/wallpapers/7kq2m9xz")),
        ("show_image", lambda media: media.ask("GET", "/i/7kq2m9xz/w320.webp")),
        ("list_changes", lambda media: media.ask("GET", "/changes", SEARCH)),
    ],
)
def test_without_its_table_media_asks_to_come_back(
    operation: str, ask: Callable[[Media], TestResponse]
) -> None:
    response = ask(Media(catalogue=_NoTable()))

    MEDIA.check(operation, response)
    assert (response.status_code, slug(response)) == (503, "catalogue-unavailable")


def test_without_its_bucket_nothing_is_acknowledged() -> None:
    pine = a_wallpaper(original=an_original(size=Size(1600, 900)))
    media = Media(pine, originals=_NoBucket())

    for operation, response in (
        ("upload_wallpaper", media.upload()),
        ("show_image", media.ask("GET", f"/i/{pine.id}/w320.webp")),
    ):
        MEDIA.check(operation, response)
        assert (response.status_code, slug(response)) == (503, "storage-unavailable")
    assert len(media.catalogue.changes(None, limit=9, now=NOON).items) == 1


def test_media_says_how_it_is() -> None:
    class Unfit(VipsPictures):
        def unfit(self) -> str | None:
            return "libvips loads SVG"

    alive, ready = Media().ask("GET", "/livez"), Media().ask("GET", "/readyz")
    unfit = Media(pictures=Unfit()).ask("GET", "/readyz")

    MEDIA.check("is_alive", alive)
    MEDIA.check("is_ready", ready)
    MEDIA.check("is_ready", unfit)
    assert (ready.status_code, unfit.status_code) == (200, 503)
    assert unfit.get_json()["missing"] == {"decoder": "libvips loads SVG"}


def _as(visitor: str, method: str, path: str) -> dict[str, str]:
    return Visitors(SEALER).sign(visitor, "a browser", method, path, now=datetime.now(UTC))


def _counters(media: Media, wallpaper_id: str) -> Counters:
    settle(media.tally, media.catalogue, media.originals)
    return media.catalogue.get(wallpaper_id).counters


def test_a_view_is_counted_once_for_a_visitor_and_day() -> None:
    pine = a_wallpaper()
    media = Media(pine)
    path = f"/wallpapers/{pine.id}/views"

    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"):
        response = media.ask("POST", path, headers=_as(address, "POST", path))
        MEDIA.check("count_view", response)
        assert response.status_code == 204

    assert _counters(media, pine.id) == Counters(views=3)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/wallpapers/{id}/views", 400),
        ({"X-Paperroute-Visitor": "ada"}, "/wallpapers/{id}/views", 400),
        (_as("192.0.2.1", "POST", "/wallpapers/22222222/views"), "/wallpapers/{id}/views", 400),
        (None, "/wallpapers/22222222/views", 404),
        (None, "/wallpapers/nobody/views", 404),
    ],
)
def test_a_view_is_not_counted_for_a_reason(
    headers: dict[str, str] | None, path: str, status: int
) -> None:
    pine = a_wallpaper()
    media = Media(pine)
    path = path.format(id=pine.id)
    signed = _as("192.0.2.1", "POST", path) if headers is None else headers

    response = media.ask("POST", path, headers=signed)

    MEDIA.check("count_view", response)
    assert response.status_code == status
    assert _counters(media, pine.id) == Counters()


def test_a_download_is_counted_where_it_is_handed_out() -> None:
    media = Media()
    record = media.upload().get_json()
    original = f"/wallpapers/{record['id']}/original"
    image = f"/i/{record['id']}/w320.webp"

    for address, path, query in [
        ("192.0.2.1", original, ""),
        ("192.0.2.1", image, "?download=1"),
        ("192.0.2.2", image, "?download=1"),
        ("192.0.2.3", image, ""),
    ]:
        response = media.ask("GET", path + query, headers=_as(address, "GET", path))
        assert response.status_code in {200, 302}
    private = media.ask("GET", f"{image}?download=1").headers["Cache-Control"]

    assert private.startswith("private")
    assert _counters(media, record["id"]) == Counters(downloads=2)


def test_visits_are_in_nobodys_way_who_edits_and_in_the_feed() -> None:
    pine = a_wallpaper()
    media = Media(pine)
    path = f"/wallpapers/{pine.id}"
    before = media.ask("GET", path, ADA).headers["ETag"]
    media.ask("POST", f"{path}/views", headers=_as("192.0.2.1", "POST", f"{path}/views"))
    _counters(media, pine.id)

    shown = media.ask("GET", path, ADA, headers={"If-None-Match": before})
    edits = [
        media.ask("PATCH", path, ADA, json={"title": str(etag)}, headers={"If-Match": etag})
        for etag in (before, '"2"', '"3-1"', '"3-0"')
    ]
    (entry,) = media.ask("GET", "/changes", SEARCH).get_json()["data"]

    assert (before, shown.headers["ETag"]) == ('"1"', '"1-1"')
    assert shown.get_json()["views"] == 1
    assert "days" not in shown.get_json()
    assert [edit.status_code for edit in edits] == [200, 200, 200, 412]
    today = datetime.now(UTC).date().isoformat()
    assert (entry["record"]["counted"], entry["record"]["days"]) == (1, {today: [1, 0]})


def test_every_operation_is_promised_and_served() -> None:
    app = create_app(
        MemoryCatalogue(),
        MemoryOriginals(),
        MemoryRenditions(),
        MemoryParcels(),
        PICTURES,
        SEALER,
        MemoryTally("t"),
        MemoryLeases(),
    )
    served = {rule.endpoint.rpartition(".")[2] for rule in app.url_map.iter_rules()}

    promised = MEDIA.operations()

    assert served - {"live", "ready"} == promised - {"is_alive", "is_ready"}


def test_a_picture_that_is_only_shown_is_described_and_kept_nowhere() -> None:
    media = Media()
    data = a_file(1600, 1000)

    response = media.ask("POST", "/look", SEARCH, data=data, content_type="image/jpeg")
    record = media.upload(data).get_json()

    MEDIA.check("look_at_picture", response)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    seen = response.get_json()
    assert seen == {name: record[name] for name in seen}
    assert "dhash" in seen
    assert record["version"] == 1  # it was not here before


@pytest.mark.parametrize(
    ("who", "data", "kind", "status", "problem"),
    [
        (None, b"", "image/jpeg", 401, "identity-required"),
        (ADA, b"", "image/jpeg", 403, "service-required"),
        (SEARCH, b"<svg/>", "image/svg+xml", 415, "not-a-picture"),
        (SEARCH, a_file()[:-9], "image/jpeg", 422, "picture-refused"),
        (SEARCH, a_file(), "image/png", 422, "picture-refused"),
        (SEARCH, a_file() + bytes(5_242_880), "image/jpeg", 413, "too-large"),
    ],
)
def test_what_may_not_be_looked_at_is_said_so(
    who: Identity | None, data: bytes, kind: str, status: int, problem: str
) -> None:
    response = Media().ask("POST", "/look", who, data=data, content_type=kind)

    MEDIA.check("look_at_picture", response)
    assert (response.status_code, slug(response)) == (status, problem)


def test_what_a_file_says_of_itself_stands_where_nobody_says_otherwise() -> None:
    exif = PillowImage.Exif()
    exif[0x013B] = "Ada Lovelace"
    exif[0x8298] = "CC BY 4.0"
    media = Media()

    silent = media.upload(a_file(seed=1, exif=exif)).get_json()
    spoken = media.upload(a_file(seed=2, exif=exif), creator="Bob", license="cc0-1.0").get_json()

    assert (silent["creator"], silent["license"]) == ("Ada Lovelace", "cc-by-4.0")
    assert (spoken["creator"], spoken["license"]) == ("Bob", "cc0-1.0")


@pytest.mark.parametrize(
    "name",
    [
        "w321.webp",
        "w640.gif",
        "w640",
        "W640.webp",
        "w0640.webp",
        "original.jpg",
        "1921x1081.jpg",
        "1921x1081.jpg?t=forged",
        "99999x99999.webp",
        "1920x1080at500x500z150.jpg",
        "%F0%9F%8C%B2.webp",
        "..%2F..%2Fetc.webp",
    ],
)
def test_a_name_that_nobody_signed_or_knows_costs_no_call(name: str) -> None:
    calls: list[str] = []

    class Counting:
        """Nothing may be asked of it."""

        def __getattr__(self, method: str) -> Any:
            calls.append(method)
            raise AssertionError(method)

    nobody: Any = Counting()
    app = create_app(nobody, nobody, nobody, nobody, PICTURES, SEALER, nobody, nobody)

    response = app.test_client().get(f"/i/7kq2m9xz/{name}")

    assert (response.status_code, calls) == (404, [])
