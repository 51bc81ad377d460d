"""What S3 can say, and how long it may take to say it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media.ports import StorageUnavailable

if TYPE_CHECKING:
    from botocore.config import _S3Dict

# Without it, us-east-1 alone is asked at the address of all regions.
_REGIONAL: "_S3Dict" = {"us_east_1_regional_endpoint": "regional"}
READING: Final = Config(
    s3=_REGIONAL,
    signature_version="s3v4",  # of presigned links, too: botocore's default there is the old one
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=32,
)
READING_HASHED: Final = READING.merge(
    # Of what is hashed here against a hash of ours, once is enough.
    Config(response_checksum_validation="when_required")
)
WRITING: Final = Config(
    s3=_REGIONAL,
    signature_version="s3v4",
    connect_timeout=1,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
)
LINKING: Final = READING.merge(
    # Links with a bucket's name before that of all regions are answered 307 for a day, and without
    # CORS, where the bucket is new and elsewhere. Asked for so, botocore names the region.
    Config(s3={**_REGIONAL, "addressing_style": "virtual"})
)
LINKING_ELSEWHERE: Final = READING.merge(Config(s3={"addressing_style": "path"}))
READ_WITHIN = 15.0
WRITTEN_WITHIN = 60.0

# GetObject says the first, HeadObject the second, whatever is about a multipart upload the third
_ABSENT = {"NoSuchKey", "404", "NoSuchUpload"}
_OTHERWISE = {"PreconditionFailed", "412"}
_CONTENDED = {"ConditionalRequestConflict", "409"}


class Absent(Exception):
    """There is no such object."""


class Conflict(Exception):
    """The object is not as the request requires it to be."""


class Contended(Conflict):
    """Somebody else is writing the object at this moment; what it will be is not known yet."""


@contextmanager
def speaking_of(key: str) -> Iterator[None]:
    """Say what went wrong with ``key`` in words of ours."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _ABSENT:
            raise Absent(key) from error
        if code in _OTHERWISE:
            raise Conflict(key) from error
        if code in _CONTENDED:
            raise Contended(key) from error
        raise StorageUnavailable(f"S3 refused '{key}': {code}") from error
    except (BotoCoreError, Boto3Error, OSError) as error:  # a deadline's TimeoutError, too
        raise StorageUnavailable(f"S3 did not answer for '{key}'") from error
