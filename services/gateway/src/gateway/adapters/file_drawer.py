"""The administrator's key in a file that only its owner may read."""

import secrets
from pathlib import Path


class FileDrawer:
    """One file; it is there whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        try:
            return self._path.read_text().strip() or None
        except FileNotFoundError:
            return None

    def lay(self, key: str) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        written = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        written.touch(mode=0o600, exist_ok=False)
        try:
            written.write_text(f"{key}\n")
            self._path.hardlink_to(written)  # unlike a rename, fails if the name is taken
        except FileExistsError:
            return False
        finally:
            written.unlink()
        return True

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)
