"""Lucene of Debian's package, driven by a small Java program of ours, where both are installed."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from bench.search.wanted import Wanted, classes, said
from search.domain.wallpaper import Wallpaper

_SOURCE = Path(__file__).with_name("Lucene.java")
_JARS = Path("/usr/share/java")


def find_jars() -> list[Path]:
    """What a search takes of the newest Lucene there is; nothing without Java or without Lucene."""
    if not shutil.which("javac"):
        return []
    for version in ("9", "8"):
        analysis = "analysis-common" if version == "9" else "analyzers-common"
        found = [
            sorted(_JARS.glob(f"lucene*-{part}-{version}*.jar")) for part in ("core", analysis)
        ]
        if all(found):
            return [some[-1] for some in found]
    return []


class LucenePeer:
    """Lucene in a process of its own, which tells the CPU time of each search."""

    def __init__(self, jars: list[Path]) -> None:
        self.name = "Lucene " + jars[0].stem.rpartition("-")[2]
        self._folder = TemporaryDirectory(prefix="bench-lucene-")
        classpath = ":".join(map(str, [*jars, self._folder.name]))
        subprocess.run(["javac", "-cp", classpath, "-d", self._folder.name, _SOURCE], check=True)
        self._java = subprocess.Popen(
            ["java", "-Xmx3g", "-XX:+UseSerialGC", "-cp", classpath, "Lucene",
             f"{self._folder.name}/index"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def fill(self, wallpapers: Iterable[Wallpaper]) -> None:
        """Take in ``wallpapers``, after which there can be no more."""
        for each in wallpapers:
            created = round(each.created.timestamp() * 1e6)
            values = (value for _, value in classes(each))
            self._write(each.id, created, each.width, each.height, each.ratio, *values,
                        "|".join(each.tags), said(each), each.document)  # fmt: skip

    def finish(self) -> None:
        """Get ready to be searched."""
        self._write(".")
        if self._read() != "ready":
            raise RuntimeError("Lucene has not come to its end")

    def search(
        self, asked: Wanted, limit: int
    ) -> tuple[float, int, tuple[str, ...], dict[str, int]]:
        """Milliseconds of CPU, how many match, the ids of a page, and the counts of facets."""
        size, ratio = asked.least, asked.ratio
        self._write(
            " ".join(asked.words), "|".join(asked.tags), "|".join(asked.without),
            size.width if size else "", size.height if size else "",
            ratio[0] if ratio else "", ratio[1] if ratio else "",
            asked.before or "", int(asked.facets), limit,
        )  # fmt: skip
        spent, total, ids, facets, _ = self._read().split("\t")
        counts = dict(each.rsplit("=", 1) for each in facets.split(",") if each)
        return (
            int(spent) / 1e6,
            int(total),
            tuple(ids.split(",")) if ids else (),
            {name: int(count) for name, count in counts.items()},
        )

    def close(self) -> None:
        """End its process."""
        self._java.communicate()
        self._folder.cleanup()

    def _write(self, *parts: object) -> None:
        pipe = cast("Any", self._java.stdin)
        text = "\t".join(str(part).replace("Infinity", "inf") for part in parts)
        pipe.write(text.replace("\tinf", "\tInfinity") + "\n")
        pipe.flush()

    def _read(self) -> str:
        line: str = cast("Any", self._java.stdout).readline()
        if not line:
            raise RuntimeError("Lucene has ended")
        return line.rstrip("\n")
