"""Every screen in a real browser: at both sizes, in both themes, with and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.pictures import a_picture
from tests.support.servers import wait_until
from tests.support.site import Site

pytestmark = pytest.mark.e2e
WIDE, NARROW = (1440, 900), (390, 844)
SHIFTED = """
new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 600);
})
"""
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def gallery(site: Site) -> dict[str, str]:
    """The id of each wallpaper that these tests look at, by its title."""
    sizes = {
        "Pine ridge": (2560, 1440),
        "Night harbour": (3440, 1440),
        "Glass tower": (1440, 3120),
        "Small meadow": (1000, 700),
    }
    ids = {}
    for seed, (title, (width, height)) in enumerate(sizes.items(), 601):
        answer = site.upload(
            a_picture(width, height, seed=seed),
            title=title,
            tags=f"screens,{title.split()[0].lower()}",
            creator="Noor Haddad",
            license="cc0-1.0",
        )
        assert answer.status_code == 201, answer.text
        ids[title] = answer.json()["id"]
    wait_until(lambda: len(site.finds("tag:screens")) == 4, seconds=5, what="the gallery")
    return ids


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens a page of the site as a visitor who has never been there, and minds every mistake."""
    with ExitStack() as contexts:
        mistakes: list[str] = []

        def open_(
            path: str,
            size: tuple[int, int] = WIDE,
            theme: str = "light",
            *,
            script: bool = True,
            slow: bool = False,
        ) -> Page:
            context = contexts.enter_context(
                visitor(browser, size=size, theme=theme, script=script)
            )
            page = context.new_page()
            if slow:
                _slow_down(page)
            page.on("pageerror", lambda error: mistakes.append(str(error)))
            page.on(
                "console", lambda line: mistakes.append(line.text) if _is_mistake(line) else None
            )
            page.goto(f"{site.url}{path}")
            return page

        yield open_
        assert mistakes == []


@contextmanager
def visitor(
    browser: Browser, *, size: tuple[int, int], theme: str, script: bool = True
) -> Iterator[BrowserContext]:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        screen={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        java_script_enabled=script,
        has_touch=size == NARROW,
        is_mobile=size == NARROW,
        accept_downloads=True,
    )
    yield context
    context.close()


