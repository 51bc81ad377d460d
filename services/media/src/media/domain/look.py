"""Everything that a picture tells of itself, from one small copy of it."""

from media.domain.hashes import difference_hash, perceptual_hash
from media.domain.oklab import Pixels, from_srgb
from media.domain.palette import palette
from media.domain.pixels import shrunk_to_fit
from media.domain.saliency import focal_point
from media.domain.thumbhash import thumbhash
from media.domain.tone import tone
from media.domain.wallpaper import Look


def look(picture: Pixels, *, lqip: str) -> Look:
    """What ``picture`` tells.

    Args:
        picture: A copy of some 256 pixels a side, in sRGB, three channels or four with opacity.
        lqip: A copy 16 pixels wide, as a ``data:`` URL; encoding pictures is not done here.
    """
    solid = _on_black(picture)
    lab = from_srgb(shrunk_to_fit(solid, 128))
    measured = tone(lab)
    return Look(
        palette=palette(lab),
        lum=measured.lum,
        sat=measured.sat,
        oled=measured.oled,
        focal=focal_point(lab),
        dhash=difference_hash(solid),
        phash=perceptual_hash(solid),
        thumbhash=thumbhash(picture),
        lqip=lqip,
    )


def _on_black(picture: Pixels) -> Pixels:
    if picture.shape[2] == 3:
        return picture
    solid: Pixels = (picture[..., :3] * (picture[..., 3:] / 255)).round().astype("uint8")
    return solid
