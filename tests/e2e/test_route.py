"""The strip on every page, and the route that it opens, in a real browser."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_screens import NARROW, SHIFTED, WIDE, visitor
from tests.support.pictures import a_picture
from tests.support.servers import wait_until
from tests.support.site import Site

pytestmark = pytest.mark.e2e
STRIP = re.compile(r"^\d+ stops, [\d.]+ ms$")
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


@pytest.fixture(scope="module")
def wallpaper(site: Site) -> str:
    answer = site.upload(a_picture(2560, 1440, seed=9107), title="Long road", tags="routes")
    assert answer.status_code == 201, answer.text
    wait_until(lambda: site.finds("tag:routes") != [], seconds=5, what="the wallpaper")
    return str(answer.json()["id"])


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, size: tuple[int, int], theme: str) -> Iterator[Page]:
    mistakes: list[str] = []
    with visitor(browser, size=size, theme=theme) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on(
            "console", lambda line: mistakes.append(line.text) if line.type == "error" else None
        )
        yield page
    assert mistakes == []


@SIZES
def test_a_visitor_follows_the_strip_to_the_route_of_the_page(
    page: Page, site: Site, wallpaper: str
) -> None:
    page.goto(f"{site.url}/search?q=tag:routes")
    strip = page.locator("footer").get_by_role("link", name=STRIP)
    expect(strip).to_be_visible()
    page.wait_for_timeout(300)
    strip.click()

    expect(page.get_by_role("heading", name="The route of one request")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/route/[0-9a-f]{32}$"))
    expect(page.get_by_text("You searched for “tag:routes”.")).to_be_visible()
    timeline = page.get_by_role("region", name="Timeline")
    for words in ("Gateway handles the request", "Ask search", "Search answers", "Draw the HTML"):
        expect(timeline.get_by_text(words, exact=True).first).to_be_visible()
    for mine in ("wait", "paint"):
        expect(timeline.locator(f"[data-mine={mine}] .t")).to_have_text(re.compile(r"^[\d.]+$"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SHIFTED) <= 0.02
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@SIZES
@pytest.mark.parametrize("theme", ["light"], indirect=True)
def test_a_route_can_be_run_again_and_is_another_one(
    page: Page, site: Site, wallpaper: str
) -> None:
    page.goto(f"{site.url}/w/{wallpaper}")
    page.wait_for_timeout(400)
    page.locator("footer a.strip").click()
    first = page.url

    page.get_by_role("link", name="Run it again").click()

    expect(page).not_to_have_url(first)
    expect(page).to_have_url(re.compile(r"/route/[0-9a-f]{32}$"))
    expect(page.get_by_text("You opened a wallpaper.")).to_be_visible()
    expect(page.get_by_text("Look for what was remembered").first).to_be_visible()


@SIZES
@pytest.mark.parametrize("theme", ["light"])
def test_without_a_script_the_strip_opens_a_route_that_says_what_is_missing(
    browser: Browser, site: Site, size: tuple[int, int], theme: str
) -> None:
    with visitor(browser, size=size, theme=theme, script=False) as context:
        page = context.new_page()
        page.goto(site.url)
        page.locator("footer a.strip").click()

        expect(page).to_have_url(re.compile(r"/route/[0-9a-f]{32}$"))
        expect(page.get_by_text("measured by your browser; JavaScript is off")).to_have_count(4)
        expect(page.get_by_text("Search answers").first).to_be_visible()


def test_a_route_crosses_all_services_and_stores_and_others_cannot_add_to_it(
    site: Site, wallpaper: str
) -> None:
    answer = site.upload(a_picture(2600, 1460, seed=9108), title="Other road", tags="routes")
    trace_id = answer.headers["traceresponse"].split("-")[1]
    timing = answer.headers["Server-Timing"]
    for stop in ("gateway", "media", "decoder", "dynamodb", "s3"):
        assert re.search(rf"\b{stop};dur=[\d.]+", timing), timing

    theirs = {"traceparent": f"00-{trace_id}-{'b2' * 8}-01"}
    for path in ("/", "/api/v1/search", f"/w/{wallpaper}"):
        stranger = httpx.get(f"{site.url}{path}", headers=theirs, timeout=20)
        assert trace_id not in str(stranger.headers)

    route = httpx.get(f"{site.url}/route/{trace_id}", timeout=20).text
    for words in ("An application sent a picture", "Look inside the picture", "DynamoDB", "Store"):
        assert words in route
    assert "You opened" not in route
    assert site.key not in route


def test_a_route_that_never_was_is_a_404_with_a_sentence(site: Site) -> None:
    answer = httpx.get(f"{site.url}/route/{'ab' * 16}", headers={"Accept": "text/html"}, timeout=20)

    assert answer.status_code == 404
    assert "15 minutes" in answer.text
