"""The demo collection, painted small: the same pictures, sixteen times as fast."""

import io

import numpy as np
import pytest
from PIL import Image

from scripts.demo.canvas import Canvas
from scripts.demo.collection import COLLECTION, Wallpaper
from scripts.demo.colour import Ramp, colour
from scripts.demo.noise import fractal, fractal_line, resized, scattered, smoothed
from scripts.demo.picture import encoded, picture, size

pytestmark = pytest.mark.integration  # real pictures take a while to paint


def each_kind() -> list[Wallpaper]:
    """One wallpaper of each kind, the last in the collection."""
    return list({wallpaper.kind: wallpaper for wallpaper in COLLECTION}.values())


def one(title: str) -> Wallpaper:
    return next(each for each in COLLECTION if each.title == title)


def test_the_collection_is_as_large_and_varied_as_promised() -> None:
    sizes = {wallpaper.size for wallpaper in COLLECTION}

    assert len(COLLECTION) >= 40
    assert len(each_kind()) >= 12
    assert {(3840, 2160), (2560, 1440), (3440, 1440), (5120, 1440)} <= sizes
    assert {(1170, 2532), (1440, 3200)} <= sizes
    assert {width / height for width, height in sizes} >= {1.0, 1.5, 1.6}
    assert {wallpaper.format for wallpaper in COLLECTION} == {"jpeg", "png", "webp"}


def test_no_two_share_a_title_or_a_file_name() -> None:
    assert len({wallpaper.title for wallpaper in COLLECTION}) == len(COLLECTION)
    assert len({wallpaper.file_name for wallpaper in COLLECTION}) == len(COLLECTION)


def test_every_wallpaper_says_where_it_is_from() -> None:
    for wallpaper in COLLECTION:
        fields = wallpaper.fields
        assert (fields["license"], fields["ai"], fields["rating"]) == ("cc0-1.0", "no", "safe")
        assert fields["category"] in {"nature", "city", "abstract"}
        assert wallpaper.kind in fields["tags"].split(", ")
        assert fields["creator"]


@pytest.mark.parametrize("wallpaper", each_kind(), ids=lambda each: each.kind)
def test_a_wallpaper_is_the_same_bytes_each_time(wallpaper: Wallpaper) -> None:
    assert encoded(wallpaper, small=True) == encoded(wallpaper, small=True)


@pytest.mark.parametrize("wallpaper", COLLECTION, ids=lambda each: each.title)
def test_a_wallpaper_has_its_size_and_something_to_see(wallpaper: Wallpaper) -> None:
    image = picture(wallpaper, small=True)

    pixels = np.asarray(image, np.float32)
    assert image.size == size(wallpaper, small=True)
    assert np.isfinite(pixels).all()
    assert pixels.std() > 8


@pytest.mark.parametrize(
    "title", ["Last light over the ridge", "Agate I", "Isometric sea", "Small sun, big water"]
)
def test_a_small_picture_shows_the_same_as_a_large_one(title: str) -> None:
    wallpaper = one(title)

    small = np.asarray(picture(wallpaper, small=True), np.float32)
    large = picture(wallpaper).resize((small.shape[1], small.shape[0]), Image.Resampling.BOX)

    assert np.abs(small - np.asarray(large, np.float32)).mean() < 6  # of 255


@pytest.mark.parametrize("format_", ["jpeg", "png", "webp"])
def test_a_file_is_of_the_format_it_is_named_after(format_: str) -> None:
    wallpaper = next(each for each in COLLECTION if each.format == format_)

    image = Image.open(io.BytesIO(encoded(wallpaper, small=True)))

    assert image.format == format_.upper()
    assert wallpaper.file_name.endswith(".jpg" if format_ == "jpeg" else f".{format_}")


def test_a_sky_has_no_bands() -> None:
    wallpaper = one("Quiet valley")

    top = np.asarray(picture(wallpaper, small=True).convert("L"), np.int16)[:60]

    # Without grain whole rows of a gradient are of one grey; with it none is.
    assert all(len(set(row.tolist())) > 3 for row in top)


def test_a_ramp_begins_and_ends_with_its_colours() -> None:
    ramp = Ramp(("#102030", "#f0e0d0"))

    assert np.allclose(ramp.at(0), colour("#102030"), atol=1e-3)
    assert np.allclose(ramp(np.ones((1, 1), np.float32))[:, 0, 0], colour("#f0e0d0"), atol=1e-3)
    assert np.allclose(ramp.at(9), colour("#f0e0d0"), atol=1e-3)


def test_noise_looks_the_same_at_every_size() -> None:
    small = fractal(np.random.default_rng(1), (160, 90), cells=3, octaves=3)
    large = fractal(np.random.default_rng(1), (640, 360), cells=3, octaves=3)

    assert (small.min(), small.max()) == (0, 1)
    assert np.abs(resized(large, 160, 90) - small).mean() < 0.02


def test_a_line_is_smoothed_in_place() -> None:
    line = fractal_line(np.random.default_rng(1), 400, cells=4)

    calm = smoothed(line, 20)

    assert calm.shape == line.shape
    assert np.abs(np.diff(calm)).max() < np.abs(np.diff(line)).max()
    assert np.abs(calm - line).mean() < 0.1
    assert np.allclose(smoothed(np.full(50, 0.3, np.float32), 9), 0.3, atol=1e-6)


def test_scattered_places_keep_apart() -> None:
    places = scattered(np.random.default_rng(1), 6, 1.78)

    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    assert places.shape == (6, 2)
    assert apart[~np.eye(6, dtype=bool)].min() > 0.15


def test_an_edge_is_half_covered_where_it_passes_a_pixel() -> None:
    canvas = Canvas(4, 8)

    top, depth, mask = canvas.below(np.full(4, 4.5 / 8, np.float32))

    assert mask[4 - top].tolist() == [0.5] * 4
    assert mask[5 - top].tolist() == [1.0] * 4
    assert depth[4 - top].tolist() == [0.0] * 4


def test_painting_on_a_part_paints_on_the_picture() -> None:
    canvas = Canvas(40, 20)

    part = canvas.part((0.5, 0.5), 0.25)
    part.over(part.disc(part.distance(0.5, 0.5), 0.1), colour("#ffffff"))

    assert part.pixels.shape == (3, 10, 10)
    assert canvas.pixels[0, 10, 20] == 1
    assert canvas.pixels.mean() < 0.05
