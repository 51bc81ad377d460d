"""What every store of search's snapshots promises."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from search.adapters.memory_objects import MemoryObjects
from search.adapters.s3_objects import CONFIG, S3Objects
from search.ports import ObjectAbsent, ObjectChanged, Objects


@pytest.fixture
def memory() -> Objects:
    return MemoryObjects()


@pytest.fixture
def s3(snapshots_bucket: str) -> Objects:
    return S3Objects(boto3.client("s3", config=CONFIG), snapshots_bucket)


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.integration)])
def objects(request: pytest.FixtureRequest) -> Objects:
    made: Objects = request.getfixturevalue(request.param)
    return made


def test_what_was_put_is_there_until_it_is_deleted(objects: Objects) -> None:
    with pytest.raises(ObjectAbsent):
        objects.get("a/1")

    objects.put("a/1", b"pine")
    assert objects.get("a/1")[0] == b"pine"
    objects.delete("a/1")

    with pytest.raises(ObjectAbsent):
        objects.get("a/1")
    objects.delete("a/1")


def test_it_is_swapped_only_against_what_was_read(objects: Objects) -> None:
    objects.swap("list", b"1", before=None)
    _, tag = objects.get("list")
    objects.swap("list", b"2", before=tag)

    with pytest.raises(ObjectChanged):
        objects.swap("list", b"3", before=tag)
    with pytest.raises(ObjectChanged):
        objects.swap("list", b"3", before=None)

    assert objects.get("list")[0] == b"2"


def test_keys_are_listed_with_the_time_at_which_they_were_put(objects: Objects) -> None:
    for key in ("a/1", "a/2", "b/1"):
        objects.put(key, b"")

    listed = objects.keys("a/")

    assert sorted(listed) == ["a/1", "a/2"]
    assert all(abs(datetime.now(UTC) - put) < timedelta(minutes=1) for put in listed.values())
