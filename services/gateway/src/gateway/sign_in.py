"""Signs browsers in with a key, knows them again, and signs them out."""

from dataclasses import replace
from datetime import datetime

from chassis.identity import Identity
from gateway.authenticate import authenticate
from gateway.domain.key import fresh_token, key_hash
from gateway.domain.session import STALE, Session
from gateway.ports import Accounts


class SessionEnded(Exception):
    """A browser has no session, or one that is over."""

    def __init__(self) -> None:
        super().__init__("Sign in with your key. A session ends two weeks after the last visit.")


def sign_in(key: str, accounts: Accounts, *, now: datetime, settled: bool = True) -> str:
    """Begin a session for the holder of ``key``.

    Returns:
        The token that the browser keeps; of it only the hash is kept here.

    Raises:
        KeyRequired: If ``key`` is empty.
        KeyUnknown: If the key is nobody's.
        AccountsUnavailable: If that cannot be found out now.
    """
    authenticate(f"Bearer {key.strip()}", accounts, settled=settled)
    token = fresh_token()
    accounts.keep_session(key_hash(token), Session(key_hash(key.strip()), now, now))
    return token


def recognise(token: str, accounts: Accounts, *, now: datetime) -> Identity:
    """Whose session ``token`` opens; being here keeps it alive.

    Raises:
        SessionEnded: If it opens none, or its key opens nothing any more.
        AccountsUnavailable: If that cannot be found out now.
    """
    kept = key_hash(token)
    session = accounts.session(kept)
    if session is None or session.ends_at <= now:
        raise SessionEnded
    identity = accounts.find(session.key_hash)
    if identity is None:
        raise SessionEnded
    if now - session.seen_at >= STALE:
        accounts.renew_session(kept, replace(session, seen_at=now))
    return identity


def sign_out(token: str, accounts: Accounts) -> None:
    """End the session of ``token``, if there is one: from now on it opens nothing.

    Raises:
        AccountsUnavailable: If that cannot be done now; the session goes on.
    """
    accounts.end_session(key_hash(token))
