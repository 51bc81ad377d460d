"""A decoder that somebody has taken over: it does what the file says, within a decoder's walls."""

import ctypes
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from media.adapters.confinement import allow_cpu
from media.adapters.decoder import serve
from media.adapters.decoder_messages import Message

_ORDER = re.compile(rb"order:(\w+)")  # in any file, such as in a comment
_METADATA = ("169.254.170.2", 80)


def _attempt(act: Callable[[], object]) -> str:
    try:
        return f"done: {act()}"
    except OSError as error:
        return type(error).__name__


def _escape() -> Message:
    """Try everything that a decoder has no business with."""
    attempts: dict[str, Callable[[], object]] = {
        "read the environment of the service": lambda: Path(
            f"/proc/{os.getppid()}/environ"
        ).read_bytes(),
        "read the memory of the service": lambda: Path(f"/proc/{os.getppid()}/mem").read_bytes(),
        "read a file": lambda: Path("/etc/passwd").read_bytes(),
        "write to /tmp": lambda: Path("/tmp/hostile").write_bytes(b"x"),
        "write elsewhere": lambda: Path("/var/tmp/hostile").write_bytes(b"x"),
        "remove a file": lambda: Path("/tmp/no-such-file").unlink(),
        "ask for credentials": lambda: socket.create_connection(_METADATA, 1),
        "connect here": lambda: socket.create_connection(("127.0.0.1", 6379), 1),
        "open a datagram socket": lambda: socket.socket(type=socket.SOCK_DGRAM),
        "open a Unix socket": lambda: socket.socket(socket.AF_UNIX),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": os.fork,
        "signal the service": lambda: os.kill(os.getppid(), 0),
        "become someone": lambda: os.setuid(12345),
    }
    found = {name: _attempt(act) for name, act in attempts.items()}
    environment = {"environment": dict(os.environ)}
    descriptors = [number for number in range(64) if _is_open(number)]
    return Message({"found": found, "descriptors": descriptors, **environment})


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _work_for_ever() -> Message:
    allow_cpu(1)
    while True:
        pass


def _sleep() -> Message:
    time.sleep(3600)
    return Message()


def _eat() -> Message:
    return Message({"lqip": len(bytearray(3 * 1024**3))})


def _grow() -> Message:
    del [b"x" * 200 * 1024**2][:]
    return Message(_seen(), bytes(3))


def _babble() -> Message:
    os.write(0, b"\xff" * 64)
    return Message()


def _segfault() -> Message:
    ctypes.string_at(0)
    return Message()


def _ended() -> Message:
    os._exit(3)


def _obey(request: Message) -> Message:
    orders: dict[bytes, Callable[[], Message]] = {
        b"segfault": _segfault,
        b"abort": os.abort,
        b"exit": _ended,
        b"sleep": _sleep,
        b"work": _work_for_ever,
        b"eat": _eat,
        b"grow": _grow,
        b"babble": _babble,
        b"lie": lambda: Message({**_seen(), "size": "much"}),
        b"shape": lambda: Message({**_seen(), "shape": [9, 9, 3]}, b"\0"),
        b"escape": _escape,
        b"who": lambda: _decent(request),
    }
    found = _ORDER.search(request.body)
    return orders[found[1] if found else b"who"]()


def _decent(request: Message) -> Message:
    """An answer that will do: a black pixel, and a byte for each image that was to be made."""
    count = len(request.facts.get("making", ()))
    return Message({**_seen(), "images": [1] * count}, bytes(3 + count))


def _seen() -> dict[str, object]:
    return {
        "size": [os.getpid(), 1],
        "shape": [1, 1, 3],
        "lqip": "",
        "images": [],
        "claims": {},
    }


if __name__ == "__main__":
    serve(_obey, unfit=None)
