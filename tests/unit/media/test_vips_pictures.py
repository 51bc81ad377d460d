"""Decoding and encoding with libvips."""

import base64
import io
import struct
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image as PillowImage
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

from media.adapters.slots import Slots
from media.adapters.vips_pictures import VipsPictures, open_loaders, self_test
from media.domain.container import PictureRefused
from media.domain.cuts import Box
from media.domain.look import look
from media.domain.renditions import EARLY, Format, Rendition, Variant, plan, source_of
from media.domain.wallpaper import Point, Size
from media.ports import PicturesBusy
from tests.support.likeness import ssim
from tests.support.media_builders import a_file, a_file_of, opened

FORMATS = list(Format)


@pytest.fixture(scope="module")
def pictures() -> VipsPictures:
    return VipsPictures()


def _whole(width: int, height: int, to: Size, kind: Format = Format.JPG) -> Rendition:
    return Rendition(Box(0, 0, width, height), to, kind)


def _quarters(width: int = 400, height: int = 200) -> PillowImage.Image:
    """Red and green above, blue and white below."""
    picture = PillowImage.new("RGB", (width, height), "white")
    picture.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    picture.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    picture.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return picture


def test_the_decoder_is_fit() -> None:
    assert self_test() is None
    assert VipsPictures().unfit() is None


@pytest.mark.parametrize("suffix", [".gif", ".tif"])
def test_other_pictures_are_not_opened(suffix: str) -> None:
    data = a_file_of(PillowImage.new("L", (9, 9)), suffix=suffix)

    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(data, "").avg()


def test_nothing_is_opened_or_written_by_its_path(tmp_path: object) -> None:
    for operation in ("csvload", "matrixload", "rawload", "vipsload", "svgload", "gifload"):
        with pytest.raises((pyvips.Error, AttributeError)):
            getattr(pyvips.Image, operation)(f"{tmp_path}/x")
    with pytest.raises(pyvips.Error):
        pyvips.Image.black(1, 1).write_to_file(f"{tmp_path}/x.v")


def test_the_forbidden_samples_would_be_opened_if_nobody_forbade_it() -> None:
    program = (
        "from media.adapters import vips_pictures as v; import pyvips;"
        "pyvips.block_untrusted_set(False); pyvips.operation_block_set('VipsForeign', False);"
        "[pyvips.Image.new_from_buffer(data, '').avg() for data in v._FORBIDDEN.values()];"
        "print(v.self_test())"
    )
    command = [sys.executable, "-c", program]

    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert said.strip() == "libvips loads SVG"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_is_looked_at_in_one_small_copy(pictures: VipsPictures, suffix: str) -> None:
    inside = pictures.look_inside(a_file(1000, 500, suffix=suffix))

    assert inside.size == Size(1000, 500)
    assert inside.small.shape == (128, 256, 3)
    tiny = opened(base64.b64decode(inside.lqip.removeprefix("data:image/webp;base64,")))
    assert tiny.size == (16, 8)


