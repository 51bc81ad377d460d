"""What search must be told, and what it says if it is not."""

from datetime import timedelta
from pathlib import Path

import pytest

from chassis.settings import SettingsError
from search.settings import Settings
from tests.support.search_builders import SECRET


def test_settings_are_read_from_the_environment() -> None:
    environ = {
        "PAPERROUTE_INTERNAL_SECRET": SECRET,
        "SEARCH_MEDIA_URL": "http://media:8000/",
        "SEARCH_FOLDER": "/var/search",
    }

    assert Settings.from_env(environ) == Settings(
        (SECRET,),
        "http://media:8000",
        Path("/var/search"),
        None,
        timedelta(minutes=10),
        timedelta(days=1),
        None,
    )


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"PAPERROUTE_INTERNAL_SECRET": "short", "SEARCH_MEDIA_URL": "media"})

    assert "PAPERROUTE_INTERNAL_SECRET" in str(caught.value)
    assert "SEARCH_FOLDER is not set" in str(caught.value)
    assert "SEARCH_MEDIA_URL" in str(caught.value)
    assert "short" not in str(caught.value)
