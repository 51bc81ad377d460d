"""The very bytes of wallpapers that are here: download, put better ones in their place."""

from datetime import UTC, datetime

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from media.deliver import Studio
from media.display import Display
from media.domain.person import require_a_say
from media.improve import improve, is_original, tidied
from media.ports import Catalogue, Originals, Pictures
from media.show import link_to_original, show
from media.web.callers import Callers
from media.web.forms import accepts, read_upload
from media.web.represent import represented
from media.web.versions import require_match


def create_blueprint(
    catalogue: Catalogue,
    originals: Originals,
    pictures: Pictures,
    studio: Studio,
    display: Display,
    callers: Callers,
) -> Blueprint:
    """The originals of single wallpapers."""
    blueprint = Blueprint("originals", __name__)

    @blueprint.get("/wallpapers/<wallpaper_id>/original")
    def download_original(wallpaper_id: str) -> ResponseReturnValue:
        wallpaper = show(wallpaper_id, callers.anyone(), catalogue)
        response = redirect(link_to_original(wallpaper, originals))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @blueprint.put("/wallpapers/<wallpaper_id>/original")
    def improve_original(wallpaper_id: str) -> ResponseReturnValue:
        person = callers.somebody()
        wallpaper = show(wallpaper_id, person, catalogue, fresh=True)
        require_a_say(person, wallpaper)
        upload = read_upload(uploader=person.account)
        if is_original(wallpaper, upload):
            with display.cleared(wallpaper_id):
                return represented(tidied(wallpaper, catalogue, originals))
        if "If-Match" in request.headers:
            require_match(wallpaper)
        with display.cleared(wallpaper_id):
            improved = improve(
                wallpaper,
                upload,
                catalogue,
                originals,
                pictures,
                smaller=accepts("smaller"),
                now=datetime.now(UTC),
                keep_early=studio.keep_early,
            )
        return represented(improved)

    return blueprint