def test_a_small_picture_is_looked_at_as_it_is(pictures: VipsPictures) -> None:
    inside = pictures.look_inside(a_file(30, 20, suffix=".png"))

    assert inside.small.shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("mode", "suffix", "channels"),
    [
        ("L", ".png", 3),
        ("L", ".jpg", 3),
        ("P", ".png", 3),
        ("1", ".png", 3),
        ("LA", ".png", 4),
        ("RGBA", ".png", 4),
        ("RGBA", ".webp", 4),
        ("CMYK", ".jpg", 3),
        ("I;16", ".png", 3),
    ],
)
def test_every_kind_of_pixel_becomes_srgb(
    pictures: VipsPictures, mode: str, suffix: str, channels: int
) -> None:
    data = a_file_of(PillowImage.new(mode, (300, 200)), suffix=suffix)

    inside = pictures.look_inside(data)
    body = pictures.render(data, _whole(300, 200, Size(150, 100))).body

    assert inside.small.shape[2] == channels
    assert inside.small.dtype == np.uint8
    assert opened(body).size == (150, 100)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_seen_upright(pictures: VipsPictures, orientation: int) -> None:
    turned = {
        1: None,
        2: PillowImage.Transpose.FLIP_LEFT_RIGHT,
        3: PillowImage.Transpose.ROTATE_180,
        4: PillowImage.Transpose.FLIP_TOP_BOTTOM,
        5: PillowImage.Transpose.TRANSPOSE,
        6: PillowImage.Transpose.ROTATE_90,
        7: PillowImage.Transpose.TRANSVERSE,
        8: PillowImage.Transpose.ROTATE_270,
    }[orientation]
    stored = _quarters() if turned is None else _quarters().transpose(turned)
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    data = a_file_of(stored, exif=exif, quality=95)

    inside = pictures.look_inside(data)
    image = opened(pictures.render(data, _whole(400, 200, Size(200, 100))).body).convert("RGB")
    corner = Rendition(Box(200, 0, 200, 100), Size(100, 50), Format.JPG)
    green = opened(pictures.render(data, corner).body).convert("RGB")

    assert inside.size == Size(400, 200)
    assert image.size == (200, 100)
    for place, colour in {
        (50, 25): (255, 0, 0),
        (150, 25): (0, 255, 0),
        (50, 75): (0, 0, 255),
    }.items():
        assert image.getpixel(place) == pytest.approx(colour, abs=12)
    assert green.size == (100, 50)
    assert green.getpixel((50, 25)) == pytest.approx((0, 255, 0), abs=12)


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize(
    "ink", [(0, 0, 0, 0), (255, 0, 0, 0), (0, 200, 40, 0), (20, 0, 200, 0), (90, 60, 0, 80)]
)
def test_ink_becomes_the_light_that_a_second_opinion_sees(
    pictures: VipsPictures, ink: tuple[int, ...], embedded: bool
) -> None:
    icc = bytes(pyvips.Image.profile_load("cmyk"))
    picture = PillowImage.new("CMYK", (64, 64), ink)
    options: dict[str, Any] = {"icc_profile": icc} if embedded else {}
    data = a_file_of(picture, quality=100, subsampling=0, **options)
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    told = ImageCms.profileToProfile(
        picture,
        io.BytesIO(icc),
        ImageCms.createProfile("sRGB"),
        renderingIntent=intent,
        outputMode="RGB",
    )
    assert told is not None

    seen = opened(pictures.render(data, _whole(64, 64, Size(32, 32))).body).convert("RGB")
    small = pictures.look_inside(data).small

    assert seen.getpixel((16, 16)) == pytest.approx(told.getpixel((9, 9)), abs=5)
    assert small[20, 20].tolist() == pytest.approx(told.getpixel((9, 9)), abs=5)


