"""Uploads: whole ones, those in parts, and what need not be uploaded at all."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from chassis.problems import answer_known
from media import assemble
from media.assemble import Completion, Progress
from media.deliver import Studio
from media.domain.description import InvalidField
from media.domain.multipart import PART_BYTES, sha256_of
from media.ingest import ingest
from media.ports import Catalogue, DuplicateOriginal, NearDuplicate, Originals, Parcels, Pictures
from media.web.callers import Callers
from media.web.forms import accepts, read_object, read_upload
from media.web.problems import PROBLEMS
from media.web.represent import address, moment, represented_new

_MOST_CHECKED = 500


def create_blueprint(
    catalogue: Catalogue,
    originals: Originals,
    parcels: Parcels,
    pictures: Pictures,
    studio: Studio,
    callers: Callers,
) -> Blueprint:
    """Everything by which new wallpapers come in."""
    blueprint = Blueprint("uploads", __name__)

    @blueprint.post("/wallpapers")
    def upload_wallpaper() -> ResponseReturnValue:
        upload = read_upload(uploader=callers.somebody().account)
        wallpaper = ingest(
            upload,
            catalogue,
            originals,
            pictures,
            now=datetime.now(UTC),
            keep_early=studio.keep_early,
        )
        return represented_new(wallpaper, catalogue)

    @blueprint.post("/uploads/check")
    def check_uploads() -> ResponseReturnValue:
        callers.somebody()
        asked = _hashes(read_object())
        holders = catalogue.holders(asked)
        return {
            "data": [
                {"sha256": each, "id": holders[each]}
                for each in dict.fromkeys(asked)
                if each in holders
            ]
        }, {"Cache-Control": "private, no-store"}

    @blueprint.post("/uploads")
    def announce_upload() -> ResponseReturnValue:
        account = callers.somebody().account
        progress = assemble.begin(
            read_object(), catalogue, parcels, account=account, now=datetime.now(UTC)
        )
        response = _represent(progress)
        return response, 201, {"Location": f"/api/v1/uploads/{progress.parcel.id}"}

    @blueprint.get("/uploads/<parcel_id>")
    def show_upload(parcel_id: str) -> ResponseReturnValue:
        account = callers.somebody().account
        parcel = assemble.find(parcel_id, parcels, account=account, now=datetime.now(UTC))
        return _represent(assemble.resume(parcel, parcels)), {"Cache-Control": "private, no-store"}

    @blueprint.post("/uploads/<parcel_id>/complete")
    def complete_upload(parcel_id: str) -> ResponseReturnValue:
        account, now = callers.somebody().account, datetime.now(UTC)
        parcel = assemble.find(parcel_id, parcels, account=account, now=now)
        said = Completion(
            fields=_details(read_object() if request.content_length else {}),
            near=accepts("near"),
        )
        wallpaper = assemble.complete(
            parcel,
            said,
            catalogue,
            originals,
            pictures,
            parcels,
            now=now,
            keep_early=studio.keep_early,
        )
        return represented_new(wallpaper, catalogue)

    @blueprint.delete("/uploads/<parcel_id>")
    def cancel_upload(parcel_id: str) -> ResponseReturnValue:
        account = callers.somebody().account
        parcel = assemble.find(parcel_id, parcels, account=account, now=datetime.now(UTC))
        parcels.discard(parcel)
        return Response(status=204)

    return blueprint


def answer_duplicate(error: DuplicateOriginal | NearDuplicate) -> Response:
    """The problem, with the address of the wallpaper that is here."""
    response = answer_known(PROBLEMS[type(error)], error)
    response.location = address(error.wallpaper_id)
    return response


def _hashes(body: dict[str, Any]) -> list[str]:
    for name in body.keys() - {"sha256"}:
        raise InvalidField(name[:100], "is not known here")
    hashes = body.get("sha256")
    if not isinstance(hashes, list) or len(hashes) > _MOST_CHECKED:
        raise InvalidField("sha256", f"must be a list of at most {_MOST_CHECKED} SHA-256")
    return [sha256_of("sha256", each) for each in hashes]


def _details(body: dict[str, Any]) -> dict[str, Any]:
    for name in body.keys() - {"details"}:
        raise InvalidField(name[:100], "is not known here; describe the wallpaper in 'details'")
    details = body.get("details", {})
    if not isinstance(details, dict):
        raise InvalidField("details", "must be an object with the fields of a wallpaper")
    return details


def _represent(progress: Progress) -> dict[str, Any]:
    parcel = progress.parcel
    links = {part.number: link for part, link in progress.missing}
    return {
        "id": parcel.id,
        "bytes": parcel.bytes,
        "sha256": parcel.sha256,
        "part_size": PART_BYTES,
        "parts": [
            {
                "number": part.number,
                "bytes": part.bytes,
                "sha256": part.sha256,
                "arrived": part.number not in links,
                "url": links[part.number].url if part.number in links else None,
                "headers": dict(links[part.number].headers) if part.number in links else {},
            }
            for part in parcel.parts
        ],
        "expires_at": moment(parcel.expires_at),
        "wallpaper_id": parcel.wallpaper_id,
    }
