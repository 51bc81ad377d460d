"""A contributor uploads, search finds, a visitor opens and downloads: over HTTP, as programs do."""

import hashlib
import io
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.support.pictures import a_picture
from tests.support.site import Site

pytestmark = pytest.mark.e2e


def everything_kept(site: Site) -> set[Path]:
    """Every object that the emulated S3 has on disk, its own bookkeeping left out."""
    return {path for path in (site.folder / "aws" / "s3").rglob("*") if path.is_file()}


def test_an_upload_is_found_within_two_seconds_and_comes_back_bit_for_bit(site: Site) -> None:
    picture = a_picture(2560, 1600, seed=101)

    answer = site.upload(picture, title="Long way home", tags="road, two words", license="cc0-1.0")

    assert answer.status_code == 201, answer.text
    record = answer.json()
    assert answer.headers["Location"] == f"/api/v1/wallpapers/{record['id']}"
    assert record["sha256"] == hashlib.sha256(picture).hexdigest()
    assert (record["width"], record["height"], record["bytes"]) == (2560, 1600, len(picture))
    assert record["tags"] == ["road", "two words"]

    begun = time.monotonic()
    while record["id"] not in site.finds("tag:road"):
        assert time.monotonic() - begun < 2
    for query in ("long home", 'tag:"two words"', "res:>=2560x1440 ratio:16:10", "-tag:city road"):
        assert record["id"] in site.finds(query), query
    assert record["id"] not in site.finds("-tag:road")

    original = httpx.get(f"{site.url}{record['links']['original']}", follow_redirects=True)
    assert original.content == picture


@pytest.mark.parametrize(
    ("query", "size", "kind"),
    [
        ("w=1920&h=1080&f=jpg", (1920, 1080), "JPEG"),
        ("w=1920&h=1080&f=webp", (1920, 1080), "WEBP"),
        ("w=1920&h=1080&f=avif", (1920, 1080), "AVIF"),
        ("w=1170&h=1600", (1170, 1600), "JPEG"),
        ("w=777&h=333&f=jpeg", (777, 333), "JPEG"),
    ],
)
def test_a_download_has_exactly_the_pixels_asked_for(
    site: Site, query: str, size: tuple[int, int], kind: str
) -> None:
    record = site.upload(a_picture(2560, 1600, seed=102), title="Cut me", key="cut-me").json()

    answer = httpx.get(f"{site.url}/w/{record['id']}/download?{query}", follow_redirects=True)

    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.size, picture.format) == (size, kind)
    named = f"wallpaper-{record['id']}-{size[0]}x{size[1]}"
    assert named in answer.headers["Content-Disposition"]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_picture_is_never_blown_up(site: Site) -> None:
    record = site.upload(a_picture(800, 600, seed=103), title="Small").json()

    answer = httpx.get(f"{site.url}/w/{record['id']}/download?w=1920&h=1080", follow_redirects=True)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/would-upscale"
    assert (answer.json()["width"], answer.json()["height"]) == (800, 450)


def test_the_same_picture_twice_is_a_conflict_that_names_the_first(site: Site) -> None:
    picture = a_picture(seed=104)
    first = site.upload(picture, title="First").json()

    second = site.upload(picture, title="Second")

    assert second.status_code == 409
    assert second.json()["wallpaper_id"] == first["id"]


def test_the_same_request_twice_is_answered_the_same(site: Site) -> None:
    picture = a_picture(seed=105)

    answers = [site.upload(picture, title="Once", key="just-once") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("truncated.jpg", a_picture(seed=106)[:-2000], 422),
        ("cut short, with an end put on.jpg", a_picture(seed=106)[:9000] + b"\xff\xd9", 422),
        ("truncated.png", a_picture(seed=106, kind="PNG")[:-12], 422),
        ("truncated.webp", a_picture(seed=106, kind="WEBP")[:-500], 422),
        ("drawing.jpg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 415),
        ("empty.jpg", b"", 415),
        ("huge.jpg", a_picture(seed=106) + bytes(60 * 1024 * 1024), 413),
    ],
)
def test_what_is_not_one_whole_picture_is_refused_clearly_and_leaves_nothing_behind(
    site: Site, name: str, content: bytes, status: int
) -> None:
    before, found = everything_kept(site), site.search("")["meta"]["total"]

    with site.client() as client:
        answer = client.post(
            "/api/v1/wallpapers", files={"file": (name, content)}, data={"title": "Never"}
        )

    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(problem["detail"]) > 20
    assert everything_kept(site) == before
    assert site.search("")["meta"]["total"] == found


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong-key-of-nobody-at-all"}])
def test_writing_needs_a_key(site: Site, headers: dict[str, str]) -> None:
    files = {"file": ("picture.jpg", a_picture(seed=107))}

    answer = httpx.post(f"{site.url}/api/v1/wallpapers", files=files, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_edit_shows_at_once_and_a_lost_update_is_refused(site: Site) -> None:
    record = site.upload(a_picture(seed=108), title="Before", tags="edited").json()
    address = f"/api/v1/wallpapers/{record['id']}"

    with site.client() as client:
        edit = client.patch(address, json={"title": "After"}, headers={"If-Match": '"1"'})
        late = client.patch(address, json={"title": "Late"}, headers={"If-Match": '"1"'})

    assert (edit.status_code, late.status_code) == (200, 412)
    assert httpx.get(f"{site.url}{address}").json()["title"] == "After"


def test_what_is_deleted_is_gone_and_may_be_uploaded_again(site: Site) -> None:
    picture = a_picture(seed=109)
    record = site.upload(picture, title="Short life", tags="shortlife").json()
    address = f"/api/v1/wallpapers/{record['id']}"

    with site.client() as client:
        assert client.delete(address).status_code == 204

    assert httpx.get(f"{site.url}{address}").status_code == 410
    begun = time.monotonic()
    while site.finds("tag:shortlife"):
        assert time.monotonic() - begun < 2
    again = site.upload(picture, title="Second life")
    assert again.status_code == 201
    assert again.json()["id"] != record["id"]
