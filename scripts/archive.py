"""A backup on disk: a folder that is there whole or not at all, with the hash of everything in it.

manifest.json              what is here: items and hash of each table; size, hash and headers of
                           each object
tables/NAME.jsonl.gz       one item a line, as DynamoDB's API has it; bytes in base64
objects/KEY                an object of the bucket of originals, bit for bit
"""

import base64
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

Item = dict[str, Any]
_FORMAT = 1
_MANIFEST = "manifest.json"


class NoBackup(Exception):
    """This folder is no backup, or not a whole one: restoring it would lose something."""


@dataclass(frozen=True, slots=True)
class Table:
    """How many items a table has here, and the SHA-256 of its file."""

    items: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Object:
    """An object's bytes, how many they are, and what S3 is told of them.

    Attributes:
        bytes: How many.
        sha256: Of them, in hex.
        headers: Arguments of PutObject, such as ``ContentType`` and ``Metadata``.
    """

    bytes: int
    sha256: str
    headers: dict[str, Any]


@dataclass(slots=True)
class Archive:
    """What is in a folder, by name of table and key of object.

    Attributes:
        folder: Where it is.
        made: When the tables were as they are here, RFC 3339.
    """

    folder: Path
    made: str
    tables: dict[str, Table] = field(default_factory=dict)
    objects: dict[str, Object] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Of all objects, in bytes."""
        return sum(each.bytes for each in self.objects.values())

    def keep_table(self, name: str, items: Iterable[Item]) -> Table:
        """Write ``items`` as the table ``name``, in place of any written before."""
        count = 0
        file = self._of_table(name)
        with file.open("wb") as opened, gzip.GzipFile("", "wb", fileobj=opened, mtime=0) as packed:
            for item in items:
                line = json.dumps(item, default=_in_base64, separators=(",", ":"), sort_keys=True)
                packed.write(line.encode() + b"\n")
                count += 1
        self.tables[name] = Table(count, _digest(file))
        return self.tables[name]

    def items(self, name: str) -> Iterator[Item]:
        """The items of the table ``name``."""
        with gzip.open(self._of_table(name), "rt") as lines:
            for line in lines:
                yield json.loads(line, object_hook=_from_base64)

    def keep_object(self, key: str, chunks: Iterable[bytes], headers: dict[str, Any]) -> None:
        """Write an object."""
        file = self.of_object(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with file.open("wb") as opened:
            for chunk in chunks:
                size += opened.write(chunk)
                digest.update(chunk)
        self.objects[key] = Object(size, digest.hexdigest(), headers)

    def of_object(self, key: str) -> Path:
        """Where the bytes of the object ``key`` are.

        Raises:
            NoBackup: If that would be somewhere else than in this folder.
        """
        path = PurePosixPath(key)
        if path.is_absolute() or ".." in path.parts or str(path) != key:
            raise NoBackup(f"'{key}' cannot be the name of a file in a backup.")
        return self.folder / "objects" / path

    def check(self) -> None:
        """Read everything.

        Raises:
            NoBackup: If anything is missing or has another hash.
        """
        for name, table in self.tables.items():
            _must_be(self._of_table(name), table.sha256)
        for key, kept in self.objects.items():
            _must_be(self.of_object(key), kept.sha256)

    def _of_table(self, name: str) -> Path:
        return self.folder / "tables" / f"{name}.jsonl.gz"


@contextmanager
def writing(folder: Path, made: str) -> Iterator[Archive]:
    """A backup that is to be in ``folder``: it appears there whole at the end of the block.

    If the block fails, nothing is left of it.

    Raises:
        FileExistsError: If there is something already.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; say another folder with TO=.")
    unfinished = folder.with_name(f"{folder.name}.unfinished-{os.getpid()}")
    (unfinished / "tables").mkdir(parents=True, mode=0o700)
    (unfinished / "objects").mkdir()
    try:
        archive = Archive(unfinished, made)
        yield archive
        said = {
            "format": _FORMAT,
            "made": made,
            "tables": {name: asdict(table) for name, table in archive.tables.items()},
            "objects": {key: asdict(kept) for key, kept in archive.objects.items()},
        }
        (unfinished / _MANIFEST).write_text(json.dumps(said, indent=1))
        os.sync()  # what is called a backup outlives a power cut
        unfinished.rename(folder)
        archive.folder = folder
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def opened(folder: Path) -> Archive:
    """The backup in ``folder``, every byte of it read and compared with its hash.

    Raises:
        NoBackup: If there is none, or anything is missing in it or differs.
    """
    try:
        said = json.loads((folder / _MANIFEST).read_text())
        if said["format"] != _FORMAT:
            raise NoBackup(f"{folder} was written by another release, which must restore it.")
        archive = Archive(
            folder,
            said["made"],
            {name: Table(**table) for name, table in said["tables"].items()},
            {key: Object(**kept) for key, kept in said["objects"].items()},
        )
    except FileNotFoundError as error:
        raise NoBackup(f"{folder} is no backup: it has no {_MANIFEST}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoBackup(f"{folder / _MANIFEST} is damaged: {error}") from error
    archive.check()
    return archive


def _must_be(file: Path, sha256: str) -> None:
    if not file.is_file():
        raise NoBackup(f"{file} is missing: this backup is not whole.")
    if _digest(file) != sha256:
        raise NoBackup(f"{file} is not what was kept: this backup is damaged.")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _in_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _from_base64(said: Item) -> Item:
    """An attribute's value is ``{"B": text}``; an attribute *called* B has an object there."""
    match said:
        case {"B": str(text)}:
            return {"B": base64.b64decode(text)}
        case {"BS": [*texts]}:
            return {"BS": [base64.b64decode(text) for text in texts]}
    return said
