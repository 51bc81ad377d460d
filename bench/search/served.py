"""Search over HTTP: gunicorn as production runs it, on an index that is there already, and wrk."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

import psutil
import urllib3
from flask import Flask

from bench.search.mix import Asked
from chassis.identity import Identities
from chassis.seal import Sealer
from search.adapters.columns_folder import ColumnsFolder
from search.adapters.memory_eyes import MemoryEyes
from search.app import create_app
from search.follow import Following, watch
from tests.support.servers import answers, free_port, running, wait_until

_ROOT = Path(__file__).parents[2]
_SECONDS = 10
_CONNECTIONS = 16
_LUA = """
local asked = {PATHS}
local at = 0
request = function()
  at = at % #asked + 1
  return wrk.format("GET", asked[at])
end
delay = function()
  return {DELAY}
end
"""
Measured = tuple[str, float, str]
HALF = "p99 over HTTP at half load"


def app() -> Flask:
    """A worker's application: it searches what lies in ``SEARCH_FOLDER``, and nobody follows."""
    following = Following()
    shared = ColumnsFolder(Path(os.environ["SEARCH_FOLDER"]))
    Thread(target=watch, args=(shared, following), kwargs={"stop": Event()}, daemon=True).start()
    identities = Identities(Sealer(("a secret of the benchmark, long enough",)))
    return create_app(following, identities, MemoryEyes({}))


def measured(folder: Path, asked: list[Asked]) -> Iterator[Measured]:
    """What two workers do with the mix: as much as they can, then half of that."""
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    port = free_port()
    env = {
        **os.environ,
        "SEARCH_FOLDER": str(folder),
        "SEARCH_BIND": f"127.0.0.1:{port}",
        "PYTHONPATH": str(_ROOT),
        "MALLOC_ARENA_MAX": "2",  # as in the image
    }
    command = [gunicorn, "--config", str(_ROOT / "services/search/gunicorn.conf.py"),
               "bench.search.served:app()"]  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "mix.lua"
        _write(script, asked)
        with running(command, log=Path(place) / "log", env=env) as process:
            wait_until(lambda: answers(port), seconds=60, what="search")
            (folder / "current").touch()  # at gunicorn's start it had to catch up again
            wait_until(lambda: _is_ready(port), seconds=60, what="the index")
            _load(port, script, anyhow=True)  # workers that have just begun may be too slow
            family = [*psutil.Process(process.pid).children(recursive=True)]
            before = _cpu(family)
            said = _load(port, script)
            count = int(_found(r"(\d+) requests in", said))
            rate = _rate(said)
            yield "searches over HTTP, two workers", rate, "requests/s"
            yield "CPU of a search over HTTP", (_cpu(family) - before) / count * 1000, "ms CPU"
            yield "p99 over HTTP at full load", _milliseconds(said), "ms"
            shared = sum(each.memory_full_info().uss for each in family) / 1e6
            yield "memory of its own of all processes", shared, "MB"
            _write(script, asked, pause=round(1900 * _CONNECTIONS / rate))  # half as many come
            said = _load(port, script)
            yield "searches over HTTP at half load", _rate(said), "requests/s"
            yield HALF, _milliseconds(said), "ms"


def _write(script: Path, asked: list[Asked], *, pause: int = 0) -> None:
    """What wrk is to ask, each connection with a ``pause`` of milliseconds in between."""
    paths = (f'"/search?{urlencode(_arguments(each))}"' for each in asked if not each.after)
    lua = _LUA if pause else _LUA.partition("delay")[0]
    said = lua.replace("{PATHS}", "{" + ",".join(paths) + "}").replace("{DELAY}", str(pause))
    script.write_text(said)


def _rate(said: str) -> float:
    return float(_found(r"Requests/sec:\s+([\d.]+)", said))


def _is_ready(port: int) -> bool:
    url = f"http://127.0.0.1:{port}/readyz"
    return urllib3.request("GET", url, retries=False, timeout=30).status == 200


def _arguments(asked: Asked) -> dict[str, str]:
    return {"q": asked.text, **({"facets": "1"} if asked.kind == "facets" else {})}


def _load(port: int, script: Path, *, anyhow: bool = False) -> str:
    said = subprocess.run(
        ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "--latency", "-s", str(script),
         f"http://127.0.0.1:{port}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    if ("Non-2xx" in said and not anyhow) or "Socket errors" in said:
        raise SystemExit(f"search failed:\n{said}")
    return said


def _found(pattern: str, text: str) -> str:
    return str(re.findall(pattern, text)[0])


def _milliseconds(said: str) -> float:
    """The 99th percentile of latency that wrk has told."""
    number, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", said)[0]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def _cpu(family: list[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in family)
