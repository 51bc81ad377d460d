"""Several processes in one terminal, through honcho: started, shown and stopped together."""

import json
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
from honcho import manager
from honcho.printer import Message, Printer

# Stopping takes a moment: the emulator writes its tables then, and media finishes an upload.
manager.KILL_WAIT = 20


class ReadablePrinter(Printer):  # type: ignore[misc]  # honcho has no types
    """Shows what a person wants to see, and keeps every line in a file for each process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(sys.stdout)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def write(self, message: Message) -> None:
        """Keep ``message``; show it if it is one for a person."""
        data = message.data
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        with (self._folder / f"{message.name}.log").open("a") as file:
            file.write(text if text.endswith("\n") else f"{text}\n")
        shown = readable(message.name, text.rstrip())
        if shown:
            super().write(message._replace(data=shown))


def readable(name: str, line: str) -> str | None:
    """What a person wants to see of a line that ``name`` wrote; ``None`` for nothing."""
    if name == "system":
        return _of_the_run(line)
    try:
        entry: dict[str, Any] = json.loads(line)
        level, event = entry["level"], entry["event"]
    except (ValueError, KeyError, TypeError):
        return line if name not in _STORES else None
    if event == "answered":
        return _request(entry) if name == "gateway" and not _is_picture(entry) else None
    if level == "info" and entry["logger"].startswith("gunicorn"):
        return None
    error = f"\n{entry['error']}" if "error" in entry else ""
    return f"{'' if level == 'info' else level + ': '}{event}{error}"


_STORES = frozenset({"emulator", "redis"})


def _of_the_run(line: str) -> str | None:
    if "started" in line or "sending" in line:
        return None
    if "stopped (rc=0)" in line or "stopped" not in line:
        return line
    return f"{line}; the rest goes on without it. Ctrl-C and another start bring it back."


def _is_picture(entry: dict[str, Any]) -> bool:
    return str(entry.get("route")).startswith(("/i/", "/static/", "/favicon"))


def _request(entry: dict[str, Any]) -> str:
    return f"{entry['method']} {entry['route']} {entry['status']}, {entry['ms']:.0f} ms"


class Processes(manager.Manager):  # type: ignore[misc]  # honcho has no types
    """Runs until told to stop. A process that ends on its own does not take the others with it."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._terminating = False

    def _any_stopped(self) -> bool:
        return self._terminating and bool(super()._any_stopped())

    def terminate(self) -> None:
        """Stop the services first: what they still have to finish, they finish on their stores."""
        if self._terminating:
            return
        self._terminating = True
        Thread(target=self._stop_in_order, daemon=True).start()

    def _stop_in_order(self) -> None:
        for names in (self._processes.keys() - _STORES, _STORES):
            running = [self._processes[name] for name in names if name in self._processes]
            for process in running:
                if process.get("pid") and "returncode" not in process:
                    self._procmgr.terminate(process["pid"])
            until = time.monotonic() + manager.KILL_WAIT
            while any("returncode" not in each for each in running) and time.monotonic() < until:
                time.sleep(0.05)


def started_with(name: str, value: str, *, redis_in: Path) -> list[psutil.Process]:
    """Processes that were started with ``name`` set to ``value`` in their environment.

    Redis writes its title over its environment: it is known by the folder it works in.
    """
    return [each for each in psutil.process_iter() if _is(each, name, value, redis_in)]


def _is(process: psutil.Process, name: str, value: str, redis_in: Path) -> bool:
    try:
        if "redis-server" in process.name():
            return Path(process.cwd()) == redis_in
        return process.environ().get(name) == value
    except (psutil.Error, OSError):
        return False


def end(processes: list[psutil.Process], *, seconds: float) -> None:
    """Ask ``processes`` to end, and make those end that have not after ``seconds``."""
    for process in processes:
        _quietly(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        _quietly(process.kill)


def _quietly(act: Any) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return
