"""Take the screenshots that the README shows, of a site that runs with its demo collection.

python -m scripts.screenshots [--url http://localhost:8080]
"""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.browser import chromium

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
WIDE, NARROW = (1440, 900), (390, 844)


def take(browser: Browser, url: str, *, path: str, name: str, size: tuple[int, int]) -> None:
    """Photograph what a visitor sees first of the page at ``path``."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if size == NARROW else "light",
    )
    page.goto(f"{url}{path}")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=82)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8080", help="the site")
    url = parser.parse_args().url
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}/search?q=ridges")
        first = page.locator("main a[href^='/w/']").first.get_attribute("href") or "/"
        page.close()
        for name, path, size in (
            ("home", "/", WIDE),
            ("results", "/search?q=tag:night", WIDE),
            ("wallpaper", first, WIDE),
            ("phone", "/", NARROW),
        ):
            take(browser, url, path=path, name=name, size=size)
            print(f"  docs/screenshots/{name}.jpg")


if __name__ == "__main__":
    main()
