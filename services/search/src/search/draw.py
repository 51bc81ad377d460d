"""Draws one wallpaper at random."""

import secrets
from dataclasses import dataclass, replace

from search.domain.sort import Sort
from search.find import find_wallpapers
from search.ports import Check, Index, no_check
from search.resolve import Question


class NothingFound(Exception):
    """No wallpaper is what was asked for."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One wallpaper of several.

    Attributes:
        document: Its record, as JSON.
        total: Of how many it was drawn.
        question: What was asked, in the order in which it came first.
    """

    document: str
    total: int
    question: Question


def draw_wallpaper(question: Question, index: Index, *, check: Check = no_check) -> Drawn:
    """Any of the wallpapers that ``question`` asks for, each as likely as any other.

    Raises:
        NothingFound: If there is none.
        TooSlow: From ``check``.
    """
    shuffled = replace(question, sort=Sort("random", seed=secrets.token_hex(8)))
    page = find_wallpapers(shuffled, index, limit=1, check=check).page
    if not page.documents:
        raise NothingFound("No wallpaper is what this search asks for.")
    return Drawn(page.documents[0], page.total, shuffled)
