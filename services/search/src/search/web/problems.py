"""The problems that search can answer with."""

from http import HTTPStatus
from types import MappingProxyType

from chassis.identity import Unidentified
from chassis.problems import ProblemKind
from chassis.trace import DeadlineExceeded
from search.domain.cursor import InvalidCursor
from search.domain.parser import QueryTooLarge
from search.draw import NothingFound
from search.follow import IndexNotReady
from search.ports import LookUnavailable, PictureRefused, PictureTooLarge, TooSlow
from search.resemble import WallpaperNotFound


class UnknownParameter(Exception):
    """The request says something that would go unheard."""

    def __init__(self, parameter: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no parameter '{parameter}'; there is {', '.join(known)}.")
        self.parameter = parameter


class InvalidParameter(Exception):
    """A parameter says something that it cannot say."""

    def __init__(self, parameter: str, expected: str) -> None:
        super().__init__(f"'{parameter}' {expected}.")
        self.parameter = parameter


PROBLEMS = MappingProxyType(
    {
        DeadlineExceeded: ProblemKind(
            slug="deadline-exceeded",
            title="There was no time left for this search.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=1,
        ),
        IndexNotReady: ProblemKind(
            slug="index-not-ready",
            title="Search is not ready yet.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=1,
        ),
        InvalidCursor: ProblemKind(
            slug="invalid-cursor",
            title="We cannot carry on from there.",
            status=HTTPStatus.BAD_REQUEST,
        ),
        InvalidParameter: ProblemKind(
            slug="invalid-parameter",
            title="We could not understand this request.",
            status=HTTPStatus.BAD_REQUEST,
            shows=("parameter",),
        ),
        LookUnavailable: ProblemKind(
            slug="look-unavailable",
            title="Nobody can look at pictures at the moment.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=2,
        ),
        NothingFound: ProblemKind(
            slug="nothing-found",
            title="There is nothing to draw from.",
            status=HTTPStatus.NOT_FOUND,
        ),
        PictureRefused: ProblemKind(
            slug="picture-refused",
            title="We cannot search by this picture.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        PictureTooLarge: ProblemKind(
            slug="picture-too-large",
            title="This picture is too large to search by.",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            shows=("at_most",),
        ),
        QueryTooLarge: ProblemKind(
            slug="query-too-large",
            title="This search asks for more than one search may.",
            status=HTTPStatus.BAD_REQUEST,
            shows=("limit", "at_most"),
        ),
        TooSlow: ProblemKind(
            slug="too-slow",
            title="This search takes too long.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=1,
        ),
        WallpaperNotFound: ProblemKind(
            slug="wallpaper-not-found",
            title="There is no such wallpaper.",
            status=HTTPStatus.NOT_FOUND,
        ),
        Unidentified: ProblemKind(
            slug="unidentified",
            title="We do not believe who is asking.",
            status=HTTPStatus.UNAUTHORIZED,
        ),
        UnknownParameter: ProblemKind(
            slug="unknown-parameter",
            title="This request says something that we do not know.",
            status=HTTPStatus.BAD_REQUEST,
            shows=("parameter",),
        ),
    }
)
