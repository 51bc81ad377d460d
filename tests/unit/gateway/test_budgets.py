"""What a page may weigh on the wire. gzip stands in for the edge's brotli, which is tighter."""

import gzip

import pytest

from gateway.web.assets import asset
from tests.support.elements import Elements
from tests.support.gateway_builders import (
    HTML,
    TRACE_ID,
    Scripted,
    a_gateway,
    a_journey,
    a_record,
    a_visitor,
)
from tests.support.large_site import a_full_site

KB = 1000


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=fog+ratio:landscape&page=7",
        "/explore",
        "/upload",
        "/w/pine2345",
        "/offline",
        f"/route/{TRACE_ID}",
        "/nothing",
    ],
)
def test_no_page_is_heavier_than_its_budget(path: str) -> None:
    media = Scripted({"/wallpapers/pine2345": a_record()})
    visitor = a_visitor(a_gateway(a_full_site(), media, journeys=a_journey()))
    visitor.get("/")  # what is remembered of it is shown with a missing page

    page = visitor.get(path, headers=HTML)
    elements = Elements(page.text)

    def weight(*addresses: str | None) -> int:
        return sum(len(gzip.compress(visitor.get(found or "").data)) for found in addresses)

    styles = [found["href"] for found in elements.all("link", rel="stylesheet")]
    preloaded = [found["href"] for found in elements.all("link", rel="modulepreload")]
    scripts = [found["src"] for found in elements.all("script") if "src" in found]
    assert len(gzip.compress(page.data)) <= 12 * KB
    assert weight(*styles) <= 12 * KB
    assert weight(*{*scripts, *preloaded}) <= 10 * KB
    assert len(elements.found) <= 1500


def test_fonts_weigh_no_more_than_their_budget() -> None:
    visitor = a_visitor(a_gateway())

    fonts = [asset(f"fonts/{name}.woff2") for name in ("instrument-sans", "geist-mono")]
    assert sum(len(visitor.get(font).data) for font in fonts) <= 60 * KB


def test_nothing_on_a_page_comes_from_elsewhere_or_brings_a_style_of_its_own() -> None:
    media = Scripted({"/wallpapers/pine2345": a_record()})
    visitor = a_visitor(a_gateway(a_full_site(), media, journeys=a_journey()))

    for path in (
        "/",
        "/search?q=fog",
        "/explore",
        "/upload",
        "/w/pine2345",
        "/offline",
        f"/route/{TRACE_ID}",
        "/nothing",
    ):
        page = visitor.get(path, headers=HTML)
        for tag, attributes in Elements(page.text).found:
            assert tag != "style"
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            for name in ("src", "srcset"):
                said = attributes.get(name) or ""
                assert said.startswith(("/", "data:image/webp;base64,")) or not said
