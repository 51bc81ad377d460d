"""What every place that keeps accounts promises."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from chassis.identity import Identity, Role
from gateway.adapters.dynamodb_accounts import DynamoAccounts
from gateway.adapters.gevent_patience import patience
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.domain.key import key_hash
from gateway.domain.session import Session
from gateway.ports import Accounts, AccountsUnavailable

ADMIN = Identity("admin", Role.ADMIN)
OLD, NEW = key_hash("pr_old"), key_hash("pr_new")


@pytest.fixture
def memory() -> Accounts:
    return MemoryAccounts()


@pytest.fixture
def dynamodb(accounts_table: str) -> Accounts:
    return DynamoAccounts(boto3.client("dynamodb"), accounts_table, patience)


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.integration)])
def accounts(request: pytest.FixtureRequest) -> Accounts:
    found: Accounts = request.getfixturevalue(request.param)
    return found


def test_nobody_has_a_key_at_first(accounts: Accounts) -> None:
    assert accounts.find(OLD) is None
    assert accounts.administrators_key() is None


def test_the_administrator_is_found_by_the_key_they_were_given(accounts: Accounts) -> None:
    assert accounts.appoint(OLD, instead_of=None)

    assert accounts.find(OLD) == ADMIN
    assert accounts.administrators_key() == OLD


def test_a_new_key_takes_the_place_of_the_old_one(accounts: Accounts) -> None:
    accounts.appoint(OLD, instead_of=None)

    assert accounts.appoint(NEW, instead_of=OLD)

    assert accounts.find(NEW) == ADMIN
    assert accounts.find(OLD) is None


def test_whoever_comes_second_changes_nothing(accounts: Accounts) -> None:
    accounts.appoint(OLD, instead_of=None)

    assert not accounts.appoint(NEW, instead_of=None)
    assert not accounts.appoint(NEW, instead_of=key_hash("pr_another"))

    assert accounts.find(NEW) is None
    assert accounts.administrators_key() == OLD


def test_of_many_who_appoint_at_once_one_does(accounts: Accounts) -> None:
    hashes = [key_hash(f"pr_{number}") for number in range(8)]

    def appoint(wanted: str) -> bool:
        try:
            return accounts.appoint(wanted, instead_of=None)
        except AccountsUnavailable:  # two transactions met: the loser may be told to try again
            return False

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(appoint, hashes))

    assert done.count(True) == 1
    assert [accounts.find(each) is not None for each in hashes] == done


def test_a_session_is_kept_renewed_and_ended(accounts: Accounts) -> None:
    began = datetime(2026, 1, 1, 12, tzinfo=UTC)
    session = Session(OLD, began, began)
    assert accounts.session(NEW) is None

    accounts.keep_session(NEW, session)
    assert accounts.session(NEW) == session

    later = replace(session, seen_at=began + timedelta(days=2))
    accounts.renew_session(NEW, later)
    assert accounts.session(NEW) == later

    accounts.end_session(NEW)
    accounts.renew_session(NEW, later)  # a page that was still open
    assert accounts.session(NEW) is None


@pytest.mark.integration
def test_a_table_that_is_not_there_is_an_absence_not_an_answer(emulator: object) -> None:
    accounts = DynamoAccounts(boto3.client("dynamodb"), "no-such-table", patience)

    with pytest.raises(AccountsUnavailable):
        accounts.find(OLD)
    with pytest.raises(AccountsUnavailable):
        accounts.appoint(OLD, instead_of=None)
