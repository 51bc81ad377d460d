"""Versions of what was deleted, so that older news do not bring it back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np

from search.adapters.columns import archive

_RECENT = 1000
"""So many are kept in memory; then a file is written of them all."""


class Gone:
    """Ids and versions: the recent ones in memory, the others in a mapped file."""

    def __init__(self, file: Path | None = None, recent: Mapping[str, int] | None = None) -> None:
        """What ``file`` has, and ``recent``.

        Raises:
            Damaged: If ``file`` is none of ours.
        """
        self.file = file
        self.recent = dict(recent or {})
        self._arrays = archive.opened(file).arrays if file else _NOTHING
        if not self._arrays.keys() >= _NOTHING.keys():
            raise archive.Damaged(f"'{file}' does not say what was deleted")

    def versions(self, ids: Sequence[str]) -> dict[str, int]:
        """The version at which each of ``ids`` was deleted, of those that were."""
        held, versions = self._arrays["ids"], self._arrays["versions"]
        found = {}
        if len(held):
            wanted = np.array([id_.encode() for id_ in ids])
            at = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
            there = held[at] == wanted
            found = {
                id_: version
                for id_, version, here in zip(ids, versions[at].tolist(), there, strict=True)
                if here
            }
        return found | {id_: self.recent[id_] for id_ in ids if id_ in self.recent}

    def with_(self, deleted: Mapping[str, int], folder: Path) -> "Gone":
        """These and ``deleted``; what becomes too much for memory is written in ``folder``."""
        recent = {**self.recent, **deleted}
        if len(recent) <= _RECENT:
            return Gone(self.file, recent)
        every = dict(zip(self._ids(), self._arrays["versions"].tolist(), strict=True)) | recent
        return Gone(written(every, folder))

    def _ids(self) -> list[str]:
        return [id_.decode() for id_ in self._arrays["ids"].tolist()]


def written(versions: Mapping[str, int], folder: Path) -> Path:
    """A new file in ``folder`` that holds ``versions``."""
    file = folder / f"{uuid4().hex}.gone"
    ids = sorted(versions)
    arrays = {
        "ids": np.array([id_.encode() for id_ in ids]),
        "versions": np.array([versions[id_] for id_ in ids], dtype=np.int64),
    }
    archive.write(file, arrays)
    return file


_NOTHING: archive.Arrays = {
    "ids": np.zeros(0, dtype="S1"),
    "versions": np.zeros(0, dtype=np.int64),
}
