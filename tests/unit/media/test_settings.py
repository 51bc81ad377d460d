"""Media's settings."""

from datetime import timedelta

import pytest

from chassis.settings import SettingsError
from media.settings import Settings

GIVEN = {
    "MEDIA_CATALOGUE_TABLE": "catalogue",
    "MEDIA_ORIGINALS_BUCKET": "originals",
    "MEDIA_RENDITIONS_BUCKET": "renditions",
    "MEDIA_REDIS_URL": "redis://redis:6379/0",
    "PAPERROUTE_INTERNAL_SECRET": "s" * 32,
}


def test_what_is_not_set_has_a_default() -> None:
    settings = Settings.from_env(GIVEN)

    assert settings.cache_ttl == timedelta(seconds=60)
    assert settings.s3_public_url is None


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"MEDIA_CACHE_TTL": "soon", "MEDIA_S3_PUBLIC_URL": "here"})

    said = str(caught.value)
    for name in (*GIVEN, "MEDIA_CACHE_TTL", "MEDIA_S3_PUBLIC_URL"):
        assert name in said
