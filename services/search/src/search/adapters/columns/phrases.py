"""Words that stand one after the other."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.bitmaps import numbers
from search.adapters.columns.lists import Lists
from search.adapters.columns.terms import Terms

Occurrences = tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.intp]]
"""Texts of some documents, term by term: whose each is, which term, and where phrases begin."""


def lasts(said: tuple[str, ...], terms: Terms, *, prefix: bool) -> range:
    """Which terms can be the last of the words ``said``: with ``prefix`` it may go on."""
    if prefix:
        return terms.beginning("word", said[-1])
    at = terms.place("word", said[-1])
    return range(0) if at is None else range(at, at + 1)


def occurrences(
    said: tuple[str, ...], terms: Terms, texts: Lists, *, prefix: bool
) -> Iterator[Occurrences]:
    """Where the words ``said``, two or more, stand; the last may go on."""
    *whole, _ = said
    ends = lasts(said, terms, prefix=prefix)
    places = [terms.place("word", word) for word in whole]
    if not ends or None in places:
        return
    candidates = BitMap.intersection(
        terms.having_any(ends), *(terms.having("word", word) for word in whole)
    )
    for whose, text in texts.chosen(numbers(candidates)):
        after = text[len(places) :]
        there: NDArray[Any] = (after >= ends.start) & (after < ends.stop)
        for at, place in enumerate(places):
            there &= text[at : len(text) - len(places) + at] == place
        yield whose, text, np.flatnonzero(there)
