"""Sends the current request on, along a route of ours."""

from flask import request

from chassis import trace
from chassis.identity import Identities, Identity
from gateway.domain.route import Route
from gateway.domain.service import Service, resting
from gateway.forward import forward
from gateway.ports import Patience, Reply, Upstream, UpstreamUnavailable
from gateway.web.body import spooled
from gateway.web.onward import onward_to
from gateway.web.visitors import Counted


class Forwarder:
    """Reaches ``services`` for whoever makes the current request."""

    def __init__(
        self,
        services: dict[Service, Upstream],
        *,
        identities: Identities,
        counted: Counted,
        patience: Patience,
    ) -> None:
        self._services = services
        self._identities = identities
        self._counted = counted
        self._patience = patience

    def forward(self, route: Route, identity: Identity | None, **parts: str) -> Reply:
        """What the service at the end of ``route`` answers to the current request.

        Raises:
            SearchResting, MediaResting: If it does not answer.
            BodyTooLarge, BodyTooSlow: If the request's body cannot be taken in.
        """
        path = route.path.format(**parts)
        signed = self._identities.sign(identity, request.method, path) if identity else {}
        signed |= self._counted.sign(route, path)
        with (
            spooled(self._patience, at_most=route.longest_body) as (body, length),
            trace.step(route.service, route.name),
        ):
            onward = onward_to(
                path,
                request.headers,
                request.query_string,
                at_most=route.within,
                method=request.method,
                own={**signed, **({"Content-Length": str(length)} if length else {})},
                body=body if length else None,
            )
            try:
                return forward(onward, self._services[route.service])
            except UpstreamUnavailable as error:
                raise resting(route.service) from error
