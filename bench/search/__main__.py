"""What a search costs: ``python -m bench.search``, by itself and beside others.

Costs are CPU time of one thread, over the same searches, with the same answers.
"""

import argparse
import gc
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from bench.search.corpus import NOW, records
from bench.search.mix import Asked, questions
from bench.search.sqlite_peer import SqlitePeer
from search.adapters.columns_index import ColumnsIndex
from search.adapters.memory_index import MemoryIndex
from search.domain.parser import parse_query
from search.domain.query import Query
from search.domain.sort import Sort
from search.domain.wallpaper import Change, Wallpaper
from search.ports import Index, Page

_RESULTS = Path(__file__).parents[1] / "results" / "search.json"
_LIMIT = 24
_MILLION = 1_000_000
"""The size for which there are goals."""
_BATCH = 2000
_WARM = 200
"""Searches before any is measured: a service has been asked before, too."""

Answer = tuple[int, tuple[str, ...]]
Costs = dict[str, list[float]]


def main() -> None:
    """Fill, ask, compare, print and write down."""
    options = _options()
    asked = list(questions(options.queries))
    rows = []
    if options.checked:
        rows += _against_memory(options.checked, asked)
    if options.peers:
        rows += _against_sqlite(options.peers, asked[: options.peer_queries])
    if options.size:
        rows += _by_itself(options.size, asked)
    for row in rows:
        print(json.dumps(row))
    _write(rows)


def _write(rows: list[dict[str, Any]]) -> None:
    """Keep ``rows`` in the place of what was measured under the same names before."""
    known = json.loads(_RESULTS.read_text()) if _RESULTS.exists() else []
    kept = {(row["name"], row["peer_name"]): row for row in [*known, *rows]}
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(list(kept.values()), indent=1) + "\n")


def _by_itself(size: int, asked: list[Asked]) -> list[dict[str, Any]]:
    def goal(most: float) -> float | None:
        return most if size == _MILLION else None

    process = psutil.Process()
    gc.collect()
    before = _own(process)
    index = ColumnsIndex()
    spent = _fill(index, records(size))
    gc.collect()
    held = (_own(process) - before) / 1e6
    mapped = process.memory_info().shared / 1e6
    costs = _costs(lambda each: _from_index(index, each), asked)
    every = _flat(costs)
    understood = _costs(lambda each: parse_query(each.text), asked)
    parsing = statistics.mean(_flat(understood))
    for kind, some in costs.items():
        print(f"{kind:8} n {len(some):5}  {_told(some)}")
    return [
        _row(f"mix mean at {size}", statistics.mean(every), "ms CPU", goal(0.5)),
        _row(f"mix p50 at {size}", statistics.median(every), "ms CPU"),
        _row(f"mix p99 at {size}", _at(every, 0.99), "ms CPU", goal(5)),
        _row(f"colour p95 at {size}", _at(costs["colour"], 0.95), "ms CPU", goal(10)),
        *(_row(f"{kind} mean at {size}", statistics.mean(some), "ms CPU")
          for kind, some in costs.items()),
        _row("reading a query, mean", parsing, "ms CPU"),
        _row(f"filling with {size} from records", spent, "s CPU", goal(300)),
        _row(f"memory of its own for {size}", held, "MB", goal(450)),
        _row(f"pages of files in memory for {size}", mapped, "MB"),
    ]  # fmt: skip


def _own(process: psutil.Process) -> float:
    """Bytes that it holds, without the pages of files, which can be read again."""
    held = process.memory_info()
    return float(held.rss - held.shared)


def _against_memory(size: int, asked: list[Asked]) -> list[dict[str, Any]]:
    """The twin that is plain: its every answer is the right one."""
    ours, memory = ColumnsIndex(), MemoryIndex()
    _fill(ours, records(size))
    _fill(memory, records(size))
    wrong = sum(_answer(_from_index(ours, each)) != _answer(_from_index(memory, each))
                for each in asked[:1000])  # fmt: skip
    print(f"{min(len(asked), 1000)} answers over {size} beside MemoryIndex: {wrong} differ")
    row = _row(f"answers that differ from MemoryIndex at {size}", wrong, "answers", goal=0)
    return [row, *_compared(f"mix mean at {size}", ours, "MemoryIndex",
                            lambda each: _from_index(memory, each), asked[:500])]  # fmt: skip


