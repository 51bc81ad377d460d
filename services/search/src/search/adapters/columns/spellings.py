"""Words by their letters, to find those that one may be a slip of."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.domain.spelling import one_edit_apart

_LONGEST = 32
"""Letters; longer words are compared one by one, of which there are few."""


class Spellings:
    """Words of each length as a table of letters: those of one length are compared at once."""

    def __init__(self, words: Iterable[str]) -> None:
        by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in words:
            by_length[min(len(word), _LONGEST + 1)].append(word)
        self._long = by_length.pop(_LONGEST + 1, [])
        self._tables = {length: np.array(some) for length, some in by_length.items()}

    def near(self, word: str) -> list[str]:
        """The words that are one edit away from ``word``, as ``domain.spelling`` has it."""
        likely = list(self._long) if len(word) >= _LONGEST else []
        for length in (len(word) - 1, len(word), len(word) + 1):
            table = self._tables.get(length)
            if table is not None:
                likely += table[_alike(table, word)].tolist()
        return [other for other in likely if one_edit_apart(word, other)]


def _alike(table: NDArray[np.str_], word: str) -> NDArray[np.bool_]:
    """Which words of ``table`` begin and end like ``word`` but for two letters in a row."""
    letters = _letters(table)
    said = _letters(np.array([word]))[0]
    length = min(letters.shape[1], len(said))
    begun = np.logical_and.accumulate(letters[:, :length] == said[:length], axis=1).sum(axis=1)
    ended = np.logical_and.accumulate(
        letters[:, ::-1][:, :length] == said[::-1][:length], axis=1
    ).sum(axis=1)
    alike: NDArray[np.bool_] = begun + ended >= length - 2
    return alike


def _letters(words: NDArray[Any]) -> NDArray[np.uint32]:
    return words.view(np.uint32).reshape(len(words), -1)
