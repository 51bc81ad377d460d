"""Pictures through libvips in processes of their own, that can do nothing but decode."""

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

import numpy as np

from chassis import trace
from media.adapters.confinement import keep_to_itself
from media.adapters.decoder_messages import Garbled, Message, read_message
from media.adapters.slots import Slots, cores
from media.domain.container import PictureRefused, too_demanding, undecodable
from media.domain.oklab import Pixels
from media.domain.renditions import Rendition, Variant
from media.domain.wallpaper import Size
from media.ports import Data, Image, Inside, PicturesBusy

_START = (
    "import sys; module, *sys.path = sys.argv[1:]; "
    "from media.adapters.confinement import enter; enter(module)"
)
_STARTING_TAKES = 15.0
_JOBS = 500
_GROWN = 320 * 1024**2  # a decoder that ever needed so much memory makes room for a fresh one
_AT_A_TIME = 1_048_576
_LONGEST_SIDE = 256
_LONGEST_TEXT = 4096
_DEMANDING = {signal.SIGXCPU, signal.SIGXFSZ, signal.SIGKILL, signal.SIGTRAP}  # GLib: no memory

log = logging.getLogger(__name__)


class DecoderDied(Exception):
    """A decoder ended, or was ended, before it answered.

    Attributes:
        demanding: Whether it needed more time or memory than a picture may.
    """

    def __init__(self, text: str, *, demanding: bool = False) -> None:
        super().__init__(text)
        self.demanding = demanding


class PooledPictures:
    """Decodes and encodes in child processes, one a core.

    A child has an empty environment, one socket, and the walls of ``confinement``. One that dies,
    takes too long or talks nonsense costs what it was working on, and is replaced at once.
    """

    def __init__(
        self,
        slots: Slots | None = None,
        *,
        decoder: str = "media.adapters.decoder",
        patience: float = 40,
    ) -> None:
        """Start the children, without waiting for them.

        Args:
            slots: One for each child; as many as there are cores.
            decoder: The module that a child runs.
            patience: How many seconds one picture may take by the clock; the kernel ends a child
                that has worked for half of that.
        """
        self._slots = slots or Slots(working=cores(), waiting=min(4 * cores(), 10), patience=20)
        self._decoder = decoder
        self._patience = patience
        self._idle = LifoQueue[_Child]()
        self._unfit: str | None = "The decoder is being started and tested."
        self._closing = threading.Event()
        keep_to_itself()
        for _ in range(cores()):
            self._add_child()

    def look_inside(self, data: Data, *, making: Sequence[Variant] = ()) -> Inside:
        wanted = [(each.width, each.format) for each in making]
        said = self._ask(Message({"do": "look", "making": wanted}, data))
        try:
            return _inside(said, making)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.warning("a decoder answered nonsense: %s", error)
            raise undecodable() from error

    def render(self, source: Data, rendition: Rendition) -> Image:
        part, size = rendition.part, rendition.size
        facts = {
            "do": "render",
            "part": (part.left, part.top, part.width, part.height),
            "size": (size.width, size.height),
            "format": rendition.format,
        }
        return Image.of(bytes(self._ask(Message(facts, source)).body), rendition.format)

    def unfit(self) -> str | None:
        return self._unfit

    def close(self) -> None:
        """End the children. They end by themselves when this process does."""
        self._closing.set()
        while True:
            try:
                self._idle.get_nowait().end()
            except Empty:
                return

    def _ask(self, request: Message) -> Message:
        with trace.step("decoder", str(request.facts["do"])), self._slots.turn():
            child = self._idle_child()
            try:
                said = child.ask(request, within=self._patience)
            except DecoderDied as error:
                log.warning("decoder died: %s", error, extra={"facts": {"pid": child.pid}})
                raise (too_demanding() if error.demanding else undecodable()) from error
            finally:
                self._give_back(child)
        if "reason" in said.facts:
            facts = said.facts
            raise PictureRefused(str(facts["reason"])[:64], str(facts.get("text"))[:_LONGEST_TEXT])
        return said

    def _idle_child(self) -> "_Child":
        """One that is alive; there are as many as there are turns, but one may just be starting."""
        until = time.monotonic() + _STARTING_TAKES
        while True:
            try:
                child = self._idle.get(timeout=max(0, until - time.monotonic()))
            except Empty:
                raise PicturesBusy(self._unfit or "No decoder is ready; try again.") from None
            if child.is_alive:
                return child
            log.warning("decoder died while it was idle", extra={"facts": {"pid": child.pid}})
            child.end()
            self._add_child()

    def _give_back(self, child: "_Child") -> None:
        if child.is_spent or self._closing.is_set():
            log.info("decoder replaced", extra={"facts": child.facts})
            child.end()
            self._add_child()
        else:
            self._idle.put(child)

    def _add_child(self) -> None:
        threading.Thread(target=self._start_child, name="decoder", daemon=True).start()

    def _start_child(self) -> None:
        """Start a child until one is fit, and let it be used."""
        pause = 0.05
        while not self._closing.is_set():
            child = _Child(self._decoder)
            try:
                self._unfit = child.greeting(within=_STARTING_TAKES)
            except DecoderDied as error:
                self._unfit = f"The decoder does not start: {error}."
            if self._unfit is None:
                self._idle.put(child)
                return
            log.error("decoder unfit: %s", self._unfit)
            child.end()
            self._closing.wait(pause)
            pause = min(5, 2 * pause)


