"""What the gateway needs from outside, and how it can fail."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import IO, Protocol

from chassis.identity import Identity
from chassis.trace import Step
from gateway.domain.session import Session


class UpstreamUnavailable(Exception):
    """A service could not be asked, or what it said is no whole answer."""


class UpstreamTimeout(UpstreamUnavailable):
    """A service took too long."""


class AccountsUnavailable(Exception):
    """The accounts cannot be read or written now; it says nothing about any key."""


@dataclass(frozen=True, slots=True)
class Onward:
    """A request of ours to a service.

    Attributes:
        method: The HTTP method.
        path: Where, without a query.
        headers: All that it is told beside what the connection needs.
        query: Encoded, without the ``?``.
        body: What is sent along, from where it stands now; its length is among the headers.
        within: Seconds that the whole call may take, the answer's body included.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    body: IO[bytes] | None = None
    within: float = 2.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered.

    Attributes:
        status: The HTTP status.
        headers: As they came, in order.
        body: The content in chunks of at most 64 KiB. Reading it can raise what ``send``
            raises. Closing it early gives up the rest.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Iterator[bytes] = field(default_factory=lambda: iter(()))


class Upstream(Protocol):
    """A service of ours. Held to its word by tests/contract/ports."""

    def send(self, onward: Onward) -> Reply:
        """What the service answers; a redirect is an answer like any other.

        A ``GET`` or ``HEAD`` is sent once more if the connection it went out on, used before, turns
        out to have ended without a byte of an answer; nothing else is.

        Raises:
            UpstreamTimeout: If it takes longer than ``onward.within`` seconds.
            UpstreamUnavailable: If it cannot be reached, does not speak HTTP, or has not answered
                for a while and is left alone.
        """


class Accounts(Protocol):
    """Who may write, by key or by session. Only hashes of keys and tokens are known here.

    Every method raises ``AccountsUnavailable`` when the store does not answer.
    Held to its word by tests/contract/ports.
    """

    def find(self, key_hash: str) -> Identity | None:
        """Whose key it is whose hash is ``key_hash``, if it is anyone's."""

    def administrators_key(self) -> str | None:
        """The hash of the administrator's key, if there is an administrator."""

    def appoint(self, key_hash: str, *, instead_of: str | None) -> bool:
        """Give the administrator the key of ``key_hash``, and let the old key open nothing.

        Args:
            key_hash: Of the new key.
            instead_of: Of the old key; ``None`` if there is no administrator yet.

        Returns:
            Whether it happened: ``False`` if the old key is another one by now.
        """

    def session(self, token_hash: str) -> Session | None:
        """The session whose token has the hash ``token_hash``; one that is over may be there."""

    def keep_session(self, token_hash: str, session: Session) -> None:
        """Begin ``session``."""

    def renew_session(self, token_hash: str, session: Session) -> None:
        """Put ``session`` in place of an earlier state of it; one that was ended stays ended."""

    def end_session(self, token_hash: str) -> None:
        """Forget the session, if it is there."""


class JourneysUnavailable(Exception):
    """What requests did cannot be read now."""

    def __init__(self) -> None:
        super().__init__("What requests did cannot be read just now. It should again in seconds.")


class Journeys(Protocol):
    """What requests did, in all services. Held to its word by tests/contract/ports."""

    def find(self, trace_id: str) -> tuple[Step, ...]:
        """The steps of one request that are known by now, in no order; none after 15 minutes.

        Args:
            trace_id: 32 hex digits.

        Raises:
            JourneysUnavailable: If the store does not answer.
        """


class Drawer(Protocol):
    """Where the administrator finds a key that we made. Held by tests/contract/ports."""

    def read(self) -> str | None:
        """The key that lies there, if one does."""

    def lay(self, key: str) -> bool:
        """Put ``key`` there for its owner's eyes only; ``False`` if one lies there already."""

    def clear(self) -> None:
        """Take away what lies there."""


class Patience(Protocol):
    """How long something may be waited for."""

    def __call__(self, seconds: float, /) -> AbstractContextManager[None]:
        """A block that ends with ``TimeoutError`` when it has waited ``seconds`` for others."""