def test_a_colour_profile_is_honoured_and_dropped(pictures: VipsPictures) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")
    picture = PillowImage.new("RGB", (64, 64), (255, 0, 0))
    data = a_file_of(picture, suffix=".png", icc_profile=swapped)

    image = opened(pictures.render(data, _whole(64, 64, Size(32, 32))).body)

    assert image.getpixel((16, 16)) == pytest.approx((0, 255, 0), abs=12)
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("part", "size"),
    [
        (Box(0, 0, 1601, 1001), Size(320, 200)),
        (Box(0, 0, 1601, 1001), Size(1601, 1001)),
        (Box(7, 3, 563, 997), Size(281, 498)),
        (Box(1038, 0, 563, 1001), Size(563, 1001)),
        (Box(0, 400, 1601, 1), Size(1601, 1)),
        (Box(1600, 1000, 1, 1), Size(1, 1)),
    ],
)
def test_a_rendition_has_exactly_its_size(
    pictures: VipsPictures, kind: Format, part: Box, size: Size
) -> None:
    image = pictures.render(a_file(1601, 1001), Rendition(part, size, kind))

    found = opened(image.body)
    assert found.size == (size.width, size.height)
    assert found.format == {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}[kind]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_cut_shows_the_part_that_it_is_cut_from(pictures: VipsPictures, kind: Format) -> None:
    data = a_file_of(_quarters(), suffix=".png")

    image = opened(
        pictures.render(data, Rendition(Box(0, 100, 200, 100), Size(50, 25), kind)).body
    ).convert("RGB")

    assert image.getpixel((25, 12)) == pytest.approx((0, 0, 255), abs=20)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_rendition_holds_nothing_but_pixels(
    pictures: VipsPictures, kind: Format, suffix: str
) -> None:
    exif = PillowImage.Exif()
    exif[0x010E] = "taken at home"
    gps = exif.get_ifd(0x8825)
    gps[1] = "N"
    options: dict[str, Any] = {"comment": b"a secret comment"} if suffix == ".jpg" else {}
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if suffix == ".png":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", "<x>secret</x>")
    else:
        options["xmp"] = b"<x>secret</x>"
    data = a_file(300, 200, suffix=suffix, exif=exif, icc_profile=icc, **options)
    if suffix == ".jpg":
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02P\0\x06secret\0"
        data = data[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + data[2:]
    assert b"taken at home" in data
    assert b"secret" in data

    body = pictures.render(data, _whole(300, 200, Size(150, 100), kind)).body

    assert not dict(opened(body).getexif())
    for trace in (b"taken at home", b"secret", b"Exif", b"ICC_PROFILE", b"http://ns.adobe.com"):
        assert trace not in body


def test_damage_that_the_format_can_tell_has_a_picture_refused(pictures: VipsPictures) -> None:
    data = bytearray(a_file(600, 400, suffix=".png"))
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)

    with pytest.raises(PictureRefused) as caught:
        pictures.look_inside(bytes(data))

    assert caught.value.reason == "undecodable"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_truncated_picture_does_not_pass_the_decoder_either(
    pictures: VipsPictures, suffix: str
) -> None:
    data = a_file(600, 400, suffix=suffix)

    with pytest.raises(PictureRefused):
        pictures.look_inside(data[: len(data) // 2])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_end_put_on_a_truncated_jpeg_does_not_make_it_whole(
    pictures: VipsPictures, share: float
) -> None:
    data = a_file(600, 400, suffix=".jpg")

    with pytest.raises(PictureRefused):
        pictures.look_inside(data[: int(len(data) * share)] + b"\xff\xd9")


def test_when_too_many_wait_further_ones_are_turned_away() -> None:
    slots = Slots(working=1, waiting=0, patience=1)
    pictures = VipsPictures(slots)

    with slots.turn(), pytest.raises(PicturesBusy):
        pictures.look_inside(a_file())

    assert pictures.look_inside(a_file()).size == Size(640, 400)


def _detailed(width: int, height: int) -> PillowImage.Image:
    """Soft colours, fine grain and hard edges: what a photograph has, and JPEG finds hardest."""
    rng = np.random.default_rng(5)
    soft = PillowImage.fromarray(rng.integers(0, 255, (9, 16, 3), dtype=np.uint8))
    base = np.asarray(soft.resize((width, height), PillowImage.Resampling.BICUBIC), dtype=float)
    rows, columns = np.mgrid[:height, :width]
    stripes = ((columns + 2 * rows) // 24 % 2)[..., None] * np.array([40, -30, 20])
    return PillowImage.fromarray(
        np.clip(base + stripes + rng.normal(0, 12, base.shape), 0, 255).astype(np.uint8)
    )


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("width", [320, 640, 1280])
def test_what_is_made_from_a_kept_image_is_as_good_as_from_the_original(
    pictures: VipsPictures, kind: Format, width: int
) -> None:
    picture = _detailed(3840, 2160)
    data = a_file_of(picture, quality=95)
    asked = plan(Variant(width, None, kind), Size(3840, 2160), Point(0.5, 0.5))
    larger = source_of(asked, Size(3840, 2160), opaque=True)
    assert larger is not None
    ideal = picture.resize((asked.size.width, asked.size.height), PillowImage.Resampling.LANCZOS)

    direct = pictures.render(data, asked).body
    kept = pictures.render(data, larger).body
    by_way = pictures.render(
        kept, replace(asked, part=Box(0, 0, larger.size.width, larger.size.height))
    ).body

    assert ssim(opened(by_way), ideal) > ssim(opened(direct), ideal) - 0.005
    assert ssim(opened(by_way), opened(direct)) > 0.95


def test_what_is_made_on_the_way_is_what_would_be_made_on_demand(pictures: VipsPictures) -> None:
    data = a_file_of(_detailed(3840, 2160), quality=95)

    inside = pictures.look_inside(data, making=EARLY)

    assert set(inside.images) == set(EARLY)
    for variant, image in inside.images.items():
        asked = plan(variant, inside.size, Point(0.5, 0.5))
        made = opened(image.body)
        assert made.size == (asked.size.width, asked.size.height)
        assert image.format == variant.format
        assert ssim(made, opened(pictures.render(data, asked).body)) > 0.95


def test_one_decode_feeds_all_that_is_learnt_and_made(
    pictures: VipsPictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    thumbnail = pyvips.Image.thumbnail_source

    def counting(*args: Any, **options: Any) -> Any:
        decoded.append(args)
        return thumbnail(*args, **options)

    monkeypatch.setattr(pyvips.Image, "thumbnail_source", counting, raising=False)
    monkeypatch.delattr(pyvips.Image, "new_from_buffer")

    inside = pictures.look_inside(a_file(3840, 2160), making=EARLY)
    look(inside.small, lqip=inside.lqip)

    assert len(inside.images) == len(EARLY) == 7
    assert len(decoded) == 1


def _profile(name: str) -> bytes:
    """A display profile with gamma 2.2 and the primaries of a wide gamut.

    Made of libvips' own sRGB by exchanging its colorants (ICC.1:2022, rXYZ, gXYZ, bXYZ, adapted to
    D50) for those of the colour space; the curve stays that of sRGB.
    """
    colorants = {
        "Display P3": (
            (0.51512, 0.2412, -0.00105),
            (0.29198, 0.69225, 0.04189),
            (0.1571, 0.06657, 0.78407),
        ),
        "Adobe RGB": (
            (0.60974, 0.31111, 0.01947),
            (0.20528, 0.62567, 0.06087),
            (0.14919, 0.06322, 0.74457),
        ),
    }
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    tags = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants[name], strict=True):
        where = int.from_bytes(data[tags[tag] + 4 : tags[tag] + 8], "big")
        struct.pack_into(">iii", data, where + 8, *(round(each * 65536) for each in xyz))
    return bytes(data)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB"])
@pytest.mark.parametrize("colour", [(200, 100, 60), (60, 160, 90), (40, 70, 180), (128, 128, 128)])
def test_a_wide_gamut_becomes_srgb_as_a_second_opinion_has_it(
    pictures: VipsPictures, name: str, suffix: str, colour: tuple[int, int, int]
) -> None:
    icc = _profile(name)
    picture = PillowImage.new("RGB", (64, 64), colour)
    options: dict[str, Any] = {} if suffix == ".png" else {"quality": 100}
    data = a_file_of(picture, suffix=suffix, icc_profile=icc, **options)
    srgb = ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    told = ImageCms.profileToProfile(picture, io.BytesIO(icc), srgb, renderingIntent=intent)
    assert told is not None

    image = opened(pictures.render(data, _whole(64, 64, Size(32, 32))).body).convert("RGB")
    small = pictures.look_inside(data).small

    expected = told.getpixel((9, 9))
    assert image.getpixel((16, 16)) == pytest.approx(expected, abs=5)
    assert small[20, 20].tolist() == pytest.approx(expected, abs=5)
    if len(set(colour)) > 1:
        assert expected != pytest.approx(colour, abs=8)  # without the profile it would be another


def test_every_loader_that_libvips_has_is_blocked_but_ours() -> None:
    assert {name.partition("_")[0] for name in open_loaders()} == {
        "jpegload",
        "pngload",
        "webpload",
    }


@pytest.mark.parametrize(
    ("opened_again", "loader"),
    [
        ("VipsForeignLoadHeif", "heifload"),
        ("VipsForeignLoadMatrixFile", "matrixload"),
        ("VipsForeignLoadCsvSource", "csvload_source"),
        ("VipsForeignLoadUhdr", "uhdrload"),
    ],
)
def test_a_service_whose_protection_is_off_is_not_ready(opened_again: str, loader: str) -> None:
    program = (
        "from media.adapters import vips_pictures as v; import pyvips;"
        f"pyvips.operation_block_set('{opened_again}', False);"
        "pictures = v.VipsPictures(); import media.app as a; from chassis.seal import Sealer;"
        "none = [None] * 4; app = a.create_app(*none, pictures, Sealer(['s' * 32]), None, None);"
        "answer = app.test_client().get('/readyz'); print(answer.status_code, answer.json)"
    )
    command = [sys.executable, "-c", program]

    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert said.startswith("503 ")
    assert f"libvips has {loader} open" in said
