"""Media keeps its openapi.yaml about uploads: look-alikes, better originals, files in parts."""

import hashlib
import json
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from media.domain.container import MOST_BYTES
from media.domain.multipart import PART_BYTES
from tests.contract.http.test_media import ADA, BOB, MEDIA, MODERATOR, Media, slug
from tests.support.media_builders import a_file, a_file_of, a_wallpaper, opened

NOBODY = None


def a_copy(data: bytes, *, scale: float = 1.0, quality: int = 70) -> bytes:
    """The same picture, encoded anew at another size."""
    picture = opened(data).convert("RGB")
    size = (round(picture.width * scale), round(picture.height * scale))
    return a_file_of(picture.resize(size, Image.Resampling.LANCZOS), quality=quality)


def test_the_same_picture_encoded_anew_is_a_conflict_that_names_the_one_here() -> None:
    media = Media()
    first = media.upload(a_file(1600, 1000)).get_json()

    response = media.upload(a_copy(a_file(1600, 1000), scale=0.5), key="k")

    MEDIA.check("upload_wallpaper", response)
    assert (response.status_code, slug(response)) == (409, "near-duplicate")
    assert response.get_json()["wallpaper_id"] == first["id"]
    assert response.get_json()["distance"] <= 2
    assert response.location == f"/api/v1/wallpapers/{first['id']}"
    assert len(media.stored()) == 1


def test_a_near_duplicate_can_be_accepted_and_the_answer_says_what_it_is_near() -> None:
    media = Media()
    first = media.upload(a_file(1600, 1000)).get_json()

    response = media.upload(a_copy(a_file(1600, 1000)), near="accept")

    MEDIA.check("upload_wallpaper", response)
    assert response.status_code == 201
    assert [each["id"] for each in response.get_json()["near"]] == [first["id"]]


def test_a_picture_of_its_own_is_near_to_none() -> None:
    media = Media()
    media.upload(a_file(1600, 1000, seed=1))

    response = media.upload(a_file(1600, 1000, seed=2))

    assert response.status_code == 201
    assert "near" not in response.get_json()


def test_a_deleted_wallpaper_is_in_nobodys_way() -> None:
    media = Media()
    first = media.upload(a_file(1600, 1000)).get_json()
    media.ask("DELETE", f"/wallpapers/{first['id']}", ADA)

    assert media.upload(a_copy(a_file(1600, 1000))).status_code == 201


def test_near_can_only_be_accepted() -> None:
    response = Media().upload(near="perhaps")

    MEDIA.check("upload_wallpaper", response)
    assert (response.status_code, slug(response)) == (400, "invalid-parameter")


def test_a_check_names_those_that_are_here_and_no_others() -> None:
    here, gone = a_wallpaper(), a_wallpaper()
    media = Media(here, gone)
    media.ask("DELETE", f"/wallpapers/{gone.id}", ADA)
    asked = ["f" * 64, here.original.sha256, gone.original.sha256.upper()]

    response = media.ask("POST", "/uploads/check", BOB, json={"sha256": asked})

    MEDIA.check("check_uploads", response)
    assert response.get_json() == {"data": [{"sha256": here.original.sha256, "id": here.id}]}


def test_five_hundred_can_be_checked_and_no_more() -> None:
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(501)]

    media = Media()

    assert media.ask("POST", "/uploads/check", ADA, json={"sha256": hashes[:500]}).json == {
        "data": []
    }
    response = media.ask("POST", "/uploads/check", ADA, json={"sha256": hashes})
    MEDIA.check("check_uploads", response)
    assert (response.status_code, response.get_json()["field"]) == (422, "sha256")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ("{}", 422),
        ('{"sha256": "a"}', 422),
        ('{"sha256": ["a"]}', 422),
        ('{"sha256": [7]}', 422),
        ('{"sha256": [], "more": 1}', 422),
    ],
)
def test_a_check_that_makes_no_sense_is_refused(body: str, status: int) -> None:
    response = Media().ask(
        "POST", "/uploads/check", ADA, data=body, content_type="application/json"
    )

    MEDIA.check("check_uploads", response)
    assert response.status_code == status


# A better original


def improve(
    media: Media, wallpaper_id: str, data: bytes, *, who: Any = ADA, query: str = "", **headers: str
) -> TestResponse:
    return media.ask(
        "PUT",
        f"/wallpapers/{wallpaper_id}/original{query}",
        who,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        data={"file": (BytesIO(data), "pine.jpg")},
    )


