"""Which sizes there are, and what each is cut from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.domain.cuts import Box, cut
from media.domain.renditions import (
    EARLY,
    Format,
    Frame,
    UnknownRendition,
    Variant,
    WouldUpscale,
    parse_variant,
    plan,
    source_of,
    widths_for,
)
from media.domain.wallpaper import Point, Size
from tests.support.media_builders import an_original

MIDDLE = Point(0.5, 0.5)
SIDES = st.integers(1, 20_000)
SHARES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("w320.avif", Variant(320, None, Format.AVIF)),
        ("w3840.jpg", Variant(3840, None, Format.JPG)),
        ("1920x1080.webp", Variant(1920, 1080, Format.WEBP)),
        ("7x13.webp", Variant(7, 13, Format.WEBP)),
        (
            "1920x1080at250x1000z150.jpg",
            Variant(1920, 1080, Format.JPG, Frame(Point(0.25, 1), 1.5)),
        ),
    ],
)
def test_names_say_size_and_format(name: str, variant: Variant) -> None:
    assert parse_variant(name) == variant


@pytest.mark.parametrize(
    "name",
    [
        "w641.webp",
        "w0640.webp",
        "W640.webp",
        "w640",
        "w640.png",
        "w640.jpeg",
        "w640.webp.jpg",
        "01920x1080.webp",
        "1920x.webp",
        "0x10.webp",
        "1920x1080",
        "100000x1.webp",
        "-1x5.webp",
        "original.jpg",
        "",
        "\u0661x5.webp",
        "w640.webp\n",
        "1920x1080at1001x0z100.jpg",
        "1920x1080at0x0z99.jpg",
        "1920x1080at0x0z1001.jpg",
        "1920x1080at0x0.jpg",
        "1920x1080at\u0661x0z100.jpg",
        "w640at0x0z100.jpg",
    ],
)
def test_names_that_nothing_is_called_are_unknown(name: str) -> None:
    with pytest.raises(UnknownRendition):
        parse_variant(name)


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("w640.webp", False),
        ("1920x1080.webp", False),
        ("1170x2532.avif", False),
        ("3440x1440.jpg", False),
        ("1921x1080.webp", True),
        ("16x9.webp", True),
    ],
)
def test_common_screens_need_no_signature(name: str, needs: bool) -> None:
    assert parse_variant(name).needs_signature is needs


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("w640.webp", Size(640, 427)),
        ("w2560.webp", Size(1500, 1000)),
        ("w3840.webp", Size(1500, 1000)),
    ],
)
def test_a_whole_picture_is_never_made_larger_than_it_is(name: str, size: Size) -> None:
    found = plan(parse_variant(name), Size(1500, 1000), MIDDLE)

    assert (found.size, found.part) == (size, Box(0, 0, 1500, 1000))


def test_a_cut_is_made_around_the_focal_point() -> None:
    found = plan(parse_variant("1080x1920.jpg"), Size(3840, 2160), Point(0.9, 0.1))

    assert found.size == Size(1080, 1920)
    assert found.part == Box(left=2625, top=0, width=1215, height=2160)


def test_a_cut_that_would_be_enlarged_is_refused_with_the_largest_that_would_not() -> None:
    with pytest.raises(WouldUpscale) as caught:
        plan(parse_variant("3840x2160.jpg"), Size(2000, 3000), MIDDLE)

    assert (caught.value.width, caught.value.height) == (2000, 1125)


def test_equal_pixels_are_kept_once_and_others_apart() -> None:
    original = an_original(size=Size(1500, 1000))

    def key(name: str, focal: Point = MIDDLE) -> str:
        return plan(parse_variant(name), original.size, focal).key(original)

    assert key("w2560.webp") == key("w3840.webp") == key("w3840.webp", Point(0, 0))
    assert len({key("w640.webp"), key("w640.avif"), key("w1280.webp")}) == 3
    assert key("500x900.webp") != key("500x900.webp", Point(0, 0))


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (200, (320,)),
        (320, (320,)),
        (1920, (320, 640, 1280, 1920)),
        (2000, (320, 640, 1280, 1920, 2560)),
        (3840, (320, 640, 1280, 1920, 2560, 3840)),
        (8000, (320, 640, 1280, 1920, 2560, 3840)),
    ],
)
def test_only_widths_worth_asking_for_are_named(width: int, widths: tuple[int, ...]) -> None:
    assert widths_for(Size(width, 1000)) == widths


@given(SIDES, SIDES, SIDES, SIDES, SHARES, SHARES)
def test_a_cut_lies_inside_and_touches_two_opposite_edges(
    width: int, height: int, across: int, down: int, x: float, y: float
) -> None:
    box = cut(Size(width, height), Size(across, down), focal=Point(x, y))

    assert box.left >= 0
    assert box.top >= 0
    assert 1 <= box.width <= width - box.left
    assert 1 <= box.height <= height - box.top
    assert box.width == width or box.height == height


@given(SIDES, SIDES, SIDES, SIDES, SHARES, SHARES)
def test_a_cut_is_never_smaller_than_what_it_was_asked_for(
    width: int, height: int, across: int, down: int, x: float, y: float
) -> None:
    variant = Variant(min(across, width), min(down, height), Format.JPG)

    found = plan(variant, Size(width, height), Point(x, y))

    assert found.part.width >= found.size.width
    assert found.part.height >= found.size.height


@pytest.mark.parametrize("size", [Size(1, 20_000), Size(2_000, 20_000), Size(20_000, 40)])
@pytest.mark.parametrize("name", ["w320.webp", "w3840.avif"])
def test_no_rendition_is_longer_than_a_webp_can_be(size: Size, name: str) -> None:
    found = plan(parse_variant(name), size, MIDDLE)

    assert max(found.size.width, found.size.height) <= 16_383
    assert min(found.size.width, found.size.height) >= 1


def test_a_cut_longer_than_a_webp_can_be_is_not_known() -> None:
    with pytest.raises(UnknownRendition):
        parse_variant("16384x100.jpg")


def test_a_frame_of_ones_own_is_cut_where_it_was_put() -> None:
    found = plan(parse_variant("1000x500at250x500z200.jpg"), Size(4000, 3000), Point(0.9, 0.9))

    assert found.part == Box(left=0, top=1000, width=2000, height=1000)


def test_a_frame_over_the_edge_is_moved_inside() -> None:
    found = plan(parse_variant("1000x500at0x1000z200.jpg"), Size(4000, 3000), MIDDLE)

    assert found.part == Box(left=0, top=2000, width=2000, height=1000)


def test_a_frame_where_the_cut_is_anyway_is_the_same_picture() -> None:
    original = an_original(size=Size(4000, 3000))

    def key(name: str) -> str:
        return plan(parse_variant(name), original.size, Point(0.4, 0.6)).key(original)

    assert key("1920x1080at400x600z100.jpg") == key("1920x1080.jpg")


def test_zooming_in_further_than_the_pixels_reach_is_refused_with_what_there_is() -> None:
    with pytest.raises(WouldUpscale) as caught:
        plan(parse_variant("3000x1500at500x500z200.jpg"), Size(4000, 3000), MIDDLE)

    assert (caught.value.width, caught.value.height) == (2000, 1000)


def test_only_a_signed_link_may_ask_for_a_frame() -> None:
    assert parse_variant("1920x1080at500x500z100.jpg").needs_signature


@pytest.mark.parametrize(
    ("name", "original", "opaque", "found"),
    [
        ("w640.webp", Size(3840, 2160), True, Size(1920, 1080)),
        ("w320.avif", Size(2000, 3000), True, Size(1920, 2880)),
        ("w640.webp", Size(3840, 2160), False, None),  # JPEG knows no opacity
        ("w1280.webp", Size(3840, 2160), True, Size(1920, 1080)),
        ("1440x900.webp", Size(3840, 2400), True, None),  # too large to hide what JPEG did
        ("w640.webp", Size(1920, 1080), True, None),  # the original is no larger
        ("w640.webp", Size(900, 900), True, None),
        ("1280x720.webp", Size(3840, 2160), True, Size(1920, 1080)),
        ("720x1280.webp", Size(3840, 2160), True, None),  # a cut needs more than the copy has
    ],
)
def test_a_small_image_may_be_made_from_a_larger_one_where_nothing_visible_is_lost(
    name: str, original: Size, opaque: bool, found: Size | None
) -> None:
    rendition = plan(parse_variant(name), original, MIDDLE)

    larger = source_of(rendition, original, opaque=opaque)

    assert (larger and larger.size) == found


def test_what_is_made_early_is_small_or_what_small_images_are_made_from() -> None:
    assert {each.width for each in EARLY} == {320, 640, 1920}
    assert all(each.height is None and not each.needs_signature for each in EARLY)
