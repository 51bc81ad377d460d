"""The page of one wallpaper, and what can be taken home from it."""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from chassis.seal import Sealer
from gateway.ask import Found, get_wallpaper
from gateway.domain.palette import FORMATS
from gateway.domain.screen import PHONE, Frame, cut_name, filled_by
from gateway.domain.service import Service
from gateway.ports import Upstream
from gateway.remember import Recent
from gateway.show import show_wallpaper
from gateway.web.templating import SHARED, begin_page, page

_LINK_LIFETIME = 600
_EXTENSIONS = {"jpg": "jpg", "jpeg": "jpg", "webp": "webp", "avif": "avif"}


def create_blueprint(
    services: dict[Service, Upstream], recent: Recent[Found], sealer: Sealer
) -> Blueprint:
    """The page; what leads away from it to a cut is sealed by ``sealer``."""
    blueprint = Blueprint("wallpapers", __name__)
    blueprint.before_request(begin_page)
    search, media = services[Service.SEARCH], services[Service.MEDIA]

    @blueprint.get("/w/<word:wallpaper_id>")
    def wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        shown = show_wallpaper(wallpaper_id, search, media, recent)
        screens = filled_by(shown.wallpaper.width, shown.wallpaper.height)
        return page("wallpaper.html", shown.resting, opened=shown, screens=screens, phone=PHONE)

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

    @blueprint.get("/w/<word:wallpaper_id>/palette.<word:extension>")
    def palette(wallpaper_id: str, extension: str) -> ResponseReturnValue:
        if extension not in FORMATS:
            raise NotFound(f"A palette comes as {', '.join(FORMATS)}.")
        wallpaper = get_wallpaper(wallpaper_id, media)
        if not wallpaper.palette:
            raise NotFound("We know no colours of this wallpaper.")
        media_type, write = FORMATS[extension]
        response = Response(write(wallpaper), mimetype=media_type)
        name = f'attachment; filename="paperroute-{wallpaper.id}.{extension}"'
        response.headers["Content-Disposition"] = name
        response.headers["Cache-Control"] = SHARED
        return response

    return blueprint
