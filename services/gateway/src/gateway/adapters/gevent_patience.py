"""Ends a wait for a socket when its time is over, however lively the other side drips."""

from collections.abc import Iterator
from contextlib import contextmanager

import gevent
from gevent import monkey


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """A block that may wait ``seconds`` for sockets; ``TimeoutError`` after that.

    It works where sockets belong to gevent, as in the gateway's workers. Elsewhere (a test, a
    command) nothing is cut, and only the timeouts of each single read hold.
    """
    if not monkey.is_module_patched("socket"):
        yield
        return
    timer = gevent.Timeout(max(seconds, 0.001))
    timer.start()
    try:
        yield
    except gevent.Timeout as fired:
        if fired is not timer:
            raise
        raise TimeoutError(f"still waiting after {seconds:g} s") from None
    finally:
        timer.close()
