from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.archive import NoBackup, opened, writing

MADE = "2026-11-23T21:00:00+00:00"
ITEMS = [
    {"pk": {"S": "a"}, "sk": {"S": "1"}, "B": {"M": {"B": {"B": b"\x00\xff"}}}, "n": {"N": "0.10"}},
    {"pk": {"S": "b"}, "sk": {"S": "2"}, "all": {"BS": [b"x", b"\x80"]}, "no": {"NULL": True}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with writing(tmp_path / "kept", MADE) as archive:
        archive.keep_table("catalogue", ITEMS)
        archive.keep_object("originals/abc", [b"one", b"two"], {"ContentType": "image/png"})
    return tmp_path / "kept"


def test_what_was_kept_is_read_again_as_it_was(folder: Path) -> None:
    archive = opened(folder)

    assert list(archive.items("catalogue")) == ITEMS
    assert archive.of_object("originals/abc").read_bytes() == b"onetwo"
    assert archive.objects["originals/abc"].headers == {"ContentType": "image/png"}
    assert (archive.made, archive.size, archive.tables["catalogue"].items) == (MADE, 6, 2)


def _lose_a_byte(folder: Path) -> None:
    (folder / "objects/originals/abc").write_bytes(b"onetw")


def _lose_an_object(folder: Path) -> None:
    (folder / "objects/originals/abc").unlink()


def _lose_a_table(folder: Path) -> None:
    (folder / "tables/catalogue.jsonl.gz").write_bytes(b"")


def _lose_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _cut_the_manifest(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text()[:100])


def _lead_outside(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("originals/abc", "../manifest.json"))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_lose_a_byte, "damaged"),
        (_lose_an_object, "missing"),
        (_lose_a_table, "damaged"),
        (_lose_the_manifest, "no backup"),
        (_cut_the_manifest, "damaged"),
        (_lead_outside, "cannot be the name"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused(
    folder: Path, harm: Callable[[Path], None], said: str
) -> None:
    harm(folder)

    with pytest.raises(NoBackup, match=said):
        opened(folder)


def test_nothing_is_left_of_a_backup_that_was_cut_off(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), writing(tmp_path / "kept", MADE) as archive:  # noqa: PT012
        archive.keep_table("catalogue", ITEMS)
        raise OSError("The disk is full.")

    assert list(tmp_path.iterdir()) == []


def test_a_backup_never_takes_the_place_of_another(folder: Path) -> None:
    with pytest.raises(FileExistsError, match="TO="), writing(folder, MADE):
        pass

    assert list(opened(folder).items("catalogue")) == ITEMS
