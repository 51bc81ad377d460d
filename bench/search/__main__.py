"""What a search costs: ``python -m bench.search``, by itself and beside other engines.

Costs are CPU time, over the same searches in turns of a hundred, with answers compared. Ours are
from the text that a visitor typed to the records of a page: understanding, finding, putting in
order, counting facets where they are asked for.
"""

import argparse
import gc
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import psutil

from bench.search import served
from bench.search.corpus import NOW, an_id, records, tag, word
from bench.search.lucene_peer import LucenePeer, find_jars
from bench.search.mix import Asked, questions
from bench.search.plot import plot
from bench.search.sqlite_peer import SqlitePeer
from bench.search.wanted import FACETS, Wanted, wanted
from search.adapters.columns_folder import ColumnsFolder
from search.adapters.columns_index import ColumnsIndex
from search.adapters.memory_index import MemoryIndex
from search.count import count_facets
from search.domain.cursor import Cursor
from search.domain.wallpaper import Change, Wallpaper
from search.find import find_wallpapers
from search.ports import Index
from search.resolve import Audience, Question, resolve
from search.suggest import suggest

try:
    from bench.search.tantivy_peer import TantivyPeer
except ImportError:
    TantivyPeer = None  # type: ignore[assignment, misc]

_RESULTS = Path(__file__).parents[1] / "results" / "search.json"
_LIMIT = 24
_MILLION = 1_000_000
"""The size for which there are goals."""
_BATCH = 8192
"""So many changes are taken in at once, as by the follower when it has much to read."""
_COLLECT_AFTER = 1_000_000
"""New objects, after which cycles are looked for: as the follower has it."""
_TURN = 100
_WARM = 300
"""Searches before any is measured: a service has been asked before, too."""

Answer = tuple[int, tuple[str, ...], dict[str, int]]
Row = dict[str, Any]
Costs = dict[str, list[float]]


class Peer(Protocol):
    """Another engine, which can be asked the same."""

    name: str

    def fill(self, wallpapers: Iterable[Wallpaper]) -> None: ...
    def finish(self) -> None: ...
    def search(
        self, asked: Wanted, limit: int
    ) -> tuple[float, int, tuple[str, ...], dict[str, int]]: ...
    def close(self) -> None: ...


def main() -> None:
    """Fill, ask, compare, print and write down."""
    options = _options()
    rows: list[Row] = []
    asked = list(questions(options.queries))
    if options.checked:
        rows += _against_memory(options.checked, asked)
    for size in options.sizes:
        with TemporaryDirectory(prefix="bench-search-") as folder:
            rows += _at(size, asked, options, ColumnsFolder(Path(folder)), Path(folder))
        _write(rows)
    for row in rows:
        print(_told(row))
    plot(json.loads(_RESULTS.read_text()), _RESULTS.with_suffix(".svg"))


def _at(
    size: int, asked: list[Asked], options: argparse.Namespace, shared: ColumnsFolder, folder: Path
) -> list[Row]:
    """Everything that is measured with ``size`` wallpapers."""
    peers = _peers(options, size)
    process = psutil.Process()
    gc.collect()
    before = _own(process)
    index = shared.empty()
    spent = _fill(index, peers, records(size))
    begun = time.process_time()
    shared.publish(index, current=True)  # which begins to make one segment of all
    index.settle()
    united = time.process_time() - begun
    shared.publish(index, current=True)
    gc.collect()
    rows = [
        _row(f"filling with {size} from records", spent, "s CPU", _if_million(size, 300)),
        _row(f"making one segment of {size} after that", united, "s CPU"),
        _row(f"size of the index's files at {size}", _bytes(folder) / 1e6, "MB"),
        *_compared(size, index, peers, asked[: options.peer_queries]),
    ]
    for peer in peers:
        peer.close()
    rows += _by_itself(size, index, asked)
    rows.append(_row(f"memory of one process at {size}", (_own(process) - before) / 1e6, "MB"))
    if options.http:
        rows += [
            _row(
                f"{name} at {size}",
                value,
                unit,
                _if_million(size, 25) if name == served.HALF else None,
            )
            for name, value, unit in served.measured(folder, asked)
        ]
    return rows


def _peers(options: argparse.Namespace, size: int) -> list[Peer]:
    peers: list[Peer] = []
    if size > options.peers:
        return peers
    if TantivyPeer is None:
        print("tantivy is not measured: `pip install tantivy`")
    else:
        peers.append(TantivyPeer())
    if jars := find_jars():
        peers.append(LucenePeer(jars))
    else:
        print("Lucene is not measured: it takes Debian's liblucene9-java and a JDK")
    if size <= options.sqlite:
        peers.append(SqlitePeer())
    return peers


