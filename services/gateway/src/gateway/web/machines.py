"""What machines read of the site: crawlers, and browsers that install it."""

from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from gateway.ask import Found, find_wallpapers
from gateway.ports import Upstream
from gateway.web.assets import asset, version

_A_DAY = "public, max-age=0, s-maxage=86400, stale-while-revalidate=604800"
_IN_A_FILE = 100
"""Wallpapers in one file of the sitemap: as many as search gives at once."""
_MOST_FILES = 50_000  # sitemaps.org: no index may list more
_MAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_IMAGES = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'


_OFFLINE = (
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/pages.css",
    "css/shapes.css",
    "fonts/instrument-sans.woff2",
    "icons.svg",
    "icon.svg",
    "js/app.js",
    "js/browse.js",
    "js/first.js",
    "js/offline.js",
    "js/screen.js",
)
"""What a page needs to look and work as it does, for when there is no network."""


def create_blueprint(search: Upstream, public_url: str) -> Blueprint:
    """The files; the sitemap lists what ``search`` knows, under ``public_url``."""
    blueprint = Blueprint("machines", __name__)

    @blueprint.get("/robots.txt")
    def robots() -> ResponseReturnValue:
        lines = ("User-agent: *", "Disallow: /api/", "Disallow: /w/*/download", "Disallow: /route")
        text = "\n".join((*lines, f"Sitemap: {public_url}/sitemap.xml", ""))
        return _kept(Response(text, mimetype="text/plain"))

    @blueprint.get("/sitemap.xml")
    def sitemap() -> ResponseReturnValue:
        files = -(-_oldest_first(search, 1).total // _IN_A_FILE)
        addresses = "".join(
            f"<sitemap><loc>{escape(public_url)}/sitemap-{number}.xml</loc></sitemap>"
            for number in range(1, min(files, _MOST_FILES) + 1)
        )
        return _xml(f"<sitemapindex {_MAP}>{addresses}</sitemapindex>")

    @blueprint.get("/sitemap-<int:number>.xml")
    def part(number: int) -> ResponseReturnValue:
        if not 1 <= number <= _MOST_FILES:
            abort(404)
        found = _oldest_first(search, number).wallpapers
        if not found:
            abort(404)
        base = escape(public_url)
        addresses = "".join(
            f"<url><loc>{base}/w/{wallpaper.id}</loc><image:image>"
            f"<image:loc>{base}{wallpaper.image('w1280.jpg')}</image:loc></image:image></url>"
            for wallpaper in found
        )
        return _xml(f"<urlset {_MAP} {_IMAGES}>{addresses}</urlset>")

    @blueprint.get("/manifest.webmanifest")
    def manifest() -> ResponseReturnValue:
        icons: list[dict[str, str]] = [
            {"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
        ]
        icons += [
            {
                "src": asset(f"icon-{side}.png"),
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": purpose,
            }
            for side in (192, 512)
            for purpose in ("any", "maskable")
        ]
        said = {
            "id": "/",
            "name": "Paperroute",
            "short_name": "Paperroute",
            "description": "Wallpapers that fit the screen you own.",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#0c0f13",
            "theme_color": "#0c0f13",
            "icons": icons,
        }
        response = make_response(said)
        response.mimetype = "application/manifest+json"
        return _kept(response)

    @blueprint.get("/sw.js")
    def worker() -> ResponseReturnValue:
        response = make_response(
            render_template(
                "worker.js", needed=["/offline", *map(asset, _OFFLINE)], version=version()
            )
        )
        response.mimetype = "text/javascript"
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(version())
        return response

    @blueprint.get("/offline")
    def offline() -> ResponseReturnValue:
        return _kept(make_response(render_template("offline.html", resting=())))

    @blueprint.get("/favicon.ico")
    def favicon() -> ResponseReturnValue:
        return redirect(asset("icon.svg"))

    return blueprint


def _oldest_first(search: Upstream, page: int) -> Found:
    # What is new comes at the end, so that the other files stay as they are.
    return find_wallpapers("sort:old", search, limit=_IN_A_FILE, page=page)


def _xml(text: str) -> Response:
    declared = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
    return _kept(Response(declared, mimetype="application/xml"))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = _A_DAY
    return response
