"""Renditions in memory: the same promises, for tests."""

from media.domain.renditions import Format
from media.ports import Image


class MemoryRenditions:
    """Renditions that were made before, for as long as the process lives."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}

    def get(self, key: str, kind: Format) -> Image | None:  # noqa: ARG002
        return self._images.get(key)

    def put(self, key: str, image: Image) -> bool:
        return self._images.setdefault(key, image) is image

    def clear(self, prefix: str) -> None:
        for key in [each for each in self._images if each.startswith(prefix)]:
            self._images.pop(key, None)