def _fill(index: ColumnsIndex, peers: list[Peer], some: Iterator[dict[str, Any]]) -> float:
    """Seconds of CPU that it takes to fill ``index``, without making the records."""
    spent = 0.0
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER)
    while batch := list(islice(some, _BATCH)):
        begun = time.process_time()
        changes = list(map(Change.of, batch))
        index.apply(changes, position="1")
        spent += time.process_time() - begun
        for peer in peers:
            peer.fill(change.wallpaper for change in changes if change.wallpaper)
    begun = time.process_time()
    index.settle()
    spent += time.process_time() - begun
    gc.set_threshold(*usual)
    for peer in peers:
        peer.finish()
    return spent


def _compared(size: int, index: Index, peers: list[Peer], asked: list[Asked]) -> list[Row]:
    """Ours and the peers in turns of a hundred, over what all of them can do."""
    common = [
        (each, plain)
        for each in asked
        if (plain := wanted(each)) and not _question(index, each).warnings  # no word respelled
    ]
    cursors = _cursors(index, asked)
    mine: Costs = defaultdict(list)
    theirs: dict[str, Costs] = {peer.name: defaultdict(list) for peer in peers}
    differ = dict.fromkeys(theirs, 0)
    for each, plain in common[:_WARM] if peers else ():
        _answer(index, each, cursors)
        for peer in peers:
            peer.search(plain, _LIMIT)
    for begin in range(0, len(common) if peers else 0, _TURN):
        turn = common[begin : begin + _TURN]
        answers = []
        for each, _ in turn:
            begun = time.thread_time()
            answers.append(_answer(index, each, cursors))
            mine[each.kind].append((time.thread_time() - begun) * 1000)
        for peer in peers:
            for (each, plain), answer in zip(turn, answers, strict=True):
                spent, *told = peer.search(plain, _LIMIT)
                theirs[peer.name][each.kind].append(spent)
                differ[peer.name] += not _same(answer, tuple(told), ranked=bool(plain.words))
    return [row for peer in peers for row in _beside(size, peer, mine, theirs, differ)]


def _beside(
    size: int, peer: Peer, mine: Costs, theirs: dict[str, Costs], differ: dict[str, int]
) -> Iterator[Row]:
    goal = _if_million(size, 100 if isinstance(peer, SqlitePeer) else 15)
    for kind, costs in {"mix": _flat(mine), **mine}.items():
        other = theirs[peer.name]
        peers = _flat(other) if kind == "mix" else other[kind]
        yield _row(
            f"{kind} mean at {size}, what others can do",
            statistics.mean(costs),
            "ms CPU",
            goal if kind == "mix" else None,
            peer=(peer.name, statistics.mean(peers)),
        )
    yield _row(f"answers that differ from {peer.name} at {size}", differ[peer.name], "answers", 0)


def _same(ours: Answer, theirs: Any, *, ranked: bool) -> bool:
    """Whether totals, facets and pages are equal; ranks are each engine's own."""
    total, page, facets = theirs
    counts = {name: count for name, count in facets.items() if count}
    return ours[0] == total and ours[2] == counts and (ranked or ours[1] == page)


def _by_itself(size: int, index: ColumnsIndex, asked: list[Asked]) -> list[Row]:
    def goal(most: float) -> float | None:
        return _if_million(size, most)

    cursors = _cursors(index, asked)
    costs = _costs(index, asked, cursors)
    every = _flat(costs)
    alike = [Asked("similar", f"similar:{an_id(n * 37 % size)}") for n in range(200)]
    similar = _costs(index, alike, {})["similar"]
    return [
        _row(f"mix mean at {size}", statistics.mean(every), "ms CPU", goal(0.5)),
        _row(f"mix p50 at {size}", statistics.median(every), "ms CPU"),
        _row(f"mix p99 at {size}", _part(every, 0.99), "ms CPU", goal(5)),
        _row(f"facets p99 at {size}", _part(costs["facets"], 0.99), "ms CPU", goal(5)),
        _row(f"colour p95 at {size}", _part(costs["colour"], 0.95), "ms CPU", goal(10)),
        _row(f"similar p95 at {size}", _part(similar, 0.95), "ms CPU", goal(15)),
        _row(f"suggest p99 at {size}", _part(_suggested(index), 0.99), "ms CPU", goal(1)),
        *(
            _row(f"{kind} mean at {size}", statistics.mean(some), "ms CPU")
            for kind, some in costs.items()
        ),
    ]


def _costs(index: Index, asked: list[Asked], cursors: dict[str, Cursor]) -> Costs:
    costs: Costs = defaultdict(list)
    for each in asked[:_WARM]:
        _answer(index, each, cursors)
    for each in asked:
        begun = time.thread_time()
        _answer(index, each, cursors)
        costs[each.kind].append((time.thread_time() - begun) * 1000)
    return costs