def _slow_down(page: Page) -> None:
    """As a cheap telephone far from the next mast: a page comes in pieces, and is seen so."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 60,
            "downloadThroughput": 250_000,
            "uploadThroughput": 250_000,
        },
    )


def _is_mistake(line: object) -> bool:
    text, kind = getattr(line, "text", ""), getattr(line, "type", "")
    return kind == "error" and "404" not in text


def address(page: Page, name: str | re.Pattern[str]) -> str:
    return page.get_by_role("link", name=name).first.get_attribute("href") or ""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_to_complain_about(
    visit: Open, site: Site, gallery: dict[str, str], size: tuple[int, int], theme: str
) -> None:
    page = visit("/", size, theme)
    for path in (
        "/",
        "/search?q=tag:screens",
        "/search?q=tag:screens+ratio:portrait+tag:nothing",
        "/search?q=colr:red",
        "/explore",
        "/upload",
        f"/w/{gallery['Pine ridge']}",
        f"/w/{gallery['Small meadow']}",
        "/offline",
        "/w/zzzzzzzz",
    ):
        page.goto(f"{site.url}{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"


def test_axe_finds_nothing_in_what_opens(visit: Open, gallery: dict[str, str]) -> None:
    page = visit("/search?q=tag:screens")
    page.get_by_role("button", name="All filters").click()
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert Axe().run(page).violations_count == 0

    page = visit(f"/w/{gallery['Pine ridge']}")
    page.get_by_role("button", name="Adjust").click()
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    page.get_by_role("button", name="View full screen").click()
    page.get_by_text("Lock screen").click()
    assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_jumps_while_a_page_comes(
    visit: Open, gallery: dict[str, str], size: tuple[int, int]
) -> None:
    for path in ("/", "/search?q=tag:screens", f"/w/{gallery['Pine ridge']}"):
        page = visit(path, size, slow=True)
        page.wait_for_load_state("networkidle")

        assert page.evaluate(SHIFTED) <= 0.02, path


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_filters_are_put_on_and_taken_off(
    visit: Open, gallery: dict[str, str], size: tuple[int, int], *, script: bool
) -> None:
    page = visit("/search?q=tag:screens", size, script=script)
    page.get_by_role("button", name="Shape").click()
    page.get_by_role("link", name=re.compile("^Portrait")).first.click()

    expect(page.get_by_role("searchbox")).to_have_value("tag:screens ratio:portrait")
    assert gallery["Glass tower"] in page.content()
    assert gallery["Pine ridge"] not in page.content()

    page.get_by_role("link", name="Take out Portrait").click()
    expect(page.get_by_role("link", name="Pine ridge").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_search_can_be_for_ones_own_screen(
    visit: Open, gallery: dict[str, str], *, script: bool
) -> None:
    page = visit("/search?q=tag:screens", script=script)
    page.get_by_role("button", name="All filters").click()
    page.get_by_label("Width in pixels").fill("3440")
    page.get_by_label("Height in pixels").fill("1440")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page).to_have_url(re.compile(r"fits%3A3440x1440"))
    expect(page.locator(f"a[href='/w/{gallery['Pine ridge']}']")).to_have_count(0)
    expect(page.locator(f"a[href='/w/{gallery['Night harbour']}']")).not_to_have_count(0)


def test_the_screen_is_recognised_and_what_is_said_of_it_kept(
    visit: Open, gallery: dict[str, str]
) -> None:
    page = visit("/")
    assert "fits%3A1440x900" in address(page, re.compile("This screen"))

    page.goto(f"{page.url}w/{gallery['Pine ridge']}")
    expect(page.get_by_role("link", name="Download for this screen")).to_contain_text("1440×900")
    page.get_by_label("Width in pixels").fill("1920")
    page.get_by_label("Height in pixels").fill("1200")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Download for this screen")).to_contain_text("1920×1200")

    page.goto(page.url.split("/w/")[0])
    assert "fits%3A1920x1200" in address(page, re.compile("This screen"))


def test_a_frame_is_dragged_nudged_and_slid_and_the_download_follows(
    visit: Open, gallery: dict[str, str]
) -> None:
    page = visit(f"/w/{gallery['Pine ridge']}")
    button = page.get_by_role("link", name="Download for this screen")
    expect(button).to_contain_text(re.compile(r"1440×900, JPEG, \d"))  # its weight
    at_first = button.get_attribute("href") or ""
    assert "x=" not in at_first

    frame = page.get_by_role("group", name=re.compile("^The frame"))
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"], box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    dragged = _x(button)
    assert dragged == pytest.approx(1 - (900 * 1.6 / 1600) / 2, abs=0.01)  # against the edge

    frame.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert _x(button) == pytest.approx(max(dragged - 0.11, 0.45), abs=0.012)

    page.get_by_role("button", name="Adjust").click()
    page.get_by_role("slider", name="Across").fill("0")
    assert _x(button) == pytest.approx(0.45, abs=0.01)
    page.get_by_role("slider", name="Zoom").fill("120")
    assert "z=1.20" in (button.get_attribute("href") or "")
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        button.click()
    assert Image.open(download.value.path()).size == (1440, 900)


def _x(button: object) -> float:
    found = re.search(r"[?&]x=([0-9.]+)", button.get_attribute("href") or "")  # type: ignore[attr-defined]
    assert found is not None
    return float(found[1])


def test_a_screen_larger_than_the_picture_gets_the_largest_there_is(
    visit: Open, gallery: dict[str, str]
) -> None:
    page = visit(f"/w/{gallery['Small meadow']}")
    button = page.get_by_role("link", name="Download for this screen")

    expect(button).to_contain_text("1000×625, JPEG")
    expect(button).to_contain_text("the largest there is")
    with page.expect_download() as download:
        button.click()
    assert Image.open(download.value.path()).size == (1000, 625)


def test_a_picture_is_framed_for_a_phone_and_taken_whole(
    visit: Open, gallery: dict[str, str]
) -> None:
    page = visit(f"/w/{gallery['Glass tower']}", NARROW)

    page.get_by_role("button", name="Phone").click()
    expect(page.get_by_role("link", name="Download for a phone")).to_contain_text("1206×2622")
    page.get_by_role("button", name="Whole image").click()
    expect(page.get_by_role("link", name="Download the original")).to_contain_text("1440×3120")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_picture_is_seen_alone_under_a_desktop_and_under_a_lock_screen(
    visit: Open, gallery: dict[str, str], *, script: bool
) -> None:
    page = visit(f"/w/{gallery['Pine ridge']}", script=script)
    page.get_by_role("button", name="View full screen").click()
    viewer = page.get_by_role("dialog", name=re.compile("full screen"))

    expect(viewer.locator("img")).to_be_visible()
    viewer.get_by_text("Desktop").click()
    expect(viewer.locator(".dock")).to_be_visible()
    viewer.get_by_text("Lock screen").click()
    expect(viewer.locator(".locked")).to_be_visible()
    expect(viewer.locator(".dock")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_without_a_script_any_size_is_downloaded(visit: Open, gallery: dict[str, str]) -> None:
    page = visit(f"/w/{gallery['Pine ridge']}", script=False)
    page.get_by_label("Width in pixels").fill("1001")
    page.get_by_label("Height in pixels").fill("777")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()

    assert Image.open(download.value.path()).size == (1001, 777)


def test_a_palette_is_taken_home(visit: Open, gallery: dict[str, str]) -> None:
    page = visit(f"/w/{gallery['Pine ridge']}")

    with page.expect_download() as download:
        page.get_by_role("link", name="GIMP").click()

    assert download.value.path().read_text().startswith("GIMP Palette\n")


def test_a_word_is_completed_with_the_keys(visit: Open, gallery: dict[str, str]) -> None:
    page = visit("/")
    page.keyboard.press("/")
    page.keyboard.type("scree", delay=20)
    expect(page.get_by_role("option").first).to_contain_text("screens")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/search"))
    expect(page.get_by_role("link", name="Pine ridge").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_the_colour_wheel_opens_and_closes(visit: Open, *, script: bool) -> None:
    page = visit("/", script=script)
    page.get_by_role("button", name="Search by colour").click()
    colour = page.get_by_role("link", name="Mostly teal")
    expect(colour).to_be_visible()
    page.keyboard.press("Escape")
    expect(colour).to_be_hidden()


def test_a_theme_is_kept_from_page_to_page(visit: Open) -> None:
    page = visit("/")
    page.get_by_role("button", name="Switch to dark theme").click()
    page.goto(f"{page.url}explore")

    assert page.evaluate("getComputedStyle(document.body).colorScheme") in {"dark", "light dark"}
    expect(page.get_by_role("button", name="Switch to light theme")).to_be_visible()


def test_keys_move_over_the_wallpapers_and_open_one(visit: Open, gallery: dict[str, str]) -> None:
    page = visit("/search?q=tag:screens")
    page.keyboard.press("l")
    page.keyboard.press("ArrowRight")
    second = page.locator(".tile a.pic").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/w/"))


def test_what_was_opened_still_opens_offline(
    browser: Browser, site: Site, gallery: dict[str, str]
) -> None:
    with visitor(browser, size=WIDE, theme="light") as context:
        page = context.new_page()
        page.goto(site.url)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.goto(f"{site.url}/search?q=tag:screens")
        page.wait_for_load_state("networkidle")
        page.goto(f"{site.url}/w/{gallery['Pine ridge']}")
        page.wait_for_load_state("networkidle")
        page.wait_for_function("caches.match(location.href)")

        context.set_offline(True)
        page.goto(f"{site.url}/explore")
        expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
        lately = page.get_by_role("link", name=re.compile("opened lately")).first
        expect(lately).to_be_visible()
        page.goto(f"{site.url}/w/{gallery['Pine ridge']}")
        expect(page.get_by_role("heading", name="Pine ridge")).to_be_visible()
