"""What happened to one request, put in order out of what each service noted of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from chassis.trace import Step

YOU = "you"
_NAMES = {
    "gateway": "Gateway",
    "search": "Search",
    "media": "Media",
    "redis": "Redis",
    "dynamodb": "DynamoDB",
    "s3": "S3",
}
"""The stops of a map, in the order in which they are numbered."""
STORES = frozenset({"redis", "dynamodb", "s3"})
_PART_OF = {"draw": "gateway", "index": "search", "decoder": "media"}
_MOST_ROWS = 60

_WORDS = {
    ("search", "search"): ("Ask search", "HTTP"),
    ("search", "similar"): ("Ask search what looks alike", "HTTP"),
    ("search", "suggest"): ("Ask search for suggestions", "HTTP"),
    ("media", "wallpapers"): ("Ask media for the record", "HTTP"),
    ("media", "show"): ("Ask media for the record", "HTTP"),
    ("media", "image"): ("Ask media for the picture", "HTTP"),
    ("media", "original"): ("Ask media for a link to the file", "HTTP"),
    ("media", "upload"): ("Hand the picture to media", "HTTP"),
    ("media", "look"): ("Ask media to look at the picture", "HTTP"),
    ("index", "find"): ("Find and sort what matches", "index in memory"),
    ("index", "count"): ("Count for the filters", "index in memory"),
    ("index", "resemble"): ("Compare with every other", "index in memory"),
    ("decoder", "look"): ("Look inside the picture", "libvips, a process of its own"),
    ("decoder", "render"): ("Cut and scale the picture", "libvips, a process of its own"),
    ("draw", "page"): ("Draw the HTML", "Jinja"),
    ("redis", "GET"): ("Look for what was remembered", "Redis GET"),
    ("redis", "SET"): ("Remember it for a while", "Redis SET"),
    ("redis", "DEL"): ("Forget what has changed", "Redis DEL"),
    ("redis", "LRANGE"): ("Read what the services noted", "Redis LRANGE"),
    ("dynamodb", "GetItem"): ("Read a record", "DynamoDB GetItem"),
    ("dynamodb", "BatchGetItem"): ("Read several records", "DynamoDB BatchGetItem"),
    ("dynamodb", "Query"): ("Read records in order", "DynamoDB Query"),
    ("dynamodb", "PutItem"): ("Write a record", "DynamoDB PutItem"),
    ("dynamodb", "UpdateItem"): ("Change a record", "DynamoDB UpdateItem"),
    ("dynamodb", "DeleteItem"): ("Delete a record", "DynamoDB DeleteItem"),
    ("dynamodb", "TransactWriteItems"): ("Write all of it or nothing", "DynamoDB transaction"),
    ("s3", "GetObject"): ("Fetch the file", "S3 GetObject"),
    ("s3", "HeadObject"): ("Look whether the file is there", "S3 HeadObject"),
    ("s3", "PutObject"): ("Store the file", "S3 PutObject"),
    ("s3", "DeleteObject"): ("Delete the file", "S3 DeleteObject"),
}
_ANSWERS = {
    "gateway": ("Gateway handles the request", "Flask, gevent"),
    "search": ("Search answers", "Flask"),
    "media": ("Media answers", "Flask"),
}
_CALLED = {"redis": "Redis", "dynamodb": "DynamoDB", "s3": "S3"}
_ASKED = {
    "GET /": "You opened the front page",
    "GET /search": "You searched",
    "GET /explore": "You looked for ways in",
    "GET /upload": "You opened the upload page",
    "GET /route": "You asked how this works, and we looked up what the front page shows",
    "GET /route/<word:trace_id>": "You looked at a route",
    "GET /w/<word:wallpaper_id>": "You opened a wallpaper",
    "GET /w/<word:wallpaper_id>/download": "You asked for a download",
    "GET /i/<word:wallpaper_id>/<word:variant>.<word:ext>": "Your browser asked for a picture",
    "GET /api/v1/search": "An application searched",
    "POST /api/v1/wallpapers": "An application sent a picture",
    "POST /upload": "You sent a picture",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the map.

    Attributes:
        key: Its name in code.
        name: Its name for people.
        number: Which of the stops that were made it is, from 1; ``None`` if it was not needed.
        calls: How often it was asked.
        ms: For how long.
    """

    key: str
    name: str
    number: int | None
    calls: int
    ms: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline.

    Attributes:
        stop: Whose colour it has: a key of a stop.
        words: What was done, for people.
        with_: What did it.
        depth: 0 for the request, 1 for what was done within it, and so on.
        at: Milliseconds after the gateway began.
        ms: How long it took.
    """

    stop: str
    words: str
    with_: str
    depth: int
    at: float
    ms: float


@dataclass(frozen=True, slots=True)
class Journey:
    """One request, from the gateway's side of the door.

    Attributes:
        asked: What the visitor did, as the beginning of a sentence.
        status: Of the answer.
        stops: All there are, in the order in which they were made; those that were not come last.
        legs: Who asked whom, by keys of stops.
        rows: The timeline; at most 60 of them.
        ms: From beginning to end.
        whole: Whether nothing is missing that some service must have noted.
    """

    asked: str
    status: str
    stops: tuple[Stop, ...]
    legs: frozenset[tuple[str, str]]
    rows: tuple[Row, ...]
    ms: float
    whole: bool

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Self | None:
        """The journey that consists of ``steps``; ``None`` as long as its beginning is unknown.

        Clocks of machines differ by more than a call takes: what a service did is moved into the
        middle of the call that it answered where it does not lie within.
        """
        root = next((s for s in steps if s.answers and s.parent_id is None), None)
        if root is None:
            return None
        within: dict[str | None, list[Step]] = {}
        for step in sorted(steps, key=lambda step: (step.begun, not step.answers)):
            within.setdefault(step.parent_id, []).append(step)
        placed = tuple(_placed(root, within))
        calls = [step for _, _, step in placed if step.stop in {"search", "media"}]
        answered = {step.parent_id for step in calls if step.answers}
        return cls(
            asked=_ASKED.get(root.did, f"You asked for {root.did}"),
            status=root.note or "",
            stops=_stops(step for _, _, step in placed),
            legs=frozenset(
                (_of(by), _of(step.stop))
                for by, _, step in placed
                if not step.answers and _of(by) != _of(step.stop)
            ),
            rows=tuple(_row(step, depth, root.begun) for _, depth, step in placed[:_MOST_ROWS]),
            ms=root.ms,
            whole=all(s.answers or s.note == "failed" or s.span_id in answered for s in calls),
        )

    @property
    def made(self) -> int:
        """How many stops were made, the visitor's own included."""
        return 1 + sum(stop.number is not None for stop in self.stops)

    @property
    def asked_stores(self) -> int:
        """How many calls to data stores there were."""
        return sum(stop.calls for stop in self.stops if stop.key in STORES)

    @property
    def in_stores(self) -> float:
        """Milliseconds that stores took, at most all there were."""
        return min(self.ms, sum(stop.ms for stop in self.stops if stop.key in STORES))


