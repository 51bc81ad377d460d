"""What the looking is done with: smaller copies and cosine transforms of small pictures."""

from functools import cache

import numpy as np

from media.domain.oklab import Floats, Pixels


def shrunk(picture: Pixels | Floats, width: int, height: int) -> Floats:
    """A copy of ``picture`` of exactly ``width`` by ``height``, each pixel the mean of its area.

    Args:
        picture: Rows, columns and, if there are any, channels.
        width: In pixels; may be more than there are.
        height: Likewise.

    Example:
        >>> shrunk(np.array([[0.0, 2.0, 4.0, 6.0]]), 2, 1).tolist()
        [[1.0, 5.0]]
    """
    rows = _areas(picture.shape[0], height)
    columns = _areas(picture.shape[1], width)
    tall = np.tensordot(rows, picture.astype(np.float64), axes=(1, 0))
    copy: Floats = np.moveaxis(np.tensordot(columns, tall, axes=(1, 1)), 0, 1)
    return copy


def shrunk_to_fit(picture: Pixels, longest: int) -> Pixels:
    """``picture``, or a copy whose longer side is ``longest`` pixels if it is larger."""
    height, width = picture.shape[:2]
    scale = longest / max(width, height)
    if scale >= 1:
        return picture
    small = shrunk(picture, max(1, round(width * scale)), max(1, round(height * scale)))
    return np.rint(small).astype(np.uint8)


def luma(picture: Pixels) -> Floats:
    """Brightness from 0 to 255 as video has it (ITU-R BT.601), what the hashes are made from."""
    grey: Floats = picture[..., :3] @ np.array([0.299, 0.587, 0.114])
    return grey


def dct(picture: Floats) -> Floats:
    """The two-dimensional cosine transform (type II, orthonormal) of one channel."""
    rows, columns = _cosines(picture.shape[0]), _cosines(picture.shape[1])
    spectrum: Floats = rows @ picture @ columns.T
    return spectrum


def inverse_dct(spectrum: Floats) -> Floats:
    """The channel that ``dct`` made ``spectrum`` of."""
    rows, columns = _cosines(spectrum.shape[0]), _cosines(spectrum.shape[1])
    picture: Floats = rows.T @ spectrum @ columns
    return picture


def blurred(picture: Floats, sigma: float) -> Floats:
    """One channel after a Gaussian blur of ``sigma`` pixels, its borders continued."""
    return _blur(picture.shape[0], sigma) @ picture @ _blur(picture.shape[1], sigma).T


@cache
def _areas(have: int, want: int) -> Floats:
    edges = np.arange(want + 1) * have / want
    starts = np.arange(have)
    covered = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    weights = np.clip(covered, 0, None)
    areas: Floats = weights / weights.sum(axis=1, keepdims=True)
    return areas


@cache
def _cosines(count: int) -> Floats:
    frequency, place = np.mgrid[:count, :count]
    waves = np.cos(np.pi / count * frequency * (place + 0.5)) * np.sqrt(2 / count)
    waves[0] /= np.sqrt(2)
    cosines: Floats = waves
    return cosines


@cache
def _blur(count: int, sigma: float) -> Floats:
    place = np.arange(count)
    weights = np.exp(-((place[:, None] - place) ** 2) / (2 * sigma**2))
    rows: Floats = weights / weights.sum(axis=1, keepdims=True)
    return rows
