from pathlib import Path

import pytest

from chassis.settings import SettingsError
from gateway.settings import Settings

GOOD = {
    "PAPERROUTE_INTERNAL_SECRET": "x" * 32,
    "GATEWAY_SEARCH_URL": "http://search:8000/",
    "GATEWAY_MEDIA_URL": "http://media:8000",
    "GATEWAY_ACCOUNTS_TABLE": "accounts",
}


def test_settings_are_read() -> None:
    settings = Settings.from_env({**GOOD, "GATEWAY_ADMIN_KEY_FILE": ".data/admin-key"})

    assert settings.search_url == "http://search:8000"
    assert settings.admin_key is None
    assert settings.admin_key_file == Path(".data/admin-key")


def test_every_mistake_is_named_at_once_and_no_value_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(
            {"PAPERROUTE_INTERNAL_SECRET": "short", "PAPERROUTE_ADMIN_KEY": "two words"}
        )

    said = str(caught.value)
    for name in (*GOOD, "PAPERROUTE_ADMIN_KEY"):
        assert name in said
    assert "short" not in said
    assert "two words" not in said


def test_where_uploads_go_is_an_origin_and_nothing_that_could_loosen_the_policy() -> None:
    good = Settings.from_env({**GOOD, "GATEWAY_UPLOAD_ORIGIN": "http://localhost:4566/"})

    assert good.upload_origin == "http://localhost:4566"
    assert Settings.from_env(GOOD).upload_origin is None
    for wrong in ("https://s3.example/path", "https://s3.example *", "https://a; script-src *"):
        with pytest.raises(SettingsError, match="GATEWAY_UPLOAD_ORIGIN"):
            Settings.from_env({**GOOD, "GATEWAY_UPLOAD_ORIGIN": wrong})
