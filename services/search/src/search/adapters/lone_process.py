"""One process of a kind among all that would start it: whoever holds a lock has started it."""

import fcntl
import logging
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import IO

log = logging.getLogger(__name__)

_GLANCE = 0.1
"""Seconds between two looks at whether it still runs, or whether the lock is free."""
_BACK_OFF = 10.0
"""Seconds that it should last; one that ends sooner is not started again at once."""
_PATIENCE = 5.0


def keep_running(
    command: Sequence[str], lock: Path, *, environ: Mapping[str, str], stop: Event
) -> None:
    """Let ``command`` run exactly once, however many call this, until ``stop`` is set.

    It holds ``lock`` as long as it runs, and is to end at the end of its standard input, which
    comes when the caller's process ends in any way: then another caller starts it.
    """
    while not stop.is_set():
        with lock.open("a") as held:
            if _locked(held):
                began = time.monotonic()
                code = _run(command, held, environ, stop)
                if not stop.is_set():
                    log.warning("'%s' ended: %s", " ".join(command), code)
                if time.monotonic() - began < _BACK_OFF:
                    stop.wait(1)
        stop.wait(_GLANCE)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _run(command: Sequence[str], lock: IO[str], environ: Mapping[str, str], stop: Event) -> int:
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, stdin=subprocess.PIPE, pass_fds=(lock.fileno(),), env=environ
    ) as process:
        while process.poll() is None and not stop.wait(_GLANCE):
            pass
        if process.stdin:
            process.stdin.close()
        try:
            return process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
