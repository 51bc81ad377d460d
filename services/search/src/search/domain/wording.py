"""A query in plain words, for people who would rather not read its clauses."""

from search.domain.query import And, Clause, Node, Not, Or, Phrase, Query, Word
from search.domain.sort import Sort
from search.domain.values import (
    DEFAULT_KEPT,
    Bound,
    Kin,
    Look,
    Quantity,
    Screen,
    Shade,
    Size,
    Span,
    Text,
    Value,
)

_NOUNS = {
    "tag": "tagged {}",
    "user": "uploaded by {}",
    "category": "in category {}",
    "rating": "rated {}",
    "width": "{} pixels wide",
    "height": "{} pixels high",
    "mp": "{} megapixels",
    "lum": "lightness {} %",
    "sat": "colourfulness {} %",
    "oled": "{} % near black",
    "size": "{}",
    "date": "added {}",
    "age": "{} old",
    "views": "{} views",
    "downloads": "{} downloads",
    "favs": "{} favourites",
    "ratio": "{}",
    "res": "{}",
    "tone": "{}",
    "type": "{} files",
    "license": "licensed {}",
    "creator": "made by {}",
    "source": "from {}",
    "id": "with the id {}",
    "sha256": "with the hash {}",
    "similar": "looking like {}",
    "like": "sharing tags with {}",
    "in": "in collection {}",
    "fav": "favourites of {}",
    "is": "{}",
    "has": "with a {}",
    "fits": "fitting {}",
    "color": "with {}",
}
_AI = {
    "yes": "made with AI",
    "no": "made without AI",
    "unknown": "perhaps made with AI",
}
_SPELLED = {
    "h": " hours",
    "d": " days",
    "w": " weeks",
    "mo": " months",
    "y": " years",
    "b": " bytes",
    "px": "",
    "mp": "",
    **{
        unit: f" {unit[0].upper()}{unit[1:-1]}B" for unit in ("kb", "mb", "gb", "kib", "mib", "gib")
    },
}
_HAVING = {"tags": "with tags"}
_ORDERS = {
    "relevance": "most relevant first",
    "new": "newest first",
    "hot": "hot ones first",
    "views": "most viewed first",
    "downloads": "most downloaded first",
    "favs": "most favourites first",
    "random": "in random order",
    "res": "most pixels first",
    "size": "largest files first",
    "ratio": "widest first",
    "color": "nearest colours first",
    "similar": "most alike first",
}
_REVERSED = {
    "relevance": "least relevant first",
    "new": "oldest first",
    "hot": "hot ones last",
    "views": "least viewed first",
    "downloads": "least downloaded first",
    "favs": "fewest favourites first",
    "res": "fewest pixels first",
    "size": "smallest files first",
    "ratio": "narrowest first",
    "color": "farthest colours first",
    "similar": "least alike first",
}
_PERIODS = {
    "1d": "since yesterday",
    "3d": "of three days",
    "1w": "of a week",
    "1M": "of a month",
    "3M": "of three months",
    "6M": "of half a year",
    "1y": "of a year",
    "all": "of all time",
}


def in_words(query: Query, sort: Sort) -> str:
    """``query`` as one would say it, in the order of ``sort``.

    Example:
        >>> from search.domain.parser import parse_query
        >>> query = parse_query("forest -fog ratio:16:9 res:>=2560x1440").query
        >>> in_words(query, Sort())
        'forest, not fog, 16:9, at least 2560 x 1440, newest first'
    """
    parts = query.where.parts if isinstance(query.where, And) else (query.where,)
    return ", ".join([*(map(_said, parts) if parts else ("everything",)), _ordered(sort)])


def _said(node: Node) -> str:  # noqa: PLR0911 - one a kind
    match node:
        case Word(text, prefix):
            return f"words beginning with {text}" if prefix else text
        case Phrase(text, prefix):
            return f"“{text}…”" if prefix else f"“{text}”"
        case Not(part):
            said = _said(part)
            return f"not ({said})" if isinstance(part, And | Or) else f"not {said}"
        case And(parts):
            return " and ".join(map(_grouped, parts))
        case Or(parts):
            return " or ".join(map(_grouped, parts))
        case Clause("ai", values):
            return " or ".join(_AI[str(value)] for value in values)
        case Clause("has", values):
            return " or ".join(_HAVING.get(str(value)) or f"with a {value}" for value in values)
        case Clause(field, values):
            return _NOUNS[field].format(" or ".join(_valued(field, value) for value in values))


def _grouped(node: Node) -> str:
    return f"({_said(node)})" if isinstance(node, And | Or) else _said(node)


def _valued(field: str, value: Value) -> str:
    match value:
        case Text(text, prefix):
            return f"{text}…" if prefix else text
        case Span(low, high, beyond):
            return _spanned(_bound(low), _bound(high), beyond=beyond, field=field)
        case Screen(size, kept):
            cut = "" if kept == DEFAULT_KEPT else f", {kept:f} % of the picture left"
            return _bound(size) + cut
        case Shade(rgb, share):
            return f"{rgb}" if share is None else f"{rgb} on {share:f} %"
        case Look() | Kin():
            return str(value)


def _spanned(low: str, high: str, *, beyond: bool, field: str) -> str:
    if low and high:
        return low if low == high else f"{low} to {high}"
    more, less = ("after ", "before ") if field == "date" else ("more than ", "less than ")
    least, most = ("from ", "up to ") if field == "date" else ("at least ", "at most ")
    if low:
        return (more if beyond else least) + low
    return (less if beyond else most) + high


def _bound(bound: Bound | None) -> str:
    match bound:
        case Size(width, height):
            return f"{width} x {height}"
        case Quantity(amount, unit):
            return f"{amount:f}{_SPELLED.get(unit, unit)}"
        case _:
            return "" if bound is None else str(bound)


def _ordered(sort: Sort) -> str:
    if sort.mode == "top":
        first = "least" if sort.ascending else "most"
        return f"{first} popular {_PERIODS[sort.period or 'all']} first"
    return _REVERSED[sort.mode] if sort.ascending else _ORDERS[sort.mode]
