"""What pictures cost, beside raw libvips, thumbor and boto3: ``python -m bench.media``.

CPU is that of every process which takes part, decoders too. Contenders take turns on the same
photographs; a row's ratio is the median over the rounds.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import psutil
import pyvips
from flask.testing import FlaskClient

from bench.comparison import Row, save
from chassis.seal import Sealer
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_leases import MemoryLeases
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_parcels import MemoryParcels
from media.adapters.pooled_pictures import PooledPictures
from media.app import create_app
from media.domain.renditions import EARLY, Format, Rendition, parse_variant, plan
from media.domain.wallpaper import Point, Size
from media.ingest import Upload, ingest
from media.settings import Settings
from media.wiring import open_stores
from tests.support.media_builders import NOON
from tests.support.servers import (
    answers,
    emulated_aws,
    free_port,
    real_redis,
    running,
    wait_until,
)

_ROOT = Path(__file__).parents[2]
_RESULTS = _ROOT / "bench" / "results"
_THUMBOR = "thumbor==7.8.0"
_SECRET = "s" * 32
_TIMES = 3
_VISITORS = 4
_MIDDLE = Point(0.5, 0.5)
_WIDTHS = ("w640", "w1920", "w3840", "720x1280")
_SAVERS: dict[Format, tuple[str, dict[str, Any]]] = {
    Format.JPG: ("jpegsave_buffer", {"Q": 82, "interlace": True, "optimize_coding": True}),
    Format.WEBP: ("webpsave_buffer", {"Q": 76, "effort": 2}),
    Format.AVIF: (
        "heifsave_buffer",
        {"Q": 55, "compression": "av1", "effort": 1, "bitdepth": 8, "subsample_mode": "on"},
    ),
}


def row(
    name: str, unit: str, peer_name: str, pairs: Sequence[tuple[float, float]], goal: float | None
) -> Row:
    """A row of each round's own figures: ours, the peer's."""
    ratio = round(statistics.median(ours / peer for ours, peer in pairs), 2)
    more_is_better = unit == "requests/s"
    holds = None if goal is None else (ratio >= goal if more_is_better else ratio <= goal)
    ours, peer = (round(statistics.median(each), 3) for each in zip(*pairs, strict=True))
    return Row(name, ours, peer, peer_name, unit, ratio, goal, holds)


def _cpu_of(process: psutil.Process) -> float:
    """Seconds of CPU of a process and its children, those that have ended, too."""
    total = sum(process.cpu_times()[2:4])
    for each in (process, *process.children(recursive=True)):
        try:
            total += sum(each.cpu_times()[:2])
        except psutil.Error:
            continue
    return total


def _cpu(work: Callable[[], object]) -> float:
    """Milliseconds of CPU of this process and its children that ``work`` takes, done a few times.

    The system counts in hundredths of a second.
    """
    here = psutil.Process()
    before = _cpu_of(here)
    for _ in range(_TIMES):
        work()
    return (_cpu_of(here) - before) * 1000 / _TIMES


def _raw(data: bytes, rendition: Rendition) -> object:
    """What anybody would write first with libvips, for the same part, size and quality."""
    part, size = rendition.part, rendition.size
    image = pyvips.Image.new_from_buffer(data, "")
    across, down = size.width / part.width, size.height / part.height
    width = max(size.width, round(image.width * across))
    height = max(size.height, round(image.height * down))
    image = pyvips.Image.thumbnail_buffer(data, width, height=height, size="force")
    left = min(round(part.left * across), width - size.width)
    top = min(round(part.top * down), height - size.height)
    return _saved(image.crop(left, top, size.width, size.height), rendition.format)


def _saved(image: Any, kind: Format) -> object:
    saver, options = _SAVERS[kind]
    return getattr(image, saver)(keep="none", **options)


def uncached(photos: Sequence[bytes], pictures: PooledPictures, rounds: int) -> Iterator[Row]:
    """Renditions in our decoders, against the same calls of libvips in this very process."""
    for width in _WIDTHS:
        for kind in Format:
            pairs = []
            for turn in range(rounds):
                data = photos[turn % len(photos)]
                image = pyvips.Image.new_from_buffer(data, "")
                size = Size(image.width, image.height)
                rendition = plan(parse_variant(f"{width}.{kind}"), size, _MIDDLE)
                peer = _cpu(lambda data=data, what=rendition: _raw(data, what))  # type: ignore[misc]
                ours = _cpu(lambda data=data, what=rendition: pictures.render(data, what))  # type: ignore[misc]
                pairs.append((ours, peer))
            yield row(f"uncached {width}.{kind}", "ms CPU", "libvips", pairs, 1.15)


def intake(photos: Sequence[bytes], pictures: PooledPictures, rounds: int) -> Row:
    """Taking a photograph in, against one decode and the encodes of what is made of it."""

    def ours(data: bytes) -> None:
        upload = Upload(BytesIO(data), "photo.jpg", None, {}, uploader="ada")
        ingest(upload, MemoryCatalogue(), MemoryOriginals(), pictures, now=NOON)

    def peer(data: bytes) -> None:
        image = pyvips.Image.new_from_buffer(data, "", access="sequential").copy_memory()
        for variant in EARLY:
            size = plan(variant, Size(image.width, image.height), _MIDDLE).size
            small = image.thumbnail_image(size.width, height=size.height, size="force")
            _saved(small, variant.format)

    pairs = []
    for turn in range(rounds):
        data = photos[turn % len(photos)]
        theirs = _cpu(lambda data=data: peer(data))  # type: ignore[misc]
        pairs.append((_cpu(lambda data=data: ours(data)), theirs))  # type: ignore[misc]
    return row("intake", "ms CPU", "one decode and the same encodes", pairs, 1.5)


@contextmanager
def _thumbor(folder: Path, port: int) -> Iterator[psutil.Process]:
    home = _ROOT / ".cache" / "bench-thumbor"
    program = home / "bin" / "thumbor"
    if not program.exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "--quiet", "install", _THUMBOR], check=True)
    config = folder / "thumbor.conf"
    config.write_text(
        "LOADER = 'thumbor.loaders.file_loader'\n"
        f"FILE_LOADER_ROOT_PATH = '{folder}'\n"
        "STORAGE = 'thumbor.storages.no_storage'\n"
        "QUALITY = 82\nWEBP_QUALITY = 76\nALLOW_UNSAFE_URL = True\n"
    )
    command = [str(program), "--port", str(port), "--ip", "127.0.0.1", "--processes", "2"]
    with running([*command, "--conf", str(config)], log=folder / "thumbor.log") as process:
        wait_until(lambda: answers(port), seconds=30, what="thumbor")
        yield psutil.Process(process.pid)


@contextmanager
def _service(folder: Path, port: int, files: Sequence[Path]) -> Iterator[psutil.Process]:
    env = {
        "MEDIA_BIND": f"127.0.0.1:{port}",
        "PAPERROUTE_INTERNAL_SECRET": _SECRET,
        "BENCH_PHOTOS": os.pathsep.join(map(str, files)),
        "BENCH_IDS": str(folder / "ids"),
        "PYTHONPATH": str(_ROOT),
    }
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    config = str(_ROOT / "services/media/gunicorn.conf.py")
    command = [gunicorn, "--config", config, "bench.media.served:app()"]
    with running(command, log=folder / "media.log", env=env) as process:
        wait_until((folder / "ids").exists, seconds=120, what="media")
        wait_until(lambda: answers(port), seconds=30, what="media")
        yield psutil.Process(process.pid)


def _load(process: psutil.Process, urls: Sequence[str]) -> tuple[float, float]:
    """Requests a second, and milliseconds of CPU each."""

    def fetch(url: str) -> None:
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - our own
            response.read()

    before, started = _cpu_of(process), time.monotonic()
    with ThreadPoolExecutor(_VISITORS) as visitors:
        list(visitors.map(fetch, urls))
    seconds = time.monotonic() - started
    return len(urls) / seconds, (_cpu_of(process) - before) / len(urls) * 1000


def served(files: Sequence[Path], rounds: int) -> Iterator[Row]:
    """Uncached images over HTTP, against thumbor, both with two cores and the same photographs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for number, file in enumerate(files):
            (folder / f"{number}.jpg").write_bytes(file.read_bytes())
        ours_at, peer_at = free_port(), free_port()
        ours = stack.enter_context(_service(folder, ours_at, files))
        peer = stack.enter_context(_thumbor(folder, peer_at))
        ids = (folder / "ids").read_text().split()
        for width in (640, 1280):
            for kind, called in ((Format.WEBP, "webp"), (Format.JPG, "jpeg")):
                rates, costs = [], []
                for _ in range(rounds):
                    mine = [f"http://127.0.0.1:{ours_at}/i/{each}/w{width}.{kind}" for each in ids]
                    theirs = [
                        f"http://127.0.0.1:{peer_at}/unsafe/{width}x0/filters:format({called})/{n}.jpg"
                        for n in range(len(ids))
                    ]
                    their_rate, their_cost = _load(peer, theirs * 2)
                    my_rate, my_cost = _load(ours, mine * 2)
                    rates.append((my_rate, their_rate))
                    costs.append((my_cost, their_cost))
                name = f"uncached w{width}.{kind} over HTTP, w1920.jpg kept"
                yield row(name, "requests/s", "thumbor", rates, 3)
                yield row(f"{name}, CPU", "ms CPU", "thumbor", costs, None)
        yield memory(ours, ours_at, ids)


