"""Request bodies: read once, in one place, and never left half read."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest

from gateway.ports import Patience
from gateway.receive import BodyTooLarge, BodyTooSlow, drain, receive

_IN_MEMORY = 256 * 1024
_DRAINED = 128 * 1024 * 1024
_DRAINING = 30.0
"""Seconds."""


@contextmanager
def spooled(patience: Patience, *, at_most: int) -> Iterator[tuple[IO[bytes], int]]:
    """The body of the current request, complete, in a file that is gone afterwards; its length.

    Raises:
        BodyTooLarge: If it is, or says that it is, longer than ``at_most`` bytes.
        BodyTooSlow: If it takes too long to come.
    """
    if (request.content_length or 0) > at_most:
        raise BodyTooLarge(at_most)
    g.reading = True
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        try:
            length = receive(_read, file, at_most=at_most, patience=patience)
        except BodyTooSlow:
            g.given_up = True
            raise
        yield file, length


def drain_bodies(app: Flask, patience: Patience) -> None:
    """Have ``app`` read what a refused request still sends, within reason.

    A client that is still sending when the connection closes sees a broken connection in place
    of our answer. One that goes on beyond reason is not listened to any more, nor one that asks
    before it sends: it has been told.
    """

    @app.after_request
    def take_the_rest(response: Response) -> Response:
        if request.method in {"POST", "PUT", "PATCH", "DELETE"}:
            ended = False
            invited = "reading" in g or "Expect" not in request.headers
            if invited and "given_up" not in g:
                with suppress(BadRequest):  # it broke off: there is nobody to be polite to
                    ended = drain(_read, at_most=_DRAINED, seconds=_DRAINING, patience=patience)
            if not ended:
                _stop_listening()
        return response


def _stop_listening() -> None:
    """Hear no more from the client, who still hears our answer.

    Otherwise gunicorn reads on for as long as it keeps an idle connection.
    """
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)


def _read(size: int) -> bytes:
    """The next bytes of the body."""
    try:
        return request.stream.read(size)
    except BadRequest:
        g.given_up = True
        raise
    except Exception as error:  # each server reports bad framing in a way of its own
        g.given_up = True
        raise BadRequest("The body broke off, or is not framed as HTTP demands.") from error
