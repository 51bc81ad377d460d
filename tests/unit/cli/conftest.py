from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from paperroute.main import app
from tests.support.api_stand_in import KEY, ApiStandIn, a_picture, serving

Run = Callable[..., Result]


@pytest.fixture
def api() -> Iterator[ApiStandIn]:
    with serving(ApiStandIn()) as stand_in:
        yield stand_in


@pytest.fixture
def run(api: ApiStandIn) -> Run:
    """Runs the command against the stand-in; ``key`` and ``url`` may say otherwise."""

    def run(*arguments: object, key: str | None = KEY, url: str | None = None) -> Result:
        env = {"PAPERROUTE_URL": url or api.url, "PAPERROUTE_KEY": key}
        return CliRunner().invoke(app, [str(each) for each in arguments], env=env)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two pictures, a text, and a picture in a folder within it."""
    place = tmp_path / "photos"
    (place / "deeper").mkdir(parents=True)
    (place / "red_rock.jpg").write_bytes(a_picture(200))
    (place / "blue-lake.png").write_bytes(a_picture(20, "PNG"))
    (place / "notes.txt").write_text("not a picture")
    (place / "deeper" / "dune.webp").write_bytes(a_picture(120, "WEBP"))
    return place
