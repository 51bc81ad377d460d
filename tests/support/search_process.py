"""Search as production runs it: gunicorn, two workers, and the process that follows."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.search_builders import SECRET, an_id
from tests.support.servers import free_port, running

ROOT = Path(__file__).parents[2]
_GUNICORN = ("-m", "gunicorn", "-c", "services/search/gunicorn.conf.py", "search.wsgi:app")


class Search:
    """Search under gunicorn, with two workers."""

    def __init__(self, port: int, arbiter: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._arbiter = psutil.Process(arbiter)

    def finds(self, *numbers: int) -> bool:
        """Whether every one of many answers, on connections of their own, has exactly these."""
        return all(self._found() == [an_id(number) for number in numbers] for _ in range(12))

    def ask(self, query: dict[str, str]) -> Any:
        """The answer to ``GET /search`` with ``query``."""
        return httpx.get(f"{self.url}/search", params=query, timeout=5).json()

    def _found(self) -> list[str] | None:
        try:
            answer = httpx.get(f"{self.url}/search?limit=100", timeout=5)
        except httpx.TransportError:  # of a worker that was killed
            return None
        return [each["id"] for each in answer.json()["data"]] if answer.is_success else None

    @property
    def followers(self) -> list[psutil.Process]:
        """The processes that follow."""
        every = self._arbiter.children(recursive=True)
        return [each for each in every if "search.follower" in each.cmdline()]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self._arbiter.children()


@contextmanager
def search_on(media_url: str, folder: Path, **settings: str) -> Iterator[Search]:
    """Search on media, with everything of its own in ``folder``; ended on leaving."""
    port = free_port()
    env = {
        "PAPERROUTE_INTERNAL_SECRET": SECRET,
        "SEARCH_MEDIA_URL": media_url,
        "SEARCH_FOLDER": str(folder / "index"),
        "SEARCH_BIND": f"127.0.0.1:{port}",
        **settings,
    }
    folder.mkdir(exist_ok=True)
    command = [sys.executable, *_GUNICORN]
    with running(command, log=folder / "search.log", env=env, cwd=ROOT) as process:
        yield Search(port, process.pid)
