"""What a page may weigh on the wire. gzip stands in for the edge's brotli, which is tighter."""

import base64
import gzip
import io
import random

import pytest
from PIL import Image

from gateway.web.assets import asset
from tests.support.elements import Elements
from tests.support.gateway_builders import HTML, Scripted, a_gateway, a_record, a_visitor, an_answer

KB = 1000
_WORDS = (
    "fog", "ridge", "pine", "night", "aurora", "dune", "harbour", "lantern", "meadow", "glass",
    "copper", "tide",
)  # fmt: skip


def a_placeholder(chance: random.Random) -> str:
    """Sixteen pixels of a picture with some light and dark in it, as media makes them."""
    few = Image.frombytes("RGB", (4, 3), chance.randbytes(36))
    file = io.BytesIO()
    few.resize((16, 9), Image.Resampling.BICUBIC).save(file, "WEBP", quality=30, method=6)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def a_full_site() -> Scripted:
    """Search as it answers on a large site: sixty different wallpapers, every facet, warnings."""
    chance = random.Random(7)
    records = []
    for number in range(60):
        width, height = chance.choice([(3840, 2160), (6000, 4000), (1440, 3200), (5120, 1440)])
        records.append(
            a_record(
                f"w{number:03d}{chance.randrange(10**4):04d}",
                title=" ".join(chance.sample(_WORDS, 4)).capitalize(),
                creator=" ".join(chance.sample(_WORDS, 2)).title(),
                tags=chance.sample(_WORDS, 6),
                width=width,
                height=height,
                focal={"x": chance.random(), "y": chance.random()},
                lqip=a_placeholder(chance),
            )
        )
    facets = {
        kind: [
            {"value": f"{word}{kind}", "count": 999, "q": f"{kind}:{word}"} for word in _WORDS[:8]
        ]
        for kind in ("category", "ratio", "resolution", "tone", "color", "type", "license", "ai")
    }
    suggested = [
        {"kind": "tag", "text": f"{a} {b}", "insert": f'tag:"{a} {b}"', "count": 9, "start": 0}
        for a in _WORDS
        for b in _WORDS[:4]
    ]
    found = an_answer(*records, total=48_210, page=7, pages=804, facets=facets, words="fog, 16:9")
    similar = an_answer(*records[:8])
    return Scripted({"/search": found, "/suggest": {"data": suggested}, "*": similar})


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=fog+ratio:landscape&page=7",
        "/explore",
        "/w/pine2345",
        "/offline",
        "/nothing",
    ],
)
def test_no_page_is_heavier_than_its_budget(path: str) -> None:
    visitor = a_visitor(a_gateway(a_full_site(), Scripted({"/wallpapers/pine2345": a_record()})))
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
    visitor = a_visitor(a_gateway(a_full_site(), media))

    for path in ("/", "/search?q=fog", "/explore", "/w/pine2345", "/offline", "/nothing"):
        page = visitor.get(path, headers=HTML)
        for tag, attributes in Elements(page.text).found:
            assert tag != "style"
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            for name in ("src", "srcset"):
                said = attributes.get(name) or ""
                assert said.startswith(("/", "data:image/webp;base64,")) or not said
