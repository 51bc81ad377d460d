"""Finds in a segment what ``domain.matching`` says that a query means."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.bitmaps import of_mask, of_unsorted
from search.adapters.columns.looks import Differing, differing
from search.adapters.columns.phrases import lasts, occurrences
from search.adapters.columns.segment import MILLION, SHA_KEPT, Column, Segment
from search.domain.matching import (
    DARK,
    LIGHT,
    NEW,
    PHONE,
    ULTRAWIDE,
    AnySpan,
    least_share,
    limits,
    versions_of,
)
from search.domain.query import And, Clause, Leaf, Node, Not, Or, Phrase, Word, leaves
from search.domain.ranking import ALIKE
from search.domain.text import fold, label, words
from search.domain.values import TOLERANCE, Kin, Look, Screen, Shade, Size, Span, Text, Value
from search.ports import Check, no_check

_TERMED = frozenset({"tag", "user", "category", "rating", "type", "ai", "has"})
_TIMED = frozenset({"age", "date", "is"})
_SOON_FOUND = _TERMED | _TIMED | {"id", "in", "fav"}
"""Fields whose clauses are not kept: they cost little, or mean something else each moment."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def depends_on_time(node: Node) -> bool:
    """Whether what ``node`` means may change from one moment to the next."""
    if isinstance(node, Clause):
        return node.field in _TIMED
    return any(isinstance(leaf, Clause) and leaf.field in _TIMED for leaf in leaves(node))


def seek(node: Node, segment: Segment, *, now: datetime, check: Check = no_check) -> BitMap:
    """The numbers of the wallpapers that match ``node``. Not to be changed.

    Raises:
        TooSlow: From ``check``, which is called at each part.
    """
    check()
    match node:
        case And(parts):
            return _seek_all(parts, segment, now, check)
        case Or(parts):
            return _union(seek(part, segment, now=now, check=check) for part in parts)
        case Not(part):
            return segment.everything - seek(part, segment, now=now, check=check)
        case Word(text, prefix) | Phrase(text, prefix):
            return _worded(node, words(text), segment, prefix=prefix)
        case Clause(field, _):
            if field in _SOON_FOUND:
                return _clause(node, segment, now)
            return segment.recent.answer(node, lambda: _clause(node, segment, now))


def how_many(node: Node, segment: Segment, *, now: datetime, check: Check = no_check) -> int:
    """How many match ``node``; of a word or a tag, that is known without looking for them.

    Raises:
        TooSlow: From ``check``.
    """
    match node:
        case Word(text, False) | Phrase(text, False) if len(said := words(text)) == 1:
            return segment.terms.count("word", said[0])
        case Clause("tag", (Text(text, False),)):
            return segment.terms.count("tag", label(text))
    return len(seek(node, segment, now=now, check=check))


def _seek_all(parts: tuple[Node, ...], segment: Segment, now: datetime, check: Check) -> BitMap:
    """The fewest first, so that what is in all of them is soon little."""
    wanted = [
        seek(part, segment, now=now, check=check) for part in parts if not isinstance(part, Not)
    ]
    found, *others = sorted(wanted, key=len) or [segment.everything]
    for other in others:
        found = found & other
    for part in parts:
        if isinstance(part, Not) and found:
            found = found - seek(part.part, segment, now=now, check=check)
    return found


def _union(bitmaps: Iterator[BitMap]) -> BitMap:
    first, *others = bitmaps
    return first.union(*others) if others else first


def _worded(node: Leaf, said: tuple[str, ...], segment: Segment, *, prefix: bool) -> BitMap:
    if len(said) == 1 and not prefix:
        return segment.terms.having("word", said[0])
    return segment.recent.answer(node, lambda: _saying(said, segment, prefix=prefix))


def _saying(said: tuple[str, ...], segment: Segment, *, prefix: bool) -> BitMap:
    """Those in which ``said`` stand one after the other; the last may go on."""
    if len(said) == 1:
        return segment.terms.having_any(lasts(said, segment.terms, prefix=prefix))
    found = [np.zeros(0, dtype=np.int64)]
    for whose, _, there in occurrences(said, segment.terms, segment.texts, prefix=prefix):
        found.append(whose[there])
    return of_unsorted(np.concatenate(found), segment.size)


def _clause(clause: Clause, segment: Segment, now: datetime) -> BitMap:
    return _union(_valued(clause.field, value, segment, now) for value in clause.values)


def _valued(field: str, value: Value, segment: Segment, now: datetime) -> BitMap:  # noqa: PLR0911
    match value:
        case Text() if field in _TERMED:
            return _labelled(field, value, segment)
        case Text("new") if field == "is":
            present = _microseconds(now)
            return _created(segment, present - _microseconds(_EPOCH + NEW), 2**62)
        case Text():
            return _SEEKERS[field](value, segment)
        case Screen():
            return of_mask(_fits(value, segment))
        case Shade():
            return segment.colours.covering(
                value.rgb.oklab, least=least_share(value), end=segment.size
            )
        case Span():
            return _within(field, value, segment, now)
        case Look(id_):
            return of_mask(_differing(value, segment) <= ALIKE) - _id(Text(id_), segment)
        case Kin(id_, tags):
            sharing = [segment.terms.having("tag", tag) for tag in tags]
            return BitMap.union(BitMap(), *sharing) - _id(Text(id_), segment)


def _differing(look: Look, segment: Segment) -> Differing:
    return differing(segment.columns["dhash"], segment.columns["phash"], look)


def _is(asked: Text, segment: Segment) -> BitMap:
    return segment.everything if asked.text == "live" else BitMap()


def _nothing(_: Text, _segment: Segment) -> BitMap:
    return BitMap()


