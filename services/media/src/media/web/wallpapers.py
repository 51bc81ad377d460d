"""The wallpapers: upload, show, change, delete, download."""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from chassis.problems import answer_known
from media.domain.person import may_see, require_a_say
from media.domain.wallpaper import Wallpaper, is_id
from media.ingest import ingest
from media.ports import (
    Catalogue,
    DuplicateOriginal,
    Originals,
    Pictures,
    WallpaperNotFound,
)
from media.retire import retire
from media.revise import revise
from media.show import link_to_original, show
from media.web.callers import Callers
from media.web.forms import read_patch, read_upload
from media.web.problems import PROBLEMS
from media.web.represent import address, represent
from media.web.versions import etag, require_match


def create_blueprint(
    catalogue: Catalogue, originals: Originals, pictures: Pictures, callers: Callers
) -> Blueprint:
    """Everything about single wallpapers."""
    blueprint = Blueprint("wallpapers", __name__)

    @blueprint.post("/wallpapers")
    def upload_wallpaper() -> ResponseReturnValue:
        upload = read_upload(uploader=callers.somebody().account)
        wallpaper = ingest(upload, catalogue, originals, pictures, now=datetime.now(UTC))
        response = _represented(wallpaper)
        response.status_code = 201
        response.location = address(wallpaper.id)
        return response

    @blueprint.get("/wallpapers/<wallpaper_id>")
    def show_wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        wallpaper = show(wallpaper_id, callers.anyone(), catalogue)
        return _represented(wallpaper).make_conditional(request)

    @blueprint.patch("/wallpapers/<wallpaper_id>")
    def change_wallpaper(wallpaper_id: str) -> ResponseReturnValue:
        person = callers.somebody()
        wallpaper = show(wallpaper_id, person, catalogue, fresh=True)
        require_a_say(person, wallpaper)
        require_match(wallpaper)
        revised = revise(wallpaper, read_patch(), catalogue, originals, now=datetime.now(UTC))
        return _represented(revised)

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
        retire(wallpaper, catalogue, originals, now=datetime.now(UTC))
        return Response(status=204)

    @blueprint.get("/wallpapers/<wallpaper_id>/original")
    def download_original(wallpaper_id: str) -> ResponseReturnValue:
        wallpaper = show(wallpaper_id, callers.anyone(), catalogue)
        response = redirect(link_to_original(wallpaper, originals))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @blueprint.errorhandler(DuplicateOriginal)
    def answer_duplicate(error: DuplicateOriginal) -> Response:
        response = answer_known(PROBLEMS[DuplicateOriginal], error)
        response.location = address(error.wallpaper_id)
        return response

    return blueprint


def _represented(wallpaper: Wallpaper) -> Response:
    response = jsonify(represent(wallpaper))
    response.set_etag(etag(wallpaper))
    response.headers["Cache-Control"] = "private, no-cache"
    return response
