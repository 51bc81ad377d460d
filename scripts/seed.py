"""Paint the demo collection and upload it through the public API, like anyone's wallpapers.

    python -m scripts.seed [--url URL] [--key KEY] [--jobs N] [--only TITLE ...] [--keep DIR]
                           [--small] [--once FILE]

It may be run again at any time: what the site has is left alone. Exit code 0 says that the site
has all of it.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from paperroute.client import Client, Kept, Refused, SiteUnreachable, Upload
from paperroute.hashing import sha256
from paperroute.settings import DEFAULT_URL, Site
from scripts.demo.collection import COLLECTION, COLLECTION_NAME, Wallpaper
from scripts.demo.picture import encoded, size

OnProgress = Callable[[int, int, str], object]
"""Told how many wallpapers are settled, of how many, and which one was last."""


def tell(done: int, total: int, title: str) -> None:
    """Print a line of progress."""
    print(f"  {done:>{len(str(total))}}/{total}  {title}", flush=True)


def load(
    url: str,
    key: str | None,
    *,
    jobs: int | None = None,
    small: bool = False,
    on_progress: OnProgress = tell,
    wallpapers: Sequence[Wallpaper] = COLLECTION,
    keep: Path | None = None,
) -> bool:
    """See to it that the site at ``url`` has ``wallpapers``, each uploaded as soon as painted.

    Args:
        url: Of the site.
        key: To the site.
        jobs: How many to paint at once; as many as there are processors, if ``None``.
        small: Whether to paint them at a quarter of their width and height.
        on_progress: Told of each.
        wallpapers: Which, in the order of their upload.
        keep: A folder where the files stay; without one they are gone once uploaded.

    Returns:
        Whether the site has all of them now.
    """
    failed = 0
    with Client(Site(url.rstrip("/"), key)) as client, _folder(keep) as folder:
        try:
            there = _there(client)
            missing = [each for each in wallpapers if _known_by(each, small=small) not in there]
            done = len(wallpapers) - len(missing)
            if done:
                on_progress(done, len(wallpapers), "already there")
            for wallpaper, file in _painted(missing, folder, jobs=jobs, small=small):
                done += 1
                said = ""
                try:
                    if not _upload(client, wallpaper, file).added:
                        said = " (already there)"
                except Refused as refused:
                    failed += 1
                    said = f": {refused}"
                on_progress(done, len(wallpapers), f"{wallpaper.title}{said}")
                if not keep:
                    file.unlink()
        except SiteUnreachable as error:
            print(f"The demo collection is not complete: {error}", file=sys.stderr, flush=True)
            return False
        except BrokenProcessPool:
            return False  # someone stopped the painters, as Ctrl-C does
    return done == len(wallpapers) and not failed


def load_once(url: str, key: str, marker: Path) -> bool:
    """``load`` everything, unless ``marker`` says that this was done and the site is not empty.

    So what somebody deletes stays deleted, and an emulator that forgets is filled again.
    """
    if marker.exists() and _has_any(url):
        return True
    print("Painting the demo collection; the first pictures show in a few seconds.", flush=True)
    if complete := load(url, key):
        marker.touch()
        print(f"The demo collection is complete: {url}", flush=True)
    return complete


def _has_any(url: str) -> bool:
    try:
        with Client(Site(url, None)) as client:
            return bool(client.search("", limit=1).records)
    except (Refused, SiteUnreachable):
        return True


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="paperroute-demo-") as folder:
            yield Path(folder)


def _known_by(wallpaper: Wallpaper, *, small: bool) -> tuple[str, int, int]:
    return wallpaper.title, *size(wallpaper, small=small)


def _there(client: Client) -> frozenset[tuple[str, int, int]]:
    """What the site has of the collection, as far as its search can tell: this saves painting."""
    found: set[tuple[str, int, int]] = set()
    cursor: str | None = None
    try:
        while True:
            page = client.search(f'"{COLLECTION_NAME}"', limit=100, cursor=cursor)
            found |= {(each["title"], each["width"], each["height"]) for each in page.records}
            if (cursor := page.meta.get("next")) is None:
                return frozenset(found)
    except Refused:
        return frozenset()  # media will say what it has, picture by picture


def _upload(client: Client, wallpaper: Wallpaper, file: Path) -> Kept:
    kind = f"image/{wallpaper.format}"
    return client.upload(Upload(file, sha256(file), kind, wallpaper.fields))


def _painted(
    wallpapers: Iterable[Wallpaper], folder: Path, *, jobs: int | None, small: bool
) -> Iterator[tuple[Wallpaper, Path]]:
    """Each of ``wallpapers`` with its file, in order, a few of them painted ahead."""
    count = jobs or os.cpu_count() or 1
    waiting = iter(wallpapers)
    # Not forked: whoever calls us may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_settle_in) as pool:
        ahead: deque[tuple[Wallpaper, Future[Path]]] = deque()
        while True:
            for wallpaper in islice(waiting, count + 1 - len(ahead)):
                try:
                    painting = pool.submit(_paint, wallpaper, folder, small=small)
                except RuntimeError:  # stopped, or broken, or the interpreter is about to end
                    return
                ahead.append((wallpaper, painting))
            if not ahead:
                return
            wallpaper, painting = ahead.popleft()
            yield wallpaper, painting.result()


def _settle_in() -> None:
    """Begin to paint: politely, for the site needs the processors too, and as long as anyone waits.

    A signal ends a painter at once, and so does the end of whoever started it, however that came.
    """
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _paint(wallpaper: Wallpaper, folder: Path, *, small: bool) -> Path:
    file = folder / wallpaper.file_name
    file.write_bytes(encoded(wallpaper, small=small))
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.seed", description=__doc__)
    environ = os.environ
    url, key = environ.get("PAPERROUTE_URL"), environ.get("PAPERROUTE_KEY")
    parser.add_argument("--url", default=url or DEFAULT_URL, help="the site [$PAPERROUTE_URL]")
    parser.add_argument("--key", default=key, help="the key to it [$PAPERROUTE_KEY]")
    parser.add_argument("--jobs", type=int, help="pictures to paint at once [one per processor]")
    parser.add_argument("--only", nargs="+", metavar="TITLE", help="only these of the collection")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the files in a folder")
    parser.add_argument("--small", action="store_true", help="a quarter of the width and height")
    parser.add_argument("--once", type=Path, metavar="FILE", help="skip it if FILE says it is done")
    parser.add_argument("--key-file", type=Path, help="a file with the key, which may yet appear")
    said = parser.parse_args(arguments)
    said.key = said.key or (once_there(said.key_file, seconds=60) if said.key_file else None)

    wanted = said.only or [each.title for each in COLLECTION]
    wallpapers = [each for each in COLLECTION if each.title in wanted]
    if unknown := set(wanted) - {each.title for each in COLLECTION}:
        parser.error(f"not in the collection: {', '.join(sorted(unknown))}")
    if not said.key:
        parser.error("uploading needs a key: set PAPERROUTE_KEY, or say --key")
    try:
        if said.once:
            return 0 if load_once(said.url, said.key, said.once) else 1
        complete = load(
            said.url,
            said.key,
            jobs=said.jobs,
            small=said.small,
            wallpapers=wallpapers,
            keep=said.keep,
        )
    except KeyboardInterrupt:
        return 130
    return 0 if complete else 1


def once_there(file: Path, *, seconds: float) -> str | None:
    """The key in ``file``, which the gateway may be about to write."""
    until = time.monotonic() + seconds
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.2)
    return file.read_text().strip() if file.exists() else None


if __name__ == "__main__":
    sys.exit(main())
