"""Files made to do harm, at the gate: what their headers show is refused before any decoding."""

import time

import pytest

from media.adapters.vips_pictures import VipsPictures
from media.domain.container import NotAPicture, PictureRefused, examine
from media.domain.cuts import Box
from media.domain.renditions import Format, Rendition
from media.domain.wallpaper import Size
from tests.support.hostile import Hostile, mutants, named
from tests.support.media_builders import a_file


def _outcome(data: bytes) -> str:
    try:
        examine(data)
    except NotAPicture:
        return "not-a-picture"
    except PictureRefused as error:
        return error.reason
    return "taken"


@pytest.mark.parametrize("each", list(named()), ids=lambda each: each.name)
def test_what_a_header_shows_is_enough_for_a_refusal(each: Hostile) -> None:
    data = each.make()
    started = time.process_time()

    found = _outcome(data)

    assert found == (each.outcome if each.outcome != "either" else found)
    assert time.process_time() - started < 1


def test_mutants_are_examined_without_a_surprise() -> None:
    found = {_outcome(data) for data in mutants(120)}

    assert found <= {"taken", "not-a-picture", "truncated", "trailing-data", "animated"} | {
        "undecodable",
        "side-too-long",
        "too-many-pixels",
        "too-demanding",
    }


@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize(
    "each", [e for e in named() if "script in" in e.name], ids=lambda e: e.name
)
def test_a_rendition_of_a_polyglot_is_a_picture_and_nothing_else(
    each: Hostile, kind: Format
) -> None:
    data = each.make()
    size = examine(data).size

    whole = Rendition(Box(0, 0, size.width, size.height), Size(32, 32), kind)
    body = VipsPictures().render(data, whole).body

    assert b"<script" in data
    assert b"<script" not in body
    if kind is not Format.AVIF:
        assert examine(body).size == Size(32, 32)  # to its very last byte


def test_a_real_picture_is_not_mistaken_for_a_flood() -> None:
    photograph = a_file(1600, 1000, progressive=True, comment=b"a long day" * 999)

    assert examine(photograph).size == Size(1600, 1000)
