import logging
import re

import pytest

from chassis.identity import Identity, Role
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.domain.key import key_hash
from gateway.enrol import Enrolment, enrol_administrator
from gateway.ports import AccountsUnavailable
from tests.support.servers import wait_until

ADMIN = Identity("admin", Role.ADMIN)


def a_drawer(key: str | None = None) -> MemoryDrawer:
    drawer = MemoryDrawer()
    if key is not None:
        drawer.lay(key)
    return drawer


def test_a_key_that_was_given_is_the_administrators() -> None:
    accounts = MemoryAccounts()

    told = enrol_administrator(accounts, a_drawer("pr_kept"), "pr_given")

    assert told is None
    assert accounts.find(key_hash("pr_given")) == ADMIN
    assert accounts.find(key_hash("pr_kept")) is None


def test_a_key_in_the_drawer_is_the_administrators_when_none_is_given() -> None:
    accounts = MemoryAccounts()

    enrol_administrator(accounts, a_drawer("pr_kept"), None)

    assert accounts.find(key_hash("pr_kept")) == ADMIN


def test_a_fresh_key_is_made_told_once_and_kept() -> None:
    accounts, drawer = MemoryAccounts(), a_drawer()

    told = enrol_administrator(accounts, drawer, None)
    told_again = enrol_administrator(accounts, drawer, None)

    assert told is not None
    assert re.fullmatch(r"pr_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", told)
    assert drawer.read() == told
    assert accounts.find(key_hash(told)) == ADMIN
    assert told_again is None


def test_no_key_is_made_where_there_is_an_administrator() -> None:
    accounts = MemoryAccounts()
    enrol_administrator(accounts, a_drawer(), "pr_given")
    empty = a_drawer()

    assert enrol_administrator(accounts, empty, None) is None
    assert empty.read() is None
    assert accounts.find(key_hash("pr_given")) == ADMIN


def test_a_changed_key_lets_the_old_one_open_nothing() -> None:
    accounts = MemoryAccounts()
    enrol_administrator(accounts, a_drawer(), "pr_old")

    enrol_administrator(accounts, a_drawer(), "pr_new")

    assert accounts.find(key_hash("pr_new")) == ADMIN
    assert accounts.find(key_hash("pr_old")) is None


def test_a_given_key_is_laid_in_the_drawer_in_place_of_the_one_before() -> None:
    drawer = a_drawer()
    drawer.lay("pr_before")

    enrol_administrator(MemoryAccounts(), drawer, "pr_given")

    assert drawer.read() == "pr_given"


def test_when_the_accounts_are_lost_they_are_set_up_again() -> None:
    accounts, drawer = MemoryAccounts(), a_drawer()
    drawer.lay("pr_kept")
    enrolment = Enrolment(accounts, drawer, None)

    with pytest.raises(AccountsUnavailable):
        enrolment.require()

    wait_until(lambda: enrolment.settled, seconds=5, what="the enrolment")
    assert accounts.find(key_hash("pr_kept")) == ADMIN
    enrolment.require()


def test_whoever_loses_the_race_of_two_machines_clears_their_drawer() -> None:
    class Beaten(MemoryAccounts):
        def appoint(self, key_hash: str, *, instead_of: str | None) -> bool:
            return False

    drawer = a_drawer()

    assert enrol_administrator(Beaten(), drawer, None) is None
    assert drawer.read() is None


def test_whoever_loses_the_race_of_two_workers_takes_the_key_that_was_laid() -> None:
    class Overtaken(MemoryDrawer):
        def lay(self, key: str) -> bool:
            super().lay("pr_quicker")
            return super().lay(key)

    accounts = MemoryAccounts()

    assert enrol_administrator(accounts, Overtaken(), None) is None
    assert accounts.find(key_hash("pr_quicker")) == ADMIN


def test_enrolment_waits_for_the_accounts_longer_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    accounts = MemoryAccounts()
    accounts.away = True
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        accounts.away = len(pauses) < 9

    enrolment = Enrolment(accounts, a_drawer(), None, pause)
    assert not enrolment.settled
    with caplog.at_level(logging.INFO, "gateway.enrol"):
        enrolment.run()

    assert enrolment.settled
    assert pauses[:3] == [0.25, 0.5, 1.0]
    assert max(pauses) == 15.0
    key = accounts.administrators_key()
    told = [line for line in caplog.messages if "told only this once" in line]
    assert len(told) == 1
    assert key_hash(told[0].split()[-1]) == key
