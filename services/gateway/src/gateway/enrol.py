"""Sees to it that there is an administrator, and that they have a key."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from gateway.domain.key import fresh_key, key_hash
from gateway.ports import Accounts, AccountsUnavailable, Drawer

_LONGEST_PAUSE = 15.0
log = logging.getLogger(__name__)


def enrol_administrator(accounts: Accounts, drawer: Drawer, given: str | None) -> str | None:
    """Make sure that there is an administrator.

    Their key is ``given``, or the one that lies in ``drawer``; where there is neither and
    nobody has been appointed, a fresh one is made and laid there. Many processes may do this at
    once: one of them appoints, the others see that it is done.

    Returns:
        The fresh key, if this call made it: to be told once.

    Raises:
        AccountsUnavailable: If the accounts do not answer; try again.
    """
    if given is not None and drawer.read() != given:
        with suppress(OSError):  # a given key works without a drawer, too
            drawer.clear()  # else the key there comes back with the next start without a given one
            drawer.lay(given)
    if (key := given or drawer.read()) is not None:
        _appoint(accounts, key_hash(key))
        return None
    if accounts.administrators_key() is not None:
        return None
    fresh = fresh_key()
    if not drawer.lay(fresh):  # another process of ours was quicker
        return enrol_administrator(accounts, drawer, drawer.read())
    if not accounts.appoint(key_hash(fresh), instead_of=None):  # so was another machine
        drawer.clear()
        return None
    return fresh


def _appoint(accounts: Accounts, wanted: str) -> None:
    for _ in range(5):
        current = accounts.administrators_key()
        if current == wanted or accounts.appoint(wanted, instead_of=current):
            return
    raise AccountsUnavailable("The administrator's key keeps changing under our hands.")


class Enrolment:
    """The enrolment, tried until it is done; meanwhile the gateway already answers."""

    def __init__(
        self,
        accounts: Accounts,
        drawer: Drawer,
        given: str | None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._accounts = accounts
        self._drawer = drawer
        self._given = given
        self._pause = pause
        self.settled = False

    def run(self) -> None:
        """Enrol the administrator, however long the accounts stay away."""
        seconds = 0.25
        while not self.settled:
            try:
                fresh = enrol_administrator(self._accounts, self._drawer, self._given)
            except (AccountsUnavailable, OSError) as error:
                log.warning("administrator not enrolled yet: %s", error)
                self._pause(seconds)
                seconds = min(seconds * 2, _LONGEST_PAUSE)
                continue
            self.settled = True
            if fresh is not None:
                log.info("the administrator's key, told only this once: %s", fresh)

    def require(self) -> None:
        """Make sure that there still is an administrator: an emulator may have lost its tables.

        Raises:
            AccountsUnavailable: If there is none; they are being enrolled again.
        """
        if self._accounts.administrators_key() is not None:
            return
        self.settled = False
        Thread(target=self.run, name="enrolment", daemon=True).start()
        raise AccountsUnavailable("The accounts were lost and are being set up again.")
