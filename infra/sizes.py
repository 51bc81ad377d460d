"""How large an environment is: what runs, its roads, what it is expected to carry.

Only data. The stacks read the first three of a size, `make cost` all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Roads(StrEnum):
    """How tasks reach what is not in the network."""

    PUBLIC = "public"
    """From public subnets, each task with an address of its own; nothing can reach it there."""
    ENDPOINTS = "endpoints"
    """Only AWS, through endpoints; there is no road to the internet at all."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The tasks of one service.

    Attributes:
        cpu: Of a task, in 1/1024 of a vCPU.
        memory: Of a task, in MiB.
        least: Tasks that always run.
        most: Tasks at the highest load.
        spot: Whether they run on spare capacity, cheaper, two minutes' notice.
    """

    cpu: int
    memory: int
    least: int
    most: int
    spot: bool = False


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a month is expected to bring; `make cost` does its arithmetic on it.

    Attributes:
        page_views: Pages seen.
        originals_gb: Originals kept, in GB.
        cache_gb: What the cache holds on average, in GB.
    """

    page_views: int
    originals_gb: float
    cache_gb: float


@dataclass(frozen=True, slots=True)
class Size:
    """One size of environment."""

    fleets: Mapping[str, Fleet]
    roads: Roads
    zones: int
    cache_gb: int
    firewall: bool
    budget_usd: int
    traffic: Traffic


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "hobby": Size(
            fleets={
                "gateway": Fleet(256, 512, least=1, most=2, spot=True),
                "search": Fleet(256, 1024, least=1, most=2, spot=True),
                "media": Fleet(512, 2048, least=1, most=2, spot=True),
            },
            roads=Roads.PUBLIC,
            zones=2,
            cache_gb=1,
            firewall=False,
            budget_usd=90,
            traffic=Traffic(page_views=5_000, originals_gb=5, cache_gb=0.1),
        ),
        "small": Size(
            fleets={
                "gateway": Fleet(512, 1024, least=2, most=4),
                "search": Fleet(512, 1024, least=2, most=4),
                "media": Fleet(1024, 3072, least=2, most=6),
            },
            roads=Roads.ENDPOINTS,
            zones=2,
            cache_gb=1,
            firewall=True,
            budget_usd=400,
            traffic=Traffic(page_views=30_000, originals_gb=50, cache_gb=0.1),
        ),
        "medium": Size(
            fleets={
                "gateway": Fleet(512, 1024, least=2, most=10),
                "search": Fleet(1024, 2048, least=2, most=10),
                "media": Fleet(1024, 3072, least=2, most=12),
            },
            roads=Roads.ENDPOINTS,
            zones=3,
            cache_gb=2,
            firewall=True,
            budget_usd=800,
            traffic=Traffic(page_views=1_000_000, originals_gb=500, cache_gb=0.5),
        ),
        "large": Size(
            fleets={
                "gateway": Fleet(1024, 2048, least=4, most=20),
                "search": Fleet(2048, 4096, least=3, most=20),
                "media": Fleet(2048, 6144, least=3, most=30),
            },
            roads=Roads.ENDPOINTS,
            zones=3,
            cache_gb=5,
            firewall=True,
            budget_usd=4500,
            traffic=Traffic(page_views=10_000_000, originals_gb=5_000, cache_gb=2),
        ),
    }
)
