"""The request that a service gets in place of a visitor's."""

import string
from collections.abc import Iterable, Mapping
from typing import IO
from urllib.parse import quote

from chassis import trace
from gateway.forward import told
from gateway.ports import Onward

_VISIBLE = string.ascii_letters + string.digits + string.punctuation


def onward_to(
    path: str,
    headers: Iterable[tuple[str, str]],
    query: bytes,
    *,
    at_most: float,
    method: str = "GET",
    own: Mapping[str, str] | None = None,
    body: IO[bytes] | None = None,
) -> Onward:
    """The current request, as the service at ``path`` gets it.

    Args:
        path: There.
        headers: All that the visitor sent.
        query: As it came; bytes that cannot stand in a URL are encoded.
        at_most: Seconds that the call may take, if the request's own deadline allows.
        method: The HTTP method.
        own: Headers of ours.
        body: What is sent along.
    """
    current = trace.current_or_new()
    within = current.remaining(at_most)
    return Onward(
        method,
        path,
        told(headers, {**current.onward(within=within), **(own or {})}),
        query=quote(query, safe=_VISIBLE),
        body=body,
        within=within,
    )
