"""People sign in with their key and upload a picture by a form, without a script."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, expect

from tests.support.pictures import a_picture
from tests.support.site import Site

pytestmark = pytest.mark.e2e


def a_file(picture: bytes, name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture}


@pytest.mark.parametrize("width", [1440, 390])
def test_a_person_signs_in_and_uploads(browser: Browser, site: Site, width: int) -> None:
    picture = a_picture(2560, 1440, seed=7000 + width)
    copy = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(copy, "JPEG", quality=70)
    with browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=False
    ) as context:
        page = context.new_page()
        page.goto(site.url)
        page.get_by_role("link", name="Upload").locator("visible=true").first.click()
        page.get_by_label("Key").fill("pr_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("That key opens nothing here.")
        page.get_by_label("Key").fill(site.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{site.url}/upload")

        page.get_by_label("Picture").set_input_files(a_file(picture, "quiet-valley.jpg"))
        page.get_by_label("Tags").fill("valley, morning")
        page.get_by_role("button", name="Upload", exact=True).click()
        expect(page.get_by_role("heading", name="Quiet valley", level=1)).to_be_visible()

        page.goto(f"{site.url}/upload")
        page.get_by_label("Picture").set_input_files(a_file(copy.getvalue(), "a-copy.jpg"))
        page.get_by_role("button", name="Upload", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("looks the same")
        page.get_by_label("Picture").set_input_files(a_file(copy.getvalue(), "a-copy.jpg"))
        page.get_by_role("button", name="Use it anyway").click()
        expect(page.get_by_role("heading", name="A copy", level=1)).to_be_visible()

        page.goto(f"{site.url}/upload")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Picture").set_input_files(a_file(picture, "again.jpg"))
        page.get_by_role("button", name="Upload", exact=True).click()
        expect(page.get_by_role("heading", name="You are not signed in.")).to_be_visible()
