"""The pictures themselves, in every size and format."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from chassis.seal import SealBroken, Sealer
from media.deliver import Studio
from media.display import Display
from media.domain.person import Person
from media.domain.renditions import UnknownRendition, parse_variant
from media.ports import Catalogue
from media.show import show

_PURPOSE = "rendition"
# Who knows a wallpaper's id may see its picture, whatever its rating: a cache that everybody
# shares cannot ask who is looking. Records are what visitors are kept from.
_ANYBODY = Person("")
# CloudFront says it, which had asked S3 in vain; the gateway passes it on from nobody.
_FROM_THE_CDN = "X-Amz-Cf-Id"


def create_blueprint(
    catalogue: Catalogue, studio: Studio, display: Display, sealer: Sealer
) -> Blueprint:
    """Images, each made once and the same for everybody for ever."""
    blueprint = Blueprint("images", __name__)

    @blueprint.get("/i/<wallpaper_id>/<name>")
    def show_image(wallpaper_id: str, name: str) -> ResponseReturnValue:
        variant = parse_variant(name)
        if variant.needs_signature and not _is_signed(sealer):
            raise UnknownRendition(name)
        wallpaper = show(wallpaper_id, _ANYBODY, catalogue)
        delivery = studio.deliver(wallpaper, variant)
        response = Response(delivery.image.body, mimetype=delivery.image.format.media_type)
        response.set_etag(delivery.image.digest)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.args.get("download") == "1":
            disposition = f'attachment; filename="{delivery.file_name}"'
            response.headers["Content-Disposition"] = disposition
            # Kept by whoever downloads it, not for others: theirs are counted, too.
            response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        if _FROM_THE_CDN in request.headers:
            # Once the answer is sent, for nobody waits for it.
            response.call_on_close(lambda: display.lay_out(wallpaper, variant, delivery.image))
        return _conditional(response, len(delivery.image.body))

    return blueprint


def _conditional(response: Response, length: int) -> ResponseReturnValue:
    """``response``, or the part of it that was asked for; of what we do not cut, all.

    A range in another unit, or several at once, may be passed over (RFC 9110, section 14.2);
    Werkzeug would refuse them.
    """
    asked = request.range
    one = asked is not None and asked.units == "bytes" and len(asked.ranges) == 1
    response.headers["Accept-Ranges"] = "bytes"
    return response.make_conditional(request, accept_ranges=one, complete_length=length)


def _is_signed(sealer: Sealer) -> bool:
    """Whether the current request's address is one that the gateway gave to a visitor."""
    try:
        claims = sealer.open(request.args.get("t", ""), purpose=_PURPOSE)
    except SealBroken:
        return False
    return claims.get("path") == request.path