class _Child:
    """One decoding process, and the socket to it."""

    def __init__(self, module: str) -> None:
        self._socket, theirs = socket.socketpair()
        # As much at a time as this system allows: there are fewer turns to wait for then.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _AT_A_TIME)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _AT_A_TIME)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-I", "-c", _START, module, *filter(None, sys.path)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,  # a Ctrl-C is for the service, which ends us in its time
            )
        self._jobs = 0
        self._peak = 0
        self._ended = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def facts(self) -> dict[str, int]:
        """What is worth knowing of it, for the log."""
        return {"pid": self.pid, "jobs": self._jobs, "peak": self._peak}

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def is_spent(self) -> bool:
        return self._ended or self._jobs >= _JOBS or self._peak > _GROWN

    def greeting(self, *, within: float) -> str | None:
        """Why it must not be used, or ``None``."""
        facts = self._heard(time.monotonic() + within).facts
        if missing := facts.get("missing"):
            log.warning("decoders are less confined than they could be: %s", missing)
        return None if (unfit := facts.get("unfit")) is None else str(unfit)

    def ask(self, request: Message, *, within: float) -> Message:
        """What it answers.

        Raises:
            DecoderDied: If it does not, in this time; it is ended then.
        """
        until = time.monotonic() + within
        self._jobs += 1
        try:
            for each in (request.head(), request.body):
                self._socket.settimeout(_left(until))
                self._socket.sendall(each)
        except TimeoutError as error:
            raise self._died("it took too long", demanding=True) from error
        except OSError as error:
            raise self._died("it hung up") from error
        said = self._heard(until)
        self._peak = _peak_memory(self.pid)
        return said

    def end(self) -> None:
        """End it, now."""
        self._ended = True
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _heard(self, until: float) -> Message:
        try:
            return read_message(lambda count: self._receive(count, until))
        except TimeoutError as error:
            raise self._died("it took too long", demanding=True) from error
        except (Garbled, OSError, EOFError) as error:
            raise self._died(str(error)) from error

    def _receive(self, count: int, until: float) -> bytearray:
        data = bytearray()
        while len(data) < count:
            self._socket.settimeout(_left(until))
            if not (some := self._socket.recv(min(count - len(data), _AT_A_TIME))):
                raise EOFError("it hung up")
            data += some
        return data

    def _died(self, why: str, *, demanding: bool = False) -> DecoderDied:
        """What has become of it."""
        self._socket.close()
        try:
            status = self._process.wait(timeout=0 if demanding else 1)
        except subprocess.TimeoutExpired:
            status = 0
        self.end()
        if status < 0:
            by = signal.strsignal(-status)
            return DecoderDied(f"{why}: {by}", demanding=demanding or -status in _DEMANDING)
        return DecoderDied(f"{why}, status {status}", demanding=demanding)


def _inside(said: Message, making: Sequence[Variant]) -> Inside:
    width, height = (int(each) for each in said.facts["size"])
    rows, columns, bands = shape = _shape(said.facts["shape"])
    if min(width, height) < 1 or max(rows, columns) > _LONGEST_SIDE or bands not in {3, 4}:
        raise ValueError("not such a picture")
    small: Pixels = np.frombuffer(said.body, np.uint8, count=rows * columns * bands)
    return Inside(
        Size(width, height),
        small.reshape(shape),
        str(said.facts["lqip"])[:_LONGEST_TEXT],
        dict(zip(making, _images(said, making, after=small.size), strict=True)),
        {str(name): str(text)[:_LONGEST_TEXT] for name, text in said.facts["claims"].items()},
    )


def _images(said: Message, making: Sequence[Variant], *, after: int) -> Iterator[Image]:
    body = memoryview(said.body)[after:]
    lengths = [int(each) for each in said.facts["images"]]
    if min(lengths, default=1) < 1 or sum(lengths) != len(body):
        raise ValueError("not such images")
    for each, length in zip(making, lengths, strict=True):
        image, body = bytes(body[:length]), body[length:]
        yield Image.of(image, each.format)


def _peak_memory(pid: int) -> int:
    """The most bytes that this process ever had in memory; 0 where the system does not say.

    Source:
        Linux, Documentation/filesystems/proc.rst (``VmHWM``).
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(b"VmHWM:")), 0)


def _shape(said: Sequence[Any]) -> tuple[int, int, int]:
    rows, columns, bands = (int(each) for each in said)
    return rows, columns, bands


def _left(until: float) -> float:
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    return left