def _against_sqlite(size: int, asked: list[Asked]) -> list[dict[str, Any]]:
    ours, sqlite = ColumnsIndex(), SqlitePeer()
    _fill(ours, records(size))
    sqlite.fill(Wallpaper.of(record) for record in records(size))
    asked = [each for each in asked if sqlite.can(each)]
    wrong = sum(_answer(_from_index(ours, each)) != sqlite.search(each, _LIMIT) for each in asked)
    print(f"{len(asked)} answers over {size} beside SQLite: {wrong} differ")
    row = _row(f"answers that differ from SQLite FTS5 at {size}", wrong, "answers", goal=0)
    rows = _compared(f"mix mean without random at {size}", ours, "SQLite FTS5",
                     lambda each: sqlite.search(each, _LIMIT), asked, goal=100)  # fmt: skip
    return [row, *rows]


def _compared(
    name: str,
    ours: Index,
    peer_name: str,
    peer: Callable[[Asked], object],
    asked: list[Asked],
    goal: float | None = None,
) -> list[dict[str, Any]]:
    """Ours and the peer in turns, a hundred searches each."""
    mine: list[float] = []
    theirs: list[float] = []
    for begin in range(0, len(asked), 100):
        some = asked[begin : begin + 100]
        mine += _flat(_costs(lambda each: _from_index(ours, each), some, warm=0))
        theirs += _flat(_costs(peer, some, warm=0))
    cost, other = statistics.mean(mine), statistics.mean(theirs)
    ratio = other / cost
    return [
        {"name": name, "ours": round(cost, 4), "peer": round(other, 4), "peer_name": peer_name,
         "unit": "ms CPU", "ratio": round(ratio, 1), "goal": goal,
         "holds": None if goal is None else ratio >= goal}
    ]  # fmt: skip


def _fill(index: Index, some: Iterator[dict[str, Any]]) -> float:
    """Seconds of CPU that it takes to fill ``index``, without making the records."""
    spent = 0.0
    while batch := list(islice(some, _BATCH)):
        begun = time.process_time()
        index.apply(map(Change.of, batch), position="1")
        spent += time.process_time() - begun
    if isinstance(index, ColumnsIndex):
        begun = time.process_time()
        index.settle()
        spent += time.process_time() - begun
    return spent


def _costs(ask: Callable[[Asked], object], asked: list[Asked], *, warm: int = _WARM) -> Costs:
    costs: Costs = defaultdict(list)
    for each in asked[:warm]:
        ask(each)
    for each in asked:
        begun = time.thread_time()
        ask(each)
        costs[each.kind].append((time.thread_time() - begun) * 1000)
    return costs


def _flat(costs: Costs) -> list[float]:
    return [cost for some in costs.values() for cost in some]


def _from_index(index: Index, asked: Asked) -> Page:
    return index.search(_query(asked.text), limit=_LIMIT, after=asked.after, now=NOW)


_UNDERSTOOD: dict[str, Query] = {}


def _query(text: str) -> Query:
    if text not in _UNDERSTOOD:
        query = parse_query(text).query
        _UNDERSTOOD[text] = query.sorted_by(query.sort or Sort())
    return _UNDERSTOOD[text]


def _answer(page: Page) -> Answer:
    return page.total, tuple(json.loads(document)["id"] for document in page.documents)


def _at(costs: list[float], part: float) -> float:
    return sorted(costs)[int(len(costs) * part)]


def _told(costs: list[float]) -> str:
    mean, middle, most = statistics.mean(costs), statistics.median(costs), _at(costs, 0.99)
    return f"mean {mean:7.3f}  p50 {middle:7.3f}  p99 {most:7.3f} ms CPU"


def _row(name: str, ours: float, unit: str, goal: float | None = None) -> dict[str, Any]:
    return {
        "name": name, "ours": round(ours, 4), "peer": None, "peer_name": None, "unit": unit,
        "ratio": None, "goal": goal, "holds": None if goal is None else ours <= goal,
    }  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--size", type=int, default=_MILLION, help="measured alone; 0 for not")
    parser.add_argument("--checked", type=int, default=20_000, help="beside MemoryIndex; 0 for not")
    parser.add_argument("--peers", type=int, default=100_000, help="beside SQLite; 0 for not")
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--peer-queries", type=int, default=300)
    return parser.parse_args()


if __name__ == "__main__":
    main()
