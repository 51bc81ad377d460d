"""Taking wallpapers in, changing and deleting them: what is written in which order."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import IO

import pytest

from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.vips_pictures import VipsPictures
from media.domain.claim import Claim, KeyInUse, KeyReused
from media.domain.container import MOST_BYTES, NotAPicture, PictureRefused, TooLarge
from media.domain.description import InvalidField
from media.domain.wallpaper import Original, Point, Wallpaper
from media.ingest import Upload, ingest
from media.ports import (
    CatalogueUnavailable,
    DuplicateOriginal,
    Neighbours,
    OriginalNotFound,
    Retired,
    StorageUnavailable,
    VersionMismatch,
)
from media.restore import restore_lost
from media.retire import retire
from media.revise import revise
from media.show import WallpaperDeleted
from tests.support.media_builders import NOON, a_file, a_kept_wallpaper, a_wallpaper

PICTURES = VipsPictures()
LATER = NOON + timedelta(minutes=5)


def an_upload(
    data: bytes | None = None,
    *,
    file_name: str = "pine_ridge.jpg",
    fields: Mapping[str, str] | None = None,
    key: str | None = None,
    near: bool = False,
) -> Upload:
    file = BytesIO(a_file() if data is None else data)
    return Upload(file, file_name, None, fields or {}, uploader="ada", key=key, near=near)


class _Failing(MemoryCatalogue):
    """Cannot be written to as long as it is ``down``."""

    down = True

    def publish(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        if self.down:
            raise CatalogueUnavailable("down")
        super().publish(wallpaper, claim, among=among)


class _NoSidecars(MemoryOriginals):
    """Cannot write sidecars as long as it is ``down``."""

    down = True

    def describe(self, wallpaper: Wallpaper) -> None:
        if self.down:
            raise StorageUnavailable("down")
        super().describe(wallpaper)


def test_an_upload_is_kept_in_bytes_record_and_sidecar() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    data = a_file(640, 400)

    wallpaper = ingest(
        an_upload(data, fields={"tags": "fog"}), catalogue, originals, PICTURES, now=NOON
    )

    assert wallpaper.description.title == "Pine ridge"
    assert (wallpaper.original.size.width, wallpaper.original.bytes) == (640, len(data))
    assert catalogue.get(wallpaper.id) == wallpaper
    assert originals.read(wallpaper.original) == data
    assert list(originals.descriptions()) == [wallpaper]


@pytest.mark.parametrize(
    ("upload", "error"),
    [
        (an_upload(b"<svg/>", key="k"), NotAPicture),
        (an_upload(a_file()[:-100], key="k"), PictureRefused),
        (an_upload(a_file(), file_name="pine.png", key="k"), PictureRefused),
        (an_upload(fields={"rating": "fine"}, key="k"), InvalidField),
        (an_upload(bytes(MOST_BYTES + 1), key="k"), TooLarge),
        (an_upload(key="no spaces"), InvalidField),
    ],
)
def test_what_is_refused_leaves_nothing_behind(upload: Upload, error: type[Exception]) -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()

    with pytest.raises(error):
        ingest(upload, catalogue, originals, PICTURES, now=NOON)

    assert catalogue.changes(None, limit=1, now=NOON).items == ()
    assert originals._files == {}
    assert list(originals.descriptions()) == []
    good = an_upload(key="k")
    assert ingest(good, catalogue, originals, PICTURES, now=NOON).version == 1


def test_the_same_file_is_a_duplicate_of_the_one_that_is_here() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)

    with pytest.raises(DuplicateOriginal) as caught:
        ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)

    assert caught.value.wallpaper_id == first.id


def test_the_same_upload_with_the_same_key_is_one_wallpaper() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)

    again = ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=LATER)

    assert again == first
    assert len(catalogue.changes(None, limit=9, now=NOON).items) == 1


def test_another_upload_with_the_same_key_is_refused() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)

    for other in (an_upload(a_file(seed=2), key="k"), an_upload(fields={"ai": "no"}, key="k")):
        with pytest.raises(KeyReused):
            ingest(other, catalogue, originals, PICTURES, now=NOON)


def test_a_key_is_free_again_after_a_failure_of_ours() -> None:
    catalogue, originals = _Failing(), MemoryOriginals()
    with pytest.raises(CatalogueUnavailable):
        ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)
    catalogue.down = False

    wallpaper = ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)

    assert catalogue.get(wallpaper.id) == wallpaper


def test_an_upload_is_not_acknowledged_before_its_sidecar_is_written() -> None:
    catalogue, originals = MemoryCatalogue(), _NoSidecars()
    with pytest.raises(StorageUnavailable):
        ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)
    with pytest.raises(StorageUnavailable):
        ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)
    with pytest.raises(
        StorageUnavailable
    ):  # to say that it is here would be an acknowledgement, too
        ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)
    originals.down = False

    wallpaper = ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)

    assert list(originals.descriptions()) == [wallpaper]


def test_an_upload_that_is_running_elsewhere_is_not_run_twice() -> None:
    originals = MemoryOriginals()

    class Racing(MemoryCatalogue):
        def publish(
            self,
            wallpaper: Wallpaper,
            claim: Claim | None = None,
            *,
            among: Neighbours | None = None,
        ) -> None:
            with pytest.raises(KeyInUse):
                ingest(an_upload(key="k"), self, originals, PICTURES, now=NOON)
            super().publish(wallpaper, claim, among=among)

    catalogue = Racing()

    ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)

    assert len(catalogue.changes(None, limit=9, now=NOON).items) == 1


def test_a_key_of_a_deleted_wallpaper_says_that_it_is_gone() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    wallpaper = ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=NOON)
    retire(wallpaper, catalogue, originals, now=LATER)

    with pytest.raises(WallpaperDeleted):
        ingest(an_upload(key="k"), catalogue, originals, PICTURES, now=LATER)


def test_a_change_is_in_the_sidecar_before_it_is_acknowledged() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    wallpaper = ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)

    revised = revise(
        wallpaper,
        {"title": "Fog", "focal": {"x": 0.1, "y": 0.2}},
        catalogue,
        originals,
        now=LATER,
    )

    assert (revised.description.title, revised.look.focal) == ("Fog", Point(0.1, 0.2))
    assert (revised.version, revised.changed_at, revised.created_at) == (2, LATER, NOON)
    assert list(originals.descriptions()) == [revised] == [catalogue.get(wallpaper.id)]


def test_of_two_editors_one_is_told_to_look_again() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    wallpaper = ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)
    revise(wallpaper, {"title": "Fog"}, catalogue, originals, now=LATER)

    with pytest.raises(VersionMismatch):
        revise(wallpaper, {"title": "Mist"}, catalogue, originals, now=LATER)

    assert catalogue.get(wallpaper.id).description.title == "Fog"


def test_what_was_deleted_can_be_uploaded_again_as_another_wallpaper() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)
    retire(first, catalogue, originals, now=LATER)
    with pytest.raises(OriginalNotFound):
        originals.read(first.original)

    second = ingest(an_upload(), catalogue, originals, PICTURES, now=LATER)

    assert second.id != first.id
    assert originals.read(second.original) == a_file()
    assert list(originals.descriptions()) == [second]


def test_deleting_again_finishes_what_was_cut_off() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    wallpaper = ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)
    tombstone = wallpaper.deleted(now=LATER)
    catalogue.update(tombstone)  # and then the process died

    retire(catalogue.get(wallpaper.id), catalogue, originals, now=LATER)

    assert list(originals.descriptions()) == [tombstone]
    with pytest.raises(OriginalNotFound):
        originals.read(wallpaper.original)


def test_bytes_uploaded_again_while_they_are_being_deleted_stay() -> None:
    catalogue = MemoryCatalogue()
    again: list[Wallpaper] = []

    class UploadedMeanwhile(MemoryOriginals):
        def retire(self, sha256: str) -> Retired:
            retired = super().retire(sha256)
            again.append(ingest(an_upload(), catalogue, self, PICTURES, now=LATER))
            return retired

    originals = UploadedMeanwhile()
    first = ingest(an_upload(), catalogue, originals, PICTURES, now=NOON)

    retire(first, catalogue, originals, now=LATER)

    assert originals.read(again[0].original) == a_file()
    assert list(originals.descriptions()) == again


def test_bytes_deleted_while_they_are_being_uploaded_again_stay() -> None:
    catalogue = MemoryCatalogue()
    first: list[Wallpaper] = []

    class DeletedMeanwhile(MemoryOriginals):
        def put(self, original: Original, file: IO[bytes]) -> bool:
            put = super().put(original, file)
            if first and not put:
                retire(first.pop(), catalogue, self, now=LATER)
            return put

    class NotSeen(MemoryCatalogue):
        def holder(self, sha256: str) -> str | None:
            return None if first else super().holder(sha256)

    catalogue = NotSeen()
    originals = DeletedMeanwhile()
    first.append(ingest(an_upload(), catalogue, originals, PICTURES, now=NOON))

    second = ingest(an_upload(near=True), catalogue, originals, PICTURES, now=LATER)

    assert originals.read(second.original) == a_file()
    assert list(originals.descriptions()) == [second]


def test_lost_records_come_back_from_their_sidecars() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    lost, old, here = (a_kept_wallpaper(originals) for _ in range(3))
    newer = old.revised(old.description, Point(0, 0), now=LATER)
    tombstone = a_wallpaper().deleted(now=LATER)
    for known in (old, here):
        catalogue.publish(known)
    for described in (lost, newer, here, tombstone):
        originals.describe(described)

    done = restore_lost(catalogue, originals, now=LATER)

    assert (done.read, set(done.put_back), done.refused) == (
        4,
        {lost.id, old.id, tombstone.id},
        [],
    )
    for wallpaper in (lost, newer, here, tombstone):
        assert catalogue.get(wallpaper.id) == wallpaper
    assert restore_lost(catalogue, originals, now=LATER).put_back == []


def test_a_lost_record_whose_bytes_are_taken_is_left_out() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    lost = a_kept_wallpaper(originals)
    catalogue.publish(a_wallpaper(original=lost.original))

    done = restore_lost(catalogue, originals, now=LATER)

    assert (done.put_back, done.refused) == ([], [lost.id])
