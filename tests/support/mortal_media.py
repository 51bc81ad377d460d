"""Media in a process that dies when it is told to: ``python -m tests.support.mortal_media``.

A supervisor imports everything once and forks servers onto one listening socket, so that the next
one answers some milliseconds after the last was killed. It is told what to do on its standard
input, a JSON object a line, and answers each with one:

``{"fork": {"at": 3, "side": "after", "signal": 9}}``
    Kill the server and fork another, which sends itself signal 9 right after its third call to AWS
    (or ``"before"`` it goes out); with ``"at": 0`` it does not.
    With a ``"call"`` only those of that name are counted: ``"dynamodb.TransactWriteItems"``.
``{"beside": {...}}``
    Fork another server without killing the first: as a second task.
``{"continue": true}``
    Wake servers that have stopped themselves.

A server that dies by itself is followed by another. Answers say how many have ``died`` and which
calls the newest has made (``calls``).
"""

import json
import os
import select
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import boto3
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from chassis.seal import Sealer
from media.adapters import dynamodb_catalogue
from media.adapters.vips_pictures import VipsPictures
from media.app import create_app
from media.domain.claim import Claim
from media.domain.wallpaper import Original, Wallpaper
from media.settings import Settings
from media.wiring import Stores, open_stores

LEASE = timedelta(seconds=1)
"""Of an idempotency key: who retries after a kill need not wait two minutes for it."""

ORDERS = ("right", "record first", "answer first")
"""In which an upload is kept; the last two are wrong, and the harness must notice."""


class RecordFirst:
    """Originals and a catalogue that keep the record before the bytes."""

    def __init__(self, stores: Stores) -> None:
        self._catalogue, self._originals = stores.catalogue, stores.originals
        self._held: dict[str, tuple[Original, IO[bytes]]] = {}

    def __getattr__(self, name: str) -> Any:
        owner = self._catalogue if hasattr(self._catalogue, name) else self._originals
        return getattr(owner, name)

    def put(self, original: Original, file: IO[bytes]) -> bool:
        self._held[original.sha256] = (original, file)
        return True

    def publish(self, wallpaper: Wallpaper, claim: Claim | None = None, **among: Any) -> None:
        self._catalogue.publish(wallpaper, claim, **among)
        self._originals.put(*self._held.pop(wallpaper.original.sha256))


class AnswerFirst:
    """A catalogue that lets the answer go out before the record is kept."""

    def __init__(self, stores: Stores) -> None:
        self._catalogue = stores.catalogue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalogue, name)

    def publish(self, wallpaper: Wallpaper, claim: Claim | None = None, **among: Any) -> None:
        threading.Timer(0.2, self._catalogue.publish, (wallpaper, claim), among).start()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


class Fate:
    """Counts a process's calls to AWS, writes their names down, and ends it at one of them."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace
        self._calls = Counter[str]()
        self._told: dict[str, Any] = {"at": 0}

    def begin(self, told: dict[str, Any]) -> None:
        """A new process, which has made no calls, does what it is ``told``."""
        self._calls, self._told = Counter(), told

    def before(self, event_name: str, **_: Any) -> None:
        """A call is about to go out."""
        name = event_name.removeprefix("before-send.")
        self._calls.update((name, ""))
        with self._trace.open("a") as trace:
            trace.write(f"{name}\n")
        self._meet("before", name)

    def after(self, event_name: str, **_: Any) -> None:
        """A call was answered, and nobody has been told of the answer yet."""
        self._meet("after", event_name.removeprefix("after-call."))

    def calls(self) -> list[str]:
        """The names of the calls that the newest process has made."""
        return self._trace.read_text().split()

    def forget(self) -> None:
        """Write down the calls of another process from now on."""
        self._trace.write_text("")

    def _meet(self, side: str, name: str) -> None:
        told, meant = self._told, self._told.get("call", "")
        if not told["at"] or side != told["side"] or meant not in {"", name}:
            return
        # More may be under way at once: then it is one of those around that number.
        if self._calls[meant] >= told["at"]:
            os.kill(os.getpid(), told["signal"])


class Server:
    """The media application on one listening socket, in as many processes as are forked."""

    def __init__(self, make: Callable[[], Flask], listening: socket.socket, fate: Fate) -> None:
        self._make = make
        self._listening = listening
        self.fate = fate

    def fork(self, told: dict[str, Any]) -> int:
        """The process id of a server that ends as it is ``told``."""
        self.fate.forget()
        if pid := os.fork():
            return pid
        self.fate.begin(told)
        make_server(
            "127.0.0.1",
            0,
            self._make(),
            threaded=True,
            fd=self._listening.fileno(),
            request_handler=_Quiet,
        ).serve_forever()
        os._exit(0)


def _supervise(server: Server) -> None:
    running = [server.fork({"at": 0})]
    died = 0
    for line in _lines():
        for pid in tuple(running):
            if os.waitpid(pid, os.WNOHANG)[0]:
                running.remove(pid)
                died += 1
        if not running:
            running.append(server.fork({"at": 0}))
        if line is None:
            continue
        died += _obey(json.loads(line), running, server)
        print(json.dumps({"died": died, "calls": server.fate.calls()}), flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _obey(told: dict[str, Any], running: list[int], server: Server) -> int:
    """Do what we are told; how many servers that cost."""
    if "beside" in told:
        running.append(server.fork(told["beside"]))
    if "continue" in told:
        for pid in running:
            os.kill(pid, signal.SIGCONT)
    if "fork" not in told:
        return 0
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    killed = len(running)
    running[:] = [server.fork(told["fork"])]
    return killed


def _lines() -> Iterator[str | None]:
    """Each line of standard input, and ``None`` each time a moment passed without one."""
    while True:
        if not select.select([sys.stdin], [], [], 0.01)[0]:
            yield None
        elif line := sys.stdin.readline():
            yield line
        else:
            return


def main() -> None:
    order, trace = sys.argv[1], Path(sys.argv[2])
    vars(dynamodb_catalogue)["LEASE"] = LEASE
    fate = Fate(trace)
    boto3.setup_default_session()
    events = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]  # it was set up just now
    events.register("before-send", fate.before)
    events.register("after-call", fate.after)
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    settings = Settings.from_env(os.environ)
    stores = open_stores(settings)
    catalogue: Any = stores.catalogue
    originals: Any = stores.originals
    if order == "record first":
        catalogue = originals = RecordFirst(stores)
    if order == "answer first":
        catalogue = AnswerFirst(stores)

    def make() -> Flask:  # after the fork: libvips has threads of its own
        return create_app(
            catalogue,
            originals,
            stores.renditions,
            stores.parcels,
            VipsPictures(),
            Sealer(settings.internal_secrets),
            stores.tally,
            stores.leases,
        )

    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    _supervise(Server(make, listening, fate))


if __name__ == "__main__":
    main()
