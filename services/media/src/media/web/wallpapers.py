"""The records of wallpapers that are here: show, change, delete."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from media.display import Display
from media.domain.person import may_see, require_a_say
from media.domain.wallpaper import is_id
from media.ports import Catalogue, Originals, WallpaperNotFound
from media.retire import retire
from media.revise import revise
from media.show import show
from media.web.callers import Callers
from media.web.forms import read_object
from media.web.represent import represented
from media.web.versions import require_match


def create_blueprint(
    catalogue: Catalogue, originals: Originals, display: Display, callers: Callers
) -> Blueprint:
    """Everything about single wallpapers."""
    blueprint = Blueprint("wallpapers", __name__)

    @blueprint.get("/wallpapers/<wallpaper_id>")
    def show_wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        wallpaper = show(wallpaper_id, callers.anyone(), catalogue)
        return represented(wallpaper).make_conditional(request)

    @blueprint.patch("/wallpapers/<wallpaper_id>")
    def change_wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        person = callers.somebody()
        wallpaper = show(wallpaper_id, person, catalogue, fresh=True)
        require_a_say(person, wallpaper)
        require_match(wallpaper)
        revised = revise(wallpaper, read_object(), catalogue, originals, now=datetime.now(UTC))
        return represented(revised)

    @blueprint.delete("/wallpapers/<wallpaper_id>")
    def delete_wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        person = callers.somebody()
        if not is_id(wallpaper_id):
            raise WallpaperNotFound(wallpaper_id)
        wallpaper = catalogue.get(wallpaper_id, fresh=True)
        if not (wallpaper.is_deleted or may_see(person, wallpaper)):
            raise WallpaperNotFound(wallpaper_id)
        require_a_say(person, wallpaper)
        if "If-Match" in request.headers and not wallpaper.is_deleted:
            require_match(wallpaper)
        with display.cleared(wallpaper_id):
            retire(wallpaper, catalogue, originals, now=datetime.now(UTC))
        return Response(status=204)

    return blueprint
