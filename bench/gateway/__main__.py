"""How many answers a second the gateway forwards, beside others: ``python -m bench.gateway``.

Every contender gets two workers on this machine's cores, which also carry the upstream and wrk.
They run in turns of a few seconds; ratios are of the medians.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import psutil

from bench.comparison import Row, save
from tests.support.servers import answers, free_port, running, wait_until

_ROOT = Path(__file__).parents[2]
_RESULTS = _ROOT / "bench" / "results" / "gateway.json"
_OURS = "gateway"
_PLAIN = "Flask, a constant"
_REQUESTS = "Flask with requests, threads"
_NGINX = "nginx"
_ALONE = "the upstream alone"
_GOALS = {_PLAIN: 0.9, _REQUESTS: 4}
_NGINX_CONF = """
daemon off; worker_processes 2; pid FOLDER/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  upstream behind { server 127.0.0.1:BEHIND; keepalive 64; }
  server {
    listen 127.0.0.1:PORT;
    location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What visitors ask for.

    Attributes:
        name: In the table.
        path: Of the gateway, and of what stands in its place.
        behind: What the gateway asks the upstream for then; nginx is asked for no more than that.
    """

    name: str
    path: str
    behind: str


_FORWARDING = Load("forwarding 10 kB of JSON", "/api/v1/search?q=forest", "/search?q=forest")
_LOADS = (
    _FORWARDING,
    Load("a warm page of results", "/search?q=forest", "/search?q=forest&limit=24"),
    Load("a rendition of 60 kB", "/i/pine2345/w640.webp", "/i/pine2345/w640.webp"),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender did in one turn."""

    rate: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that answers on a port."""

    name: str
    port: int
    process: psutil.Process

    def takes(self, load: Load) -> bool:
        """Whether it knows what to do: the plainest know one thing."""
        return load is _FORWARDING or self.name in {_OURS, _NGINX, _ALONE}

    def turn(self, load: Load, seconds: int, connections: int) -> Turn:
        """Load it for some seconds."""
        path = load.behind if self.name in {_NGINX, _ALONE} else load.path
        before = self._cpu()
        command = ["nice", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        said = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}{path}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise SystemExit(f"{self.name} failed:\n{said}")
        count = int(_found(r"(\d+) requests in", said))
        return Turn(
            rate=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
            cpu_ms=(self._cpu() - before) / count * 1000,
        )

    def _cpu(self) -> float:
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in family)


def _found(pattern: str, text: str) -> str:
    return str(re.findall(pattern, text)[0])


@contextmanager
def _started(name: str, command: list[str], folder: Path, **env: str) -> Iterator[Contender]:
    port = free_port()
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    where = {"GATEWAY_BIND": f"127.0.0.1:{port}", "PORT": str(port), "PYTHONPATH": path}
    placed = [part.replace("PORT", str(port)) for part in command]
    log = folder / f"{port}.log"
    with running(placed, log=log, env={**env, **where}) as process:
        wait_until(lambda: answers(port), seconds=20, what=name)
        yield Contender(name, port, psutil.Process(process.pid))


def _commands(behind: int, folder: Path) -> dict[str, list[str]]:
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    gevent = [gunicorn, "--config", str(_ROOT / "services/gateway/gunicorn.conf.py")]
    keep = ["--keep-alive", "75", "--bind", "127.0.0.1:PORT"]
    threads = [gunicorn, "-k", "gthread", "-w", "2", "--threads", "8", *keep]
    commands = {
        _PLAIN: [gunicorn, "-k", "gevent", "-w", "2", *keep, "bench.gateway.peers:constant()"],
        _OURS: [*gevent, "bench.gateway.peers:gateway()"],
        "the same, all through Flask": [*gevent, "bench.gateway.peers:without_shortcuts()"],
        "the same, all through Flask and urllib3": [*gevent, "bench.gateway.peers:with_urllib3()"],
    }
    if find_spec("requests"):
        commands[_REQUESTS] = [*threads, "bench.gateway.peers:with_requests()"]
    if nginx := which("nginx"):
        text = _NGINX_CONF.replace("BEHIND", str(behind)).replace("FOLDER", str(folder))
        write = f"cat > {folder}/nginx.conf <<'END'\n{text}END\n"
        commands[_NGINX] = ["sh", "-c", f"{write}exec {nginx} -c {folder}/nginx.conf"]
    return commands


@contextmanager
def _contenders(folder: Path) -> Iterator[list[Contender]]:
    with ExitStack() as stack:
        upstream = [sys.executable, "-m", "bench.gateway.upstream"]
        behind = stack.enter_context(_started(_ALONE, upstream, folder))
        env = {"GATEWAY_SEARCH_URL": f"http://127.0.0.1:{behind.port}"}
        yield [
            behind,
            *(
                stack.enter_context(_started(name, command, folder, **env))
                for name, command in _commands(behind.port, folder).items()
            ),
        ]


def _rows(load: Load, turns: dict[str, list[Turn]]) -> list[Row]:
    """Ours against each of the others, by the medians; ratios are medians of each round's own."""
    ours = turns[_OURS]
    return [
        row
        for name, peer in turns.items()
        if name != _OURS
        for row in (
            _row(load.name, "requests/s", name, _rates(ours), _rates(peer)),
            _row(f"{load.name}, CPU", "ms CPU", name, _cpus(ours), _cpus(peer)),
        )
    ]


def _rates(turns: list[Turn]) -> list[float]:
    return [turn.rate for turn in turns]


def _cpus(turns: list[Turn]) -> list[float]:
    return [turn.cpu_ms for turn in turns]


def _row(what: str, unit: str, name: str, ours: list[float], peer: list[float]) -> Row:
    more_is_better = unit == "requests/s"
    ratio = statistics.median(
        mine / theirs if more_is_better else theirs / mine
        for mine, theirs in zip(ours, peer, strict=True)
    )
    goal = _GOALS.get(name) if more_is_better else None
    return Row(
        name=what,
        ours=round(statistics.median(ours), 4),
        peer=round(statistics.median(peer), 4),
        peer_name=name,
        unit=unit,
        ratio=round(ratio, 2),
        goal=goal,
        holds=None if goal is None else ratio >= goal,
    )


def main() -> None:
    """Run all turns, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="of each turn")
    parser.add_argument("--connections", type=int, default=32)
    told = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, _contenders(Path(folder)) as contenders:
        for load in _LOADS:
            turns: dict[str, list[Turn]] = {}
            for number in range(told.rounds + 1):
                for contender in (each for each in contenders if each.takes(load)):
                    turn = contender.turn(load, told.seconds, told.connections)
                    if number:  # the first warms up
                        turns.setdefault(contender.name, []).append(turn)
            for row in _rows(load, turns):
                sys.stdout.write(f"{row}\n")
                rows.append(row)
    save(_RESULTS, rows)


if __name__ == "__main__":
    main()
