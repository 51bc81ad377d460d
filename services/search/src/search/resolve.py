"""Makes of what a visitor typed a question that an index can be asked."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto

from search.domain.cursor import Cursor, InvalidCursor, fingerprint
from search.domain.fields import SEARCHED_STATES
from search.domain.parser import MOST_CLAUSES, QueryWarning, Understood, parse_query
from search.domain.query import (
    EVERYTHING,
    And,
    Clause,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Word,
    either,
    every,
    leaves,
    without,
)
from search.domain.ranking import based, usual_sort, weight
from search.domain.sort import Relevance, Sort
from search.domain.spelling import LEAST_LETTERS
from search.domain.text import words
from search.domain.values import Kin, Look, Text, Value
from search.domain.wallpaper import Wallpaper
from search.ports import Check, Index, no_check

_SAFE = Clause("rating", (Text("safe"),))
_MOST_SPELLINGS = 3
"""How many words one may be looked for as, if no wallpaper has it as it was typed."""


class Audience(Enum):
    """Who is looking."""

    ANYONE = auto()
    """Sees what is rated safe."""
    MEMBER = auto()
    """Has an account and sees every rating."""

    @property
    def sees(self) -> Node:
        """What it may see: only another clause of a query."""
        return EVERYTHING if self is Audience.MEMBER else _SAFE


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor wants, as an index can be asked for it.

    Attributes:
        query: As it was understood; its text parses to the same again.
        wanted: What it asks for, with the looks and tags of the wallpapers that it names.
        sort: The order, with its seed and basis.
        audience: Who asks.
        now: The moment that ages are counted from.
        key: Tells this question from every other.
        chosen: The seed of a random order, if the visitor left it to us.
        warnings: What was not taken as it was typed.
    """

    query: Query
    wanted: Node
    sort: Sort
    audience: Audience
    now: datetime
    key: str
    chosen: str | None = None
    warnings: tuple[QueryWarning, ...] = ()

    @property
    def asked(self) -> Query:
        """What the index is asked: what is wanted, as far as it may be seen."""
        return Query(every([self.wanted, self.audience.sees]), self.sort)


def resolve(
    text: str,
    index: Index,
    *,
    audience: Audience,
    now: datetime,
    after: Cursor | None = None,
    look: Look | None = None,
    check: Check = no_check,
) -> Question:
    """Understand ``text`` and look up what it speaks of.

    A word that no wallpaper has is looked for as the words that it may be a slip of. Someone
    who asks for a random order without a seed is given one. On a page after the first, ages
    and the weights of words are those of the first.

    Args:
        text: What the visitor typed.
        index: Knows the wallpapers and words that it speaks of.
        audience: Who asks.
        now: The moment of asking.
        after: Where the page before ended.
        look: What the wallpapers wanted look similar to, beside all that ``text`` says.
        check: Raises when there is no time left.

    Raises:
        QueryTooLarge: If ``text`` asks for more than one search may.
        InvalidCursor: If ``after`` ended a page of another search, or of another audience.
        TooSlow: From ``check``.
    """
    understood = parse_query(text)
    seer = _Resolver(understood, index, audience, now, check)
    where = seer.spelled(understood.query.where)
    wanted = seer.looked_up(where)
    if look:
        wanted = every([wanted, Clause("similar", (look,))])
    began = datetime.fromtimestamp(after.began / 1000, UTC) if after else now
    asked = understood.query.sort
    sort = asked and based(asked, wanted, today=began.date())
    if asked and sort is None:
        seer.warn(
            asked,
            "sort-without-subject",
            f"There is nothing in this search to order by {asked.mode}; the usual order was used.",
        )
        asked = None
    query = Query(where, asked)
    usual = Sort("similar") if look else usual_sort(wanted)
    sort = sort or based(usual, wanted, today=began.date()) or usual
    chosen = None
    if sort.needs_seed:
        chosen = (after.seed if after else None) or secrets.token_hex(4)
        sort = replace(sort, seed=chosen)
        query = query.sorted_by(sort)
    visible = every([understood.query.where, audience.sees])
    key = fingerprint(Query(visible, sort))
    if after is not None and after.query != key:
        raise InvalidCursor("This cursor belongs to another search.")
    return Question(
        query,
        wanted,
        _weighed(sort, index, after, now, check),
        audience,
        began,
        key,
        chosen,
        tuple(sorted((*understood.warnings, *seer.warnings), key=lambda each: each.position)),
    )


