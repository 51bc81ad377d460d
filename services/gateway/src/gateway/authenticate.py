"""Finds out who asks, by the key they send."""

from chassis.identity import Identity
from gateway.domain.key import key_hash
from gateway.ports import Accounts, AccountsUnavailable


class KeyRequired(Exception):
    """This needs a key, and none came along."""

    def __init__(self) -> None:
        super().__init__("Send your key in a header: Authorization: Bearer KEY.")


class KeyUnknown(Exception):
    """The key is nobody's."""

    def __init__(self) -> None:
        super().__init__("This key opens nothing here. It may have been replaced.")


def authenticate(
    authorization: str | None, accounts: Accounts, *, settled: bool = True
) -> Identity | None:
    """Who asks.

    Args:
        authorization: The ``Authorization`` header, if there is one.
        accounts: Who has which key.
        settled: Whether the administrator's key has been entered; until then a key that
            is not known yet may be right.

    Returns:
        ``None`` for a visitor, who sends no key.

    Raises:
        KeyRequired: If the header is not of the form ``Bearer KEY``.
        KeyUnknown: If the key is nobody's.
        AccountsUnavailable: If that cannot be found out now.
    """
    if authorization is None:
        return None
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise KeyRequired
    if (found := accounts.find(key_hash(key.strip()))) is not None:
        return found
    if not settled:
        raise AccountsUnavailable("The accounts are not ready yet.")
    raise KeyUnknown
