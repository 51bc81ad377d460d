"""Renditions are made once and kept."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Event

import pytest

from media.adapters.memory_leases import MemoryLeases
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_renditions import MemoryRenditions
from media.deliver import Studio
from media.domain.container import PictureRefused
from media.domain.cuts import Box
from media.domain.renditions import (
    EARLY,
    SOURCE,
    Format,
    Rendition,
    RenditionRefused,
    Variant,
    parse_variant,
    plan,
)
from media.domain.wallpaper import Original, Point, Size
from media.flights import Flights
from media.ports import Data, Image, Inside, PicturesBusy, StorageUnavailable
from media.refusals import Refusals
from tests.support.media_builders import a_wallpaper, an_original

ORIGINAL = an_original(size=Size(3840, 2160))
PINE = a_wallpaper(id="7kq2m9xz", original=ORIGINAL)


class _Slow:
    """Counts what it renders, and takes its time."""

    def __init__(self) -> None:
        self.made: list[Rendition] = []

    def look_inside(self, data: Data, *, making: Sequence[Variant] = ()) -> Inside:
        raise NotImplementedError

    def render(self, source: Data, rendition: Rendition) -> Image:
        self.made.append(rendition)
        time.sleep(0.05)
        return Image(bytes(source), rendition.format, "digest")

    def unfit(self) -> str | None:
        return None


class _Originals(MemoryOriginals):
    """Counts how often they are fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched = 0

    def read(self, original: Original) -> bytes:
        self.fetched += 1
        return super().read(original)


def _originals() -> _Originals:
    originals = _Originals()
    originals.put(ORIGINAL, BytesIO(b"a picture"))
    return originals


def test_a_rendition_is_made_once_however_many_ask_at_once() -> None:
    pictures, renditions = _Slow(), MemoryRenditions()
    studio = Studio(_originals(), renditions, pictures, MemoryLeases())

    with ThreadPoolExecutor(8) as visitors:
        seen = list(
            visitors.map(lambda _: studio.deliver(PINE, parse_variant("w640.webp")), range(8))
        )

    assert len(pictures.made) == 1
    assert len({delivery.image.digest for delivery in seen}) == 1
    assert seen[0].file_name == "wallpaper-7kq2m9xz-640x360.webp"


def test_a_kept_rendition_is_not_made_again() -> None:
    pictures, renditions = _Slow(), MemoryRenditions()
    Studio(_originals(), renditions, pictures, MemoryLeases()).deliver(
        PINE, parse_variant("1920x1080.jpg")
    )

    Studio(MemoryOriginals(), renditions, pictures, MemoryLeases()).deliver(
        PINE, parse_variant("1920x1080.jpg")
    )

    assert len(pictures.made) == 1


def test_a_rendition_that_cannot_be_kept_is_delivered_all_the_same() -> None:
    class Full(MemoryRenditions):
        def put(self, key: str, image: Image) -> bool:
            raise StorageUnavailable("full")

    studio = Studio(_originals(), Full(), _Slow(), MemoryLeases())

    assert studio.deliver(PINE, parse_variant("w320.avif")).image.format is Format.AVIF


def _share(flights: Flights[int], work: Callable[[], int]) -> list[object]:
    start = Barrier(4)

    def fly(_: int) -> object:
        start.wait()
        try:
            return flights.join("same", work, within=5)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(fly, range(4)))


def test_those_who_wait_share_what_went_wrong_and_the_next_tries_anew() -> None:
    flights = Flights[int](most_waiting=3)
    tries: list[int] = []

    def fail() -> int:
        tries.append(1)
        Event().wait(0.1)
        raise ValueError("no")

    assert _share(flights, fail) == ["no"] * 4
    assert len(tries) == 1
    assert flights.join("same", lambda: 7, within=5) == 7


def test_only_so_many_wait_for_another_and_not_for_ever() -> None:
    flights = Flights[int](most_waiting=1)
    begun, end = Event(), Event()

    def slow() -> int:
        begun.set()
        end.wait(5)
        return 7

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: flights.join("same", slow, within=5))
        begun.wait(5)
        second = threads.submit(lambda: flights.join("same", slow, within=0.3))
        while flights._seats._value:  # until the second has taken the only seat
            Event().wait(0.01)
        with pytest.raises(PicturesBusy, match="Many are waiting"):
            flights.join("same", slow, within=5)
        with pytest.raises(PicturesBusy, match="longer than usual"):
            second.result()
        end.set()
        assert first.result() == 7


def test_different_work_is_not_shared() -> None:
    flights = Flights[int](most_waiting=3)

    assert (
        flights.join("outer", lambda: 1 + flights.join("inner", lambda: 1, within=5), within=5) == 2
    )


def test_a_picture_that_is_too_small_is_not_even_looked_for() -> None:
    pictures = _Slow()

    with pytest.raises(Exception, match="enlarged"):
        Studio(MemoryOriginals(), MemoryRenditions(), pictures, MemoryLeases()).deliver(
            PINE, parse_variant("5120x2880.jpg")
        )

    assert pictures.made == []


