"""Which requests go on to which service: the whole public API, as a table."""

from dataclasses import dataclass

from gateway.domain.service import Service

MIB = 1024 * 1024
LONGEST_FILE = 50 * MIB
WORD = "[a-z0-9]{1,32}"
"""What ids and names of ours are made of; anything else is no address of ours."""
_UPLOAD = LONGEST_FILE + MIB  # the file, and the form around it
_DESCRIPTION = MIB // 4
_SHOWN = 5 * MIB  # a picture to search by
_SEARCHED = 1.0  # search stops by itself after 0.8, and says why


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request that is forwarded.

    Attributes:
        name: Names the route in logs.
        method: The HTTP method; ``HEAD`` goes wherever ``GET`` goes.
        rule: The public path, as a Flask rule.
        service: Who answers.
        path: The path there, with the same parts.
        within: Seconds that the whole call may take, its answer included.
        writes: Whether it needs a key, as everything about uploads does.
        personal: Whether the answer depends on who asks.
        longest_body: Bytes of a body that may come along; 0 when there is none.
        counts: Whether the service is told which visitor it is, so as to count each once a day.
    """

    name: str
    method: str
    rule: str
    service: Service
    path: str
    within: float
    writes: bool = False
    personal: bool = True
    longest_body: int = 0
    counts: bool = False


_ONE = "/api/v1/wallpapers/<word:wallpaper_id>"
_PARCEL = "/api/v1/uploads/<word:upload_id>"
ROUTES = (
    Route("search", "GET", "/api/v1/search", Service.SEARCH, "/search", within=_SEARCHED),
    Route("suggest", "GET", "/api/v1/suggest", Service.SEARCH, "/suggest", within=_SEARCHED),
    Route("random", "GET", "/api/v1/random", Service.SEARCH, "/random", within=_SEARCHED),
    Route(
        "similar",
        "GET",
        "/api/v1/similar/<word:wallpaper_id>",
        Service.SEARCH,
        "/similar/{wallpaper_id}",
        within=_SEARCHED,
    ),
    Route(
        "by_image",
        "POST",
        "/api/v1/search/by-image",
        Service.SEARCH,
        "/search/by-image",
        within=5,
        longest_body=_SHOWN,
    ),
    Route("show", "GET", _ONE, Service.MEDIA, "/wallpapers/{wallpaper_id}", within=2),
    Route(
        "original",
        "GET",
        f"{_ONE}/original",
        Service.MEDIA,
        "/wallpapers/{wallpaper_id}/original",
        within=2,
        counts=True,
    ),
    Route(
        "view",
        "POST",
        f"{_ONE}/views",
        Service.MEDIA,
        "/wallpapers/{wallpaper_id}/views",
        within=2,
        counts=True,
    ),
    Route(
        "improve",
        "PUT",
        f"{_ONE}/original",
        Service.MEDIA,
        "/wallpapers/{wallpaper_id}/original",
        within=90,
        writes=True,
        longest_body=_UPLOAD,
    ),
    Route(
        "check",
        "POST",
        "/api/v1/uploads/check",
        Service.MEDIA,
        "/uploads/check",
        within=5,
        writes=True,
        longest_body=_DESCRIPTION,
    ),
    Route(
        "announce",
        "POST",
        "/api/v1/uploads",
        Service.MEDIA,
        "/uploads",
        within=10,
        writes=True,
        longest_body=_DESCRIPTION,
    ),
    Route(
        "resume",
        "GET",
        _PARCEL,
        Service.MEDIA,
        "/uploads/{upload_id}",
        within=5,
        writes=True,
    ),
    Route(
        "complete",
        "POST",
        f"{_PARCEL}/complete",
        Service.MEDIA,
        "/uploads/{upload_id}/complete",
        within=90,
        writes=True,
        longest_body=_DESCRIPTION,
    ),
    Route(
        "cancel",
        "DELETE",
        _PARCEL,
        Service.MEDIA,
        "/uploads/{upload_id}",
        within=10,
        writes=True,
    ),
    Route(
        "upload",
        "POST",
        "/api/v1/wallpapers",
        Service.MEDIA,
        "/wallpapers",
        within=90,
        writes=True,
        longest_body=_UPLOAD,
    ),
    Route(
        "edit",
        "PATCH",
        _ONE,
        Service.MEDIA,
        "/wallpapers/{wallpaper_id}",
        within=5,
        writes=True,
        longest_body=_DESCRIPTION,
    ),
    Route(
        "delete",
        "DELETE",
        _ONE,
        Service.MEDIA,
        "/wallpapers/{wallpaper_id}",
        within=5,
        writes=True,
    ),
    Route(
        "image",
        "GET",
        "/i/<word:wallpaper_id>/<word:variant>.<word:ext>",
        Service.MEDIA,
        "/i/{wallpaper_id}/{variant}.{ext}",
        within=15,
        personal=False,
        counts=True,
    ),
)