def _labelled(field: str, asked: Text, segment: Segment) -> BitMap:
    term = label(asked.text)
    if asked.prefix:
        return segment.terms.having_any(segment.terms.beginning(field, term))
    return segment.terms.having(field, term)


def _license(asked: Text, segment: Segment) -> BitMap:
    wanted, versions = fold(asked.text), versions_of(asked)
    terms = segment.terms
    begin = len("license:")
    return terms.having_any(
        at
        for at in terms.beginning("license", wanted)
        if (name := terms.names[at][begin:]) == wanted or name.startswith(versions)
    )


def _creator(asked: Text, segment: Segment) -> BitMap:
    said = " ".join(words(asked.text))
    terms = segment.terms
    everyone = terms.beginning("creator", "")
    if not said:
        return terms.having_any(everyone)
    sought = f" {said}" if asked.prefix else f" {said} "
    begin = len("creator:")
    return terms.having_any(at for at in everyone if sought in f" {terms.names[at][begin:]} ")


def _source(asked: Text, segment: Segment) -> BitMap:
    terms = segment.terms
    begin = len("source:")
    return terms.having_any(
        at
        for at in terms.beginning("source", "")
        if f".{asked.text}." in f".{terms.names[at][begin:]}."
    )


def _id(asked: Text, segment: Segment) -> BitMap:
    return BitMap(segment.find([label(asked.text)]).values())


def _sha256(asked: Text, segment: Segment) -> BitMap:
    """By its first digits; the others are read from the documents of the few that are left."""
    wanted = label(asked.text)
    column = segment.columns["sha256"]
    begun = wanted[:SHA_KEPT].encode()
    near = np.flatnonzero((column >= begun) & (column <= begun.ljust(SHA_KEPT, b"\xff")))
    hashes = ((number, _hash(segment, number)) for number in near.tolist())
    if asked.prefix:
        return BitMap([number for number, sha256 in hashes if sha256.startswith(wanted)])
    return BitMap([number for number, sha256 in hashes if sha256 == wanted])


def _hash(segment: Segment, number: int) -> str:
    sha256: str = json.loads(segment.document(number))["sha256"]
    return sha256


def _ratio(asked: Text, segment: Segment) -> BitMap:
    ratio = _ratios(segment)
    match asked.text:
        case "landscape":
            return of_mask(ratio > 1 + TOLERANCE)
        case "portrait":
            return of_mask(ratio < 1 - TOLERANCE)
        case "square":
            return of_mask(np.abs(ratio - 1) <= TOLERANCE)
        case "ultrawide":
            return of_mask(ratio >= ULTRAWIDE)
        case _:
            return of_mask(ratio <= PHONE)


def _tone(asked: Text, segment: Segment) -> BitMap:
    low, high = {"dark": (-inf, DARK), "mid": (DARK, LIGHT), "light": (LIGHT, inf)}[asked.text]
    lum = segment.columns["lum"] / MILLION
    return of_mask((round(low * 100, 6) <= lum) & (lum < round(high * 100, 6)))


_SEEKERS = {
    "license": _license,
    "creator": _creator,
    "source": _source,
    "id": _id,
    "sha256": _sha256,
    "ratio": _ratio,
    "tone": _tone,
    "is": _is,
    "in": _nothing,
    "fav": _nothing,
    "similar": _nothing,
    "like": _nothing,
}


def _ratios(segment: Segment) -> NDArray[np.float64]:
    ratios: NDArray[np.float64] = segment.columns["width"] / segment.columns["height"]
    return ratios


def _fits(screen: Screen, segment: Segment) -> NDArray[np.bool_]:
    width, height = segment.columns["width"], segment.columns["height"]
    ratio, shape = _ratios(segment), screen.size.width / screen.size.height
    large = (width >= screen.size.width) & (height >= screen.size.height)
    kept: NDArray[np.bool_] = np.minimum(ratio / shape, shape / ratio) >= float(screen.kept) / 100
    return large & kept


def _within(field: str, span: AnySpan, segment: Segment, now: datetime) -> BitMap:
    match limits(span, now):
        case Size() as least, Size() as most:
            width, height = segment.columns["width"], segment.columns["height"]
            return of_mask(
                (least.width <= width)
                & (width <= most.width)
                & (least.height <= height)
                & (height <= most.height)
            )
        case datetime() as first, datetime() as end:
            return _created(segment, _microseconds(first), _microseconds(end) - 1)
        case float() as least, float() as most if field == "age":
            present = _microseconds(now)
            oldest, newest = floor(_bounded(most)), ceil(_bounded(least))
            return _created(segment, present - oldest, present - newest)
        case float() as least, float() as most:
            measured = _measured(field, segment)
            return of_mask((least <= measured) & (measured <= most))


def _created(segment: Segment, first: int, last: int) -> BitMap:
    """Those of a stretch of time, which are numbered one after the other, the last first."""
    created = segment.columns["created"]
    everyone = range(segment.size)
    begin = bisect_left(everyone, -last, key=lambda number: -created[number].item())
    end = bisect_right(everyone, -first, key=lambda number: -created[number].item())
    return BitMap(range(begin, end))


def _bounded(seconds: float) -> float:
    """In microseconds, and not endless."""
    return min(max(seconds * MILLION, -(2.0**62)), 2.0**62)


def _measured(field: str, segment: Segment) -> Column:
    columns = segment.columns
    match field:
        case "mp":
            return columns["width"].astype(np.int64) * columns["height"] / MILLION
        case "ratio":
            return _ratios(segment)
        case "size":
            return columns["bytes"]
        case "lum" | "sat" | "oled":
            return columns[field] / MILLION
        case _:
            return columns[field]


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
