"""The gateway relies on no more than search and media really answer, and search than media does."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from gateway import app as gateway_app
from gateway.adapters.gevent_patience import patience
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.domain.service import Service
from gateway.enrol import Enrolment
from media import app as media_app
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_leases import MemoryLeases
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_parcels import MemoryParcels
from media.adapters.memory_renditions import MemoryRenditions
from media.adapters.memory_tally import MemoryTally
from media.adapters.vips_pictures import VipsPictures
from search import app as search_app
from search.adapters.http_eyes import HttpEyes
from search.adapters.http_feed import HttpFeed
from search.adapters.memory_shared import MemoryShared
from search.follow import Following, follow, watch
from tests.support.pictures import a_picture
from tests.support.promise import Promise
from tests.support.servers import wait_until
from tests.support.threaded_servers import served
from tests.support.wsgi_upstream import WsgiUpstream

KEY = {"Authorization": "Bearer pr_ada"}
API = "/api/v1/wallpapers"


@dataclass
class Town:
    """All three services in this process; only search's feed goes over a socket."""

    visitor: Client
    following: Following

    def upload(self, seed: int, **fields: str) -> TestResponse:
        picture = (io.BytesIO(a_picture(seed=seed)), "picture.jpg")
        return self.visitor.post(API, data={"file": picture, **fields}, headers=KEY)

    def await_size(self, size: int) -> None:
        wait_until(lambda: self.following.index.size == size, seconds=5, what="the index")


@pytest.fixture
def town() -> Iterator[Town]:
    sealer = Sealer(["s" * 32])
    media = media_app.create_app(
        MemoryCatalogue(),
        MemoryOriginals(),
        MemoryRenditions(),
        MemoryParcels(),
        VipsPictures(),
        sealer,
        MemoryTally("t"),
        MemoryLeases(),
    )
    following, shared, stop = Following(), MemoryShared(), Event()
    with served(media) as url:
        feed, eyes = HttpFeed(url, Identities(sealer)), HttpEyes(url, Identities(sealer))
        for work, *given in ((follow, feed, shared), (watch, shared, following)):
            Thread(target=work, args=given, kwargs={"stop": stop}, daemon=True).start()
        wait_until(lambda: following.missing() is None, seconds=5, what="search to be ready")
        search = search_app.create_app(following, Identities(sealer), eyes)
        yield Town(Client(_gateway(media, search, sealer)), following)
        stop.set()


def _gateway(media: Flask, search: Flask, sealer: Sealer) -> Flask:
    accounts = MemoryAccounts(pr_ada=Identity("ada", Role.CONTRIBUTOR))
    return gateway_app.create_app(
        {Service.MEDIA: WsgiUpstream(media), Service.SEARCH: WsgiUpstream(search)},
        accounts,
        Enrolment(accounts, MemoryDrawer(), None),
        sealer=sealer,
        patience=patience,
        public_url="https://paperroute.example",
    )


def test_every_answer_on_the_main_road_fits_the_public_document(town: Town) -> None:
    promise = Promise("gateway")
    created = town.upload(1, title="Pine ridge", tags="forest,fog", license="cc0-1.0", ai="no")
    promise.check("uploadWallpaper", created)
    town.await_size(1)
    one = f"{API}/{created.get_json()['id']}"

    promise.check("uploadWallpaper", town.upload(1))
    promise.check("showWallpaper", town.visitor.get(one))
    promise.check("searchWallpapers", town.visitor.get("/api/v1/search?q=forest -city"))
    everything = "/api/v1/search?q=forst&facets=1&explain=1"
    promise.check("searchWallpapers", town.visitor.get(everything))
    promise.check("searchWallpapers", town.visitor.get("/api/v1/search?q=city"))
    promise.check("suggest", town.visitor.get("/api/v1/suggest?q=fo"))
    promise.check("drawWallpaper", town.visitor.get("/api/v1/random?q=forest"))
    promise.check("findSimilar", town.visitor.get(f"/api/v1/similar/{created.get_json()['id']}"))
    shown = town.visitor.post(
        "/api/v1/search/by-image", data=a_picture(seed=1), content_type="image/jpeg"
    )
    promise.check("searchByImage", shown)
    assert shown.get_json()["data"][0]["id"] == created.get_json()["id"]
    promise.check("searchWallpapers", town.visitor.get("/api/v1/search?q=mood:calm (fog"))
    promise.check("searchWallpapers", town.visitor.get("/api/v1/search?limit=many"))
    changed = town.visitor.patch(
        one, json={"title": "Pines"}, headers={**KEY, "If-Match": created.headers["ETag"]}
    )
    promise.check("editWallpaper", changed)
    promise.check("editWallpaper", town.visitor.patch(one, json={"title": "P"}, headers=KEY))
    promise.check("deleteWallpaper", town.visitor.delete(one, headers=KEY))
    promise.check("showWallpaper", town.visitor.get(one))


