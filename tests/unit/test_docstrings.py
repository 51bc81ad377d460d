"""The examples in our docstrings are run."""

import doctest
import importlib
import pkgutil

import pytest

_HAS_AN_EFFECT = ("wsgi", "__main__")


def _modules() -> list[str]:
    found: list[str] = []
    for package in ("chassis", "gateway", "search", "media", "paperroute"):
        path = importlib.import_module(package).__path__
        found += [module.name for module in pkgutil.walk_packages(path, f"{package}.")]
    return [name for name in found if not name.endswith(_HAS_AN_EFFECT)]


@pytest.mark.parametrize("name", _modules())
def test_the_examples_of_a_module_hold(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))

    assert results.failed == 0
