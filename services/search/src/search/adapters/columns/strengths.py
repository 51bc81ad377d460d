"""How much documents are about words, as ``domain.ranking`` has it, for many at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.adapters.columns.lists import Lists
from search.domain.ranking import BOOSTS, FLATTENING, FULL, SATURATION, USUAL_LENGTHS

END_OF_TEXT = 0xFFFFFFFF
"""Stands after each text among the terms of its words: title, description, then tags."""
Strengths = NDArray[np.uint8]
_FIELDS = len(BOOSTS)


def of_words(texts: Lists) -> tuple[NDArray[np.int64], Strengths]:
    """How much each document is about each of its words, those of a word together.

    Returns:
        For each the word's term, shifted left by 32 bits, and the document; and how much.
    """
    whose = np.repeat(np.arange(len(texts.starts) - 1), np.diff(texts.starts))
    field, lengths = _fields(whose, texts.values, len(texts.starts) - 1)
    said = texts.values != END_OF_TEXT
    pairs, which = np.unique(
        texts.values[said].astype(np.int64) << 32 | whose[said], return_inverse=True
    )
    times = np.bincount(which * _FIELDS + field[said], minlength=len(pairs) * _FIELDS)
    return pairs, _strengths(times.reshape(-1, _FIELDS), lengths[pairs & 0xFFFFFFFF])


def of_occurrences(
    whose: NDArray[Any], texts: NDArray[np.uint32], there: NDArray[Any]
) -> tuple[NDArray[Any], Strengths]:
    """How much documents are about what begins at the places ``there`` in their texts.

    Args:
        whose: The document of each term of the texts; ascends.
        texts: Terms, as a segment keeps them.
        there: Places among them.

    Returns:
        Each document in which it is, and how much.
    """
    documents, place = np.unique(whose, return_inverse=True)
    field, lengths = _fields(place, texts, len(documents))
    times = np.bincount(place[there] * _FIELDS + field[there], minlength=len(documents) * _FIELDS)
    counts = times.reshape(-1, _FIELDS)
    some = counts.any(axis=1)
    return documents[some], _strengths(counts[some], lengths[some])


def _fields(
    whose: NDArray[Any], texts: NDArray[np.uint32], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """In which field each term stands, and how many words each field of each document has."""
    ends = texts == END_OF_TEXT
    before = np.cumsum(ends) - ends
    first = np.searchsorted(whose, np.arange(size))
    field = np.minimum(before - before[first][whose], _FIELDS - 1)
    lengths = np.bincount((whose * _FIELDS + field)[~ends], minlength=size * _FIELDS)
    return field, lengths.reshape(-1, _FIELDS)


def _strengths(times: NDArray[np.int64], lengths: NDArray[np.int64]) -> Strengths:
    """The formula of ``domain.ranking.strength``, each operation in the same order."""
    found = np.zeros(len(times))
    for at, (boost, usual, flat) in enumerate(zip(BOOSTS, USUAL_LENGTHS, FLATTENING, strict=True)):
        found += boost * times[:, at] / (1 - flat + flat * lengths[:, at] / usual)
    return np.floor(FULL * (found / (SATURATION + found)) + 0.5).astype(np.uint8)