def _placed(
    root: Step, within: Mapping[str | None, Sequence[Step]]
) -> Iterator[tuple[str, int, Step]]:
    """Every step that hangs together with ``root``: who took it, how deep, and when, corrected."""
    open_ = [(YOU, 0, root, 0)]
    seen = set()
    while open_:
        by, depth, step, shift = open_.pop()
        if step.span_id in seen:
            continue
        seen.add(step.span_id)
        moved = replace(step, begun=step.begun + shift, ended=step.ended + shift)
        yield by, depth, moved
        inner = within.get(step.span_id, ())
        # The last one put there is the next one taken.
        open_ += [
            (step.stop, depth + 1, each, shift + _shift(each, step)) for each in reversed(inner)
        ]


def _shift(step: Step, call: Step) -> int:
    """Nanoseconds by which another machine's ``step`` must be moved to lie in the middle."""
    if not step.answers or (call.begun <= step.begun and step.ended <= call.ended):
        return 0
    return (call.begun + call.ended - step.begun - step.ended) // 2


def _stops(steps: Iterator[Step]) -> tuple[Stop, ...]:
    calls: dict[str, list[float]] = {}
    for step in steps:
        if step.stop in _NAMES and not (step.answers and step.stop in calls):
            calls.setdefault(step.stop, []).append(step.ms)
    made = [
        Stop(key, _NAMES[key], number, len(calls[key]), sum(calls[key]))
        for number, key in enumerate(calls, 2)
    ]
    return (*made, *(Stop(k, _NAMES[k], None, 0, 0.0) for k in _NAMES if k not in calls))


def _row(step: Step, depth: int, begun: int) -> Row:
    at = (step.begun - begun) / 1e6
    if step.answers:
        words, technology = _ANSWERS.get(step.stop, (step.stop.capitalize(), ""))
    else:
        called = f"{_CALLED.get(step.stop, step.stop.capitalize())} {step.did}"
        words, technology = _WORDS.get((step.stop, step.did), (f"Ask {called}", ""))
        if step.note is not None:
            technology = f"{technology}, {step.note}" if technology else step.note
    return Row(_of(step.stop), words, technology, depth, at, step.ms)


def _of(stop: str) -> str:
    return _PART_OF.get(stop, stop)
