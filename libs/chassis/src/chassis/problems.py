"""Errors become RFC 9457 problems in one place, for every service alike."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

CONTENT_TYPE = "application/problem+json"
R = TypeVar("R", bound=WerkzeugResponse)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """How one kind of error is told to whoever asked.

    Attributes:
        slug: Names the problem for good; becomes its ``type``, ``/problems/<slug>``.
        title: The same sentence each time, for a person.
        status: The HTTP status.
        shows: Attributes of the error that may leave the building.
        retry_after: Whole seconds after which trying again may help, if it may.
    """

    slug: str
    title: str
    status: HTTPStatus
    shows: tuple[str, ...] = ()
    retry_after: int | None = None


def register_problems(app: Flask, kinds: Mapping[type[Exception], ProblemKind]) -> None:
    """Answer each listed error with its problem, and every other with a plain one."""
    for error_type, kind in kinds.items():
        app.register_error_handler(error_type, partial(answer_known, kind))
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def answer_known(kind: ProblemKind, error: Exception) -> Response:
    """The problem that tells ``error``, whose text is shown as it is."""
    response = Response(status=kind.status)
    if kind.retry_after is not None:
        response.headers["Retry-After"] = str(kind.retry_after)
    shown = {name: getattr(error, name) for name in kind.shows}
    return _dress(
        response, type=f"/problems/{kind.slug}", title=kind.title, detail=str(error), **shown
    )


def _answer_http(error: HTTPException) -> WerkzeugResponse:
    response = error.get_response()  # keeps Allow, Retry-After, WWW-Authenticate
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return response  # a redirect is no problem
    phrase = HTTPStatus(response.status_code).phrase
    return _dress(response, type="about:blank", title=phrase, detail=error.description or phrase)


def _answer_unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _dress(
        Response(status=status),
        type="about:blank",
        title=status.phrase,
        detail="Something went wrong here, not with your request. It has been logged.",
    )


def _dress(response: R, **members: object) -> R:
    response.set_data(json.dumps({**members, "status": response.status_code}))
    response.content_type = CONTENT_TYPE
    response.headers["Cache-Control"] = "no-store"
    return response
