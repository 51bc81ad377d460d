"""How an import tells what it does: bars on a terminal, else lines, else JSON."""

import json
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from paperroute.importing import Outcome, Status

_STYLES = {Status.ADDED: "green", Status.FAILED: "red", Status.NEW: "cyan"}


def printable(text: str) -> str:
    """``text`` without anything that would steer a terminal, on one line."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


@dataclass(slots=True)
class Summary:
    """How an import went as a whole.

    Attributes:
        total: How many files there were.
        counts: How many of them became what.
        stopped: Why not all of them were looked at, if they were not.
        begun: When, on the clock of ``time.monotonic``.
    """

    total: int
    counts: Counter[Status] = field(default_factory=Counter)
    stopped: str | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def text(self) -> str:
        """The summary in a sentence or two."""
        said = ", ".join(f"{self.counts[each]} {each}" for each in Status if self.counts[each])
        text = f"{said or 'nothing to import'} in {time.monotonic() - self.begun:.1f} s."
        if left := self.total - self.counts.total():
            text += f" {left} not looked at: {self.stopped} The same command carries on from here."
        return text

    @property
    def members(self) -> dict[str, object]:
        """The summary for a program."""
        counts = {each.replace(" ", "_").replace("-", "_"): self.counts[each] for each in Status}
        seconds = round(time.monotonic() - self.begun, 3)
        left = self.total - self.counts.total()
        return {**counts, "not_looked_at": left, "stopped": self.stopped, "seconds": seconds}


class Reporter(AbstractContextManager["Reporter"]):
    """Is told of an import; what it is not told of in its own way, it does not tell."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sent(self, path: Path, sent: int) -> None:
        """That many bytes of a file were sent; told from many threads."""

    def settled(self, outcome: Outcome) -> None:
        """It is known what became of a file."""

    def summed_up(self, summary: Summary) -> None:
        """It is known how all of it went."""


class JsonLines(Reporter):
    """One JSON object for each file and one for the whole."""

    def __init__(self, output: Console, site: str) -> None:
        self._output = output
        self._site = site

    def settled(self, outcome: Outcome) -> None:
        """Write it as one line."""
        there = outcome.wallpaper_id
        self._write(
            {
                "path": str(outcome.path),
                "status": outcome.status.replace(" ", "_").replace("-", "_"),
                "sha256": outcome.sha256,
                "id": there,
                "page": f"{self._site}/w/{there}" if there else None,
                "detail": outcome.detail,
            }
        )

    def summed_up(self, summary: Summary) -> None:
        """Write it as the last line."""
        self._write({"summary": summary.members})

    def _write(self, members: dict[str, object]) -> None:
        self._output.file.write(json.dumps(members) + "\n")
        self._output.file.flush()


class Lines(Reporter):
    """One line for each file, for a log or a pipe."""

    def __init__(self, output: Console, site: str) -> None:
        self._output = output
        self._site = site

    def settled(self, outcome: Outcome) -> None:
        """Write the status, the file, and its page or what is wrong."""
        there = f"{self._site}/w/{outcome.wallpaper_id}" if outcome.wallpaper_id else ""
        line = f"{outcome.status:<13}{outcome.path}  {outcome.detail or there}"
        style = _STYLES.get(outcome.status, "")
        self._output.print(Text(printable(line.rstrip()), style), soft_wrap=True)

    def summed_up(self, summary: Summary) -> None:
        """Write the summary as the last line."""
        self._output.print(Text(printable(summary.text)), soft_wrap=True)


class Bars(Lines):
    """A bar for the whole and one for each file being sent; lines only for what needs a look."""

    def __init__(self, output: Console, site: str, *, total: int) -> None:
        super().__init__(output, site)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=output,
        )
        self._whole = self._bars.add_task("All", total=total)
        self._files: dict[Path, TaskID] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Show the bars."""
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was, with the bar of the whole where it stopped."""
        for task in self._files.values():
            self._bars.remove_task(task)
        self._bars.stop()

    def sent(self, path: Path, sent: int) -> None:
        """Move the bar of a file, which appears with its first bytes."""
        with self._lock:
            if path not in self._files:
                name = escape(printable(path.name)[-32:])
                self._files[path] = self._bars.add_task(name, total=path.stat().st_size)
            self._bars.update(self._files[path], completed=sent)

    def settled(self, outcome: Outcome) -> None:
        """Take away the bar of a file and move that of the whole."""
        with self._lock:
            if (task := self._files.pop(outcome.path, None)) is not None:
                self._bars.remove_task(task)
        self._bars.advance(self._whole)
        if outcome.status in (Status.FAILED, Status.SKIPPED, Status.NEW, Status.ALIKE):
            super().settled(outcome)
