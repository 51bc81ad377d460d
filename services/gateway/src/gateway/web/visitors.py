"""Which visitor makes the current request, told to the services that count visits."""

from datetime import UTC, datetime

from flask import request

from chassis.visitor import Visitors
from gateway.domain.route import Route


class Counted:
    """Marks the visitor of a request that counts.

    Args:
        visitors: Make the marks.
        proxies: How many proxies of ours a request passes before it is here; each of them adds to
            ``X-Forwarded-For`` whom it got the request from.
    """

    def __init__(self, visitors: Visitors, *, proxies: int) -> None:
        self._visitors = visitors
        self._proxies = proxies

    def sign(self, route: Route, path: str) -> dict[str, str]:
        """The header that tells the visitor of the current request, on its way to ``path``."""
        if not route.counts or (route.name == "image" and "download" not in request.args):
            return {}  # an image that is only shown is no visit
        agent = request.headers.get("User-Agent", "")
        now = datetime.now(UTC)
        return self._visitors.sign(self._address(), agent, request.method, path, now=now)

    def _address(self) -> str:
        """Theirs: what the outermost proxy of ours saw, whatever was claimed before that."""
        claimed = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
        if 0 < self._proxies <= len(claimed) and (address := claimed[-self._proxies].strip()):
            return address
        return request.remote_addr or ""
