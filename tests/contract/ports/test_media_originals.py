"""What every store of originals promises: in memory and in S3."""

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from media.adapters.memory_originals import MemoryOriginals
from media.adapters.s3 import READING, WRITING
from media.adapters.s3_originals import S3Originals
from media.domain.description import described
from media.domain.wallpaper import Wallpaper
from media.ports import OriginalNotFound, Originals, StorageUnavailable
from tests.support.media_builders import NOON, a_wallpaper, an_original

PINE = b"the bytes of a pine"


@pytest.fixture
def memory() -> Originals:
    return MemoryOriginals()


@pytest.fixture
def s3(originals_bucket: str) -> Iterator[Originals]:
    reader = boto3.client("s3", config=READING)
    with ThreadPoolExecutor(16) as threads:
        yield S3Originals(
            reader=reader,
            writer=boto3.client("s3", config=WRITING),
            once=boto3.client("s3", config=WRITING),
            public=reader,
            bucket=originals_bucket,
            threads=threads,
        )


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.integration)])
def originals(request: pytest.FixtureRequest) -> Originals:
    found: Originals = request.getfixturevalue(request.param)
    return found


def _retitled(wallpaper: Wallpaper, title: str) -> Wallpaper:
    description = described(wallpaper.description, {"title": title})
    return wallpaper.revised(description, wallpaper.look.focal, now=NOON)


def test_the_very_bytes_come_back(originals: Originals) -> None:
    file = BytesIO(PINE)
    file.seek(0, 2)  # wherever it was read to before

    assert originals.put(an_original(PINE), file)

    assert originals.read(an_original(PINE)) == PINE


def test_the_same_bytes_are_kept_once(originals: Originals) -> None:
    originals.put(an_original(PINE), BytesIO(PINE))

    assert not originals.put(an_original(PINE), BytesIO(PINE))


def test_what_was_never_kept_is_not_found(originals: Originals) -> None:
    with pytest.raises(OriginalNotFound):
        originals.read(an_original(b"nothing"))


def test_a_retired_original_is_out_of_sight_until_it_is_reinstated(originals: Originals) -> None:
    pine = an_original(PINE)
    originals.put(pine, BytesIO(PINE))

    assert originals.retired(pine.sha256) is None
    retired = originals.retire(pine.sha256)
    with pytest.raises(OriginalNotFound):
        originals.read(pine)
    assert originals.retired(pine.sha256) == retired
    originals.reinstate(retired)

    assert originals.read(pine) == PINE


def test_retired_bytes_can_be_kept_anew(originals: Originals) -> None:
    originals.put(an_original(PINE), BytesIO(PINE))
    originals.retire(an_original(PINE).sha256)

    assert originals.put(an_original(PINE), BytesIO(PINE))
    assert originals.read(an_original(PINE)) == PINE
    assert originals.retired(an_original(PINE).sha256) is None


def test_a_sidecar_tells_the_whole_record(originals: Originals) -> None:
    pine, mist = a_wallpaper(), a_wallpaper().deleted(now=NOON)

    originals.describe(pine)
    originals.describe(mist)

    found = {wallpaper.id: wallpaper for wallpaper in originals.descriptions()}
    assert found == {pine.id: pine, mist.id: mist}


def test_a_sidecar_never_goes_back_to_an_earlier_version(originals: Originals) -> None:
    pine = a_wallpaper()
    revised = _retitled(pine, "Later")
    originals.describe(revised)

    originals.describe(pine)
    originals.describe(revised)

    assert list(originals.descriptions()) == [revised]


def test_a_late_tombstone_does_not_bury_the_next_wallpaper_of_its_bytes(
    originals: Originals,
) -> None:
    pine = a_wallpaper()
    again = replace(a_wallpaper(original=pine.original), created_at=NOON + timedelta(seconds=1))
    originals.describe(again)

    originals.describe(pine.deleted(now=NOON + timedelta(seconds=2)))

    assert list(originals.descriptions()) == [again]


def test_of_many_versions_written_at_once_the_latest_stays(originals: Originals) -> None:
    versions = [a_wallpaper()]
    for number in range(5):
        versions.append(_retitled(versions[-1], f"Number {number}"))

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(originals.describe, versions))

    assert list(originals.descriptions()) == [versions[-1]]