class _Held(_Slow):
    """Is not done before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = Event()

    def render(self, source: Data, rendition: Rendition) -> Image:
        self.let_go.wait(10)
        return super().render(source, rendition)


def test_whoever_is_one_too_many_is_told_before_anything_is_fetched() -> None:
    pictures, originals = _Held(), _originals()
    studio = Studio(originals, MemoryRenditions(), pictures, MemoryLeases())
    sizes = [parse_variant(f"{width}x600.webp") for width in range(600, 630)]

    with ThreadPoolExecutor(len(sizes)) as visitors:
        asked = [visitors.submit(studio.deliver, PINE, size) for size in sizes]
        first = next(as_completed(asked))
        pictures.let_go.set()

    assert isinstance(first.exception(), PicturesBusy)
    refused = [each for each in asked if isinstance(each.exception(), PicturesBusy)]
    assert 0 < len(refused) < len(sizes)
    assert originals.fetched == len(pictures.made) == len(sizes) - len(refused)


class _Demanding(_Slow):
    """Refuses everything, for ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def render(self, source: Data, rendition: Rendition) -> Image:
        super().render(source, rendition)
        raise PictureRefused(self.reason, "no")


@pytest.mark.parametrize(
    ("reason", "text"), [("too-demanding", "more time or memory"), ("undecodable", "in a minute")]
)
def test_what_could_not_be_made_is_not_tried_again_at_once(reason: str, text: str) -> None:
    pictures = _Demanding(reason)
    studio = Studio(_originals(), MemoryRenditions(), pictures, MemoryLeases())

    for _ in range(3):
        with pytest.raises(RenditionRefused, match=text):
            studio.deliver(PINE, parse_variant("w3840.avif"))
    with pytest.raises(RenditionRefused):
        studio.deliver(PINE, parse_variant("w3840.webp"))

    assert len(pictures.made) == 2


@pytest.mark.parametrize(("reason", "seconds"), [("too-demanding", 3600), ("undecodable", 60)])
def test_a_refusal_is_forgotten_after_a_while(reason: str, seconds: float) -> None:
    now = [1000.0]
    refusals = Refusals(lambda: now[0])
    with pytest.raises(RenditionRefused), refusals.remembering("w640"):
        raise PictureRefused(reason, "no")

    now[0] += seconds - 1
    with pytest.raises(RenditionRefused):
        refusals.check("w640")
    now[0] += 1

    refusals.check("w640")


def test_two_tasks_make_a_rendition_once() -> None:
    pictures, renditions, leases = _Slow(), MemoryRenditions(), MemoryLeases()
    tasks = [Studio(_originals(), renditions, pictures, leases) for _ in range(2)]

    with ThreadPoolExecutor(8) as visitors:
        found = list(
            visitors.map(
                lambda task: task.deliver(PINE, parse_variant("1920x1080.jpg")).image, tasks * 4
            )
        )

    assert len(pictures.made) == 1
    assert len({image.digest for image in found}) == 1


def test_a_task_that_was_cut_off_with_a_lease_holds_nobody_up_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("media.deliver._PATIENCE", 0.3)
    leases = MemoryLeases()
    studio = Studio(_originals(), MemoryRenditions(), _Slow(), leases)
    variant = parse_variant("1920x1080.jpg")
    key = plan(variant, ORIGINAL.size, PINE.look.focal).key(ORIGINAL)

    leases.take(key, lifetime=timedelta(minutes=1))
    with pytest.raises(PicturesBusy):
        studio.deliver(PINE, variant)


def test_of_two_that_were_made_all_the_same_everybody_gets_the_first() -> None:
    class Late(MemoryRenditions):
        """Another task keeps its own just before ours does."""

        def put(self, key: str, image: Image) -> bool:
            super().put(key, Image.of(b"theirs", image.format))
            return super().put(key, image)

    studio = Studio(_originals(), Late(), _Slow(), MemoryLeases())

    images = [studio.deliver(PINE, parse_variant("w3840.jpg")).image for _ in range(2)]

    assert [image.body for image in images] == [b"theirs", b"theirs"]


def test_what_was_made_early_is_found_and_smaller_images_are_made_from_it() -> None:
    pictures, renditions = _Slow(), MemoryRenditions()
    studio = Studio(_originals(), renditions, pictures, MemoryLeases())
    early = {each: Image.of(f"w{each.width}".encode(), each.format) for each in EARLY}

    studio.keep_early(ORIGINAL, early)
    studio._keeping.shutdown()

    assert studio.deliver(PINE, parse_variant("w640.webp")).image.body == b"w640"
    assert studio.deliver(PINE, parse_variant("w1920.jpg")).image.body == b"w1920"
    assert pictures.made == []


def test_a_small_image_that_is_not_kept_is_made_from_the_larger_one() -> None:
    pictures, renditions = _Slow(), MemoryRenditions()
    studio = Studio(MemoryOriginals(), renditions, pictures, MemoryLeases())
    larger = plan(SOURCE, ORIGINAL.size, Point(0.5, 0.5))
    renditions.put(larger.key(ORIGINAL), Image.of(b"larger", Format.JPG))

    image = studio.deliver(PINE, parse_variant("w640.avif")).image

    assert image.body == b"larger"
    assert pictures.made == [Rendition(Box(0, 0, 1920, 1080), Size(640, 360), Format.AVIF)]


def test_uploads_that_come_too_fast_lose_only_what_can_be_made_again() -> None:
    class Stuck(MemoryRenditions):
        def __init__(self) -> None:
            super().__init__()
            self.free = Event()

        def put(self, key: str, image: Image) -> bool:
            self.free.wait(5)
            return super().put(key, image)

    renditions = Stuck()
    studio = Studio(_originals(), renditions, _Slow(), MemoryLeases())

    for number in range(100):
        image = Image.of(b"pixels", Format.JPG)
        studio.keep_early(an_original(bytes([number]), size=Size(3840, 2160)), {SOURCE: image})
    renditions.free.set()
    studio._keeping.shutdown()

    assert len(renditions._images) == 32
