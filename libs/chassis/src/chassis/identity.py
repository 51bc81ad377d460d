"""Who is asking, told from service to service by a short-lived signature."""

from dataclasses import dataclass
from enum import StrEnum

from chassis.seal import SealBroken, Sealer

HEADER = "X-Paperroute-Identity"
_PURPOSE = "identity"
_LIFETIME = 60


class Role(StrEnum):
    """What someone may do; each includes those before it."""

    CONTRIBUTOR = "contributor"
    MODERATOR = "moderator"
    ADMIN = "admin"
    SERVICE = "service"
    """One of our own services, on its own account."""


class Unidentified(Exception):
    """The call does not say, believably, on whose behalf it is made."""


@dataclass(frozen=True, slots=True)
class Identity:
    """On whose behalf a call is made.

    Attributes:
        account: The name of the account, or of the service that calls on its own account.
        role: What it may do.
    """

    account: str
    role: Role


class Identities:
    """Signs and believes identities; a signature is good for one method and path, a minute."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def sign(self, identity: Identity, method: str, path: str) -> dict[str, str]:
        """The header that tells ``identity`` on a call of ``method`` to ``path`` (no query)."""
        claims = {"sub": identity.account, "role": identity.role, "on": f"{method} {path}"}
        return {HEADER: self._sealer.seal(claims, purpose=_PURPOSE, lifetime=_LIFETIME)}

    def read(self, token: str | None, method: str, path: str) -> Identity | None:
        """Who makes the call ``method`` ``path``; ``None`` when it is made on nobody's behalf.

        Raises:
            Unidentified: If the call claims an identity that is not signed for it.
        """
        if not token:
            return None
        try:
            claims = self._sealer.open(token, purpose=_PURPOSE)
            if claims["on"] != f"{method} {path}":
                raise Unidentified("The identity was signed for another call.")
            return Identity(claims["sub"], Role(claims["role"]))
        except (SealBroken, KeyError, ValueError) as error:
            raise Unidentified(f"The identity is not believable: {error}.") from error
