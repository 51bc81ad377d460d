"""What every store of renditions promises: in memory and in S3."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from media.adapters.memory_renditions import MemoryRenditions
from media.adapters.s3 import READING_HASHED, WRITING
from media.adapters.s3_renditions import S3Renditions
from media.domain.renditions import Format
from media.ports import Image, Renditions, StorageUnavailable

KEY = "renditions/1/abc/640x360@0,0,3840,2160.webp"


@pytest.fixture
def memory() -> Renditions:
    return MemoryRenditions()


@pytest.fixture
def s3(renditions_bucket: str) -> Iterator[Renditions]:
    with ThreadPoolExecutor(4) as threads:
        yield S3Renditions(
            reader=boto3.client("s3", config=READING_HASHED),
            writer=boto3.client("s3", config=WRITING),
            bucket=renditions_bucket,
            threads=threads,
        )


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.integration)])
def renditions(request: pytest.FixtureRequest) -> Renditions:
    found: Renditions = request.getfixturevalue(request.param)
    return found


def _image(body: bytes) -> Image:
    return Image(body, Format.WEBP, hashlib.sha256(body).hexdigest())


def test_a_kept_rendition_comes_back_whole(renditions: Renditions) -> None:
    renditions.put(KEY, _image(b"pixels"))

    assert renditions.get(KEY, Format.WEBP) == _image(b"pixels")


def test_the_first_to_keep_a_rendition_has_kept_it(renditions: Renditions) -> None:
    first = renditions.put(KEY, _image(b"pixels"))
    second = renditions.put(KEY, _image(b"nearly the same pixels"))

    assert (first, second) == (True, False)
    assert renditions.get(KEY, Format.WEBP) == _image(b"pixels")


def test_what_was_never_made_is_not_there(renditions: Renditions) -> None:
    assert renditions.get(KEY, Format.WEBP) is None


@pytest.mark.integration
def test_a_damaged_rendition_is_not_given_out(s3: Renditions, renditions_bucket: str) -> None:
    s3.put(KEY, _image(b"pixels"))
    client = boto3.client("s3")
    digest = _image(b"pixels").digest
    client.put_object(Bucket=renditions_bucket, Key=KEY, Body=b"pix", Metadata={"sha256": digest})

    with pytest.raises(StorageUnavailable):
        s3.get(KEY, Format.WEBP)


def test_what_begins_alike_can_be_cleared_and_all_else_stays(renditions: Renditions) -> None:
    for key in ("i/pine/w320.webp", "i/pine/w640.webp", "i/pines/w320.webp", KEY):
        renditions.put(key, _image(b"pixels"))

    renditions.clear("i/pine/")
    renditions.clear("i/nobody/")

    kept = [renditions.get(key, Format.WEBP) for key in ("i/pine/w320.webp", "i/pine/w640.webp")]
    assert kept == [None, None]
    assert renditions.get("i/pines/w320.webp", Format.WEBP) == _image(b"pixels")
    assert renditions.get(KEY, Format.WEBP) == _image(b"pixels")
