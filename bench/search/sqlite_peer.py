"""SQLite with FTS5, asked the same: tables and indexes as one would make them for this."""

import sqlite3
import time
from collections.abc import Iterable
from math import isinf

from bench.search.wanted import FACETS, Wanted, classes, said
from search.domain.wallpaper import Wallpaper

_SCHEMA = """
CREATE TABLE wallpaper (
    number INTEGER PRIMARY KEY, id TEXT, document TEXT, width INTEGER, height INTEGER, ratio REAL,
    created INTEGER, category TEXT, rating TEXT, type TEXT, ai TEXT, license TEXT);
CREATE TABLE tag (tag TEXT, number INTEGER, PRIMARY KEY (tag, number)) WITHOUT ROWID;
CREATE VIRTUAL TABLE texts USING fts5 (said, content = '', tokenize = 'unicode61');
"""
_INDEXES = """
CREATE INDEX newest ON wallpaper (rating, created DESC, id);
CREATE INDEX sized ON wallpaper (rating, width, height);
ANALYZE;
"""


class SqlitePeer:
    """In memory, so that no disk is measured."""

    name = f"SQLite FTS5 {sqlite3.sqlite_version}"

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.executescript(_SCHEMA)
        self._count = 0

    def fill(self, wallpapers: Iterable[Wallpaper]) -> None:
        """Take in ``wallpapers``."""
        for each in wallpapers:
            number = self._count = self._count + 1
            created = round(each.created.timestamp() * 1e6)
            self._db.execute(
                "INSERT INTO wallpaper VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, each.id, each.document, each.width, each.height, each.ratio, created,
                 *(value for _, value in classes(each))),
            )  # fmt: skip
            self._db.execute("INSERT INTO texts (rowid, said) VALUES (?, ?)", (number, said(each)))
            self._db.executemany("INSERT INTO tag VALUES (?, ?)", ((t, number) for t in each.tags))

    def finish(self) -> None:
        """Get ready to be searched."""
        self._db.executescript(_INDEXES)

    def search(
        self, asked: Wanted, limit: int
    ) -> tuple[float, int, tuple[str, ...], dict[str, int]]:
        """Milliseconds of CPU, how many match, the ids of a page, and the counts of facets."""
        begun = time.thread_time()
        where, values = _where(asked)
        (total,) = self._db.execute(
            f"SELECT count(*) FROM wallpaper WHERE {where}", values
        ).fetchone()
        later, end = ("AND created <= ?", [asked.before]) if asked.before else ("", [])
        page = self._db.execute(
            f"SELECT id, document FROM wallpaper WHERE {where} {later} "
            "ORDER BY created DESC, id LIMIT ?",
            [*values, *end, limit],
        ).fetchall()
        facets: dict[str, int] = {}
        for name in FACETS if asked.facets else ():
            counts = f"SELECT {name}, count(*) FROM wallpaper WHERE {where} GROUP BY 1"
            facets |= {
                f"{name}:{value}": count for value, count in self._db.execute(counts, values)
            }
        spent = (time.thread_time() - begun) * 1000
        return spent, total, tuple(id_ for id_, _ in page), facets

    def close(self) -> None:
        """Forget everything."""
        self._db.close()


def _where(asked: Wanted) -> tuple[str, list[object]]:
    """The condition and its values; words are only found, not ranked, which costs it less."""
    conditions, values = ["rating = ?"], ["safe"]  # type: tuple[list[str], list[object]]
    if asked.words:
        conditions.append("number IN (SELECT rowid FROM texts WHERE texts MATCH ?)")
        values.append(" ".join(f'"{word}"' for word in asked.words))
    for tag in asked.tags:
        conditions.append("number IN (SELECT number FROM tag WHERE tag = ?)")
        values.append(tag)
    for tag in asked.without:
        conditions.append("number NOT IN (SELECT number FROM tag WHERE tag = ?)")
        values.append(tag)
    if asked.least:
        conditions.append("width >= ? AND height >= ?")
        values += [asked.least.width, asked.least.height]
    if asked.ratio:
        least, most = asked.ratio
        conditions.append("ratio >= ?" if isinf(most) else "ratio BETWEEN ? AND ?")
        values += [least] if isinf(most) else [least, most]
    return " AND ".join(conditions), values
