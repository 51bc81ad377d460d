"""A visitor in a real browser searches, opens and downloads, with and without JavaScript."""

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.pictures import a_picture
from tests.support.servers import wait_until
from tests.support.site import Site

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def pine(site: Site) -> str:
    answer = site.upload(
        a_picture(2560, 1440, seed=201), title="Pine ridge", tags="pines,ridge", key="pine"
    )
    identity: str = answer.json()["id"]
    wait_until(lambda: identity in site.finds("tag:pines"), seconds=2, what="Pine ridge")
    return identity


def test_a_visitor_finds_opens_and_downloads_a_wallpaper(page: Page, site: Site, pine: str) -> None:
    mistakes: list[str] = []
    page.on("console", lambda line: mistakes.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: mistakes.append(str(error)))

    page.goto(site.url)
    page.get_by_role("searchbox", name="Search wallpapers").fill("pines")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Pine ridge").first.click()
    expect(page.get_by_role("heading", name="Pine ridge")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="1920×1080").first.click()

    assert download.value.suggested_filename == f"wallpaper-{pine}-1920x1080.jpg"
    assert Image.open(download.value.path()).size == (1920, 1080)
    assert mistakes == []


def test_the_pictures_of_a_page_are_really_shown(page: Page, site: Site, pine: str) -> None:
    page.goto(f"{site.url}/search?q=tag:pines")
    picture = page.get_by_role("link", name="Pine ridge").locator("picture img").first
    picture.scroll_into_view_if_needed()

    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") >= 320


def test_a_search_without_hits_says_so(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/search?q=tag:nothing-like-this")

    expect(page.get_by_role("main")).to_contain_text("Nothing")


def test_what_is_not_there_is_a_page_with_a_way_on(page: Page, site: Site) -> None:
    answer = page.goto(f"{site.url}/w/zzzzzzzz")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("searchbox", name="Search wallpapers")).to_be_visible()
