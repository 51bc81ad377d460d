"""Which of a million ids have been seen, in eight bytes each."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Census:
    """A set of ids that can be added to, and asked once it is complete."""

    def __init__(self) -> None:
        self._marks: list[NDArray[np.uint64]] = []

    def add(self, ids: Iterable[str]) -> None:
        """Count ``ids`` among those seen."""
        self._marks.append(_marks(ids))

    def unseen(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Those of ``ids`` that were never added; one in 10**13 may be overlooked."""
        asked = list(ids)
        seen = np.concatenate([*self._marks, _marks(())])
        new = ~np.isin(_marks(asked), seen)
        return tuple(asked[at] for at in np.flatnonzero(new).tolist())


def _marks(ids: Iterable[str]) -> NDArray[np.uint64]:
    digests = b"".join(hashlib.blake2b(id_.encode(), digest_size=8).digest() for id_ in ids)
    return np.frombuffer(digests, dtype=np.uint64)
