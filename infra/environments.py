"""The environments of environments.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.sizes import SIZES, Size

FILE = Path(__file__).with_name("environments.yaml")
_KEYS = {"size", "domain", "email", "keep"}
_NAME = re.compile(r"[a-z][a-z0-9]{1,9}")


class EnvironmentsError(Exception):
    """environments.yaml cannot be meant."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One of them.

    Attributes:
        name: Such as ``prod``.
        size: What runs in it.
        size_name: What that is called.
        domain: A name of the operator's, or ``None``.
        email: Who is told of alarms, or ``None``.
        keep: Whether its stacks refuse to be deleted.
    """

    name: str
    size: Size
    size_name: str
    domain: str | None
    email: str | None
    keep: bool

    @property
    def prefix(self) -> str:
        """What stands before the names of its tables, buckets and stacks."""
        return f"paperroute-{self.name}"


def environments(text: str | None = None) -> Mapping[str, Environment]:
    """Every environment by its name, of ``text`` or else of environments.yaml.

    Raises:
        EnvironmentsError: Saying which line cannot be meant, and what could.
    """
    read = yaml.safe_load(FILE.read_text() if text is None else text) or {}
    return {name: _environment(name, said or {}) for name, said in read.items()}


def _environment(name: str, said: Mapping[str, object]) -> Environment:
    if not _NAME.fullmatch(name):
        raise EnvironmentsError(f"{name}: two to ten small letters and digits, please")
    if unknown := set(said) - _KEYS:
        raise EnvironmentsError(f"{name}: {min(unknown)} is not one of {', '.join(sorted(_KEYS))}")
    size_name = str(said.get("size", ""))
    if size_name not in SIZES:
        raise EnvironmentsError(f"{name}: size is one of {', '.join(SIZES)}")
    domain, email = said.get("domain"), said.get("email")
    return Environment(
        name=name,
        size=SIZES[size_name],
        size_name=size_name,
        domain=None if domain is None else str(domain),
        email=None if email is None else str(email),
        keep=said.get("keep") is not False,
    )
