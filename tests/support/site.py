"""The whole site, started as a person starts it, on data and a port of its own."""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from scripts.processes import started_with
from scripts.run import MARK
from tests.support.servers import free_port, running, wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class Site:
    """A site that runs, or ran, on the data in ``folder``."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return (self.folder / "admin-key").read_text().strip()

    def client(self) -> httpx.Client:
        """A client that may write."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=100)

    def upload(self, picture: bytes, *, key: str | None = None, **fields: str) -> httpx.Response:
        """Upload ``picture`` under its plain name."""
        headers = {"Idempotency-Key": key} if key else {}
        files = {"file": ("picture.jpg", picture)}
        with self.client() as client:
            return client.post("/api/v1/wallpapers", files=files, data=fields, headers=headers)

    def search(self, query: str) -> dict[str, Any]:
        """The answer of the public search to ``query``."""
        response = httpx.get(f"{self.url}/api/v1/search", params={"q": query}, timeout=10)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def finds(self, query: str) -> list[str]:
        """The ids that the public search finds, at most a page of them."""
        return [each["id"] for each in self.search(query)["data"]]

    def processes(self, part: str = "") -> list[psutil.Process]:
        """The processes of this site, or of the part whose command line matches ``part``."""
        mine = started_with(MARK, str(self.folder), redis_in=self.folder / "redis")
        return [each for each in mine if re.search(part, _command(each))]

    def is_ready(self) -> bool:
        """Whether every part has said that it is."""
        return self._log_says("Paperroute is at")

    def _log_says(self, text: str) -> bool:
        log = self.folder / "run.log"
        return log.exists() and text in log.read_text()

    @contextmanager
    def started(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The site, ready; stopped on leaving."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "run.log"
        log.unlink(missing_ok=True)
        env = {"PORT": str(self.port), "PAPERROUTE_DATA": str(self.folder), "DEMO": "no"}
        command = [sys.executable, "-m", "scripts.run"]
        with running(command, log=log, env=env, cwd=ROOT, patience=40) as process:
            wait_until(
                lambda: self.is_ready() or process.poll() is not None,
                seconds=90,
                what="the site to be ready",
            )
            assert process.poll() is None, log.read_text()
            yield process

    def kill_everything(self, process: "subprocess.Popen[bytes]") -> None:
        """What a power cut does to it: SIGKILL to every process at once."""
        for each in [*self.processes(), *psutil.Process(process.pid).children(recursive=True)]:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue
        process.kill()
        process.wait()


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def opens(url: str, *, seconds: float) -> tuple[int, str]:
    """The status and text of a page, which must come within ``seconds``."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
