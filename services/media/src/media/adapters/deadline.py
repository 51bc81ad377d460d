"""A limit on how long a call may take in all.

Timeouts of boto3 and redis-py are for each read: a server that drips one byte at a time holds them
for as long as it likes. A call here is made on another thread and left behind when its time is up.
"""

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from chassis import trace

P = ParamSpec("P")
R = TypeVar("R")


class Deadline:
    """Makes calls that may take so many seconds, each.

    A call that was left behind keeps its thread, and its connection, until it ends by itself;
    when all threads are held like this, further calls fail in time, too.
    """

    def __init__(self, seconds: float, threads: ThreadPoolExecutor) -> None:
        self._seconds = seconds
        self._threads = threads

    def __call__(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What ``call`` returns or raises.

        Raises:
            TimeoutError: If it has done neither in time, or before the request's own deadline.
        """
        try:
            seconds = trace.current_or_new().remaining(self._seconds)
        except trace.DeadlineExceeded as error:
            raise TimeoutError("no time was left for this call") from error
        context = contextvars.copy_context()  # so that what it logs names the request
        future = self._threads.submit(lambda: context.run(call, *args, **kwargs))
        try:
            return future.result(seconds)
        finally:
            future.cancel()  # if it has not begun, it need not
