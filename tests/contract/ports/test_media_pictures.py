"""What every adapter of ``Pictures`` promises: in this process, and in processes of its own."""

import base64
from collections.abc import Iterator

import numpy as np
import pytest

from media.adapters.pooled_pictures import PooledPictures
from media.adapters.slots import Slots
from media.adapters.vips_pictures import VipsPictures
from media.domain.container import PictureRefused
from media.domain.cuts import Box
from media.domain.renditions import EARLY, SOURCE, Format, Rendition
from media.domain.wallpaper import Size
from media.ports import Pictures, PicturesBusy
from tests.support.media_builders import a_file, opened
from tests.support.servers import wait_until

SLOTS = Slots(working=1, waiting=0, patience=1)


@pytest.fixture(scope="module", params=["here", "pooled"])
def pictures(request: pytest.FixtureRequest) -> Iterator[Pictures]:
    if request.param == "here":
        yield VipsPictures(SLOTS)
        return
    pooled = PooledPictures(SLOTS)
    wait_until(lambda: pooled.unfit() is None, seconds=20, what="a decoder")
    yield pooled
    pooled.close()


def test_a_decoder_that_passed_its_test_is_fit(pictures: Pictures) -> None:
    assert pictures.unfit() is None


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_is_looked_at_in_one_small_copy(pictures: Pictures, suffix: str) -> None:
    inside = pictures.look_inside(a_file(1000, 500, suffix=suffix))

    assert inside.size == Size(1000, 500)
    assert inside.small.shape == (128, 256, 3)
    assert inside.small.dtype == np.uint8
    tiny = opened(base64.b64decode(inside.lqip.removeprefix("data:image/webp;base64,")))
    assert tiny.size == (16, 8)


def test_every_adapter_sees_and_renders_the_same(pictures: Pictures) -> None:
    data = a_file(1601, 1001)
    rendition = Rendition(Box(7, 3, 563, 997), Size(281, 498), Format.WEBP)
    here = VipsPictures()

    inside, image = pictures.look_inside(data), pictures.render(data, rendition)

    assert (inside.small == here.look_inside(data).small).all()
    assert inside.lqip == here.look_inside(data).lqip
    assert image == here.render(data, rendition)


def test_every_adapter_makes_the_same_images_on_the_way(pictures: Pictures) -> None:
    data = a_file(2400, 1500)

    found = pictures.look_inside(data, making=EARLY).images

    expected = VipsPictures().look_inside(data, making=EARLY).images
    assert found.keys() == expected.keys()
    for variant, image in found.items():
        if variant.format is not Format.AVIF:  # whose encoder is not the same twice
            assert image == expected[variant]
    assert opened(found[SOURCE].body).size == (1920, 1200)


@pytest.mark.parametrize("kind", list(Format))
def test_a_rendition_has_its_size_and_format(pictures: Pictures, kind: Format) -> None:
    image = pictures.render(a_file(), Rendition(Box(0, 0, 640, 400), Size(320, 200), kind))

    found = opened(image.body)
    assert (found.size, image.format) == ((320, 200), kind)
    assert found.format == {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}[kind]


@pytest.mark.parametrize("data", [b"", b"<svg/>", a_file()[:-2000], a_file(suffix=".png")[:999]])
def test_what_cannot_be_decoded_is_refused(pictures: Pictures, data: bytes) -> None:
    whole = Rendition(Box(0, 0, 640, 400), Size(320, 200), Format.JPG)

    with pytest.raises(PictureRefused):
        pictures.look_inside(data)
    with pytest.raises(PictureRefused):
        pictures.render(data, whole)

    assert pictures.look_inside(a_file()).size == Size(640, 400)


def test_when_too_many_wait_further_ones_are_turned_away(pictures: Pictures) -> None:
    with SLOTS.turn(), pytest.raises(PicturesBusy):
        pictures.look_inside(a_file())

    assert pictures.look_inside(a_file()).size == Size(640, 400)