def _suggested(index: Index) -> list[float]:
    costs = []
    for number in range(600):
        text = (word if number % 2 else tag)(number * 31 % 3000)[: number % 4 + 1]
        begun = time.thread_time()
        suggest(text, index, audience=Audience.ANYONE, limit=8, now=NOW)
        costs.append((time.thread_time() - begun) * 1000)
    return costs[_TURN:]


def _answer(index: Index, asked: Asked, cursors: dict[str, Cursor]) -> Answer:
    """A page of ours, from the text that was typed."""
    after = cursors.get(str(asked.after))
    question = _question(index, asked, after)
    found = find_wallpapers(question, index, limit=_LIMIT, after=after)
    facets = {}
    if asked.kind == "facets":
        counted = count_facets(question, index)
        facets = {
            f"{name}:{choice.value}": choice.count
            for name in FACETS
            for choice in counted[name]
            if choice.count
        }
    return found.page.total, tuple(_id(each) for each in found.page.documents), facets


def _question(index: Index, asked: Asked, after: Cursor | None = None) -> Question:
    return resolve(asked.text, index, audience=Audience.ANYONE, now=NOW, after=after)


def _id(document: str) -> str:
    begin = document.index('"id":"') + 6
    return document[begin : document.index('"', begin)]


def _cursors(index: Index, asked: list[Asked]) -> dict[str, Cursor]:
    """Where deep pages begin, as visitors have it from the page before."""
    began = round(NOW.timestamp() * 1000)
    keys = {each.text: _question(index, each).key for each in asked if each.after}
    return {
        str(each.after): Cursor(keys[each.text], each.after, None, began)
        for each in asked
        if each.after
    }


def _against_memory(size: int, asked: list[Asked]) -> list[Row]:
    """The twin that is plain: its every answer is the right one."""
    ours, memory = ColumnsIndex(), MemoryIndex()
    for index in (ours, memory):
        some = records(size)
        while batch := list(islice(some, _BATCH)):
            index.apply(map(Change.of, batch), position="1")
    ours.settle()
    cursors = _cursors(ours, asked)
    wrong = sum(
        _answer(ours, each, cursors) != _answer(memory, each, cursors) for each in asked[:1000]
    )
    return [_row(f"answers that differ from MemoryIndex at {size}", wrong, "answers", 0)]


def _write(rows: list[Row]) -> None:
    """Keep ``rows`` in the place of what was measured under the same names before."""
    known = json.loads(_RESULTS.read_text()) if _RESULTS.exists() else []
    kept = {(row["name"], row["peer_name"]): row for row in [*known, *rows]}
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(list(kept.values()), indent=1) + "\n")


def _flat(costs: Costs) -> list[float]:
    return [cost for some in costs.values() for cost in some]


def _part(costs: list[float], part: float) -> float:
    return sorted(costs)[int(len(costs) * part)]


def _own(process: psutil.Process) -> float:
    """Bytes that it holds, without the pages of files, which processes share."""
    held = process.memory_info()
    return float(held.rss - held.shared)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _if_million(size: int, goal: float) -> float | None:
    return goal if size == _MILLION else None


def _row(
    name: str,
    ours: float,
    unit: str,
    goal: float | None = None,
    *,
    peer: tuple[str, float] | None = None,
) -> Row:
    """One thing measured; a goal is for the ratio to the peer, if there is one, else the most."""
    ratio = round(peer[1] / ours, 1) if peer else None
    return {
        "name": name,
        "ours": round(ours, 4),
        "peer": round(peer[1], 4) if peer else None,
        "peer_name": peer[0] if peer else None,
        "unit": unit,
        "ratio": ratio,
        "goal": goal,
        "holds": None if goal is None else (ours <= goal if ratio is None else ratio >= goal),
    }


def _told(row: Row) -> str:
    peer = f"{row['peer_name']} {row['peer']:.3f}, {row['ratio']}x" if row["peer_name"] else ""
    goal = "" if row["goal"] is None else f"goal {row['goal']}: {'holds' if row['holds'] else 'NO'}"
    return f"{row['name']:58} {row['ours']:10.3f} {row['unit']:8} {peer:32} {goal}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    sizes = [100_000, 300_000, _MILLION]
    parser.add_argument("--sizes", type=int, nargs="*", default=sizes, help="up to 10 million")
    parser.add_argument("--checked", type=int, default=20_000, help="beside MemoryIndex; 0 for not")
    parser.add_argument("--peers", type=int, default=_MILLION, help="beside others up to this size")
    parser.add_argument("--sqlite", type=int, default=100_000, help="beside SQLite up to this size")
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--peer-queries", type=int, default=800)
    parser.add_argument("--http", action="store_true", help="also through gunicorn, with wrk")
    return parser.parse_args()


if __name__ == "__main__":
    main()