def test_a_better_original_takes_the_place_of_the_one_that_is_here() -> None:
    media = Media()
    first = media.upload(a_file(800, 500), title="Pine", tags="fog").get_json()
    better = a_copy(a_file(800, 500), scale=2, quality=95)

    response = improve(media, first["id"], better, If_Match='"1"')

    MEDIA.check("improve_original", response)
    record = response.get_json()
    assert response.status_code == 200
    changed = {"sha256", "width", "height", "bytes", "version", "changed_at", "links"}
    changed |= {"palette", "lum", "sat", "oled", "dhash", "phash", "thumbhash", "lqip"}
    assert {name for name in record if record[name] != first[name]} <= changed
    assert (record["width"], record["version"]) == (1600, 2)
    assert record["sha256"] == hashlib.sha256(better).hexdigest()
    assert record["links"]["images"]["w640"].endswith(f"/w640.webp?v={record['sha256'][:8]}")
    assert media.ask("GET", f"/wallpapers/{first['id']}", ADA).get_json() == record
    assert list(media.stored()) == [record["sha256"]]


def test_its_images_are_those_of_the_better_original_at_once() -> None:
    media = Media()
    first = media.upload(a_file(800, 500, seed=1)).get_json()
    path = f"/i/{first['id']}/w320.webp"
    before = media.ask("GET", path)

    improve(media, first["id"], a_file(1600, 1000, seed=2))

    after = media.ask("GET", path)
    assert after.headers["ETag"] != before.headers["ETag"]
    new = opened(a_file(320, 200, seed=2)).convert("L").getpixel((160, 100))
    shown = opened(after.get_data()).convert("L").getpixel((160, 100))
    assert isinstance(new, int)
    assert isinstance(shown, int)
    assert abs(new - shown) < 12


def test_the_former_bytes_can_be_uploaded_anew() -> None:
    media = Media()
    first = media.upload(a_file(800, 500, seed=1)).get_json()
    improve(media, first["id"], a_file(1600, 1000, seed=2))

    again = media.upload(a_file(800, 500, seed=1))

    assert again.status_code == 201
    assert len(media.stored()) == 2


def test_the_same_original_sent_again_changes_nothing_whatever_version_is_meant() -> None:
    media = Media()
    first = media.upload(a_file(800, 500)).get_json()
    better = a_copy(a_file(800, 500), scale=2)
    improved = improve(media, first["id"], better, If_Match='"1"').get_json()

    again = improve(media, first["id"], better, If_Match='"1"')

    MEDIA.check("improve_original", again)
    assert again.get_json() == improved


def test_with_a_key_it_is_done_once() -> None:
    media = Media()
    first = media.upload(a_file(800, 500)).get_json()
    better = a_copy(a_file(800, 500), scale=2)
    one = improve(media, first["id"], better, Idempotency_Key="k")

    two = improve(media, first["id"], better, Idempotency_Key="k")
    other = improve(media, first["id"], a_copy(better, quality=80), Idempotency_Key="k")

    assert one.get_json() == two.get_json()
    MEDIA.check("improve_original", other)
    assert (other.status_code, slug(other)) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("who", "status", "problem"),
    [
        (NOBODY, 401, "identity-required"),
        (BOB, 403, "not-yours"),
        (ADA, 200, None),
        (MODERATOR, 200, None),
    ],
)
def test_only_its_uploader_and_moderators_may_improve(
    who: Any, status: int, problem: str | None
) -> None:
    media = Media()
    first = media.upload(a_file(800, 500)).get_json()

    response = improve(media, first["id"], a_copy(a_file(800, 500), scale=2), who=who)

    MEDIA.check("improve_original", response)
    assert response.status_code == status
    assert problem is None or slug(response) == problem
    assert len(media.stored()) == 1


def test_a_change_of_another_version_is_refused() -> None:
    media = Media()
    first = media.upload(a_file(800, 500)).get_json()

    response = improve(media, first["id"], a_copy(a_file(800, 500), scale=2), If_Match='"7"')

    MEDIA.check("improve_original", response)
    assert (response.status_code, response.get_json()["version"]) == (412, 1)


def test_a_smaller_picture_is_refused_unless_it_is_meant() -> None:
    media = Media()
    first = media.upload(a_file(800, 500)).get_json()
    smaller = a_copy(a_file(800, 500), scale=0.9)

    refused = improve(media, first["id"], smaller)
    meant = improve(media, first["id"], smaller, query="?smaller=accept")

    MEDIA.check("improve_original", refused)
    assert (refused.status_code, slug(refused)) == (422, "worse")
    assert (refused.get_json()["width"], refused.get_json()["height"]) == (800, 500)
    assert meant.get_json()["width"] == 720


