"""Which visitor it is, for counting each once a day, without knowing who it is."""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from chassis.seal import SealBroken, Sealer

HEADER = "X-Paperroute-Visitor"
_PURPOSE = "visitor"
_LIFETIME = 60
_HOUSEHOLD = 64
"""Bits of an IPv6 address that stay the same while a device changes the others day by day."""


class VisitorUnknown(Exception):
    """The call does not say, believably, which visitor it is made for."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody, for one day.

    Attributes:
        mark: The same for the same somebody on ``day``, and another one on any other day.
        day: In UTC.
    """

    mark: str
    day: date


class Visitors:
    """Marks visitors for the services that count them; they never learn an address."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def sign(
        self, address: str, agent: str, method: str, path: str, *, now: datetime
    ) -> dict[str, str]:
        """The header that tells a service for whom a call is made.

        Args:
            address: Theirs, as text.
            agent: What their browser calls itself.
            method: Of the call.
            path: Likewise, without the query.
            now: In UTC.

        Source:
            A keyed hash of day, address and agent. Whoever lacks the secret cannot find the address
            by trying all there are, and nobody can link the marks of two days.
        """
        day = now.date().isoformat()
        mark = self._sealer.mark(f"{day}\n{_household(address)}\n{agent}", purpose=_PURPOSE)
        claims = {"mark": mark, "day": day, "on": f"{method} {path}"}
        return {HEADER: self._sealer.seal(claims, purpose=_PURPOSE, lifetime=_LIFETIME)}

    def read(self, token: str | None, method: str, path: str) -> Visitor:
        """For whom the call ``method`` ``path`` is made.

        Raises:
            VisitorUnknown: If it does not say so, or was signed for another call.
        """
        try:
            claims = self._sealer.open(token or "", purpose=_PURPOSE)
            if claims["on"] == f"{method} {path}":
                return Visitor(claims["mark"], date.fromisoformat(claims["day"]))
        except (SealBroken, KeyError, ValueError) as error:
            raise VisitorUnknown("This call is made for nobody that we know of.") from error
        raise VisitorUnknown("The visitor was signed for another call.")


def _household(address: str) -> str:
    with suppress(ValueError):
        if (found := ipaddress.ip_address(address)).version == 6:
            return str(ipaddress.ip_network((found, _HOUSEHOLD), strict=False))
    return address
