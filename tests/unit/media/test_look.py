"""What a picture tells of itself, on pictures whose answer a person would agree with."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from media.domain.hashes import difference_hash, perceptual_hash
from media.domain.look import look
from media.domain.oklab import Pixels, from_srgb, to_hex
from media.domain.palette import palette
from media.domain.pixels import blurred, dct, inverse_dct, shrunk, shrunk_to_fit
from media.domain.saliency import focal_point
from media.domain.thumbhash import thumbhash
from media.domain.tone import tone
from media.domain.wallpaper import Point
from scripts.demo.canvas import Canvas
from scripts.demo.collection import COLLECTION
from tests.support.media_builders import a_file_of, opened


def _painted(height: int, width: int, colour: tuple[int, int, int]) -> Pixels:
    painted: Pixels = np.full((height, width, 3), colour, np.uint8)
    return painted


def _soft(seed: int, height: int = 144, width: int = 256) -> Pixels:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(height, width, 3))
    smooth = np.stack([blurred(noise[..., c], 8) for c in range(3)], axis=2)
    scaled = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    picture: Pixels = np.rint(scaled * 255).astype(np.uint8)
    return picture


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_oklab_of_white_black_and_blue_is_as_published() -> None:
    colours = np.array([[255, 255, 255], [0, 0, 0], [0, 0, 255]], np.uint8)

    lab = from_srgb(colours).round(3)

    assert lab[0] == pytest.approx([1, 0, 0], abs=1e-3)
    assert lab[1] == pytest.approx([0, 0, 0], abs=1e-3)
    assert lab[2] == pytest.approx([0.452, -0.032, -0.312], abs=1e-3)


def test_a_colour_survives_the_way_to_oklab_and_back() -> None:
    rng = np.random.default_rng(1)
    for colour in rng.integers(0, 256, (200, 3), dtype=np.uint8):
        assert to_hex(from_srgb(colour)) == "#" + bytes(colour).hex()


def test_the_colours_of_a_flag_are_its_palette() -> None:
    flag = np.concatenate(
        [
            _painted(60, 90, (11, 61, 145)),
            _painted(30, 90, (245, 245, 240)),
            _painted(10, 90, (200, 16, 46)),
        ]
    )

    found = palette(from_srgb(flag))

    assert [swatch.hex for swatch in found] == ["#0b3d91", "#f5f5f0", "#c8102e"]
    assert [swatch.share for swatch in found] == [0.6, 0.3, 0.1]


def test_a_palette_has_eight_colours_that_can_be_told_apart_at_most() -> None:
    found = palette(from_srgb(_soft(3)))

    assert 2 <= len(found) <= 8
    assert sum(swatch.share for swatch in found) == pytest.approx(1)
    assert [swatch.share for swatch in found] == sorted(
        (swatch.share for swatch in found), reverse=True
    )


def test_the_same_picture_always_has_the_same_palette() -> None:
    assert palette(from_srgb(_soft(3))) == palette(from_srgb(_soft(3)))


def test_a_grey_picture_with_grain_has_one_colour() -> None:
    grain = np.random.default_rng(1).integers(120, 130, (90, 90, 1), dtype=np.uint8)

    assert len(palette(from_srgb(np.repeat(grain, 3, axis=2)))) == 1


@pytest.mark.parametrize(
    ("colour", "lum", "sat", "oled"),
    [
        ((0, 0, 0), 0, 0, 1),
        ((255, 255, 255), 1, 0, 0),
        ((128, 128, 128), 0.6, 0, 0),
        ((255, 0, 255), 0.702, 1, 0),
        ((10, 10, 10), 0.145, 0, 1),
    ],
)
def test_tone_is_what_a_person_would_say(
    colour: tuple[int, int, int], lum: float, sat: float, oled: float
) -> None:
    found = tone(from_srgb(_painted(9, 9, colour)))

    assert (found.lum, found.sat, found.oled) == pytest.approx((lum, sat, oled), abs=2e-3)


@pytest.mark.parametrize(("x", "y"), [(0.25, 0.5), (0.75, 0.3), (0.5, 0.8), (0.85, 0.2)])
def test_the_eye_goes_to_the_one_thing_in_an_empty_field(x: float, y: float) -> None:
    rows, columns = np.mgrid[:144, :256]
    disc = np.hypot(columns - x * 256, rows - y * 144) < 14
    field = np.where(disc[..., None], [255, 220, 40], [30, 60, 90]).astype(np.uint8)

    found = focal_point(from_srgb(field))

    assert (found.x, found.y) == pytest.approx((x, y), abs=0.06)


def test_the_eye_goes_to_a_colour_among_greys_as_light_as_it() -> None:
    rows, columns = np.mgrid[:144, :256]
    disc = np.hypot(columns - 64, rows - 72) < 14
    field = np.where(disc[..., None], [255, 0, 0], [136, 136, 136]).astype(np.uint8)

    found = focal_point(from_srgb(field))

    assert (found.x, found.y) == pytest.approx((0.25, 0.5), abs=0.06)


def test_the_eye_stays_in_the_middle_of_nothing() -> None:
    assert focal_point(from_srgb(_painted(50, 90, (30, 60, 90)))) == Point(0.5, 0.5)


@pytest.mark.parametrize("hashed", [difference_hash, perceptual_hash])
def test_hashes_stay_close_when_a_picture_is_made_smaller_or_lighter(
    hashed: Callable[[Pixels], str],
) -> None:
    picture = _soft(5)
    smaller = np.rint(shrunk(picture, 100, 56)).astype(np.uint8)
    lighter = np.clip(picture * 0.9 + 20, 0, 255).astype(np.uint8)

    assert len(hashed(picture)) == 16
    assert _distance(hashed(picture), hashed(smaller)) <= 3
    assert _distance(hashed(picture), hashed(lighter)) <= 3


@pytest.mark.parametrize("hashed", [difference_hash, perceptual_hash])
def test_hashes_of_different_pictures_are_far_apart(hashed: Callable[[Pixels], str]) -> None:
    hashes = [hashed(_soft(seed)) for seed in range(8)]

    apart = [_distance(one, other) for one in hashes for other in hashes if one is not other]

    assert min(apart) > 12


def _made(width: int, height: int, pixel: Callable[[int, int], list[int]]) -> Pixels:
    rows = [[[v % 256 for v in pixel(x, y)] for x in range(width)] for y in range(height)]
    return np.array(rows, np.uint8)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (
            _made(64, 36, lambda x, y: [x * x + y, y * y + 3 * x, x * y + 7, 255]),
            "HegFFIYQM1Q0hodUiFV4f32AnA==",
        ),
        (
            _made(30, 100, lambda x, y: [255 - x * 8, y * 2, x * y, 255]),
            "HUgKQhhucHd3dnd3n4X56Hg=",
        ),
        (
            _made(100, 100, lambda x, y: [x * x + y * y, x ^ y, 3 * x + 5 * y, 255]),
            "2nYGFwZ1d3g0dnaXZVkJdWJ5R3dwe/sH",
        ),
        (
            _made(40, 50, lambda x, y: [x * x + y, 5 * y * x + 3 * x, x * y + 7, x * x + 3 * y]),
            "HviBDAIHEKJ2aZhkZPbIIX83EBAhY3d3Bg==",
        ),
    ],
    ids=["wide", "tall", "square", "with-opacity"],
)
def test_a_thumbhash_is_what_its_inventors_own_program_gives(
    picture: Pixels, expected: str
) -> None:
    """The expected values were made with ``rgbaToThumbHash`` of thumbhash 0.1.1."""
    assert thumbhash(picture) == expected


def test_an_opaque_picture_needs_no_fourth_channel_for_its_thumbhash() -> None:
    picture = _soft(2, 60, 90)
    opaque = np.concatenate([picture, np.full((60, 90, 1), 255, np.uint8)], axis=2)

    assert thumbhash(picture) == thumbhash(opaque)


def test_a_picture_comes_back_from_its_cosines() -> None:
    channel = np.random.default_rng(1).normal(size=(17, 31))

    assert inverse_dct(dct(channel)) == pytest.approx(channel)


def test_shrinking_keeps_the_mean() -> None:
    channel = np.random.default_rng(1).normal(size=(37, 53))

    assert shrunk(channel, 1, 1)[0, 0] == pytest.approx(channel.mean())
    assert shrunk_to_fit(_soft(1), 128).shape == (72, 128, 3)
    assert shrunk_to_fit(_soft(1), 512).shape == (144, 256, 3)


def test_everything_is_told_even_of_a_single_pixel() -> None:
    found = look(_painted(1, 1, (11, 61, 145)), lqip="data:image/webp;base64,")

    assert [(swatch.hex, swatch.share) for swatch in found.palette] == [("#0b3d91", 1.0)]
    assert found.focal == Point(0.5, 0.5)


def test_what_is_clear_counts_as_black() -> None:
    clear = np.zeros((20, 20, 4), np.uint8)
    clear[..., :3] = 255

    found = look(clear, lqip="data:image/webp;base64,")

    assert (found.lum, found.oled) == (0, 1)


def _painting(title: str) -> Image.Image:
    """A painting of the demo collection, 256 pixels wide."""
    painted = next(each for each in COLLECTION if each.title == title)
    canvas = Canvas(256, round(256 * painted.size[1] / painted.size[0]))
    painted.look.paint(canvas, np.random.default_rng(1))
    return canvas.finished(np.random.default_rng(1), grain=0).convert("RGB")


def _seen(picture: Image.Image) -> Pixels:
    return np.asarray(picture)


def test_two_thirds_navy_and_a_third_orange_are_told_as_such_even_of_a_jpeg() -> None:
    painted = np.concatenate([_painted(96, 160, (0, 0, 128)), _painted(48, 160, (255, 165, 0))])
    file = a_file_of(Image.fromarray(painted), quality=80)

    found = look(_seen(opened(file).convert("RGB")), lqip="").palette

    assert [swatch.share for swatch in found[:2]] == pytest.approx([2 / 3, 1 / 3], abs=0.03)
    for swatch, colour in zip(found, ((0, 0, 128), (255, 165, 0)), strict=False):
        assert tuple(bytes.fromhex(swatch.hex[1:])) == pytest.approx(colour, abs=12)


@pytest.mark.parametrize(
    ("title", "x", "y"),
    [
        ("Moonrise, no wind", 0.28, 0.24),  # the moon
        ("Small sun, big water", 0.44, 0.5),  # the sun, above its own reflection
        ("Ringless", 0.67, 0.53),  # a planet, a fifth of the picture wide
    ],
)
def test_the_eye_goes_to_what_a_painting_is_of(title: str, x: float, y: float) -> None:
    found = look(_seen(_painting(title)), lqip="").focal

    assert (found.x, found.y) == pytest.approx((x, y), abs=0.12)


def test_day_and_night_are_told_apart() -> None:
    map_, space = (look(_seen(_painting(title)), lqip="") for title in ("Mint survey", "Ringless"))

    assert map_.lum > 0.85
    assert map_.oled == 0
    assert map_.sat < 0.1
    assert space.lum < 0.25
    assert space.oled > 0.5


def test_a_painting_is_known_again_small_and_packed_and_never_taken_for_another() -> None:
    paintings = [
        _painting(title) for title in ("Moonrise, no wind", "Small sun, big water", "Mint survey")
    ]
    whole = [look(_seen(each), lqip="") for each in paintings]
    again = []
    for each in paintings:
        small = each.resize((each.width * 5 // 8, each.height * 5 // 8))
        packed = opened(a_file_of(small, quality=60)).convert("RGB")
        again.append(look(_seen(packed), lqip=""))

    for row, one in enumerate(whole):
        for column, other in enumerate(again):
            apart = _distance(one.phash, other.phash), _distance(one.dhash, other.dhash)
            assert max(apart) <= 6 if row == column else min(apart) > 12, apart
