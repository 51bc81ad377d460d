import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from gateway.adapters.gevent_patience import patience
from gateway.receive import CHUNK, SLOWEST, BodyTooLarge, BodyTooSlow, drain, receive


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def dripping(clock: Clock, *, chunk: int, seconds: float, chunks: int) -> Callable[[int], bytes]:
    """A body that brings ``chunk`` bytes each ``seconds``."""
    left = iter(range(chunks))

    def read(size: int) -> bytes:
        if next(left, None) is None:
            return b""
        clock.now += seconds
        return bytes(min(chunk, size))

    return read


def test_a_body_comes_whole_and_rewound() -> None:
    sent = bytes(range(256)) * 1000
    into = io.BytesIO()

    length = receive(io.BytesIO(sent).read, into, at_most=len(sent), patience=patience)

    assert length == len(sent)
    assert into.read() == sent


def test_one_byte_too_many_is_too_large_and_says_the_limit() -> None:
    sent = io.BytesIO(bytes(1001))

    with pytest.raises(BodyTooLarge) as caught:
        receive(sent.read, io.BytesIO(), at_most=1000, patience=patience)

    assert caught.value.limit == 1000
    assert "1,000 bytes" in str(caught.value)


def test_a_body_at_the_slowest_speed_is_let_through() -> None:
    clock = Clock()
    read = dripping(clock, chunk=SLOWEST, seconds=1, chunks=30)

    length = receive(read, io.BytesIO(), at_most=2**30, patience=patience, clock=clock)

    assert length == 30 * SLOWEST


def test_a_slower_body_is_cut_after_ten_seconds() -> None:
    clock = Clock()
    read = dripping(clock, chunk=SLOWEST - 1, seconds=1, chunks=1000)

    with pytest.raises(BodyTooSlow):
        receive(read, io.BytesIO(), at_most=2**30, patience=patience, clock=clock)

    assert clock.now == 10


def test_a_body_that_slows_down_later_is_cut_too() -> None:
    clock = Clock()
    quick = dripping(clock, chunk=CHUNK, seconds=0.01, chunks=2000)
    slow = dripping(clock, chunk=10, seconds=1, chunks=1000)

    with pytest.raises(BodyTooSlow):
        receive(
            lambda size: quick(size) or slow(size),
            io.BytesIO(),
            at_most=2**30,
            patience=patience,
            clock=clock,
        )

    assert clock.now < 41


def test_a_read_that_hangs_is_too_slow() -> None:
    @contextmanager
    def impatience(seconds: float) -> Iterator[None]:
        assert seconds == 10
        yield
        raise TimeoutError

    with pytest.raises(BodyTooSlow):
        receive(lambda size: b"", io.BytesIO(), at_most=9, patience=impatience)


def test_a_small_slow_body_that_ends_in_time_is_fine() -> None:
    clock = Clock()
    read = dripping(clock, chunk=10, seconds=1, chunks=8)

    assert receive(read, io.BytesIO(), at_most=99, patience=patience, clock=clock) == 80


@pytest.mark.parametrize(
    ("at_most", "seconds", "read", "ended"),
    [(2**30, 600, 100, True), (10 * CHUNK, 60, 10, False), (2**30, 3, 3, False)],
)
def test_draining_ends_with_the_body_or_with_our_patience(
    at_most: int, seconds: float, read: int, ended: bool
) -> None:
    clock = Clock()
    body = dripping(clock, chunk=CHUNK, seconds=1, chunks=100)

    done = drain(body, at_most=at_most, seconds=seconds, patience=patience, clock=clock)

    assert (clock.now, done) == (read, ended)


def test_draining_a_slow_body_gives_up_quietly() -> None:
    clock = Clock()
    body = dripping(clock, chunk=1, seconds=1, chunks=100)

    assert not drain(body, at_most=2**30, seconds=60, patience=patience, clock=clock)

    assert clock.now == 10