def test_the_feed_carries_every_change_to_search(town: Town) -> None:
    created = town.upload(2, title="Before", tags="one").get_json()
    town.await_size(1)
    assert _found(town, "tag:one") == [created["id"]]

    town.visitor.patch(
        f"{API}/{created['id']}", json={"tags": ["two"]}, headers={**KEY, "If-Match": '"1"'}
    )
    wait_until(lambda: _found(town, "tag:two") == [created["id"]], seconds=5, what="the edit")
    assert _found(town, "tag:one") == []

    town.visitor.delete(f"{API}/{created['id']}", headers=KEY)
    town.await_size(0)
    assert _found(town, "tag:two") == []


def test_search_hands_out_the_very_record_that_media_keeps(town: Town) -> None:
    created = town.upload(3, title="The same").get_json()
    town.await_size(1)

    (found,) = town.visitor.get("/api/v1/search").get_json()["data"]

    assert found == created
    assert found == town.visitor.get(f"{API}/{created['id']}").get_json()


def test_a_visitor_sees_only_what_is_safe(town: Town) -> None:
    created = town.upload(4, title="Not for all", rating="explicit").get_json()
    town.await_size(1)

    assert _found(town, "") == []
    assert town.visitor.get(f"{API}/{created['id']}").status_code == 404
    signed = town.visitor.get("/api/v1/search", headers=KEY).get_json()["data"]
    assert [each["id"] for each in signed] == [created["id"]]


def test_a_page_shows_pictures_that_media_really_delivers(town: Town) -> None:
    created = town.upload(5, title="Pine ridge").get_json()
    town.await_size(1)
    page = town.visitor.get(f"/w/{created['id']}")
    assert page.status_code == 200

    for width in ("w320", "w640", "w1280"):
        for kind in ("avif", "webp"):
            picture = town.visitor.get(f"/i/{created['id']}/{width}.{kind}")
            assert (picture.status_code, picture.mimetype) == (200, f"image/{kind}")


def test_a_part_of_a_picture_is_delivered_to_whoever_asks_for_a_part(town: Town) -> None:
    address = f"/i/{town.upload(8).get_json()['id']}/w640.webp"
    whole = town.visitor.get(address).data

    part = town.visitor.get(address, headers={"Range": "bytes=100-199"})
    beyond = town.visitor.get(address, headers={"Range": "bytes=99999999-"})

    assert (part.status_code, part.data) == (206, whole[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert beyond.status_code == 416
    Promise("gateway").check("showImage", part)
    Promise("gateway").check("showImage", beyond)


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-9", "If-Range": '"another edition"'},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "rows=0-9"},
    ],
    ids=["of another edition", "several", "another unit"],
)
def test_a_part_that_cannot_be_given_alone_is_the_whole(
    town: Town, headers: dict[str, str]
) -> None:
    address = f"/i/{town.upload(8).get_json()['id']}/w640.webp"
    whole = town.visitor.get(address)

    answer = town.visitor.get(address, headers=headers)
    same = town.visitor.get(
        address, headers={"Range": "bytes=0-9", "If-Range": whole.headers["ETag"]}
    )

    assert (answer.status_code, answer.data) == (200, whole.data)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert (same.status_code, same.data) == (206, whole.data[:10])


def test_a_failed_download_is_told_on_a_page_to_a_browser(town: Town) -> None:
    created = town.upload(9).get_json()
    browser = {"Accept": "text/html,*/*;q=0.8"}

    asked = town.visitor.get(f"/w/{created['id']}/download?w=7680&h=4320", headers=browser)
    told = town.visitor.get(asked.headers["Location"], headers=browser)

    assert (told.status_code, told.mimetype) == (422, "text/html")
    assert "1600" in told.text


def test_a_download_of_any_size_is_a_link_that_media_believes(town: Town) -> None:
    created = town.upload(6, title="Pine ridge").get_json()

    asked = town.visitor.get(f"/w/{created['id']}/download?w=801&h=401&f=webp")
    picture = town.visitor.get(asked.headers["Location"])

    assert asked.status_code == 302
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")
    assert "801x401" in picture.headers["Content-Disposition"]
    unsigned = asked.headers["Location"].partition("?")[0]
    assert town.visitor.get(unsigned).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"X-Paperroute-Identity": "admin"}])
def test_nobody_writes_without_a_key_whatever_they_claim(
    town: Town, headers: dict[str, str]
) -> None:
    created = town.upload(7).get_json()

    answer = town.visitor.delete(f"{API}/{created['id']}", headers=headers)

    assert answer.status_code == 401
    assert town.visitor.get(f"{API}/{created['id']}").status_code == 200


def _found(town: Town, query: str) -> list[str]:
    answer = town.visitor.get("/api/v1/search", query_string={"q": query})
    return [each["id"] for each in answer.get_json()["data"]]
