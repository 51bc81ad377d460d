"""By what documents are put in order, where ``domain.ranking`` has it depend on the query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns import strengths
from search.adapters.columns.bitmaps import numbers, of_unsorted
from search.adapters.columns.colours import Colours
from search.adapters.columns.lists import Lists
from search.adapters.columns.phrases import occurrences
from search.adapters.columns.recent import Recent
from search.adapters.columns.strengths import Strengths
from search.adapters.columns.terms import Terms
from search.domain.ranking import FULL
from search.domain.sort import Relevance, Term
from search.domain.values import Shade

Column = NDArray[Any]
_DEPTH, _DEEPER = 1024, 8
"""How many documents of each word are looked at first, and how many times as many next."""
_KEPT, _KEPT_EACH = 1 << 16, 24
"""Bytes of laid-out strengths that are kept for the next query, and more for each document."""
_LEAST_BYTES = 200
_MANY_ANYWAY = 5
"""Of how many documents one must have a word for its strengths to be laid out for all of them."""
_MANY = 1024
"""So many that were found are not all measured if the first of each word will do."""


class Rankings:
    """What it takes to tell how relevant or colourful each of ``size`` documents is."""

    def __init__(self, terms: Terms, texts: Lists, colours: Colours, size: int) -> None:
        self._terms = terms
        self._texts = texts
        self._colours = colours
        self._size = size
        self._laid_out: Recent[tuple[tuple[str, ...], bool], _LaidOut] = Recent(
            _KEPT + _KEPT_EACH * size, lambda each: each.weight
        )
        self._colourful: Recent[tuple[Shade, ...], Column] = Recent(2)

    def relevance(self, basis: Relevance, which: Column | slice) -> Column:
        """How relevant the documents ``which`` are."""
        whose = np.arange(self._size, dtype=np.uint32)[which] if isinstance(which, slice) else which
        total = np.zeros(len(whose), dtype=np.int64)
        for term in basis.terms:
            total += self._strength(term, whose) * np.int64(term.weight)
        for tag, weight in basis.tags:
            sharing = np.zeros(self._size, dtype=np.bool_)
            sharing[numbers(self._terms.having("tag", tag))] = True
            total += sharing[whose] * np.int64(weight * FULL)
        return total

    def most_relevant(self, found: BitMap, basis: Relevance, count: int) -> Column | None:
        """The ``count`` most relevant of ``found``, in order, if that can be told from few.

        What is not among the first documents of any word is at most as relevant as the last
        ones looked at would be together.

        Source:
            R. Fagin, A. Lotem and M. Naor, "Optimal aggregation algorithms for middleware"
            (2003), the threshold algorithm, in blocks.
        """
        if basis.tags or len(found) < _MANY or any(_is_composed(term) for term in basis.terms):
            return None
        said = [term.said[0] for term in basis.terms]
        depth = _DEPTH
        while depth * len(said) < len(found):
            lists = [self._terms.strongest("word", word, depth) for word in said]
            known = [each for each in lists if each is not None]
            if len(known) < len(lists):
                return None
            near = np.concatenate([documents for documents, _ in known])
            hits = numbers(of_unsorted(near, self._size) & found)
            if len(known) == 1:  # they stand in order already
                first = near[np.isin(near, hits, assume_unique=True)][:count]
                if len(first) == count:
                    return first
            else:
                relevant = self.relevance(basis, hits)
                most = sum(
                    term.weight * others
                    for term, (_, others) in zip(basis.terms, known, strict=True)
                )
                if np.count_nonzero(relevant > most) >= count:
                    return hits[least(-relevant, count)]
            depth *= _DEEPER
        return None

    def colourfulness(self, shades: Sequence[Shade]) -> Column:
        """How colourful every document is."""
        wanted = tuple(shades)
        return self._colourful.answer(wanted, lambda: self._colours.fit(wanted, self._size))

    def _strength(self, term: Term, whose: Column) -> Strengths:
        """How much the documents ``whose`` are about ``term``."""
        laid_out = self._laid_out.answer(
            (term.said, term.prefix), lambda: self._lay_out(term.said, prefix=term.prefix)
        )
        return laid_out.of(whose)

    def _lay_out(self, said: tuple[str, ...], *, prefix: bool) -> "_LaidOut":
        """How much documents are about the words ``said``."""
        if len(said) == 1 and not prefix:
            documents, strong = self._terms.weighty("word", said[0])
            if len(documents) * _MANY_ANYWAY < self._size:
                return _LaidOut(strong, documents)
            every = np.zeros(self._size, dtype=np.uint8)
            every[documents] = strong
            return _LaidOut(every)
        return _LaidOut(self._measured(said, prefix=prefix))

    def _measured(self, said: tuple[str, ...], *, prefix: bool) -> Strengths:
        """How much every document is about several words, or about what begins so."""
        every = np.zeros(self._size, dtype=np.uint8)
        if len(said) > 1:
            for occurring in occurrences(said, self._terms, self._texts, prefix=prefix):
                documents, strong = strengths.of_occurrences(*occurring)
                every[documents] = strong
        else:
            begun = self._terms.beginning("word", said[0])
            _, documents, strong = self._terms.postings(begun.start, begun.stop)
            np.maximum.at(every, documents, strong)
        return every


@dataclass(frozen=True, slots=True, eq=False)
class _LaidOut:
    """How much documents are about something, where that is soon found.

    Attributes:
        strong: How much.
        documents: Which ones, ascending; ``None`` if it is said of each.
    """

    strong: Strengths
    documents: Column | None = None

    @property
    def weight(self) -> int:
        """How many bytes it takes; of what is mapped, none of our own."""
        return self.strong.nbytes if self.documents is None else _LEAST_BYTES

    def of(self, whose: Column) -> Strengths:
        """What is said of the documents ``whose``; nothing of those that are not there."""
        said: Strengths
        if self.documents is None:
            said = self.strong[whose]
            return said
        if not len(self.documents):
            return np.zeros(len(whose), dtype=np.uint8)
        at = np.minimum(np.searchsorted(self.documents, whose), len(self.documents) - 1)
        said = self.strong[at] * (self.documents[at] == whose)
        return said


def least(keys: Column, count: int) -> Column:
    """The places of the ``count`` least of ``keys``, in order, the first of equals first."""
    if len(keys) <= count:
        return np.argsort(keys, kind="stable")
    most = np.partition(keys, count - 1)[count - 1]
    below = np.flatnonzero(keys < most)
    chosen = np.concatenate((below, np.flatnonzero(keys == most)[: count - len(below)]))
    return chosen[np.argsort(keys[chosen], kind="stable")]


def _is_composed(term: Term) -> bool:
    return term.prefix or len(term.said) > 1
