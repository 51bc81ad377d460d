"""Fixtures that start what integration tests stand on, once for the run."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import settings
from redis import Redis

from scripts import tables
from tests.support.servers import emulated_aws, real_redis

settings.register_profile("paperroute", deadline=None)  # how long a test takes fails none
settings.load_profile("paperroute")


@dataclass(frozen=True, slots=True)
class Emulator:
    """The emulated AWS of this test run; boto3 finds it by itself."""

    url: str


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with (
        emulated_aws(tmp_path_factory.mktemp("emulator")) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL", url)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield Emulator(url)


def made(logical_name: str) -> str:
    """The name of a table or bucket like that in ``infra/data.yaml``, empty."""
    prefix = f"t{secrets.token_hex(6)}"
    tables.make(prefix, frozenset({logical_name}))
    properties = tables.definition(prefix)[logical_name]["Properties"]
    name: str = properties.get("TableName") or properties["BucketName"]
    return name


@pytest.fixture
def catalogue_table(emulator: Emulator) -> str:
    return made("Catalogue")


@pytest.fixture
def accounts_table(emulator: Emulator) -> str:
    return made("Accounts")


@pytest.fixture
def originals_bucket(emulator: Emulator) -> str:
    return made("Originals")


@pytest.fixture
def renditions_bucket(emulator: Emulator) -> str:
    return made("Renditions")


@pytest.fixture
def snapshots_bucket(emulator: Emulator) -> str:
    return made("Snapshots")


@pytest.fixture(scope="session")
def _redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(_redis: str) -> str:
    Redis.from_url(_redis).flushall()
    return _redis