@pytest.mark.integration
def test_a_link_downloads_the_original_under_its_name(s3: S3Originals) -> None:
    pine = an_original(PINE)
    s3.put(pine, BytesIO(PINE))

    link = s3.link(pine, file_name="wallpaper-x-1x1.jpg", lifetime=timedelta(minutes=5))

    with urllib.request.urlopen(link) as answer:
        assert answer.read() == PINE
        assert answer.headers["Content-Type"] == "image/jpeg"
        said = answer.headers["Content-Disposition"]
        assert said == 'attachment; filename="wallpaper-x-1x1.jpg"'
    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["300"]


@pytest.mark.integration
def test_a_link_for_one_original_opens_no_other(s3: S3Originals) -> None:
    pine, mist = an_original(PINE), an_original(b"mist")
    s3.put(mist, BytesIO(b"mist"))
    link = s3.link(pine, file_name="wallpaper-x-1x1.jpg", lifetime=timedelta(minutes=5))

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(link.replace(pine.sha256, mist.sha256))

    assert caught.value.code == 403


@pytest.mark.integration
def test_bytes_that_are_not_what_their_hash_says_are_not_kept(s3: S3Originals) -> None:
    pine = an_original(PINE)

    with pytest.raises(StorageUnavailable):
        s3.put(pine, BytesIO(PINE[::-1]))

    with pytest.raises(OriginalNotFound):
        s3.read(pine)


@pytest.mark.integration
def test_bytes_that_were_changed_in_the_bucket_are_not_given_out(
    s3: S3Originals, originals_bucket: str
) -> None:
    pine = an_original(PINE)
    boto3.client("s3").put_object(
        Bucket=originals_bucket, Key=f"originals/{pine.sha256}", Body=b"something else"
    )

    with pytest.raises(StorageUnavailable):
        s3.read(pine)


@pytest.mark.integration
def test_a_sidecar_that_is_garbage_is_passed_over_and_can_be_written_anew(
    s3: S3Originals, originals_bucket: str
) -> None:
    pine = a_wallpaper()
    key = f"originals/{pine.original.sha256}.json"
    boto3.client("s3").put_object(Bucket=originals_bucket, Key=key, Body=b'{"form": 1, "id": 7')

    assert list(s3.descriptions()) == []
    s3.describe(pine)

    assert list(s3.descriptions()) == [pine]


def test_what_is_here_is_told_in_the_order_of_its_hashes(originals: Originals) -> None:
    begun = datetime.now(UTC)
    bodies = [bytes([each]) * 9 for each in range(7)]
    for body in bodies[:5]:
        originals.put(an_original(body), BytesIO(body))
    for body in bodies[3:]:
        originals.describe(a_wallpaper(original=an_original(body)))
    originals.retire(an_original(bodies[4]).sha256)

    found = list(originals.holdings())

    hashes = [hashlib.sha256(body).hexdigest() for body in bodies]
    assert [each.sha256 for each in found] == sorted(hashes)
    assert {each.sha256 for each in found if each.has_bytes} == set(hashes[:4])
    assert {each.sha256 for each in found if each.is_described} == set(hashes[3:])
    assert list(originals.holdings(found[2].sha256)) == found[3:]
    assert list(originals.holdings(found[2].sha256[:8])) == found[2:]
    assert all(
        abs(each.since - begun) < timedelta(minutes=5) for each in found[:1] if each.has_bytes
    )


def test_bytes_can_be_asked_after_and_hashed_again(originals: Originals) -> None:
    pine = an_original(PINE)
    assert not originals.holds(pine.sha256)
    with pytest.raises(OriginalNotFound):
        originals.digest(pine.sha256)

    originals.put(pine, BytesIO(PINE))

    assert originals.holds(pine.sha256)
    assert originals.digest(pine.sha256) == pine.sha256


def test_a_sidecar_can_be_read_alone_and_forgotten(originals: Originals) -> None:
    pine = a_wallpaper()
    originals.describe(pine)

    assert originals.described(pine.original.sha256) == pine
    originals.forget(pine.original.sha256)
    assert originals.described(pine.original.sha256) is None


def test_the_bookmark_stays_where_it_was_put(originals: Originals) -> None:
    assert originals.bookmark() == ""

    originals.keep_bookmark("0123abcd")
    assert originals.bookmark() == "0123abcd"
    originals.keep_bookmark("")
    assert originals.bookmark() == ""
