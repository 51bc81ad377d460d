"""A better original in place of the one that is here: what is written in which order."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import IO

import pytest

from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.vips_pictures import VipsPictures
from media.domain.claim import Claim
from media.domain.wallpaper import Original, Point, Wallpaper
from media.improve import improve, tidied
from media.ingest import Upload, ingest
from media.ports import (
    CatalogueUnavailable,
    NearDuplicate,
    Neighbours,
    OriginalNotFound,
    Overtaken,
    Retired,
    StorageUnavailable,
    VersionMismatch,
)
from media.restore import restore_lost
from media.retire import retire
from media.revise import revise
from tests.support.media_builders import NOON, a_file

PICTURES = VipsPictures()
LATER = NOON + timedelta(minutes=5)
WORSE, BETTER = a_file(640, 400), a_file(1280, 800, quality=95)


def an_upload(data: bytes, *, key: str | None = None, near: bool = False) -> Upload:
    return Upload(BytesIO(data), "pine.jpg", None, {}, uploader="ada", key=key, near=near)


def improved(
    wallpaper: Wallpaper, catalogue: MemoryCatalogue, originals: MemoryOriginals, data: bytes
) -> Wallpaper:
    return improve(
        wallpaper, an_upload(data), catalogue, originals, PICTURES, smaller=False, now=LATER
    )


class Breaking:
    """Breaks off at the chosen write, as a killed process does."""

    def __init__(self) -> None:
        self.at: str | None = None

    def before(self, name: str) -> None:
        if self.at == name:
            raise StorageUnavailable("killed here")


class Records(MemoryCatalogue):
    """A catalogue whose update can break off, before or after it has happened."""

    def __init__(self, breaking: Breaking) -> None:
        super().__init__()
        self._breaking = breaking

    def update(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        self._breaking.before("update")
        super().update(wallpaper, claim, among=among)
        self._breaking.before("updated")


class Files(MemoryOriginals):
    """Originals whose writes can break off."""

    def __init__(self, breaking: Breaking) -> None:
        super().__init__()
        self._breaking = breaking

    def put(self, original: Original, file: IO[bytes]) -> bool:
        self._breaking.before("put")
        return super().put(original, file)

    def describe(self, wallpaper: Wallpaper) -> None:
        self._breaking.before("bury" if wallpaper.is_deleted else "describe")
        super().describe(wallpaper)

    def retire(self, sha256: str) -> Retired:
        self._breaking.before("retire")
        return super().retire(sha256)


def test_the_former_original_is_out_of_sight_and_only_then() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(WORSE), catalogue, originals, PICTURES, now=NOON)

    better = improved(first, catalogue, originals, BETTER)

    assert originals.read(better.original) == BETTER
    with pytest.raises(OriginalNotFound):
        originals.read(first.original)
    assert better.former == first.original
    assert (better.id, better.created_at, better.version) == (first.id, first.created_at, 2)
    assert better.counters == first.counters


def test_a_focal_point_that_was_set_stays_if_the_shape_does() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(WORSE), catalogue, originals, PICTURES, now=NOON)
    chosen = revise(first, {"focal": {"x": 0.1, "y": 0.9}}, catalogue, originals, now=NOON)

    same_shape = improved(chosen, catalogue, originals, BETTER)
    other_shape = improved(same_shape, catalogue, originals, a_file(1280, 1280, quality=95))

    assert same_shape.look.focal == Point(0.1, 0.9)
    assert other_shape.look.focal != Point(0.1, 0.9)


@pytest.mark.parametrize("at", ["put", "update", "updated", "describe", "bury", "retire"])
@pytest.mark.parametrize("key", [None, "k"])
def test_wherever_it_breaks_off_all_is_well_when_it_is_sent_again(at: str, key: str | None) -> None:
    breaking = Breaking()
    catalogue, originals = Records(breaking), Files(breaking)
    first = ingest(an_upload(WORSE), catalogue, originals, PICTURES, now=NOON)

    def send() -> Wallpaper:
        here = catalogue.get(first.id)
        if here.original.bytes == len(BETTER):  # as the endpoint does
            return tidied(here, catalogue, originals)
        upload = an_upload(BETTER, key=key)
        return improve(here, upload, catalogue, originals, PICTURES, smaller=False, now=LATER)

    breaking.at = at
    with pytest.raises(StorageUnavailable):
        send()
    here = catalogue.get(first.id)
    assert originals.read(here.original) in (WORSE, BETTER)
    rebuilt = MemoryCatalogue()
    restore_lost(rebuilt, originals, now=LATER)
    assert originals.read(rebuilt.get(first.id).original) in (WORSE, BETTER)

    breaking.at = None
    better = send()

    assert (better.version, originals.read(better.original)) == (2, BETTER)
    assert set(originals._files) == {better.original.sha256}
    rebuilt = MemoryCatalogue()
    restore_lost(rebuilt, originals, now=LATER)
    assert rebuilt.get(first.id) == better


def test_a_rebuild_takes_the_better_one_whatever_comes_first() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(WORSE), catalogue, originals, PICTURES, now=NOON)
    better = improved(first, catalogue, originals, BETTER)
    rebuilt = MemoryCatalogue()

    done = restore_lost(rebuilt, originals, now=LATER)

    assert (done.put_back, done.refused) == ([first.id], [])
    assert rebuilt.get(first.id) == better
    assert rebuilt.holder(first.original.sha256) is None
    assert [each.wallpaper_id for each in rebuilt.neighbours(better.look).nearest] == [first.id]


def test_a_deleted_wallpaper_does_not_come_back_by_its_former_sidecar() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(WORSE), catalogue, originals, PICTURES, now=NOON)
    better = improved(first, catalogue, originals, BETTER)
    retire(better, catalogue, originals, now=LATER)
    other = ingest(an_upload(BETTER), catalogue, originals, PICTURES, now=LATER)
    rebuilt = MemoryCatalogue()

    restore_lost(rebuilt, originals, now=LATER)

    assert rebuilt.get(first.id).is_deleted
    assert rebuilt.get(other.id) == other


def test_whoever_is_late_is_told_and_nothing_of_theirs_is_kept_in_its_place() -> None:
    catalogue, originals = MemoryCatalogue(), MemoryOriginals()
    first = ingest(an_upload(WORSE), catalogue, originals, PICTURES, now=NOON)
    better = improved(first, catalogue, originals, BETTER)

    with pytest.raises(VersionMismatch):
        improved(first, catalogue, originals, a_file(1300, 812, quality=95))

    assert catalogue.get(first.id) == better
    assert list(originals._files.values()) == [BETTER]


def test_of_two_look_alikes_at_once_the_later_leaves_nothing() -> None:
    originals = MemoryOriginals()
    alike = a_file(640, 400, quality=60)

    class Quicker(MemoryCatalogue):
        """Somebody else uploads the same picture just before ours is published."""

        meanwhile: Callable[[], object] | None = None

        def publish(
            self,
            wallpaper: Wallpaper,
            claim: Claim | None = None,
            *,
            among: Neighbours | None = None,
        ) -> None:
            if self.meanwhile is not None:
                other, self.meanwhile = self.meanwhile, None
                other()
            super().publish(wallpaper, claim, among=among)

    catalogue = Quicker()
    catalogue.meanwhile = lambda: ingest(an_upload(alike), catalogue, originals, PICTURES, now=NOON)

    with pytest.raises(NearDuplicate):
        ingest(an_upload(WORSE, key="k"), catalogue, originals, PICTURES, now=NOON)

    assert list(originals._files.values()) == [alike]
    accepted = an_upload(WORSE, key="k", near=True)
    assert ingest(accepted, catalogue, originals, PICTURES, now=NOON).version == 1


def test_when_look_alikes_keep_coming_it_is_said_to_be_busy() -> None:
    class Busy(MemoryCatalogue):
        def publish(
            self,
            wallpaper: Wallpaper,
            claim: Claim | None = None,
            *,
            among: Neighbours | None = None,
        ) -> None:
            raise Overtaken

    with pytest.raises(CatalogueUnavailable):
        ingest(an_upload(WORSE), Busy(), MemoryOriginals(), PICTURES, now=NOON)
