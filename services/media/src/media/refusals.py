"""Not trying again, for a while, what has just failed: nobody can buy work by asking again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from media.domain.container import PictureRefused
from media.domain.renditions import RenditionRefused

_TOO_DEMANDING = (
    "Making this image takes more time or memory than one may; ask for a smaller one, or a JPEG.",
    3600.0,  # seconds: it would take too much again
)
_FAILED = (
    "This image could not be made; it is tried again in a minute.",
    60.0,  # a decoder may have died for a reason of its own
)
_MOST = 10_000


class Refusals:
    """What could not be made, and until when that is not tried again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._until: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def check(self, name: str) -> None:
        """Return unless ``name`` failed a while ago.

        Raises:
            RenditionRefused: If it did, with the same words.
        """
        with self._lock:
            until, text = self._until.get(name, (0.0, ""))
            if self._clock() < until:
                raise RenditionRefused(text)
            self._until.pop(name, None)

    @contextmanager
    def remembering(self, name: str) -> Iterator[None]:
        """Remember it if what is done here is refused.

        Raises:
            RenditionRefused: In place of the decoder's ``PictureRefused``: the picture itself was
                taken, so it is this image of it that takes too much.
        """
        try:
            yield
        except PictureRefused as error:
            demanding = error.reason == "too-demanding"
            text, seconds = _TOO_DEMANDING if demanding else _FAILED
            with self._lock:
                until = self._clock() + seconds
                self._until[name] = until, text
                while len(self._until) > _MOST:
                    self._until.popitem(last=False)
            raise RenditionRefused(text) from error
