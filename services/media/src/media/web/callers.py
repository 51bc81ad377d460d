"""On whose behalf a request is made."""

from flask import request

from chassis.identity import HEADER, Identities, Identity, Role
from media.domain.person import Person


class IdentityRequired(Exception):
    """Nobody is named on whose behalf this should be done."""


class ServiceRequired(Exception):
    """Only our own services may ask for this."""


class Callers:
    """Tells who makes the current request, by the identity that it carries."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def anyone(self) -> Person | None:
        """The caller, or ``None`` for a visitor without an account.

        Raises:
            Unidentified: If the request carries an identity that is not to be believed.
        """
        identity = self._identity()
        if identity is None or identity.role is Role.SERVICE:
            return None
        moderates = identity.role in {Role.MODERATOR, Role.ADMIN}
        return Person(identity.account, moderates=moderates)

    def somebody(self) -> Person:
        """The caller, who has an account.

        Raises:
            IdentityRequired: If they have none.
        """
        if (person := self.anyone()) is None:
            raise IdentityRequired("This needs an account.")
        return person

    def require_service(self) -> None:
        """Return if the caller is one of our own services.

        Raises:
            IdentityRequired: If the request is made on nobody's behalf.
            ServiceRequired: If it is made for a person.
        """
        if (identity := self._identity()) is None:
            raise IdentityRequired("This needs the identity of a service.")
        if identity.role is not Role.SERVICE:
            raise ServiceRequired("This is for our own services alone.")

    def _identity(self) -> Identity | None:
        return self._identities.read(request.headers.get(HEADER), request.method, request.path)