def memory(process: psutil.Process, port: int, ids: Sequence[str]) -> Row:
    """Resident memory of the service and its decoders, after 100 and after 10,000 requests."""
    rng = random.Random(1)  # noqa: S311
    names = ["w320.webp", "w640.jpg", *["w1920.jpg"] * 18]  # two made anew, the others kept

    def requests(count: int) -> list[str]:
        return [
            f"http://127.0.0.1:{port}/i/{rng.choice(ids)}/{rng.choice(names)}" for _ in range(count)
        ]

    def resident() -> float:
        family = (process, *process.children(recursive=True))
        return sum(each.memory_info().rss for each in family) / 1024**2

    _load(process, requests(100))
    first = resident()
    _load(process, requests(9_900))
    return row("memory after 10,000 requests", "MiB", "after 100", [(resident(), first)], 1.05)


def stored(photos: Sequence[bytes], rounds: int) -> Row:
    """A stored image from the service on S3, DynamoDB's twin and Redis, against ``get_object``."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        os.environ["AWS_ENDPOINT_URL"] = stack.enter_context(emulated_aws(folder))
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ[key] = "test"
        os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
        s3 = boto3.client("s3")
        for bucket in ("originals", "renditions"):
            where: Any = {"LocationConstraint": "eu-central-1"}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        settings = Settings.from_env(
            {
                "MEDIA_CATALOGUE_TABLE": "none",
                "MEDIA_ORIGINALS_BUCKET": "originals",
                "MEDIA_RENDITIONS_BUCKET": "renditions",
                "MEDIA_REDIS_URL": stack.enter_context(real_redis(folder)),
                "PAPERROUTE_INTERNAL_SECRET": _SECRET,
            }
        )
        stores, pictures, catalogue = open_stores(settings), PooledPictures(), MemoryCatalogue()
        wait_until(lambda: pictures.unfit() is None, seconds=30, what="the decoders")
        upload = Upload(BytesIO(photos[0]), "photo.jpg", None, {}, uploader="ada")
        wallpaper = ingest(upload, catalogue, MemoryOriginals(), pictures, now=NOON)
        variant = parse_variant("w1920.jpg")
        rendition = plan(variant, wallpaper.original.size, _MIDDLE)
        key = rendition.key(wallpaper.original)
        stores.renditions.put(key, pictures.render(photos[0], rendition))
        app = create_app(
            catalogue,
            MemoryOriginals(),
            stores.renditions,
            MemoryParcels(),
            pictures,
            Sealer([_SECRET]),
            stores.tally,
            MemoryLeases(),
        )
        path = f"/i/{wallpaper.id}/w1920.jpg"
        pairs = list(_read_by_turns(app.test_client(), path, s3, key, rounds=rounds))
        pictures.close()
        return row("stored w1920.jpg", "ms", "boto3 get_object", pairs, 1.5)


def _read_by_turns(
    client: FlaskClient, path: str, s3: Any, key: str, *, rounds: int
) -> Iterator[tuple[float, float]]:
    def timed(read: Callable[[], object]) -> float:
        started = time.perf_counter()
        read()
        return (time.perf_counter() - started) * 1000

    reads: list[Callable[[], object]] = [
        lambda: client.get(path).data,
        lambda: s3.get_object(Bucket="renditions", Key=key)["Body"].read(),  # noqa: PLW0108
    ]
    for turn in range(60 * rounds + 5):
        first = turn % 2  # whoever comes second finds the server still tidying up
        times = {each: timed(reads[each]) for each in (first, 1 - first)}
        if turn >= 5:  # the first ones connect
            yield times[0], times[1]


def _drawn(rows: Sequence[Row]) -> str:
    """The ratios as a picture: a bar for each, a line at its goal."""
    scale, left, line = 90, 330, 22
    parts = []
    for number, each in enumerate(rows):
        y = 40 + number * line
        colour = {True: "#2e7d32", False: "#c62828", None: "#607d8b"}[each.holds]
        width = min(each.ratio, 6) * scale
        text = f"{each.name} / {each.peer_name}"
        parts += [
            f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{text}</text>',
            f'<rect x="{left}" y="{y}" width="{width:.0f}" height="16" fill="{colour}"/>',
            f'<text x="{left + width + 6:.0f}" y="{y + 13}">{each.ratio}</text>',
        ]
        if each.goal is not None:
            x = left + each.goal * scale
            parts.append(f'<path d="M{x:.0f} {y - 3}v22" stroke="#000" stroke-width="2"/>')
    height = 50 + len(rows) * line
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="960" height="{height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        '<text x="10" y="22" font-size="15">media: ours as a multiple of the other; the line is '
        "the goal (requests/s: at least, else at most)</text>" + "".join(parts) + "</svg>\n"
    )


def _all(files: Sequence[Path], rounds: int) -> Iterator[Row]:
    photos = [each.read_bytes() for each in files]
    yield stored(photos, rounds)
    pictures = PooledPictures()
    wait_until(lambda: pictures.unfit() is None, seconds=30, what="the decoders")
    yield intake(photos, pictures, rounds)
    yield from served(files, rounds)
    yield from uncached(photos, pictures, rounds)
    pictures.close()


def main() -> None:
    """Run every comparison; the table and its picture hold what has been measured so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="+", help="JPEG photographs at least 3840 wide")
    parser.add_argument("--rounds", type=int, default=9)
    told = parser.parse_args()
    _RESULTS.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for each in _all(told.photos, told.rounds):
        rows.append(each)
        sys.stdout.write(f"{each}\n")
        sys.stdout.flush()
        save(_RESULTS / "media.json", rows)
        (_RESULTS / "media.svg").write_text(_drawn(rows))


if __name__ == "__main__":
    main()
