"""Thousands of results in a real browser, in front of a stand-in that has them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.gateway_builders import Scripted, a_gateway
from tests.support.large_site import a_full_site
from tests.support.threaded_servers import served

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def large_site() -> Iterator[str]:
    with served(a_gateway(a_full_site(), Scripted())) as url:
        yield url


def opened(browser: Browser, *, script: bool) -> Page:
    size: ViewportSize = {"width": 1440, "height": 900}
    return browser.new_context(java_script_enabled=script, viewport=size).new_page()


def test_more_results_come_in_place_and_the_address_says_so(
    browser: Browser, large_site: str
) -> None:
    page = opened(browser, script=True)
    page.goto(f"{large_site}/search?q=fog&page=7")
    assert page.locator(".gpad .tile").count() == 60

    page.get_by_role("link", name="Show 60 more").click()

    expect(page.locator(".gpad .tile")).to_have_count(120)
    expect(page).to_have_url(re.compile(r"page=8$"))
    expect(page.locator(".gpad .tile").nth(60).locator("a.pic")).to_be_focused()
    expect(page.get_by_role("contentinfo")).to_be_attached()
    page.context.close()


def test_without_a_script_more_results_are_the_next_page(browser: Browser, large_site: str) -> None:
    page = opened(browser, script=False)
    page.goto(f"{large_site}/search?q=fog&page=7")

    page.get_by_role("link", name="Show 60 more").click()

    expect(page).to_have_url(re.compile(r"page=8$"))
    assert page.locator(".gpad .tile").count() == 60
    page.context.close()


def test_pages_are_reached_by_number(browser: Browser, large_site: str) -> None:
    page = opened(browser, script=True)
    page.goto(f"{large_site}/search?q=fog&page=7")

    page.get_by_role("link", name="Page 804").click()

    expect(page).to_have_url(re.compile(r"page=804$"))
    page.context.close()
