"""Renditions are made once and kept."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier, Event

import pytest

from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_renditions import MemoryRenditions
from media.deliver import Studio
from media.domain.renditions import Format, Rendition, Variant, parse_variant
from media.domain.wallpaper import Size
from media.flights import Flights
from media.ports import Data, Image, Inside, PicturesBusy, StorageUnavailable
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


def _originals() -> MemoryOriginals:
    originals = MemoryOriginals()
    originals.put(ORIGINAL, BytesIO(b"a picture"))
    return originals


def test_a_rendition_is_made_once_however_many_ask_at_once() -> None:
    pictures, renditions = _Slow(), MemoryRenditions()
    studio = Studio(_originals(), renditions, pictures)

    with ThreadPoolExecutor(8) as visitors:
        seen = list(
            visitors.map(lambda _: studio.deliver(PINE, parse_variant("w640.webp")), range(8))
        )

    assert len(pictures.made) == 1
    assert len({delivery.image.digest for delivery in seen}) == 1
    assert seen[0].file_name == "wallpaper-7kq2m9xz-640x360.webp"


def test_a_kept_rendition_is_not_made_again() -> None:
    pictures, renditions = _Slow(), MemoryRenditions()
    Studio(_originals(), renditions, pictures).deliver(PINE, parse_variant("1920x1080.jpg"))

    Studio(MemoryOriginals(), renditions, pictures).deliver(PINE, parse_variant("1920x1080.jpg"))

    assert len(pictures.made) == 1


def test_a_rendition_that_cannot_be_kept_is_delivered_all_the_same() -> None:
    class Full(MemoryRenditions):
        def put(self, key: str, image: Image) -> None:
            raise StorageUnavailable("full")

    studio = Studio(_originals(), Full(), _Slow())

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
        Studio(MemoryOriginals(), MemoryRenditions(), pictures).deliver(
            PINE, parse_variant("5120x2880.jpg")
        )

    assert pictures.made == []