@pytest.mark.parametrize("same", [True, False])
def test_what_is_another_wallpaper_is_a_conflict(*, same: bool) -> None:
    media = Media()
    first = media.upload(a_file(800, 500, seed=1)).get_json()
    other = media.upload(a_file(1600, 1000, seed=2)).get_json()
    data = a_file(1600, 1000, seed=2)

    response = improve(media, first["id"], data if same else a_copy(data))

    MEDIA.check("improve_original", response)
    assert response.status_code == 409
    assert slug(response) == ("duplicate" if same else "near-duplicate")
    assert response.get_json()["wallpaper_id"] == other["id"]
    assert len(media.stored()) == 2


def test_an_original_is_not_described_where_it_is_improved() -> None:
    media = Media()
    first = media.upload(a_file(800, 500)).get_json()
    form = {"file": (BytesIO(a_file(900, 600)), "a.jpg"), "title": "Pine"}

    response = media.ask("PUT", f"/wallpapers/{first['id']}/original", ADA, data=form)

    MEDIA.check("improve_original", response)
    assert (response.status_code, response.get_json()["field"]) == (422, "title")


# In parts


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def announce(
    media: Media, data: bytes, *, name: str = "pine_ridge.jpg", **changes: Any
) -> TestResponse:
    parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
    body = {
        "bytes": len(data),
        "sha256": digest(data),
        "part_sha256": [digest(part) for part in parts],
        "filename": name,
    }
    return media.ask("POST", "/uploads", ADA, json=body | changes)


def send(media: Media, upload: str, data: bytes, *numbers: int) -> None:
    for number in numbers:
        part = data[(number - 1) * PART_BYTES : number * PART_BYTES]
        assert media.parcels.send(upload, number, part)


def complete(media: Media, upload: str, *, query: str = "", **details: Any) -> TestResponse:
    path = f"/uploads/{upload}/complete{query}"
    return media.ask("POST", path, ADA, json={"details": details})


def a_large_file() -> bytes:
    """A picture of two parts, as quick to decode as one of 640 by 400."""
    segment = b"\xff\xe4" + (65_000).to_bytes(2, "big") + bytes(64_998)
    data = a_file()
    return data[:2] + segment * (PART_BYTES // 65_002 + 1) + data[2:]


def test_a_file_sent_in_parts_becomes_a_wallpaper_like_any_other() -> None:
    media, data = Media(), a_large_file()
    announced = announce(media, data)
    MEDIA.check("announce_upload", announced)
    upload = announced.get_json()
    assert (len(upload["parts"]), upload["part_size"]) == (2, PART_BYTES)
    assert announced.location == f"/api/v1/uploads/{upload['id']}"

    send(media, upload["id"], data, 2)
    half = media.ask("GET", f"/uploads/{upload['id']}", ADA)
    MEDIA.check("show_upload", half)
    assert [part["arrived"] for part in half.get_json()["parts"]] == [False, True]
    early = complete(media, upload["id"])
    MEDIA.check("complete_upload", early)
    assert (early.status_code, early.get_json()["missing"]) == (409, [1])
    send(media, upload["id"], data, 1)
    response = complete(media, upload["id"], tags=["fog"], license="cc0-1.0")

    MEDIA.check("complete_upload", response)
    record = response.get_json()
    assert response.status_code == 201
    assert (record["title"], record["tags"]) == ("Pine ridge", ["fog"])
    assert (record["sha256"], record["bytes"]) == (digest(data), len(data))
    assert media.stored() == {digest(data): data}


def test_completing_again_gives_the_same_wallpaper() -> None:
    media, data = Media(), a_file()
    upload = announce(media, data).get_json()["id"]
    send(media, upload, data, 1)
    first = complete(media, upload)

    again = complete(media, upload)

    MEDIA.check("complete_upload", again)
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    shown = media.ask("GET", f"/uploads/{upload}", ADA).get_json()
    assert shown["wallpaper_id"] == first.get_json()["id"]


@pytest.mark.parametrize("passed", ["find", "open"])
def test_whoever_is_passed_by_another_that_completes_it_gets_the_same_wallpaper(
    passed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    media, data = Media(), a_file()
    upload = announce(media, data).get_json()["id"]
    send(media, upload, data, 1)
    step, first = getattr(media.parcels, passed), list[TestResponse]()

    def overtaken(parcel: Any) -> Any:
        """Its answer as it was before the other one came; what it opened stays open."""
        before = step(parcel)
        monkeypatch.setattr(media.parcels, passed, step)
        first.append(complete(media, upload))
        return before

    monkeypatch.setattr(media.parcels, passed, overtaken)
    second = complete(media, upload)

    assert [each.status_code for each in (*first, second)] == [201, 201]
    assert second.get_json()["id"] == first[0].get_json()["id"]
    assert complete(media, upload).status_code == 201


def test_what_is_here_need_not_be_sent() -> None:
    media, data = Media(), a_file()
    first = media.upload(data).get_json()

    response = announce(media, data)

    MEDIA.check("announce_upload", response)
    assert (response.status_code, slug(response)) == (409, "duplicate")
    assert response.get_json()["wallpaper_id"] == first["id"]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"bytes": MOST_BYTES + 1}, 413, None),
        ({"bytes": 0}, 422, "bytes"),
        ({"bytes": "9"}, 422, "bytes"),
        ({"bytes": True}, 422, "bytes"),
        ({"sha256": "x"}, 422, "sha256"),
        ({"sha256": None}, 422, "sha256"),
        ({"part_sha256": []}, 422, "part_sha256"),
        ({"part_sha256": ["f" * 64]}, 422, "part_sha256"),
        ({"bytes": PART_BYTES + 1, "part_sha256": None}, 422, "part_sha256"),
        ({"type": "image/svg+xml"}, 422, "type"),
        ({"filename": "a" * 256}, 422, "filename"),
        ({"title": "Pine"}, 422, "title"),
    ],
)
def test_what_will_not_do_is_refused_before_a_byte_is_sent(
    changes: dict[str, Any], status: int, field: str | None
) -> None:
    response = announce(Media(), a_file(), **changes)

    MEDIA.check("announce_upload", response)
    assert (response.status_code, response.get_json().get("field")) == (status, field)


