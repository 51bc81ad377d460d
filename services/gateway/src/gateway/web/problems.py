"""Which problem each error of the gateway becomes."""

from http import HTTPStatus
from types import MappingProxyType

from chassis.problems import ProblemKind
from chassis.trace import DeadlineExceeded
from gateway.ask import QueryRefused, WallpaperDeleted, WallpaperNotFound
from gateway.authenticate import KeyRequired, KeyUnknown
from gateway.domain.screen import InvalidSize
from gateway.domain.service import MediaResting, SearchResting
from gateway.ports import AccountsUnavailable, JourneysUnavailable
from gateway.receive import BodyTooLarge, BodyTooSlow
from gateway.retrace import JourneyNotFound, RouteNotKept
from gateway.sign_in import SessionEnded
from gateway.web.callers import CrossSite

_SOON = 5

PROBLEMS = MappingProxyType(
    {
        AccountsUnavailable: ProblemKind(
            slug="accounts-resting",
            title="We cannot check keys just now.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=_SOON,
        ),
        BodyTooLarge: ProblemKind(
            slug="too-large",
            title="This is too large.",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            shows=("limit",),
        ),
        BodyTooSlow: ProblemKind(
            slug="too-slow",
            title="This came too slowly.",
            status=HTTPStatus.REQUEST_TIMEOUT,
        ),
        CrossSite: ProblemKind(
            slug="cross-site",
            title="This came from another site.",
            status=HTTPStatus.FORBIDDEN,
        ),
        DeadlineExceeded: ProblemKind(
            slug="out-of-time",
            title="This took too long.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=_SOON,
        ),
        InvalidSize: ProblemKind(
            slug="invalid-size",
            title="No picture can be cut to that.",
            status=HTTPStatus.BAD_REQUEST,
        ),
        KeyRequired: ProblemKind(
            slug="key-required",
            title="This needs a key.",
            status=HTTPStatus.UNAUTHORIZED,
        ),
        KeyUnknown: ProblemKind(
            slug="key-unknown",
            title="We do not know this key.",
            status=HTTPStatus.UNAUTHORIZED,
        ),
        JourneyNotFound: ProblemKind(
            slug="route-not-found",
            title="This route is gone.",
            status=HTTPStatus.NOT_FOUND,
        ),
        JourneysUnavailable: ProblemKind(
            slug="routes-resting",
            title="Routes are resting.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=_SOON,
        ),
        MediaResting: ProblemKind(
            slug="media-resting",
            title="Images are resting.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=_SOON,
        ),
        QueryRefused: ProblemKind(
            slug="query-refused",
            title="We could not search for that.",
            status=HTTPStatus.BAD_REQUEST,
        ),
        RouteNotKept: ProblemKind(
            slug="route-not-kept",
            title="No route to show just now.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=_SOON,
        ),
        SearchResting: ProblemKind(
            slug="search-resting",
            title="Search is resting.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=_SOON,
        ),
        SessionEnded: ProblemKind(
            slug="session-ended",
            title="You are not signed in.",
            status=HTTPStatus.UNAUTHORIZED,
        ),
        WallpaperDeleted: ProblemKind(
            slug="wallpaper-deleted",
            title="This wallpaper is gone.",
            status=HTTPStatus.GONE,
            shows=("wallpaper_id",),
        ),
        WallpaperNotFound: ProblemKind(
            slug="wallpaper-not-found",
            title="No wallpaper at this address.",
            status=HTTPStatus.NOT_FOUND,
            shows=("wallpaper_id",),
        ),
    }
)
