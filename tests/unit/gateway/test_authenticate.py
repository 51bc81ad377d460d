import pytest

from chassis.identity import Identity, Role
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.authenticate import KeyRequired, KeyUnknown, authenticate
from gateway.ports import AccountsUnavailable

NOOR = Identity("noor", Role.CONTRIBUTOR)


def test_a_key_tells_whose_it_is() -> None:
    accounts = MemoryAccounts(pr_right=NOOR)

    assert authenticate("Bearer pr_right", accounts) == NOOR
    assert authenticate("bearer  pr_right ", accounts) == NOOR


def test_no_key_is_a_visitor() -> None:
    assert authenticate(None, MemoryAccounts()) is None


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer ", "pr_right", "Basic cHI6cHI="])
def test_a_header_without_a_bearer_key_is_told_how_to_send_one(said: str) -> None:
    with pytest.raises(KeyRequired):
        authenticate(said, MemoryAccounts(pr_right=NOOR))


def test_a_key_that_is_nobodys_is_refused() -> None:
    with pytest.raises(KeyUnknown):
        authenticate("Bearer pr_wrong", MemoryAccounts(pr_right=NOOR))


def test_a_key_is_never_wrong_while_the_accounts_are_away() -> None:
    accounts = MemoryAccounts(pr_right=NOOR)
    accounts.away = True

    with pytest.raises(AccountsUnavailable):
        authenticate("Bearer pr_wrong", accounts)


def test_a_key_is_never_wrong_before_the_administrator_is_enrolled() -> None:
    accounts = MemoryAccounts(pr_right=NOOR)

    assert authenticate("Bearer pr_right", accounts, settled=False) == NOOR
    with pytest.raises(AccountsUnavailable):
        authenticate("Bearer pr_admin", accounts, settled=False)
