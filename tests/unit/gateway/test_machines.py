"""What machines read: crawlers, link previews, browsers that install the site."""

import json
from xml.etree import ElementTree as ET

from tests.support.elements import Elements
from tests.support.gateway_builders import (
    PUBLIC_URL,
    Scripted,
    a_gateway,
    a_record,
    a_visitor,
    an_answer,
)

SITEMAP = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
}


def test_the_sitemap_leads_to_every_wallpaper() -> None:
    search = Scripted({"/search": an_answer(a_record(), total=250)})
    visitor = a_visitor(a_gateway(search))

    index = ET.fromstring(visitor.get("/sitemap.xml").data)
    files = [found.text or "" for found in index.iterfind("s:sitemap/s:loc", SITEMAP)]
    part = ET.fromstring(visitor.get(files[2].removeprefix(PUBLIC_URL)).data)

    assert files == [f"{PUBLIC_URL}/sitemap-{n}.xml" for n in (1, 2, 3)]
    assert "page=3" in search.asked[-1].query
    assert [found.text for found in part.iterfind("s:url/s:loc", SITEMAP)] == [
        f"{PUBLIC_URL}/w/pine2345"
    ]
    assert [found.text for found in part.iterfind(".//image:loc", SITEMAP)] == [
        f"{PUBLIC_URL}/i/pine2345/w1280.jpg"
    ]


def test_a_file_of_the_sitemap_that_is_not_there_is_not_found() -> None:
    visitor = a_visitor(a_gateway())

    assert visitor.get("/sitemap-1.xml").status_code == 404
    assert visitor.get("/sitemap-0.xml").status_code == 404
    assert visitor.get("/sitemap-99999999.xml").status_code == 404


def test_robots_are_told_of_the_sitemap_and_kept_from_the_api() -> None:
    text = a_visitor(a_gateway()).get("/robots.txt").text

    assert f"Sitemap: {PUBLIC_URL}/sitemap.xml" in text
    assert "Disallow: /api/" in text


def test_a_link_to_a_wallpaper_shows_its_picture_elsewhere() -> None:
    media = Scripted({"*": a_record(description="A ridge at dawn.")})

    page = Elements(a_visitor(a_gateway(media=media)).get("/w/pine2345").text)

    said = {
        found["property"]: found["content"] for found in page.all("meta") if "property" in found
    }
    assert said["og:title"] == "Pine ridge by Noor Haddad"
    assert said["og:description"] == "A ridge at dawn."
    assert said["og:url"] == f"{PUBLIC_URL}/w/pine2345"
    assert said["og:image"] == f"{PUBLIC_URL}/i/pine2345/1200x630.jpg"
    assert page.all("link", rel="canonical")[0]["href"] == f"{PUBLIC_URL}/w/pine2345"


def test_a_small_wallpaper_is_previewed_as_it_is() -> None:
    media = Scripted({"*": a_record(width=1100, height=800)})

    page = a_visitor(a_gateway(media=media)).get("/w/pine2345")

    assert f"{PUBLIC_URL}/i/pine2345/w1280.jpg" in page.text


def test_search_engines_read_whose_it_is_and_under_which_licence() -> None:
    hostile = "</script><script>alert(1)</script>"
    media = Scripted({"*": a_record(title=hostile, license="cc-by-4.0")})

    page = a_visitor(a_gateway(media=media)).get("/w/pine2345").text

    (text,) = Elements(page).texts["script"]
    said = json.loads(text)
    assert said["@type"] == "ImageObject"
    assert said["name"] == hostile
    assert said["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert said["acquireLicensePage"] == f"{PUBLIC_URL}/w/pine2345"
    assert said["creator"]["name"] == said["creditText"] == "Noor Haddad"
    assert said["contentUrl"] == f"{PUBLIC_URL}/i/pine2345/1200x630.jpg"


def test_the_site_can_be_installed() -> None:
    visitor = a_visitor(a_gateway())

    manifest = visitor.get("/manifest.webmanifest")

    said = json.loads(manifest.data)
    assert manifest.mimetype == "application/manifest+json"
    assert said["start_url"] == "/"
    for icon in said["icons"]:
        assert visitor.get(icon["src"]).mimetype == icon["type"]


def test_the_worker_keeps_only_what_is_there() -> None:
    visitor = a_visitor(a_gateway())

    worker = visitor.get("/sw.js")

    line = next(line for line in worker.text.splitlines() if line.startswith("const NEEDED"))
    needed = json.loads(line.removeprefix("const NEEDED = ").removesuffix(";"))
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "/offline" in needed
    for address in needed:
        assert visitor.get(address).status_code == 200
    assert len(worker.text.splitlines()) < 80
