"""What a file is and whether it is whole, told from its bytes."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from media.domain.container import NotAPicture, PictureRefused, check_label, examine
from media.domain.wallpaper import PictureType, Size
from tests.support.media_builders import a_file

SUFFIXES = [".jpg", ".png", ".webp"]


def _refusal(data: bytes) -> str:
    with pytest.raises(PictureRefused) as caught:
        examine(data)
    return caught.value.reason


def _png(width: int, height: int, *extra: bytes) -> bytes:
    """A PNG as far as its container goes: its pixels are missing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [
        (b"IHDR", header),
        *((b"acTL", each) for each in extra),
        (b"IDAT", b""),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.parametrize(
    ("suffix", "options", "kind"),
    [
        (".jpg", {}, PictureType.JPEG),
        (".jpg", {"progressive": True}, PictureType.JPEG),
        (".jpg", {"restart_marker_rows": 1}, PictureType.JPEG),
        (".jpg", {"comment": b"hello", "exif": Image.Exif()}, PictureType.JPEG),
        (".png", {}, PictureType.PNG),
        (".webp", {}, PictureType.WEBP),
        (".webp", {"lossless": True}, PictureType.WEBP),
        (".webp", {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}, PictureType.WEBP),
    ],
)
def test_a_whole_picture_is_told_by_its_bytes(
    suffix: str, options: dict[str, Any], kind: PictureType
) -> None:
    found = examine(a_file(321, 203, suffix=suffix, **options))

    assert (found.type, found.size) == (kind, Size(321, 203))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\x00\x01\x00",
        b"II*\x00\x08\x00\x00\x00",
        b"%PDF-1.7",
        b"RIFF\x04\x00\x00\x00WAVE",
        b"\x00\x00\x00\x20ftypavif",
        b"PK\x03\x04",
    ],
)
def test_what_does_not_begin_as_a_picture_is_none(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        examine(data)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.97])
def test_a_picture_that_was_cut_off_is_refused(suffix: str, kept: float) -> None:
    data = a_file(suffix=suffix)

    assert _refusal(data[: int(len(data) * kept)]) == "truncated"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_whose_very_last_byte_is_missing_is_refused(suffix: str) -> None:
    assert _refusal(a_file(suffix=suffix)[:-1]) == "truncated"


def test_a_png_needs_its_end_marker() -> None:
    data = a_file(suffix=".png")

    assert _refusal(data[:-12]) == "truncated"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("trailer", [b"PK\x03\x04archive", b"<script>alert(1)</script>"])
def test_nothing_may_hide_behind_a_picture(suffix: str, trailer: bytes) -> None:
    assert _refusal(a_file(suffix=suffix) + trailer) == "trailing-data"


def _announcing(picture: bytes) -> bytes:
    """A JPEG whose camera says that there are other images behind it."""
    index = b"MPF\0II*\0\x08\0\0\0"
    return picture[:2] + b"\xff\xe2" + (len(index) + 2).to_bytes(2, "big") + index + picture[2:]


def test_a_camera_may_write_previews_behind_its_picture_if_it_says_so() -> None:
    picture, preview = _announcing(a_file()), a_file(160, 120, seed=2)

    assert examine(picture + preview).size == Size(640, 400)
    assert examine(picture + b"\x00" * 563 + preview + preview + b"\x00").size == Size(640, 400)


def test_minoltas_cameras_wrote_previews_before_there_was_a_way_to_say_so() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0Minolta Co., Ltd.\0"
    plain, preview = a_file(), b"LN\xb8\x02" + a_file(160, 120, seed=2)[1:]
    picture = plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]

    assert examine(picture + b"\x00" * 563 + preview).size == Size(640, 400)
    assert _refusal(picture + preview[:-2]) == "trailing-data"
    assert _refusal(plain + preview) == "trailing-data"


def test_a_picture_that_nobody_announced_is_trailing_data() -> None:
    for behind in (a_file(160, 120, seed=2), a_file(), b"\x00", b"\xff\xd9"):
        assert _refusal(a_file() + behind) == "trailing-data"


def test_a_preview_that_is_not_whole_is_trailing_data() -> None:
    picture, preview = _announcing(a_file()), a_file(160, 120, seed=2)

    assert _refusal(picture + preview[:-2]) == "trailing-data"
    assert _refusal(picture + preview + b"PK\x03\x04") == "trailing-data"


def test_an_animated_png_is_refused() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])

    assert _refusal(file.getvalue()) == "animated"


def test_an_animated_webp_is_refused() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])

    assert _refusal(file.getvalue()) == "animated"


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (20_001, 10, "side-too-long"),
        (10, 20_001, "side-too-long"),
        (10_000, 10_001, "too-many-pixels"),
        (0, 10, "undecodable"),
        (2**31 - 1, 2**31 - 1, "side-too-long"),
    ],
)
def test_sizes_beyond_the_limits_are_refused_by_their_header(
    width: int, height: int, reason: str
) -> None:
    assert _refusal(_png(width, height)) == reason


@pytest.mark.parametrize(("width", "height"), [(20_000, 5_000), (10_000, 10_000)])
def test_sizes_at_the_limits_are_taken(width: int, height: int) -> None:
    assert examine(_png(width, height)).size == Size(width, height)


def test_a_jpeg_of_two_frames_is_refused() -> None:
    data = a_file()
    frame = data.index(b"\xff\xc0")
    length = int.from_bytes(data[frame + 2 : frame + 4], "big") + 2

    assert _refusal(data[:frame] + data[frame : frame + length] + data[frame:]) == "undecodable"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_damage_does_more_than_have_a_picture_refused(suffix: str) -> None:
    whole = a_file(160, 100, suffix=suffix)
    rng = np.random.default_rng(7)
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(0, 256)
        try:
            examine(bytes(data[: rng.integers(1, len(data) + 1)]))
        except (NotAPicture, PictureRefused):
            continue


@pytest.mark.parametrize(
    ("file_name", "media_type"),
    [
        ("pine.jpg", "image/jpeg"),
        ("PINE.JPEG", "application/octet-stream"),
        ("pine", None),
        ("", ""),
        ("taken at 12.30", "image/jpg"),
        ("pine.jpg", "image/jpeg; charset=binary"),
    ],
)
def test_a_label_that_agrees_or_says_nothing_is_fine(
    file_name: str, media_type: str | None
) -> None:
    check_label(PictureType.JPEG, file_name=file_name, media_type=media_type)


@pytest.mark.parametrize(
    ("file_name", "media_type"),
    [
        ("pine.png", "image/jpeg"),
        ("pine.svg", None),
        ("folder.jpg/pine.gif", None),
        ("pine.jpg", "image/webp"),
        ("pine.html", "image/jpeg"),
        ("pine.jpg", "text/html"),
    ],
)
def test_a_label_that_says_something_else_is_refused(
    file_name: str, media_type: str | None
) -> None:
    with pytest.raises(PictureRefused) as caught:
        check_label(PictureType.JPEG, file_name=file_name, media_type=media_type)

    assert caught.value.reason == "mislabelled"
