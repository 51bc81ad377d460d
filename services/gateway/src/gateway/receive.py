"""Takes in a request's body whole, before anyone is bothered with it."""

import time
from collections.abc import Callable, Iterator
from typing import IO

from gateway.ports import Patience

CHUNK = 64 * 1024
SLOWEST = 64 * 1024
"""Bytes a second that a body must at least bring, in the mean over each ``WINDOW``."""
WINDOW = 10.0
"""Seconds."""
Read = Callable[[int], bytes]


class BodyTooLarge(Exception):
    """More came than may come."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit:,} bytes can be sent here, form fields included.")
        self.limit = limit


class BodyTooSlow(Exception):
    """The body comes so slowly that waiting for it would hold up others."""

    def __init__(self) -> None:
        super().__init__("The upload came too slowly and was cut off. Nothing was kept.")


def receive(
    read: Read,
    into: IO[bytes],
    *,
    at_most: int,
    patience: Patience,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Copy a body and rewind the copy.

    Args:
        read: Gives at most as many bytes as it is asked for; none at the end.
        into: Takes the copy.
        at_most: Bytes.
        patience: Ends a read that hangs.
        clock: In seconds.

    Returns:
        How many bytes came.

    Raises:
        BodyTooLarge: As soon as more than ``at_most`` bytes have come.
        BodyTooSlow: If less than ``SLOWEST`` bytes a second came over a ``WINDOW``.
    """
    total = 0
    for chunk in _paced(read, patience, clock):
        total += len(chunk)
        if total > at_most:
            raise BodyTooLarge(at_most)
        into.write(chunk)
    into.seek(0)
    return total


def drain(
    read: Read,
    *,
    at_most: int,
    seconds: float,
    patience: Patience,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Read on and forget, so that whoever is still sending comes to read our answer.

    Stops after ``at_most`` bytes, after ``seconds``, or when the body is too slow.

    Returns:
        Whether the body came to its end.
    """
    end, total = clock() + seconds, 0
    try:
        for chunk in _paced(read, patience, clock):
            total += len(chunk)
            if total >= at_most or clock() >= end:
                return False
    except BodyTooSlow:
        return False
    return True


def _paced(read: Read, patience: Patience, clock: Callable[[], float]) -> Iterator[bytes]:
    began, came = clock(), 0
    while True:
        try:
            with patience(WINDOW):
                chunk = read(CHUNK)
        except TimeoutError as error:
            raise BodyTooSlow from error
        if not chunk:
            return
        yield chunk
        came += len(chunk)
        if (took := clock() - began) >= WINDOW:
            if came < SLOWEST * took:
                raise BodyTooSlow
            began, came = clock(), 0
