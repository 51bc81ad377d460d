"""How values of ours are said in a page, and the answer that a page is."""

import time
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, render_template
from jinja2 import Environment, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from chassis import trace
from gateway.domain import query, words
from gateway.domain.screen import filled_by
from gateway.domain.service import Service
from gateway.domain.wallpaper import Wallpaper
from gateway.show import PAGE
from gateway.web.assets import asset
from gateway.web.chips import search_url

SHARED = "public, max-age=0, s-maxage=60, stale-while-revalidate=3600, stale-if-error=86400"
PREVIEW = 1200, 630
"""Pixels, as the Open Graph's readers want them; a cut that media gives without a signature."""
_MOST_TILES = 2048
"""Remembered: some 4 MB of those that visitors are shown most."""
_BUDGET = 3.0
"""Seconds that a page may take, whatever rests."""


def begin_page() -> None:
    """Give the current request the time that a page may take."""
    trace.enter(replace(trace.current_or_new(), deadline=time.monotonic() + _BUDGET))


def prepare_templates(app: Flask, public_url: str, *, keeps_routes: bool) -> None:
    """What every template of ``app`` can use; pages link to routes if they are kept."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(
        asset=asset,
        base_url=public_url,
        filled_by=filled_by,
        keeps_routes=keeps_routes,
        search_url=search_url,
        tile=lru_cache(_MOST_TILES)(lambda *said: _tile(environment, *said)),
        COLOURS=words.COLOURS,
    )
    environment.filters.update(
        licence=words.licence,
        made=words.made,
        preview=preview,
        schema=schema,
        asked_for=words.asked_for,
        format_name=words.format_name,
        weight=words.weight,
        ms=words.milliseconds,
        initials=words.initials,
        host=lambda url: urlsplit(url).hostname or url,
        loosened=query.loosened,
        quoted=query.quoted,
        shape_class=shape_class,
        focal_class=focal_class,
        srcset=srcset,
        grouped=lambda number: f"{number:,}",
        day=lambda moment: f"{moment.day} {moment:%B %Y}",
    )


def _tile(environment: Environment, wallpaper: Wallpaper, urgency: str) -> Markup:
    """A wallpaper in a grid, which is the same on every page.

    Args:
        environment: Where the templates are.
        wallpaper: Which one.
        urgency: Of its picture: ``first``, ``soon`` or ``later``.
    """
    told = environment.get_template("tile.html").render(wallpaper=wallpaper, urgency=urgency)
    return Markup(told)  # noqa: S704  # what a template of ours has escaped


def shape_class(wallpaper: Wallpaper) -> str:
    """The class that gives a tile its shape."""
    return f"r{round(wallpaper.shape * 100):03d}"


def focal_class(wallpaper: Wallpaper) -> str:
    """The classes that keep the focal point in sight wherever the picture is cut."""
    x, y = (round(place * 20) * 5 for place in wallpaper.focal)
    return f"x{x} y{y}"


def srcset(wallpaper: Wallpaper, extension: str, widest: int) -> str:
    """The picture at every width up to ``widest``, for a browser to choose from."""
    fitting = [r for r in wallpaper.renditions if r.width <= widest] or wallpaper.renditions[:1]
    return ", ".join(f"{r.as_type(extension)} {r.width}w" for r in fitting)


def schema(wallpaper: Wallpaper, base_url: str) -> Markup:
    """What search engines read of a wallpaper, as a JSON-LD text that can end no element.

    Source:
        schema.org/ImageObject, and Google's documentation of image licences.
    """
    terms, terms_url = words.licence(wallpaper.license)
    author = wallpaper.creator or wallpaper.uploader
    page = f"{base_url}/w/{wallpaper.id}"
    said = {
        "@context": "https://schema.org",
        "@type": "ImageObject",
        "@id": page,
        "name": wallpaper.title,
        "description": wallpaper.description or wallpaper.alt,
        "contentUrl": f"{base_url}{preview(wallpaper)}",
        "thumbnailUrl": f"{base_url}{wallpaper.image('w640.jpg')}",
        "width": wallpaper.width,
        "height": wallpaper.height,
        "creator": {"@type": "Person", "name": author},
        "creditText": author,
        "copyrightNotice": f"{author}, {terms}",
        "acquireLicensePage": page,
        "keywords": ", ".join(wallpaper.tags),
        "uploadDate": wallpaper.created_at.isoformat(),
        **({"license": terms_url} if terms_url else {}),
    }
    return htmlsafe_json_dumps(said, ensure_ascii=False)


def preview(wallpaper: Wallpaper) -> str:
    """A picture for links that are shared: as they are shown, if the wallpaper is large enough."""
    fits = wallpaper.width >= PREVIEW[0] and wallpaper.height >= PREVIEW[1]
    size = f"{PREVIEW[0]}x{PREVIEW[1]}" if fits else "w1280"
    return wallpaper.image(f"{size}.jpg")


def page(template: str, resting: frozenset[Service], **shown: object) -> Response:
    """The page that ``template`` makes of what is ``shown``, while some services may rest.

    Every visitor gets the same, so that any cache may keep it, unless something is missing.
    """
    with trace.step("draw", "page"):
        drawn = render_template(template, **shown, **common(resting))
    response = make_response(drawn)
    if resting:
        response.headers["X-Degraded"] = ", ".join(sorted(resting))
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = SHARED
    return response


def common(resting: frozenset[Service]) -> dict[str, object]:
    """What every page's template is given."""
    return {"resting": sorted(resting), "page_size": PAGE}
