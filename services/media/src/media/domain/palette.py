"""The colours a picture is made of, and how much of it each one covers."""

import numpy as np
from numpy.typing import NDArray

from media.domain.oklab import Floats, to_hex
from media.domain.wallpaper import Swatch

Indices = NDArray[np.intp]

MOST_COLOURS = 8
_ALIKE = 0.045  # OKLab distance under which a person calls two colours the same
_NEGLIGIBLE = 0.004
_ROUNDS = 24


def palette(lab: Floats) -> tuple[Swatch, ...]:
    """Up to eight colours of a picture, the most common first.

    The same pixels always give the same palette: the first centre is the mean of the fullest
    part of the colour space, each further one the fullest part far from all centres so far.

    Args:
        lab: The picture in OKLab; a copy of at most 128 pixels a side is enough.

    Returns:
        Colours that a person can tell apart, with shares of four decimals that add up to one.

    Source:
        Weighted k-means (S. P. Lloyd, "Least squares quantization in PCM", 1982) in OKLab, begun as
        k-means++ is (Arthur and Vassilvitskii, 2007) but by the largest expectation, not by chance.
    """
    colours, weights = _histogram(lab.reshape(-1, 3))
    centres = _seeds(colours, weights)
    for _ in range(_ROUNDS):
        moved = _means(colours, weights, _nearest(colours, centres), centres)
        if np.abs(moved - centres).max() < 1e-5:
            break
        centres = moved
    centres, shares = _merged(centres, _shares(colours, weights, centres))
    order = np.argsort(-shares, kind="stable")
    kept = [index for index in order if shares[index] >= _NEGLIGIBLE]
    rounded = np.round(shares[kept] / shares[kept].sum(), 4)
    rounded[0] += 1 - rounded.sum()
    return tuple(
        Swatch(to_hex(centres[index]), round(float(share), 4))
        for index, share in zip(kept, rounded, strict=True)
    )


def _histogram(lab: Floats) -> tuple[Floats, Floats]:
    """The mean colour of each small cell of the colour space that is not empty, and its share."""
    cells = np.floor((lab + np.array([0, 0.5, 0.5])) * 40).astype(np.int64)
    keys = (cells[:, 0] * 64 + cells[:, 1]) * 64 + cells[:, 2]
    _, member, counts = np.unique(keys, return_inverse=True, return_counts=True)
    sums = [np.bincount(member, weights=lab[:, axis]) for axis in range(3)]
    return np.stack(sums, axis=1) / counts[:, None], counts / len(lab)


def _seeds(colours: Floats, weights: Floats) -> Floats:
    chosen = [int(np.argmax(weights))]
    while len(chosen) < min(MOST_COLOURS, len(colours)):
        far = _squares(colours, colours[chosen]).min(axis=1)
        expected = weights * far
        if expected.max() <= 0:
            break
        chosen.append(int(np.argmax(expected)))
    return colours[chosen]


def _means(colours: Floats, weights: Floats, member: Indices, centres: Floats) -> Floats:
    moved = centres.copy()
    for index in range(len(centres)):
        of = member == index
        if of.any():
            moved[index] = np.average(colours[of], axis=0, weights=weights[of])
    return moved


def _merged(centres: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """The centres again, the two nearest made one until all can be told apart."""
    while len(centres) > 1:
        apart = np.sqrt(_squares(centres, centres)) + np.diag(np.full(len(centres), np.inf))
        one, other = divmod(int(np.argmin(apart)), len(centres))
        if apart[one, other] >= _ALIKE:
            break
        total = shares[one] + shares[other]
        if total > 0:
            mixed = centres[one] * shares[one] + centres[other] * shares[other]
            centres[one] = mixed / total
        shares[one] = total
        centres, shares = np.delete(centres, other, axis=0), np.delete(shares, other)
    return centres, shares


def _shares(colours: Floats, weights: Floats, centres: Floats) -> Floats:
    member = _nearest(colours, centres)
    return np.bincount(member, weights=weights, minlength=len(centres)).astype(np.float64)


def _nearest(colours: Floats, centres: Floats) -> Indices:
    nearest: Indices = _squares(colours, centres).argmin(axis=1)
    return nearest


def _squares(ones: Floats, others: Floats) -> Floats:
    squares: Floats = ((ones[:, None, :] - others[None, :, :]) ** 2).sum(axis=2)
    return squares
