"""The pages that people see."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from werkzeug.exceptions import BadRequest

from chassis import trace
from chassis.problems import CONTENT_TYPE
from chassis.seal import Sealer
from gateway.ask import Found
from gateway.domain import query, words
from gateway.domain.screen import Frame, cut_name, filled_by
from gateway.domain.service import Service
from gateway.domain.wallpaper import Wallpaper
from gateway.ports import Upstream
from gateway.remember import Recent
from gateway.show import PAGE, lately, show_home, show_results, show_wallpaper
from gateway.web.assets import asset
from gateway.web.chips import COLOURS, chips_for, search_url

_BUDGET = 3.0
"""Seconds that a page may take, whatever rests."""
_SHARED = "public, max-age=0, s-maxage=60, stale-while-revalidate=3600, stale-if-error=86400"
_LINK_LIFETIME = 600
_EXTENSIONS = {"jpg": "jpg", "jpeg": "jpg", "webp": "webp", "avif": "avif"}
#: What a problem that leaves a member out means by it (RFC 9457, section 3.1).
_UNSAID = {"type": "about:blank", "title": "Something went wrong.", "detail": ""}
_NOT_PAGES = ("/api/", "/i/", "/static/", "/livez", "/readyz")


def create_blueprint(
    services: dict[Service, Upstream], recent: Recent[Found], sealer: Sealer
) -> Blueprint:
    """The pages, showing what ``services`` know; ``recent`` stands in for search."""
    blueprint = Blueprint("pages", __name__, template_folder="templates")
    search, media = services[Service.SEARCH], services[Service.MEDIA]

    @blueprint.before_request
    def begin() -> None:
        deadline = time.monotonic() + _BUDGET
        trace.enter(replace(trace.current_or_new(), deadline=deadline))

    @blueprint.get("/")
    def home() -> ResponseReturnValue:
        shown = show_home(search, recent, datetime.now(UTC).date())
        return _page("home.html", shown.resting, home=shown)

    @blueprint.get("/search")
    def results() -> ResponseReturnValue:
        text = " ".join(request.args.get("q", "").split())
        shown = show_results(text, search, recent, cursor=request.args.get("cursor"))
        return _page(
            "results.html",
            shown.resting,
            results=shown,
            q=text,
            first=request.args.get("cursor") is None,
            chips=chips_for(text, shown.found.sort if shown.found else ""),
        )

    @blueprint.get("/w/<word:wallpaper_id>")
    def wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        shown = show_wallpaper(wallpaper_id, search, media, recent)
        screens = filled_by(shown.wallpaper.width, shown.wallpaper.height)
        return _page("wallpaper.html", shown.resting, opened=shown, screens=screens)

    @blueprint.get("/w/<word:wallpaper_id>/download")
    def download(wallpaper_id: str) -> ResponseReturnValue:
        asked = request.args.get
        cut = cut_name(asked("w"), asked("h"), Frame.parse(asked("x"), asked("y"), asked("z")))
        extension = _EXTENSIONS.get(request.args.get("f", "jpg"))
        if extension is None:
            raise BadRequest(f"There is {', '.join(_EXTENSIONS)}; f is one of them.")
        path = f"/i/{wallpaper_id}/{cut}.{extension}"
        token = sealer.seal({"path": path}, purpose="rendition", lifetime=_LINK_LIFETIME)
        response = make_response(redirect(f"{path}?{urlencode({'download': 1, 't': token})}"))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @blueprint.get("/robots.txt")
    def robots() -> ResponseReturnValue:
        text = "User-agent: *\nDisallow: /api/\nDisallow: /w/*/download\n"
        return text, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": _SHARED}

    @blueprint.get("/favicon.ico")
    def favicon() -> ResponseReturnValue:
        return redirect(asset("icon.svg"))

    return blueprint


def dress_problems(app: Flask, recent: Recent[Found]) -> None:
    """Have ``app`` show a problem as a page to whoever would rather read one."""

    @app.after_request
    def dress(response: Response) -> Response:
        if response.mimetype != CONTENT_TYPE or not _is_followed():
            return response
        response.vary.add("Accept")
        accepted = request.accept_mimetypes
        if accepted["text/html"] > accepted[CONTENT_TYPE]:
            page = render_template(
                "problem.html",
                problem={**_UNSAID, **json.loads(response.get_data())},
                fresh=lately(recent) if response.status_code in {404, 410} else (),
                request_id=trace.current_or_new().request_id,
                **_common(frozenset()),
            )
            response.set_data(page)
            response.content_type = "text/html; charset=utf-8"
        return response


def _is_followed() -> bool:
    """Whether people get here by a link, so that what goes wrong may be told on a page."""
    download = "download" in request.args or request.path.endswith("/original")
    return download or not request.path.startswith(_NOT_PAGES)


def prepare_templates(app: Flask) -> None:
    """What every template of ``app`` can use."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(
        asset=asset, filled_by=filled_by, search_url=search_url, COLOURS=COLOURS
    )
    environment.filters.update(
        licence=words.licence,
        made=words.made,
        format_name=words.format_name,
        weight=words.weight,
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


def _page(template: str, resting: frozenset[Service], **shown: object) -> Response:
    response = make_response(render_template(template, **shown, **_common(resting)))
    if resting:
        response.headers["X-Degraded"] = ", ".join(sorted(resting))
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = _SHARED
    return response


def _common(resting: frozenset[Service]) -> dict[str, object]:
    return {"resting": sorted(resting), "page_size": PAGE}