def _weighed(sort: Sort, index: Index, after: Cursor | None, now: datetime, check: Check) -> Sort:
    """The order with the weights of its words, which say how few wallpapers have each."""
    if not isinstance(sort.basis, Relevance):
        return sort
    if after is not None:
        try:
            return sort.on(sort.basis.weighing(after.weights))
        except ValueError as error:
            raise InvalidCursor("This cursor belongs to another search.") from error
    having: list[Node] = [Phrase(" ".join(t.said), prefix=t.prefix) for t in sort.basis.terms]
    having += [Clause("tag", (Text(tag),)) for tag, _ in sort.basis.tags]
    counts = index.count_each(EVERYTHING, having, now=now, check=check)
    return sort.on(sort.basis.weighing(tuple(weight(count, index.size) for count in counts)))


class _Resolver:
    """Looks up what the leaves of a query speak of, and says so where that is not there."""

    def __init__(
        self, understood: Understood, index: Index, audience: Audience, now: datetime, check: Check
    ) -> None:
        self.warnings: list[QueryWarning] = []
        self._understood = understood
        self._index = index
        self._audience = audience
        self._now = now
        self._check = check
        self._room = MOST_CLAUSES - sum(1 for _ in leaves(understood.query.where))

    def spelled(self, node: Node) -> Node:
        """``node`` with words that there are; what is not wanted is left as it is."""
        return _mapped(node, self._spelled)

    def looked_up(self, node: Node) -> Node:
        """``node`` with looks and tags in place of the ids of wallpapers."""
        return _mapped(node, self._looked_up, negated=self._looked_up)

    def warn(self, of: Leaf | Sort, code: str, message: str, suggestion: str | None = None) -> None:
        """Warn of a part of the query where it stands in the text."""
        position, length = self._understood.places.get(of, (0, 1))
        self.warnings.append(QueryWarning(code, message, position, length, suggestion))

    def _spelled(self, leaf: Leaf) -> Node:
        if not isinstance(leaf, Word) or leaf.prefix:
            return leaf
        said = words(leaf.text)
        if len(said) > 1 or len(said[0]) < LEAST_LETTERS or not said[0].isalpha():
            return leaf
        self._check()
        near = self._index.near(said[0], limit=min(_MOST_SPELLINGS, self._room + 1))
        if not near:
            return leaf
        self._room -= len(near) - 1
        meant = either([Word(each) for each in near])
        message = f"No wallpaper says '{leaf.text}'; {' or '.join(near)} was looked for."
        self.warn(leaf, "respelled", message, near[0])
        return meant

    def _looked_up(self, leaf: Leaf) -> Node:
        if isinstance(leaf, Clause) and leaf.field in _MADE:
            values = tuple(self._described(leaf, value) for value in leaf.values)
            return replace(leaf, values=values)
        if isinstance(leaf, Clause):
            self._doubt(leaf)
        return leaf

    def _doubt(self, clause: Clause) -> None:
        """Say so where a clause can be understood and yet never finds anything."""
        if clause.field in {"in", "fav"}:
            message = "There are no collections and favourites yet, so nothing is in one."
            self.warn(clause, "no-collections", message)
        states = [str(value) for value in clause.values if str(value) not in SEARCHED_STATES]
        if clause.field == "is" and states:
            message = f"Only what is live can be searched; nothing that is {' or '.join(states)}."
            self.warn(clause, "not-searched", message)

    def _described(self, clause: Clause, value: Value) -> Value:
        wallpaper = self._wallpaper(str(value))
        if wallpaper:
            return _MADE[clause.field](wallpaper)
        message = f"There is no wallpaper '{value}', so none is found to be like it."
        self.warn(clause, "unknown-wallpaper", message)
        return value

    def _wallpaper(self, id_: str) -> Wallpaper | None:
        """The wallpaper with that id, if it may be seen."""
        where = every([Clause("id", (Text(id_),)), self._audience.sees])
        page = self._index.search(Query(where, Sort()), limit=1, now=self._now, check=self._check)
        return next((Wallpaper.of(json.loads(document)) for document in page.documents), None)


_MADE: dict[str, Callable[[Wallpaper], Value]] = {
    "similar": lambda each: Look(each.id, each.dhash, each.phash, each.palette),
    "like": lambda each: Kin(each.id, tuple(sorted(each.tags))),
}


def _mapped(
    node: Node, make: Callable[[Leaf], Node], *, negated: Callable[[Leaf], Node] | None = None
) -> Node:
    """``node`` with what ``make`` makes of each leaf, and ``negated`` of those not wanted."""
    match node:
        case And(parts):
            return every(_mapped(part, make, negated=negated) for part in parts)
        case Or(parts):
            return either(_mapped(part, make, negated=negated) for part in parts)
        case Not(part):
            return without(_mapped(part, negated, negated=make)) if negated else node
        case _:
            return make(node)
