"""What every spool of visits promises: in memory and in DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import boto3
import pytest

from media.adapters.dynamodb_spool import DynamoSpool
from media.adapters.dynamodb_table import READING, WRITING, DynamoTable
from media.adapters.memory_spool import MemorySpool
from media.domain.visits import Kind, Visit
from media.ports import SPOOLED, Spool
from tests.support.media_builders import NOON

_TODAY = date(2026, 1, 2)


@pytest.fixture
def memory() -> Spool:
    return MemorySpool()


@pytest.fixture
def dynamodb(catalogue_table: str) -> Iterator[Spool]:
    with ThreadPoolExecutor(4) as threads:
        yield DynamoSpool(
            DynamoTable(
                reader=boto3.client("dynamodb", config=READING),
                writer=boto3.client("dynamodb", config=WRITING),
                name=catalogue_table,
                threads=threads,
            )
        )


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.integration)])
def spool(request: pytest.FixtureRequest) -> Spool:
    found: Spool = request.getfixturevalue(request.param)
    return found


def _visits(count: int, kind: Kind = Kind.VIEW) -> list[Visit]:
    return [Visit("pine", kind, _TODAY, f"v{each}") for each in range(count)]


def test_what_is_kept_is_there_until_it_is_dropped(spool: Spool) -> None:
    visits = [*_visits(3), *_visits(2, Kind.DOWNLOAD)]
    spool.keep(visits, now=NOON)

    (bundle,) = spool.kept(limit=9, now=NOON)
    assert set(bundle.visits) == set(visits)

    spool.drop(bundle)
    spool.drop(bundle)
    assert list(spool.kept(limit=9, now=NOON)) == []


def test_many_are_kept_and_found_the_oldest_first(spool: Spool) -> None:
    spool.keep(_visits(2500), now=NOON)
    spool.keep(_visits(1, Kind.DOWNLOAD), now=NOON + timedelta(seconds=1))

    first, *others = spool.kept(limit=99, now=NOON + timedelta(seconds=2))

    assert [each.name for each in spool.kept(limit=1, now=NOON)] == [first.name]
    assert others[-1].visits == (Visit("pine", Kind.DOWNLOAD, _TODAY, "v0"),)
    kept = [visit for bundle in (first, *others[:-1]) for visit in bundle.visits]
    assert sorted(visit.visitor for visit in kept) == sorted(f"v{each}" for each in range(2500))


def test_after_a_day_they_are_gone(spool: Spool) -> None:
    spool.keep(_visits(1), now=NOON)

    assert len(list(spool.kept(limit=9, now=NOON + SPOOLED - timedelta(seconds=2)))) == 1
    assert list(spool.kept(limit=9, now=NOON + SPOOLED)) == []
