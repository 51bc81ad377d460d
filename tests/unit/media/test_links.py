"""Where the links lead that media signs: an address of S3 that a browser reaches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from infra.services import SERVICES
from media.domain.multipart import Parcel, Part
from media.settings import Settings
from media.wiring import open_stores
from tests.support.media_builders import an_original
from tests.unit.media.test_settings import GIVEN

SETTINGS = Settings.from_env(GIVEN)
MINUTE = timedelta(minutes=1)
PARCEL = Parcel(
    id="a" * 26,
    account="ada",
    bytes=1,
    sha256="0" * 64,
    part_sha256=("0" * 64,),
    file_name="one.jpg",
    media_type=None,
    expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    handle="handle",
)


def origins(settings: Settings) -> set[tuple[str, str]]:
    """Origin and path of a download and of a part of an upload."""
    stores = open_stores(settings)
    download = stores.originals.link(an_original(), file_name="one.jpg", lifetime=MINUTE)
    part = stores.parcels.link(PARCEL, Part(1, 1, "0" * 64), lifetime=MINUTE).url
    parts = [urlsplit(url) for url in (download, part)]
    return {(f"{each.scheme}://{each.netloc}", each.path.split("/")[1]) for each in parts}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_on_aws_they_lead_to_the_region_and_to_where_pages_may_connect(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    allowed = SERVICES["gateway"].settings["GATEWAY_UPLOAD_ORIGIN"]
    allowed = allowed.replace("{data/originals}", "originals").replace("{region}", region)

    assert {origin for origin, _ in origins(SETTINGS)} == {allowed}
    assert allowed == f"https://originals.s3.{region}.amazonaws.com"


def test_elsewhere_they_lead_to_the_address_media_itself_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://emulator:4566")

    assert origins(SETTINGS) == {("http://emulator:4566", "originals")}


def test_they_lead_to_the_address_that_browsers_were_said_to_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://emulator:4566")
    settings = replace(SETTINGS, s3_public_url="http://localhost:4566")

    assert origins(settings) == {("http://localhost:4566", "originals")}