@pytest.mark.parametrize(
    ("data", "status", "problem"),
    [
        (b"<svg/>", 415, "not-a-picture"),
        (a_file()[:-100], 422, "picture-refused"),
    ],
)
def test_what_is_no_picture_of_ours_leaves_nothing(data: bytes, status: int, problem: str) -> None:
    media = Media()
    upload = announce(media, data, name="").get_json()["id"]
    send(media, upload, data, 1)

    response = complete(media, upload)

    MEDIA.check("complete_upload", response)
    assert (response.status_code, slug(response)) == (status, problem)
    assert media.stored() == {}
    gone = media.ask("GET", f"/uploads/{upload}", ADA)
    MEDIA.check("show_upload", gone)
    assert (gone.status_code, slug(gone)) == (404, "upload-not-found")


def test_parts_that_are_not_the_file_announced_are_refused() -> None:
    media, data = Media(), a_large_file()
    upload = announce(media, data, sha256="f" * 64).get_json()["id"]
    send(media, upload, data, 1, 2)

    response = complete(media, upload)

    MEDIA.check("complete_upload", response)
    assert (response.status_code, slug(response)) == (422, "checksum-mismatch")


def test_what_is_only_described_badly_or_near_another_can_be_completed_again() -> None:
    media = Media()
    media.upload(a_file(1600, 1000))
    data = a_copy(a_file(1600, 1000))
    upload = announce(media, data).get_json()["id"]
    send(media, upload, data, 1)

    badly = complete(media, upload, rating="fine")
    near = complete(media, upload)
    accepted = complete(media, upload, query="?near=accept")

    for response in (badly, near, accepted):
        MEDIA.check("complete_upload", response)
    assert [each.status_code for each in (badly, near, accepted)] == [422, 409, 201]
    assert slug(near) == "near-duplicate"


@pytest.mark.parametrize("method", ["GET", "DELETE", "complete"])
def test_somebody_elses_upload_does_not_exist(method: str) -> None:
    media, data = Media(), a_file()
    upload = announce(media, data).get_json()["id"]
    send(media, upload, data, 1)

    if method == "complete":
        response = media.ask("POST", f"/uploads/{upload}/complete", BOB, json={})
    else:
        response = media.ask(method, f"/uploads/{upload}", BOB)

    assert (response.status_code, slug(response)) == (404, "upload-not-found")
    assert complete(media, upload).status_code == 201


def test_a_cancelled_upload_leaves_nothing() -> None:
    media, data = Media(), a_file()
    upload = announce(media, data).get_json()["id"]

    response = media.ask("DELETE", f"/uploads/{upload}", ADA)

    MEDIA.check("cancel_upload", response)
    assert response.status_code == 204
    assert media.ask("DELETE", f"/uploads/{upload}", ADA).status_code == 404


def test_details_are_not_mistaken_for_anything_else() -> None:
    media, data = Media(), a_file()
    upload = announce(media, data).get_json()["id"]
    send(media, upload, data, 1)

    for body in ({"title": "Pine"}, {"details": "Pine"}, {"details": {"views": 9}}):
        response = media.ask(
            "POST",
            f"/uploads/{upload}/complete",
            ADA,
            data=json.dumps(body),
            content_type="application/json",
        )
        MEDIA.check("complete_upload", response)
        assert response.status_code == 422
