"""Decoders as real processes: what one that was taken over can do, and what it costs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import psutil
import pytest
import pyvips
from PIL import Image as PillowImage
from werkzeug.test import TestResponse

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from media.adapters import pooled_pictures
from media.adapters.decoder_messages import Message
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_leases import MemoryLeases
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_parcels import MemoryParcels
from media.adapters.memory_renditions import MemoryRenditions
from media.adapters.memory_tally import MemoryTally
from media.adapters.pooled_pictures import PooledPictures
from media.adapters.slots import Slots, cores
from media.app import create_app
from media.domain.container import PictureRefused, examine
from media.domain.cuts import Box
from media.domain.renditions import EARLY, Format, Rendition, parse_variant, plan
from media.domain.wallpaper import Point, Size
from tests.support import hostile
from tests.support.media_builders import NOON, a_file, a_file_of, opened
from tests.support.promise import Promise
from tests.support.servers import wait_until

pytestmark = pytest.mark.integration

SECRET = "nobody may know this secret of ours"
HOSTILE = "tests.support.hostile_decoder"


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[PooledPictures]:
    """A pool whose decoders do whatever a file says."""
    monkeypatch.setenv("PAPERROUTE_INTERNAL_SECRET", SECRET)
    pictures = PooledPictures(decoder=HOSTILE, patience=3)
    wait_until(lambda: pictures.unfit() is None, seconds=20, what="the decoders")
    yield pictures
    pictures.close()


@pytest.fixture(scope="module")
def pictures() -> Iterator[PooledPictures]:
    found = PooledPictures()
    wait_until(lambda: found.unfit() is None, seconds=20, what="the decoders")
    yield found
    found.close()


def _worker(pictures: PooledPictures) -> int:
    """The process that answers."""
    return pictures.look_inside(b"who").size.width


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"segfault", "undecodable"),
        (b"abort", "undecodable"),
        (b"exit", "undecodable"),
        (b"babble", "undecodable"),
        (b"lie", "undecodable"),
        (b"shape", "undecodable"),
        (b"eat", "undecodable"),
        (b"work", "too-demanding"),
        (b"sleep", "too-demanding"),
    ],
)
def test_a_decoder_that_fails_costs_one_picture(
    taken_over: PooledPictures, order: bytes, reason: str
) -> None:
    started = time.monotonic()
    with pytest.raises(PictureRefused) as caught:
        taken_over.look_inside(b"order:" + order)
    failed = time.monotonic()

    assert caught.value.reason == reason
    assert failed - started < 6
    assert all(_worker(taken_over) for _ in range(4))
    assert time.monotonic() - failed < 3


def test_others_are_served_while_one_decoder_hangs(taken_over: PooledPictures) -> None:
    taken_over._slots = Slots(working=2, waiting=9, patience=9)
    wait_until(lambda: taken_over._idle.qsize() >= 1, seconds=20, what="the decoders")
    with ThreadPoolExecutor() as threads:
        hanging = threads.submit(taken_over.look_inside, b"order:sleep")
        others = [threads.submit(_worker, taken_over) for _ in range(4)]

        assert all(each.result(timeout=10) for each in others)
        with pytest.raises(PictureRefused):
            hanging.result(timeout=10)


def test_one_that_has_grown_is_replaced(
    taken_over: PooledPictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled_pictures, "_GROWN", 200 * 1024**2)  # to be had in no time
    grown = taken_over.look_inside(b"order:grow").size.width

    wait_until(lambda: not psutil.pid_exists(grown), seconds=20, what="the decoders")
    assert _worker(taken_over) != grown


def test_one_that_was_killed_while_idle_costs_nothing(taken_over: PooledPictures) -> None:
    os.kill(_worker(taken_over), signal.SIGKILL)
    time.sleep(0.2)

    assert all(_worker(taken_over) for _ in range(4))


def test_whoever_sends_what_kills_a_decoder_is_told_and_nobody_else_notices(
    taken_over: PooledPictures,
) -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    app = create_app(
        catalogue,
        originals,
        MemoryRenditions(),
        MemoryParcels(),
        taken_over,
        Sealer([SECRET]),
        MemoryTally("t"),
        MemoryLeases(),
    )
    client = app.test_client()
    signed = Identities(Sealer([SECRET])).sign(
        Identity("ada", Role.CONTRIBUTOR), "POST", "/wallpapers"
    )

    def upload(seed: int, comment: bytes) -> TestResponse:
        form = {"file": (BytesIO(a_file(64, 64, seed=seed, comment=comment)), "pine.jpg")}
        return client.post("/wallpapers", data=form, headers=signed)

    crashed = upload(1, b"order:segfault")
    endless = upload(2, b"order:work")
    fine = upload(3, b"nothing")

    assert [each.status_code for each in (crashed, endless, fine)] == [422, 422, 201]
    for response, reason in ((crashed, "undecodable"), (endless, "too-demanding")):
        Promise("media").check("upload_wallpaper", response)
        assert response.get_json()["reason"] == reason
    assert client.get("/readyz").status_code == 200
    assert len(catalogue.changes(None, limit=9, now=NOON).items) == 1


def test_decoders_killed_at_random_cost_what_they_were_at_and_nothing_hangs(
    pictures: PooledPictures,
) -> None:
    data = a_file(1600, 1000)
    whole = Rendition(Box(0, 0, 1600, 1000), Size(800, 500), Format.WEBP)
    until = time.monotonic() + 5

    def render() -> list[bool]:
        outcomes = []
        while time.monotonic() < until:
            try:
                outcomes.append(len(pictures.render(data, whole).body) > 0)
            except PictureRefused:
                outcomes.append(False)
        return outcomes

    with ThreadPoolExecutor() as threads:
        visitors = [threads.submit(render) for _ in range(4)]
        kills = 0
        while time.monotonic() < until:
            time.sleep(1)
            for each in psutil.Process().children():
                with suppress(psutil.Error):  # it has just ended
                    process = psutil.Process(each.pid)
                    if "confinement" in " ".join(process.cmdline()):
                        process.kill()
                        kills += 1
                        break
        outcomes = [one for each in visitors for one in each.result(timeout=20)]

    assert kills > 1
    assert outcomes.count(False) <= kills
    assert outcomes.count(True) > 10
    assert pictures.look_inside(data).size == Size(1600, 1000)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have fewer walls")
def test_a_decoder_that_was_taken_over_reaches_nothing(taken_over: PooledPictures) -> None:
    child = taken_over._idle.get(timeout=10)

    facts = child.ask(Message({"do": "look"}, b"order:escape"), within=10).facts
    taken_over._idle.put(child)

    assert set(facts["found"].values()) == {"PermissionError"}, facts["found"]
    assert SECRET not in str(facts["environment"])
    # Its socket, /dev/null twice, and the copy of the socket that it uses.
    assert len(facts["descriptors"]) == 4
    assert Path(f"/proc/{child.pid}/environ").read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have fewer walls")
def test_a_decoder_has_its_limits_and_no_privilege(pictures: PooledPictures) -> None:
    child = pictures._idle.get(timeout=10)
    pictures._idle.put(child)
    limits = Path(f"/proc/{child.pid}/limits").read_text().splitlines()
    threads = [each.read_text() for each in Path(f"/proc/{child.pid}/task").glob("*/status")]
    said = {line[:25].strip(): line[25:].split()[:2] for line in limits[1:]}

    assert said["Max file size"] == [str(64 * 1024**2)] * 2
    assert said["Max core file size"] == ["0", "0"]
    assert said["Max open files"] == ["32", "32"]
    assert int(said["Max address space"][1]) < 1.5 * 1024**3
    assert int(said["Max cpu time"][0]) < 60
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"):
        assert all(line in status for status in threads), line


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have fewer walls")
@pytest.mark.parametrize(("shut", "outcome"), [("keep_to_itself()", "refused"), ("", "read")])
def test_a_service_that_keeps_to_itself_is_not_read_even_without_the_filter(
    shut: str, outcome: str
) -> None:
    child = (
        "import os; from media.adapters.confinement import renounce; renounce()\n"
        "try: open(f'/proc/{os.getppid()}/environ').read(); print('read')\n"
        "except PermissionError: print('refused')"
    )
    service = (
        "import subprocess, sys; from media.adapters.confinement import keep_to_itself, renounce\n"
        f"renounce()\n{shut}\nsubprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
    )
    command = [sys.executable, "-c", service, child]

    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert said.strip() == outcome


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here")
def test_a_decoder_at_work_asks_the_kernel_for_nothing_but_threads_and_its_socket(
    tmp_path: Path,
) -> None:
    told = tmp_path / "calls"
    pictures = PooledPictures()
    wait_until(lambda: pictures._idle.qsize() == cores(), seconds=20, what="every decoder")
    child = pictures._idle.get(timeout=10)
    pictures._idle.put(child)  # the next to be asked: the last in is the first out
    watch = ["strace", "-f", "-e", "trace=%file,%network,%process,%desc", "-o", str(told)]
    tracer = subprocess.Popen([*watch, "-p", str(child.pid)], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    if "attached" not in (said := tracer.stderr.readline()):
        pytest.skip(f"strace may not watch here: {said}")

    for data in _of_every_kind():
        size = pictures.look_inside(data, making=EARLY).size
        for kind in Format:
            whole = Rendition(Box(0, 0, size.width, size.height), Size(64, 40), kind)
            pictures.render(data, whole)
    pids = {each.pid for each in pictures._idle.queue}
    tracer.terminate()
    tracer.wait()
    pictures.close()

    calls = re.findall(r"^\d+ +(\w+)\((.*)", told.read_text(), re.MULTILINE)
    assert child.pid in pids
    assert len([name for name, _ in calls if name == "recvfrom"]) > 20
    for name, arguments in calls:
        if name == "clone":
            assert "CLONE_THREAD" in arguments
        elif name == "clone3":
            assert "ENOSYS" in arguments
        else:
            assert name in {"recvfrom", "sendto", "exit", "mmap"}, f"{name}({arguments}"


def _of_every_kind() -> Iterator[bytes]:
    for suffix in (".jpg", ".png", ".webp"):
        yield a_file(suffix=suffix)
        yield a_file(suffix=suffix, icc_profile=bytes(pyvips.Image.profile_load("p3")))
    yield a_file(progressive=True)
    yield a_file_of(PillowImage.new("CMYK", (640, 400), (200, 40, 0, 20)))
    yield a_file_of(PillowImage.new("I;16", (640, 400), 999), suffix=".png")


def test_an_unfit_decoder_is_never_used() -> None:
    pictures = PooledPictures(decoder="tests.support.no_such_decoder")

    wait_until(
        lambda: "does not start" in (pictures.unfit() or ""), seconds=20, what="the decoders"
    )
    pictures.close()


def test_decoders_end_with_the_service_however_it_ends() -> None:
    program = (
        "import time; from media.adapters.pooled_pictures import PooledPictures as P; p = P();\n"
        "while p.unfit(): time.sleep(0.01)\n"
        "print(*[each.pid for each in p._idle.queue], flush=True); time.sleep(60)"
    )
    service = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    decoders = [int(each) for each in service.stdout.readline().split()]

    service.kill()
    service.wait()

    assert decoders
    wait_until(lambda: not any(_runs(each) for each in decoders), seconds=20, what="the decoders")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_no_hostile_file_does_more_than_be_refused(
    pictures: PooledPictures, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="media.adapters.pooled_pictures")
    for each in hostile.named():
        if each.outcome not in {"taken", "either"}:
            continue
        data = each.make()
        whole = Rendition(Box(0, 0, 64, 64), Size(32, 32), Format.WEBP)
        started = time.monotonic()
        try:
            examine(data)
            pictures.look_inside(data)
            pictures.render(data, whole)
        except PictureRefused:
            assert each.outcome == "either", each.name
        assert time.monotonic() - started < 40, each.name
    assert pictures.look_inside(a_file()).size == Size(640, 400)
    ours = [each for each in caplog.records if each.name == "media.adapters.pooled_pictures"]
    replaced = [record.__dict__["facts"]["peak"] for record in ours]
    assert max([each.facts["peak"] for each in pictures._idle.queue] + replaced) < 1024**3
    assert "died" not in caplog.text


def test_no_mutant_does_more_than_be_refused() -> None:
    pictures = PooledPictures()  # its own: another's would be replaced after so many jobs
    wait_until(lambda: pictures._idle.qsize() == cores(), seconds=20, what="every decoder")
    before = {each.pid for each in pictures._idle.queue}
    for data in hostile.mutants(120):
        whole = Rendition(Box(0, 0, 320, 200), Size(160, 100), Format.JPG)
        with suppress(PictureRefused):
            pictures.look_inside(data)
        with suppress(PictureRefused):
            pictures.render(data, whole)
    after = {each.pid for each in pictures._idle.queue}
    pictures.close()

    assert after == before, "a mutant killed its decoder"


def test_a_decoder_is_not_blamed_for_the_memory_of_the_service() -> None:
    service = (
        "import sys; from media.adapters.pooled_pictures import PooledPictures\n"
        "much = bytearray(b'x') * 400_000_000\n"
        "pictures = PooledPictures()\n"
        "pictures.look_inside(sys.stdin.buffer.read())\n"
        "print(*[each.facts['peak'] for each in pictures._idle.queue if each.facts['jobs']])\n"
    )

    command = [sys.executable, "-c", service]
    said = subprocess.run(command, check=True, capture_output=True, input=a_file()).stdout

    [peak] = map(int, said.split())  # so it was not replaced after its first job
    assert 20_000_000 < peak < 200_000_000


def _large(kind: str) -> bytes:
    """A lawful picture of nearly 100 megapixels, of a kind that needs much memory."""
    grey = (pyvips.Image.xyz(12_000, 8_333)[0] / 47).cast("uchar")
    match kind:
        case "CMYK":
            four = grey.bandjoin([grey, grey, grey]).copy(interpretation="cmyk")
            return bytes(four.jpegsave_buffer(interlace=True, subsample_mode="off"))
        case "16-bit":
            wide = (grey.cast("ushort") * 257).cast("ushort")
            four = wide.bandjoin([wide, wide, wide]).copy(interpretation="rgb16")
            return bytes(four.pngsave_buffer(interlace=True, compression=1))
        case _:
            three = grey.bandjoin([grey, grey]).copy(interpretation="srgb")
            return bytes(three.webpsave_buffer(effort=0))


@pytest.mark.parametrize("kind", ["CMYK", "16-bit", "WebP"])
def test_a_lawful_picture_of_100_megapixels_is_taken_and_rendered(kind: str) -> None:
    data = _large(kind)
    size = examine(data).size
    pictures = PooledPictures(patience=200)
    wait_until(lambda: pictures.unfit() is None, seconds=60, what="the decoders")

    inside = pictures.look_inside(data, making=EARLY)
    made = {
        name: opened(pictures.render(data, plan(parse_variant(name), size, Point(0.5, 0.5))).body)
        for name in ("w3840.avif", "w3840.webp", "7680x4320.jpg")
    }
    pictures.close()

    assert inside.size == size
    assert len(inside.images) == len(EARLY)
    assert {image.size for image in made.values()} == {(3840, 2667), (7680, 4320)}
