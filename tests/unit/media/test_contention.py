"""What S3 says when two write the same object at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from media.adapters.s3_originals import S3Originals
from media.ports import StorageUnavailable
from tests.support.media_builders import an_original


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def _put(client: Any, *answers: str) -> bool:
    """What ``put`` returns when S3 gives these error codes in turn, and then takes the object."""
    original = an_original(b"pine")
    with Stubber(client) as s3, ThreadPoolExecutor(1) as threads:
        for code in answers:
            s3.add_client_error("put_object", code, http_status_code=409)
        s3.add_response("put_object", {}, dict.fromkeys(_SENT, ANY))
        originals = S3Originals(
            reader=client, writer=client, once=client, public=client, bucket="b", threads=threads
        )
        return originals.put(original, BytesIO(b"pine"))


_SENT = (
    "Bucket",
    "Key",
    "Body",
    "ContentLength",
    "ContentType",
    "CacheControl",
    "ChecksumSHA256",
    "IfNoneMatch",
)


def test_who_comes_second_looks_again_before_believing_that_it_is_kept(client: Any) -> None:
    assert _put(client, "ConditionalRequestConflict", "ConditionalRequestConflict")


def test_what_is_kept_already_is_not_put_again(client: Any) -> None:
    assert not _put(client, "ConditionalRequestConflict", "PreconditionFailed")


def test_any_other_refusal_is_a_storage_that_is_not_available(client: Any) -> None:
    with pytest.raises(StorageUnavailable):
        _put(client, "SlowDown")
