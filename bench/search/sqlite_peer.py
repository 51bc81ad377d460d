"""SQLite with FTS5, asked the same: tables and indexes as one would make them for this."""

import sqlite3
from collections.abc import Iterable

from bench.search.mix import Asked
from search.domain.matching import LEAST_SHARE, ULTRAWIDE
from search.domain.parser import parse_query
from search.domain.query import And, Clause, Node, Not, Word
from search.domain.text import label, words
from search.domain.values import TOLERANCE, Proportion, Shade, Size, Span, Text, Value
from search.domain.wallpaper import Wallpaper

_SCHEMA = """
CREATE TABLE wallpaper (
    number INTEGER PRIMARY KEY, id TEXT, document TEXT, rating TEXT,
    width INTEGER, height INTEGER, created REAL);
CREATE TABLE tag (tag TEXT, number INTEGER, PRIMARY KEY (tag, number)) WITHOUT ROWID;
CREATE TABLE colour (number INTEGER, l REAL, a REAL, b REAL, share REAL);
CREATE VIRTUAL TABLE texts USING fts5 (said, content = '', tokenize = 'unicode61');
"""
_INDEXES = """
CREATE INDEX newest ON wallpaper (rating, created DESC, id);
CREATE INDEX sized ON wallpaper (rating, width, height);
CREATE INDEX coloured ON colour (l, a, b, number, share);
ANALYZE;
"""


class SqlitePeer:
    """In memory, so that no disk is measured."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.executescript(_SCHEMA)

    def fill(self, wallpapers: Iterable[Wallpaper]) -> None:
        """Take in ``wallpapers``."""
        for number, each in enumerate(wallpapers):
            self._db.execute(
                "INSERT INTO wallpaper VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, each.id, each.document, each.rating, each.width, each.height,
                 each.created.timestamp()),
            )  # fmt: skip
            said = " ".join(word for text in each.texts for word in text)
            self._db.execute("INSERT INTO texts (rowid, said) VALUES (?, ?)", (number, said))
            self._db.executemany("INSERT INTO tag VALUES (?, ?)", ((t, number) for t in each.tags))
            self._db.executemany(
                "INSERT INTO colour VALUES (?, ?, ?, ?, ?)",
                ((number, *colour, share) for colour, share in each.palette),
            )
        self._db.executescript(_INDEXES)

    def can(self, asked: Asked) -> bool:
        """Whether SQL has what it takes: it has no order that depends on a seed."""
        return asked.kind != "random"

    def search(self, asked: Asked, limit: int) -> tuple[int, tuple[str, ...]]:
        """How many match in all, and the ids of a page; reads the records of it too."""
        node = parse_query(asked.text).query.where
        conditions: list[str] = []
        values: list[object] = []
        for part in node.parts if isinstance(node, And) else (node,):
            condition, some = _condition(part)
            conditions.append(condition)
            values += some
        where = " AND ".join(conditions)
        total = self._db.execute(f"SELECT count(*) FROM wallpaper WHERE {where}", values)
        (count,) = total.fetchone()
        later = "AND created < ?" if asked.after else ""
        page = self._db.execute(
            f"SELECT id, document FROM wallpaper WHERE {where} {later} "
            "ORDER BY created DESC, id LIMIT ?",
            [*values, *([-asked.after.key] if asked.after else []), limit],
        )
        return count, tuple(id_ for id_, _ in page.fetchall())


def _condition(node: Node) -> tuple[str, list[object]]:
    match node:
        case Not(part):
            condition, values = _condition(part)
            return f"NOT ({condition})", values
        case Word(text):
            quoted = " ".join(f'"{word}"' for word in words(text))
            return "number IN (SELECT rowid FROM texts WHERE texts MATCH ?)", [quoted]
        case Clause():
            return _clause(node)
    raise ValueError(f"not asked of SQLite: {node}")


def _clause(clause: Clause) -> tuple[str, list[object]]:
    match clause:
        case Clause("tag", (Text(text),)):
            return "number IN (SELECT number FROM tag WHERE tag = ?)", [label(text)]
        case Clause("rating", (Text(text),)):
            return "rating = ?", [text]
        case Clause("res", (Span(Size() as least, None),)):
            return "width >= ? AND height >= ?", [least.width, least.height]
        case Clause("ratio", (Text() | Span(Proportion()) as ratio,)):
            return _shaped(ratio)
        case Clause("color", (Shade(rgb, share),)):
            return _coloured(rgb.oklab, float(LEAST_SHARE if share is None else share) / 100)
    raise ValueError(f"not asked of SQLite: {clause}")


def _shaped(ratio: Value) -> tuple[str, list[object]]:
    match ratio:
        case Text("ultrawide"):
            return "1.0 * width / height >= ?", [ULTRAWIDE]
        case Text("landscape"):
            return "1.0 * width / height > ?", [1 + TOLERANCE]
        case Text("portrait"):
            return "1.0 * width / height < ?", [1 - TOLERANCE]
        case Span(Proportion() as one):
            return "1.0 * width / height BETWEEN ? AND ?", [
                one.value - one.slack,
                one.value + one.slack,
            ]
    raise ValueError(f"not asked of SQLite: {ratio}")


def _coloured(wanted: tuple[float, float, float], least: float) -> tuple[str, list[object]]:
    near = " AND ".join(f"{axis} BETWEEN ? AND ?" for axis in "lab")
    far = " + ".join(f"({axis} - ?) * ({axis} - ?)" for axis in "lab")
    box = [end for axis in wanted for end in (axis - 0.1, axis + 0.1)]
    condition = (
        f"number IN (SELECT number FROM colour WHERE {near} AND {far} <= 0.01 "
        "GROUP BY number HAVING round(sum(share), 6) >= ?)"
    )
    return condition, [*box, *(axis for axis in wanted for _ in range(2)), least]
