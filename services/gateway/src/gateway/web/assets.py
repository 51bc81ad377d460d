"""Style, script, fonts and icons: kept in memory, and named by what they contain."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from types import MappingProxyType

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

_HERE = Path(__file__).parent / "static"
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}


@cache
def _files() -> MappingProxyType[str, bytes]:
    """Every file by its path, and the one style sheet that is computed."""
    found = {
        path.relative_to(_HERE).as_posix(): path.read_bytes()
        for path in sorted(_HERE.rglob("*"))
        if path.is_file()
    }
    return MappingProxyType({**found, "css/shapes.css": shapes().encode()})


@cache
def version() -> str:
    """Twelve hex digits that change whenever any file does."""
    digest = hashlib.sha256()
    for path, content in sorted(_files().items()):
        digest.update(f"{path}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a file.

    The version stands before the path, so that a style sheet can name a font beside it.

    Raises:
        LookupError: If there is no such file: a page must not name one.
    """
    if path not in _files():
        raise LookupError(f"no such asset: {path}")
    return f"/static/{version()}/{path}"


def shapes() -> str:
    """A class for each shape a tile can have, and for each place to centre a picture on.

    No page may carry a style of its own, so numbers reach the style sheets as classes: ``r178``
    is 1.78 times as wide as high, ``x35`` and ``y60`` keep the point at 35 % and 60 % in sight.

    Example:
        >>> ".r178{--ar:1.78}" in shapes(), ".x35{--x:35%}" in shapes()
        (True, True)
    """
    ratios = "".join(f".r{n:03d}{{--ar:{n / 100:g}}}" for n in range(62, 241))
    places = "".join(f".{axis}{n}{{--{axis}:{n}%}}" for axis in "xy" for n in range(0, 101, 5))
    return f"{ratios}\n{places}\n"


def create_blueprint() -> Blueprint:
    """The files, for a year under the current version, and just now under any other."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/static/<word:wanted>/<path:path>")
    def show(wanted: str, path: str) -> ResponseReturnValue:
        content = _files().get(path)
        if content is None:
            abort(404)
        suffix = Path(path).suffix
        media_type = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "text/plain")
        response = Response(content, mimetype=media_type)
        response.headers["Cache-Control"] = _FOREVER if wanted == version() else "no-cache"
        response.set_etag(hashlib.sha256(content).hexdigest()[:16])
        return response.make_conditional(request)

    return blueprint
