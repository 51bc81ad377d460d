"""What every drawer for the administrator's key promises."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.adapters.file_drawer import FileDrawer
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.ports import Drawer


@pytest.fixture(params=["memory", "file"])
def drawer(request: pytest.FixtureRequest, tmp_path: Path) -> Drawer:
    return MemoryDrawer() if request.param == "memory" else FileDrawer(tmp_path / "data" / "key")


def test_an_empty_drawer_holds_no_key(drawer: Drawer) -> None:
    assert drawer.read() is None


def test_a_key_that_was_laid_lies_there_until_it_is_taken(drawer: Drawer) -> None:
    assert drawer.lay("pr_key")
    assert drawer.read() == "pr_key"

    drawer.clear()
    drawer.clear()

    assert drawer.read() is None
    assert drawer.lay("pr_other")


def test_a_second_key_does_not_replace_the_first(drawer: Drawer) -> None:
    drawer.lay("pr_first")

    assert not drawer.lay("pr_second")
    assert drawer.read() == "pr_first"


def test_a_key_file_is_for_its_owner_only_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    drawer = FileDrawer(tmp_path / "key")

    with ThreadPoolExecutor(8) as pool:
        laid = list(pool.map(drawer.lay, [f"pr_{number}" for number in range(8)]))

    assert laid.count(True) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "key").read_text() == f"{drawer.read()}\n"
