"""What every store of uploads in parts promises: in memory and in S3."""

import hashlib
import random
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import boto3
import pytest

from media.adapters.memory_parcels import MemoryParcels
from media.adapters.s3 import READING, WRITING
from media.adapters.s3_parcels import S3Parcels
from media.domain.multipart import PART_BYTES, Parcel, announced
from media.ports import ChecksumMismatch, Parcels, UploadIncomplete, UploadNotFound
from tests.support.media_builders import NOON

DATA = random.Random(1).randbytes(PART_BYTES + 1000)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Store:
    """A store, and what a browser does with a link of it: whether the bytes were taken."""

    parcels: Parcels
    put: Callable[[Parcel, int, bytes], bool]
    left: Callable[[], set[str]]


@pytest.fixture
def memory() -> Store:
    parcels = MemoryParcels()
    return Store(
        parcels,
        lambda parcel, number, data: parcels.send(parcel.id, number, data),
        lambda: set(parcels._announced),
    )


@pytest.fixture
def s3(originals_bucket: str) -> Iterator[Store]:
    reader = boto3.client("s3", config=READING)

    def put(parcel: Parcel, number: int, data: bytes) -> bool:
        link = parcels.link(parcel, parcel.parts[number - 1], lifetime=HOUR)
        request = urllib.request.Request(
            link.url, data=data, method="PUT", headers=dict(link.headers)
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False

    def left() -> set[str]:
        found = reader.list_object_versions(Bucket=originals_bucket)
        parts = reader.list_multipart_uploads(Bucket=originals_bucket)
        versions = [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]
        return {each["Key"] for each in [*versions, *parts.get("Uploads", ())]}

    with ThreadPoolExecutor(16) as threads:
        parcels = S3Parcels(
            reader=reader,
            writer=boto3.client("s3", config=WRITING),
            public=reader,
            bucket=originals_bucket,
            threads=threads,
        )
        yield Store(parcels, put, left)


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


def a_parcel(data: bytes = DATA, **changes: object) -> Parcel:
    parts = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
    fields = {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "part_sha256": [hashlib.sha256(part).hexdigest() for part in parts],
        "filename": "松.jpg",
    }
    return announced(fields | changes, account="ada", now=NOON)


def test_what_was_announced_can_be_found(store: Store) -> None:
    ready = store.parcels.announce(parcel := a_parcel(type="image/jpeg"))

    assert store.parcels.find(parcel.id) == ready
    assert replace(ready, handle="") == parcel
    assert store.parcels.arrived(ready) == frozenset()


def test_what_was_never_announced_is_not_found(store: Store) -> None:
    with pytest.raises(UploadNotFound):
        store.parcels.find(a_parcel().id)


def test_parts_come_in_any_order_and_together_are_the_file(store: Store) -> None:
    parcel = store.parcels.announce(a_parcel())

    assert store.put(parcel, 2, DATA[PART_BYTES:])
    assert store.parcels.arrived(parcel) == {2}
    assert store.put(parcel, 1, DATA[:PART_BYTES])

    assert store.parcels.arrived(parcel) == {1, 2}
    with store.parcels.open(parcel) as file:
        assert file.read() == DATA


def test_it_can_be_opened_again_and_is_still_all_there(store: Store) -> None:
    parcel = store.parcels.announce(a_parcel(b"small"))
    store.put(parcel, 1, b"small")
    store.parcels.open(parcel).close()

    assert store.parcels.arrived(parcel) == {1}
    with store.parcels.open(parcel) as file:
        assert file.read() == b"small"


def test_other_bytes_than_were_announced_are_not_taken(store: Store) -> None:
    parcel = store.parcels.announce(a_parcel())
    wrong = bytes(1) + DATA[1:PART_BYTES]

    assert not store.put(parcel, 1, wrong)
    assert not store.put(parcel, 2, DATA[:PART_BYTES])

    assert store.parcels.arrived(parcel) == frozenset()


def test_missing_parts_are_named(store: Store) -> None:
    parcel = store.parcels.announce(a_parcel())
    store.put(parcel, 1, DATA[:PART_BYTES])

    with pytest.raises(UploadIncomplete) as caught:
        store.parcels.open(parcel)

    assert caught.value.missing == (2,)


def test_parts_that_are_not_the_file_are_found_out(store: Store) -> None:
    parcel = store.parcels.announce(a_parcel(sha256="f" * 64))
    store.put(parcel, 1, DATA[:PART_BYTES])
    store.put(parcel, 2, DATA[PART_BYTES:])

    with pytest.raises(ChecksumMismatch):
        store.parcels.open(parcel)


def test_what_is_discarded_is_gone_for_good(store: Store) -> None:
    joined = store.parcels.announce(a_parcel(b"joined"))
    store.put(joined, 1, b"joined")
    store.parcels.open(joined).close()
    begun = store.parcels.announce(a_parcel())
    store.put(begun, 1, DATA[:PART_BYTES])

    for parcel in (joined, begun):
        store.parcels.discard(parcel)

        with pytest.raises(UploadNotFound):
            store.parcels.find(parcel.id)
    assert store.left() == set()
    store.parcels.discard(begun)  # somebody else was quicker


def test_what_is_settled_keeps_only_what_became_of_it(store: Store) -> None:
    parcel = store.parcels.announce(a_parcel(b"small"))
    store.put(parcel, 1, b"small")
    store.parcels.open(parcel).close()

    store.parcels.settle(replace(parcel, wallpaper_id="7kq2m9xz"))

    assert store.parcels.find(parcel.id).wallpaper_id == "7kq2m9xz"
    assert f"incoming/{parcel.id}" not in store.left()
    with pytest.raises(UploadNotFound):
        store.parcels.open(parcel)


@pytest.mark.integration
def test_a_page_of_another_origin_may_send_parts(s3: Store) -> None:
    parcel = s3.parcels.announce(a_parcel(b"small"))
    link = s3.parcels.link(parcel, parcel.parts[0], lifetime=HOUR)
    asked = {
        "Origin": "http://localhost:8080",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(link.headers),
    }
    request = urllib.request.Request(link.url, method="OPTIONS", headers=asked)

    with urllib.request.urlopen(request) as preflight:
        allowed = preflight.headers

    assert allowed["Access-Control-Allow-Origin"] in {"*", asked["Origin"]}
    assert "PUT" in allowed["Access-Control-Allow-Methods"]
    assert set(link.headers) <= set(allowed["Access-Control-Allow-Headers"].lower().split(", "))


@pytest.mark.integration
def test_what_nobody_completes_expires_by_a_rule_of_the_bucket(originals_bucket: str) -> None:
    client = boto3.client("s3")

    rules = client.get_bucket_lifecycle_configuration(Bucket=originals_bucket)["Rules"]

    incoming = next(rule for rule in rules if rule.get("Filter", {}).get("Prefix") == "incoming/")
    assert incoming["Expiration"]["Days"] == 1
    assert incoming["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1
    assert any(
        rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation") == 1
        for rule in rules
        if rule.get("Filter", {}).get("Prefix", "") == ""
    )
