"""What everybody promises who looks at pictures for search."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, Response, request

from chassis.identity import HEADER, Identity, Role
from chassis.problems import register_problems
from media.adapters.vips_pictures import VipsPictures
from media.web import looks
from media.web.callers import Callers
from media.web.problems import PROBLEMS
from search.adapters.http_eyes import HttpEyes
from search.adapters.memory_eyes import MemoryEyes
from search.domain.values import Look
from search.ports import LARGEST_PICTURE, Eyes, LookUnavailable, PictureRefused, PictureTooLarge
from tests.support.pictures import a_picture
from tests.support.search_builders import IDENTITIES
from tests.support.threaded_servers import served

PICTURE = a_picture(400, 300, seed=3)


@pytest.fixture
def media() -> Iterator[str]:
    app = Flask(__name__)
    app.register_blueprint(looks.create_blueprint(VipsPictures(), Callers(IDENTITIES)))
    register_problems(app, PROBLEMS)
    with served(app) as url:
        yield url


@pytest.fixture(params=["memory", "http"])
def eyes(request: pytest.FixtureRequest) -> Eyes:
    if request.param == "http":
        return HttpEyes(request.getfixturevalue("media"), IDENTITIES)
    return MemoryEyes({PICTURE: Look("", 1, 2, ())})


def test_a_picture_has_a_look_and_the_same_one_each_time(eyes: Eyes) -> None:
    look = eyes.look(PICTURE, "image/jpeg", within=5)

    assert look.id == ""
    assert 0 <= look.dhash < 2**64
    assert 0 <= look.phash < 2**64
    assert eyes.look(PICTURE, "image/jpeg", within=5) == look


def test_what_is_no_picture_is_refused_with_a_reason(eyes: Eyes) -> None:
    with pytest.raises(PictureRefused, match=r"\w"):
        eyes.look(b"GIF89a and so on", "image/gif", within=5)


def test_what_is_too_large_is_not_looked_at(eyes: Eyes) -> None:
    with pytest.raises(PictureTooLarge):
        eyes.look(bytes(LARGEST_PICTURE + 1), "image/jpeg", within=5)


@dataclass
class Odd:
    """A server in media's place that answers the same to everything."""

    status: int = 200
    body: bytes = b"{}"


@pytest.fixture
def odd() -> Odd:
    return Odd()


@pytest.fixture
def odd_eyes(odd: Odd) -> Iterator[Eyes]:
    app = Flask(__name__)

    @app.post("/look")
    def look() -> Response:
        caller = IDENTITIES.read(request.headers.get(HEADER), "POST", "/look")
        assert caller == Identity("search", Role.SERVICE)
        assert int(request.headers["X-Deadline-Ms"]) <= 2000
        return Response(odd.body, odd.status)

    with served(app) as url:
        yield HttpEyes(url, IDENTITIES)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, b"{}"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b'{"dhash": 1, "phash": "0", "palette": []}'),
        (200, b" " * 300_000),
    ],
)
def test_an_answer_that_is_none_is_as_good_as_nobody_there(
    odd: Odd, odd_eyes: Eyes, status: int, body: bytes
) -> None:
    odd.status, odd.body = status, body

    with pytest.raises(LookUnavailable):
        odd_eyes.look(PICTURE, "image/jpeg", within=2)


def test_nobody_there_is_noticed() -> None:
    with pytest.raises(LookUnavailable):
        HttpEyes("http://127.0.0.1:9", IDENTITIES).look(PICTURE, "image/jpeg", within=0.5)
