"""Finds the wallpapers that a visitor describes, a page at a time."""

from dataclasses import dataclass

from search.domain.cursor import Cursor
from search.domain.sort import Relevance
from search.ports import Check, Index, Page, no_check
from search.resolve import Question


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        question: How it was understood.
        page: The wallpapers, and how many there are in all.
        next: Where the next page begins, if there is one.
    """

    question: Question
    page: Page
    next: Cursor | None


def find_wallpapers(
    question: Question,
    index: Index,
    *,
    limit: int,
    after: Cursor | None = None,
    skip: int = 0,
    check: Check = no_check,
) -> Found:
    """A page of what ``question`` asks for.

    Args:
        question: What is wanted.
        index: Where to look.
        limit: How many wallpapers at most.
        after: Where the page before ended; the question was resolved with it.
        skip: How many to leave out before them.
        check: Raises when there is no time left.

    Raises:
        TooSlow: From ``check``.
    """
    page = index.search(
        question.asked,
        limit=limit,
        after=after.place if after else None,
        skip=skip,
        now=question.now,
        check=check,
    )
    if page.next is None:
        return Found(question, page, None)
    basis = question.sort.basis
    weights = basis.weights if isinstance(basis, Relevance) else ()
    began = round(question.now.timestamp() * 1000)
    onward = Cursor(question.key, page.next, question.chosen, began, weights)
    return Found(question, page, onward)
