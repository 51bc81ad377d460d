"""People drop many pictures, see what becomes of each, and lose nothing whatever happens."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, Route, expect

from tests.support.pictures import a_picture
from tests.support.site import Site

pytestmark = pytest.mark.e2e
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
_LONG = 30_000
"""Milliseconds that publishing may take on a busy machine."""


def a_file(picture: bytes, name: str) -> FilePayload:
    return {"name": name, "mimeType": _TYPES[name.rpartition(".")[2]], "buffer": picture}


def a_large_picture(seed: int) -> bytes:
    """Some 20 MB, three parts, of a real PNG: a soft picture in grain."""
    soft = Image.open(io.BytesIO(a_picture(2600, 2600, seed=seed))).convert("RGB")
    grain = np.random.default_rng(seed).integers(-60, 60, (2600, 2600, 3))
    grainy = np.clip(np.asarray(soft).astype(int) + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(grainy).save(file, "PNG", compress_level=1)
    return file.getvalue()


def a_copy(picture: bytes) -> bytes:
    """The same picture in other bytes."""
    file = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(file, "JPEG", quality=60)
    return file.getvalue()


@contextmanager
def visiting(browser: Browser, **how: Any) -> Iterator[BrowserContext]:
    how.setdefault("viewport", {"width": 1440, "height": 900})
    with browser.new_context(**how) as context:
        yield context


def signed_in(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(f"{site.url}/upload")
    sign_in(page, site)
    return page


def sign_in(page: Page, site: Site) -> None:
    page.get_by_label("Key").fill(site.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()


def choose(page: Page, *files: FilePayload) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Choose files").click()
    chosen.value.set_files(list(files))


def row(page: Page, name: str) -> Locator:
    return page.locator(".q > li").filter(has=page.get_by_text(name, exact=True))


def expect_published(page: Page, *names: str) -> None:
    for name in names:
        expect(row(page, name)).to_contain_text("Published", timeout=_LONG)


def no_violations(page: Page) -> None:
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()


class Storage:
    """What pages send to storage: seen, and held back or cut off if asked."""

    def __init__(self, context: BrowserContext) -> None:
        self.sent: list[str] = []
        self.cut = False
        self.held: list[Route] | None = None
        context.route(lambda url: "/incoming/" in url, self._answer)

    def _answer(self, route: Route) -> None:
        self.sent.append(route.request.url.partition("partNumber=")[2].partition("&")[0])
        if self.cut:
            route.abort()
        elif self.held is not None and self.sent[-1] != "1":
            self.held.append(route)
        else:
            route.continue_()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_each_file_is_told_what_becomes_of_it(
    browser: Browser, site: Site, width: int, theme: Any
) -> None:
    seed = 8000 + width + (theme == "dark")
    here, new = a_picture(2560, 1440, seed=seed), a_picture(2560, 1080, seed=seed + 2)
    wallpaper = site.upload(here, title="Quiet valley").json()["id"]
    with visiting(browser, viewport={"width": width, "height": 900}, color_scheme=theme) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{site.url}/upload")
        no_violations(page)
        page.get_by_label("Key").fill("pr_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("That key opens nothing here.")).to_be_visible()
        sign_in(page, site)

        choose(
            page,
            a_file(new, "meridian.jpg"),
            a_file(here, "valley.jpg"),
            a_file(a_copy(here), "valley-2.jpg"),
            a_file(b"no picture", "broken.jpg"),
            a_file(here, "moving.gif"),
        )
        expect_published(page, "meridian.jpg")
        known = row(page, "valley.jpg")
        expect(known).to_contain_text("Already here as “Quiet valley”")
        expect(known.get_by_role("link", name="See it")).to_have_attribute(
            "href", f"/w/{wallpaper}"
        )
        expect(row(page, "broken.jpg")).to_contain_text("Save it as one of them and choose that.")
        expect(row(page, "moving.gif")).to_contain_text("This is no JPEG, PNG or WebP.")
        twin = row(page, "valley-2.jpg")
        expect(twin.get_by_role("link", name="Quiet valley")).to_be_visible(timeout=_LONG)
        expect(page.get_by_text("2 of 5 ready", exact=True)).to_be_visible()
        no_violations(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")

        twin.get_by_role("button", name="Keep both").click()
        expect_published(page, "valley-2.jpg")
        expect(page.get_by_role("status").filter(has_text="3 of 5 ready")).to_be_attached()
        row(page, "meridian.jpg").get_by_role("link", name="Open").click()
        expect(page.get_by_role("heading", name="Meridian", level=1)).to_be_visible()
    assert not [each for each in said if "Security Policy" in each or "TrustedScript" in each]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_while_the_page_finds_out_who_is_there(
    browser: Browser, site: Site, width: int
) -> None:
    with visiting(browser, viewport={"width": width, "height": 900}) as context:
        context.add_init_script(
            """window.jumped = 0;
            new PerformanceObserver((list) => {
                for (const { hadRecentInput, value } of list.getEntries()) {
                    if (!hadRecentInput) jumped += value;
                }
            }).observe({ type: "layout-shift", buffered: true });"""
        )
        page = signed_in(context, site)
        page.reload()
        expect(page.get_by_text("Signed in as admin.")).to_be_visible()
        assert page.evaluate("jumped") <= 0.02


def test_what_looks_the_same_can_be_left_out(browser: Browser, site: Site) -> None:
    picture = a_picture(2560, 1440, seed=8100)
    site.upload(picture)
    with visiting(browser) as context:
        page = signed_in(context, site)
        choose(page, a_file(a_copy(picture), "twin.jpg"))
        button = row(page, "twin.jpg").get_by_role("button", name="Leave yours out")
        expect(button).to_be_visible(timeout=_LONG)
        page.reload()
        expect(row(page, "twin.jpg").get_by_role("link", name="Picture")).to_be_visible()
        button.click()
        expect(page.locator(".q > li")).to_have_count(0)
        page.reload()
        expect(page.get_by_role("button", name="Choose files")).to_be_visible()
        expect(page.locator(".q > li")).to_have_count(0)


def test_a_folder_is_chosen_or_dropped_and_a_picture_pasted(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    inner = tmp_path / "holiday" / "july"
    inner.mkdir(parents=True)
    (inner / "lake.jpg").write_bytes(a_picture(seed=8110))
    (inner.parent / "hill.jpg").write_bytes(a_picture(seed=8111))
    (inner / "notes.txt").write_text("not meant")
    dropped = tmp_path / "winter"
    dropped.mkdir()
    (dropped / "snow.jpg").write_bytes(a_picture(seed=8112))
    with visiting(browser, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = signed_in(context, site)
        with page.expect_file_chooser() as chosen:
            page.get_by_role("button", name="Choose a folder").click()
        chosen.value.set_files(inner.parent)
        expect_published(page, "lake.jpg", "hill.jpg")
        expect(page.get_by_text("1 left out, which are no pictures.")).to_be_visible()

        drag = {"items": [], "files": [str(dropped)], "dragOperationsMask": 1}
        browser_itself = context.new_cdp_session(page)
        for kind in ("dragEnter", "dragOver", "drop"):
            browser_itself.send(
                "Input.dispatchDragEvent", {"type": kind, "x": 700, "y": 300, "data": drag}
            )
        expect_published(page, "snow.jpg")

        png = io.BytesIO()
        Image.open(io.BytesIO(a_picture(seed=8113))).save(png, "PNG")
        page.evaluate(
            """async (data) => {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const blob = new Blob([bytes], { type: "image/png" });
                await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
            }""",
            base64.b64encode(png.getvalue()).decode(),
        )
        page.keyboard.press("Control+V")
        expect_published(page, "image.png")


def test_details_are_said_for_all_and_for_one_before_and_after(
    browser: Browser, site: Site
) -> None:
    with visiting(browser) as context:
        page = signed_in(context, site)
        page.get_by_text("Details for all files").click()
        everything = page.locator(".all")
        everything.get_by_label("Tags").fill("coast, evening")
        everything.get_by_label("Licence").select_option("CC BY 4.0")
        page.get_by_role("button", name="Use for all files").click()
        expect(page.get_by_text("Saved: for every file here, and those to come.")).to_be_visible()
        no_violations(page)
        choose(page, a_file(a_picture(seed=8120), "pier.jpg"))
        expect_published(page, "pier.jpg")

        pier = row(page, "pier.jpg")
        pier.get_by_role("button", name="Details").click()
        expect(pier.get_by_label("Tags")).to_have_value("coast, evening")
        pier.get_by_label("Title").fill("The old pier")
        pier.get_by_label("Tags").fill("coast, pier")
        pier.get_by_label("Where it is from").fill("https://example.org/pier")
        no_violations(page)
        pier.get_by_role("button", name="Save").click()
        expect(pier.get_by_text("Saved.")).to_be_visible()
        link = pier.get_by_role("link", name="Open").get_attribute("href") or ""

    with site.client() as client:
        record = client.get(f"/api/v1/wallpapers/{link.removeprefix('/w/')}").json()
    assert (record["title"], record["tags"]) == ("The old pier", ["coast", "pier"])
    assert (record["license"], record["source"]) == ("cc-by-4.0", "https://example.org/pier")


def test_a_field_that_will_not_do_is_said_and_mended(browser: Browser, site: Site) -> None:
    with visiting(browser) as context:
        page = signed_in(context, site)
        Storage(context).held = []
        choose(page, a_file(a_picture(seed=8125), "one.jpg"))
        page.evaluate("localStorage.setItem('details', JSON.stringify({ source: 'nowhere' }))")
        choose(page, a_file(a_picture(seed=8126), "two.jpg"))
        two = row(page, "two.jpg")
        expect(two).to_contain_text("'source' must be an address", timeout=_LONG)
        two.get_by_role("button", name="Details").click()
        two.get_by_label("Where it is from").fill("https://example.org")
        two.get_by_role("button", name="Save").click()
        expect_published(page, "one.jpg", "two.jpg")


def test_a_large_file_is_paused_and_carried_on_with_after_a_reload(
    browser: Browser, site: Site
) -> None:
    with visiting(browser) as context:
        page = signed_in(context, site)
        storage = Storage(context)
        storage.held = []
        choose(page, a_file(a_large_picture(8130), "dunes.png"))
        dunes = row(page, "dunes.png")
        expect(dunes).to_contain_text("Sending", timeout=_LONG)
        expect(dunes.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        assert sorted(storage.sent) == ["1", "2", "3"]

        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".left")).to_have_text("Paused")
        no_violations(page)
        page.get_by_role("button", name="Go on").click()
        expect(dunes.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        page.reload()
        expect(dunes.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        storage.held = None
        page.reload()
        expect_published(page, "dunes.png")
        assert storage.sent.count("1") == 1, "what has arrived is not sent again"
        page.reload()
        expect_published(page, "dunes.png")
        page.get_by_role("button", name="Clear finished").click()
        expect(page.locator(".q > li")).to_have_count(0)


def test_a_file_that_the_browser_has_not_kept_is_asked_for_again(
    browser: Browser, site: Site
) -> None:
    large = a_large_picture(8140)
    with visiting(browser) as context:
        page = signed_in(context, site)
        storage = Storage(context)
        storage.held = []
        choose(page, a_file(large, "cliff.png"))
        cliff = row(page, "cliff.png")
        expect(cliff.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        page.evaluate(
            """() => new Promise((resolve) => {
                const opening = indexedDB.open("uploads");
                opening.onsuccess = () => {
                    const change = opening.result.transaction("files", "readwrite");
                    change.objectStore("files").clear();
                    change.oncomplete = () => { opening.result.close(); resolve(); };
                };
            })"""
        )
        storage.held = None
        page.reload()
        expect(cliff).to_contain_text("Choose it again, and it goes on where it was.")
        with page.expect_file_chooser() as chosen:
            cliff.get_by_role("button", name="Choose it again").click()
        chosen.value.set_files(a_file(large, "cliff.png"))
        expect_published(page, "cliff.png")
        assert storage.sent.count("1") == 1


def test_without_a_network_it_waits_and_after_a_failure_it_is_tried_again(
    browser: Browser, site: Site
) -> None:
    with visiting(browser) as context:
        page = signed_in(context, site)
        storage = Storage(context)
        storage.held = []
        choose(page, a_file(a_large_picture(8150), "reef.png"))
        reef = row(page, "reef.png")
        expect(reef.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        context.set_offline(offline=True)
        for route in storage.held:
            route.abort()
        expect(page.locator(".left")).to_have_text("No network: it goes on by itself")
        storage.held, storage.cut = None, True
        context.set_offline(offline=False)
        expect(reef).to_contain_text("Check your connection and try again.", timeout=_LONG)
        no_violations(page)
        storage.cut = False
        page.get_by_role("button", name="Try all again").click()
        expect_published(page, "reef.png")
        assert storage.sent.count("1") == 1


def test_whoever_is_signed_out_meanwhile_signs_in_and_goes_on(browser: Browser, site: Site) -> None:
    with visiting(browser) as context:
        page = signed_in(context, site)
        storage = Storage(context)
        storage.held = []
        choose(page, a_file(a_large_picture(8160), "fjord.png"))
        fjord = row(page, "fjord.png")
        expect(fjord.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        context.clear_cookies()
        for route in storage.held:
            route.continue_()
        storage.held = None
        asked = page.get_by_text("You are signed out. Sign in, and the queue goes on.")
        expect(asked).to_be_visible(timeout=_LONG)
        expect(page.get_by_label("Key")).to_be_focused()
        no_violations(page)
        sign_in(page, site)
        expect_published(page, "fjord.png")


def test_a_second_tab_waits_for_the_first(browser: Browser, site: Site) -> None:
    with visiting(browser) as context:
        first = signed_in(context, site)
        second = context.new_page()
        second.goto(f"{site.url}/upload")
        expect(second.get_by_text("Your uploads are open in another tab.")).to_be_visible()
        no_violations(second)
        first.close()
        expect(second.get_by_role("button", name="Choose files")).to_be_visible()


def test_a_file_can_be_cancelled_by_keyboard(browser: Browser, site: Site) -> None:
    with visiting(browser) as context:
        page = signed_in(context, site)
        storage = Storage(context)
        storage.held = []
        choose(page, a_file(a_large_picture(8170), "marsh.png"))
        marsh = row(page, "marsh.png")
        expect(marsh.locator(".amount")).to_have_text("8.4 MB of 19.3 MB", timeout=_LONG)
        marsh.get_by_role("button", name="Cancel marsh.png").focus()
        with page.expect_request(lambda request: request.method == "DELETE") as given_up:
            page.keyboard.press("Enter")
        answer = given_up.value.response()
        assert answer is not None
        assert answer.status == 204
        expect(page.get_by_role("button", name="Choose files")).to_be_focused()
        expect(page.locator(".q > li")).to_have_count(0)
