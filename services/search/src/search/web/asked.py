"""What a request asks for, read the same way at every address."""

import time

from flask import request

from chassis import identity, trace
from chassis.identity import Identities
from search.domain.cursor import Cursor
from search.ports import Check, TooSlow
from search.resolve import Audience
from search.web.problems import InvalidParameter, UnknownParameter

WITHIN = 0.8
"""Seconds that a search may take."""
_MOST_DIGITS = 9


def only(*names: str) -> None:
    """Refuse what would go unheard.

    Raises:
        UnknownParameter: If there is a parameter that is none of ``names``.
        InvalidParameter: If one is there twice.
    """
    for name, values in request.args.lists():
        if name not in names:
            raise UnknownParameter(name, names)
        if len(values) > 1:
            raise InvalidParameter(name, "can be given once")


def text() -> str:
    """What the visitor typed."""
    return request.args.get("q", "")


def number(name: str, usual: int, *, most: int) -> int:
    """A whole number from 1 to ``most``.

    Raises:
        InvalidParameter: If it is none.
    """
    said = request.args.get(name, str(usual))
    whole = said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS
    if not whole or not 1 <= int(said) <= most:
        raise InvalidParameter(name, f"is a whole number from 1 to {most}")
    return int(said)


def switch(name: str) -> bool:
    """Whether something is asked for that usually is not.

    Raises:
        InvalidParameter: If it is neither asked for nor not.
    """
    said = request.args.get(name, "0")
    if said not in {"0", "1"}:
        raise InvalidParameter(name, "is 1 or 0")
    return said == "1"


def cursor() -> Cursor | None:
    """Where to carry on.

    Raises:
        InvalidCursor: If that is nowhere.
    """
    said = request.args.get("cursor")
    return Cursor.parse(said) if said else None


def audience(identities: Identities) -> Audience:
    """Who asks.

    Raises:
        Unidentified: If that cannot be believed.
    """
    token = request.headers.get(identity.HEADER)
    someone = identities.read(token, request.method, request.path)
    return Audience.ANYONE if someone is None else Audience.MEMBER


def patience(within: float = WITHIN) -> Check:
    """Lets an answer take ``within`` seconds from now, or as long as the caller still waits.

    Raises:
        DeadlineExceeded: If the caller does not wait any more.
    """
    end = time.monotonic() + trace.current_or_new().remaining(within)

    def check() -> None:
        if time.monotonic() >= end:
            raise TooSlow("This search takes too long; ask for less at once.")

    return check
