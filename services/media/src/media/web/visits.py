"""Visits: told by a page once somebody looks at it, and seen where a download is handed out."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from chassis.visitor import HEADER, Visitor, Visitors, VisitorUnknown
from media.count import count
from media.domain.visits import Kind, Visit
from media.ports import Catalogue, Tally
from media.show import show
from media.web.callers import Callers

_HANDED_OUT = {"download_original": 302, "show_image": 200}
"""Endpoints that hand out downloads, and the status with which they do."""


def create_blueprint(
    catalogue: Catalogue, tally: Tally, callers: Callers, visitors: Visitors
) -> Blueprint:
    """Counting visits, each visitor once a day."""
    blueprint = Blueprint("visits", __name__)

    def visitor() -> Visitor:
        return visitors.read(request.headers.get(HEADER), request.method, request.path)

    @blueprint.post("/wallpapers/<wallpaper_id>/views")
    def count_view(wallpaper_id: str) -> ResponseReturnValue:
        somebody = visitor()
        wallpaper = show(wallpaper_id, callers.anyone(), catalogue)
        count(Visit(wallpaper.id, Kind.VIEW, somebody.day, somebody.mark), tally)
        return Response(status=204, headers={"Cache-Control": "no-store"})

    @blueprint.after_app_request
    def count_download(response: Response) -> Response:
        if _hands_out_a_download(response):
            try:
                somebody = visitor()
            except VisitorUnknown:
                return response  # a service of ours, or a person who tries media by hand
            wallpaper_id = (request.view_args or {})["wallpaper_id"]
            count(Visit(wallpaper_id, Kind.DOWNLOAD, somebody.day, somebody.mark), tally)
        return response

    return blueprint


def _hands_out_a_download(response: Response) -> bool:
    endpoint = (request.endpoint or "").rpartition(".")[2]
    if request.method != "GET" or _HANDED_OUT.get(endpoint) != response.status_code:
        return False
    return endpoint != "show_image" or request.args.get("download") == "1"
