"""Accounts in memory, for tests."""

from chassis.identity import Identity, Role
from gateway.domain.key import key_hash
from gateway.domain.session import Session
from gateway.ports import AccountsUnavailable


class MemoryAccounts:
    """Accounts that are forgotten at the end; ``away`` makes the store unreachable."""

    def __init__(self, **keys: Identity) -> None:
        self._by_hash = {key_hash(key): identity for key, identity in keys.items()}
        self._sessions: dict[str, Session] = {}
        self._administrator: str | None = None
        self.away = False

    def find(self, key_hash: str) -> Identity | None:
        self._answer()
        return self._by_hash.get(key_hash)

    def administrators_key(self) -> str | None:
        self._answer()
        return self._administrator

    def appoint(self, key_hash: str, *, instead_of: str | None) -> bool:
        self._answer()
        if self._administrator != instead_of:
            return False
        if instead_of is not None:
            del self._by_hash[instead_of]
        self._by_hash[key_hash] = Identity("admin", Role.ADMIN)
        self._administrator = key_hash
        return True

    def session(self, token_hash: str) -> Session | None:
        self._answer()
        return self._sessions.get(token_hash)

    def keep_session(self, token_hash: str, session: Session) -> None:
        self._answer()
        self._sessions[token_hash] = session

    def renew_session(self, token_hash: str, session: Session) -> None:
        self._answer()
        if token_hash in self._sessions:
            self._sessions[token_hash] = session

    def end_session(self, token_hash: str) -> None:
        self._answer()
        self._sessions.pop(token_hash, None)

    def _answer(self) -> None:
        if self.away:
            raise AccountsUnavailable("The accounts cannot be reached just now.")
