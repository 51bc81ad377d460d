"""Sweeping, scrubbing and rebuilding, on stores in memory."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest

from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_originals import MemoryOriginals
from media.command import main
from media.domain.feed import TOMBSTONES_KEPT
from media.domain.wallpaper import Point, Wallpaper
from media.restore import restore_lost
from media.retire import retire
from media.scrub import scrub
from media.sweep import Swept, sweep
from tests.support.media_builders import NOON, a_kept_wallpaper, a_wallpaper, an_original

LONG_AGO = NOON - timedelta(days=99)


@pytest.fixture
def originals() -> MemoryOriginals:
    return MemoryOriginals()


def _orphan(originals: MemoryOriginals, data: bytes = b"nobody's") -> str:
    original = an_original(data)
    originals.put(original, BytesIO(data))
    originals._since[original.sha256] = LONG_AGO
    return original.sha256


def _swept(catalogue: MemoryCatalogue, originals: MemoryOriginals, *, apply: bool = True) -> Swept:
    for sha256 in originals._since:
        originals._since[sha256] = min(originals._since[sha256], LONG_AGO)
    return sweep(catalogue, originals, now=NOON, apply=apply)


def test_old_originals_without_a_record_are_put_out_of_sight(originals: MemoryOriginals) -> None:
    here = a_kept_wallpaper(originals)
    orphan = _orphan(originals)

    found = _swept(MemoryCatalogue(here), originals)

    assert found == Swept(originals=2, records=1, orphans=[orphan])
    assert not originals.holds(orphan)
    assert originals.holds(here.original.sha256)


def test_what_is_only_looked_for_stays(originals: MemoryOriginals) -> None:
    orphan = _orphan(originals)

    assert _swept(MemoryCatalogue(), originals, apply=False).orphans == [orphan]
    assert originals.holds(orphan)


def test_what_is_young_may_be_an_upload_on_its_way(originals: MemoryOriginals) -> None:
    sha256 = _orphan(originals)
    originals._since[sha256] = NOON - timedelta(hours=23)

    assert sweep(MemoryCatalogue(), originals, now=NOON, apply=True).orphans == []
    assert originals.holds(sha256)


def test_an_orphan_that_is_uploaded_while_it_is_swept_stays(originals: MemoryOriginals) -> None:
    sha256 = _orphan(originals)
    catalogue = MemoryCatalogue()

    class Meanwhile(MemoryOriginals):
        def retire(self, sha256: str):  # type: ignore[no-untyped-def]
            retired = super().retire(sha256)
            catalogue.publish(a_wallpaper(original=an_original(b"nobody's")))
            return retired

    meanwhile = Meanwhile()
    meanwhile.__dict__.update(originals.__dict__)
    _swept(catalogue, meanwhile)

    assert meanwhile.holds(sha256)


def test_a_wallpaper_whose_sidecar_was_never_written_gets_one(originals: MemoryOriginals) -> None:
    here = a_kept_wallpaper(originals)
    originals.forget(here.original.sha256)

    assert _swept(MemoryCatalogue(here), originals).undescribed == [here.id]
    assert originals.described(here.original.sha256) == here


def test_a_record_without_its_bytes_is_told_of(originals: MemoryOriginals) -> None:
    here, lost = a_kept_wallpaper(originals), a_wallpaper()

    found = _swept(MemoryCatalogue(here, lost), originals)

    assert found.dangling == [lost.id]


def test_bytes_that_somebody_put_away_for_another_wallpaper_come_back(
    originals: MemoryOriginals,
) -> None:
    here = a_kept_wallpaper(originals)
    originals.retire(here.original.sha256)  # and was killed before looking for a record again

    only_found = sweep(MemoryCatalogue(here), originals, now=NOON, apply=False)
    assert (only_found.hidden, originals.holds(here.original.sha256)) == ([here.id], False)

    found = _swept(MemoryCatalogue(here), originals)
    assert (found.hidden, found.dangling) == ([here.id], [])
    assert originals.holds(here.original.sha256)


def test_a_tombstone_has_served_its_time_after_a_month(originals: MemoryOriginals) -> None:
    young, old = a_kept_wallpaper(originals), a_kept_wallpaper(originals)
    catalogue = MemoryCatalogue(young, old)
    retire(young, catalogue, originals, now=NOON)
    retire(old, catalogue, originals, now=NOON - TOMBSTONES_KEPT - timedelta(days=1))

    assert _swept(catalogue, originals).forgotten == [old.original.sha256]
    assert [each.id for each in originals.descriptions()] == [young.id]


def test_a_scrub_finds_bytes_that_are_not_what_was_kept(originals: MemoryOriginals) -> None:
    many = [a_kept_wallpaper(originals) for _ in range(150)]
    damaged = many[77]
    originals._files[damaged.original.sha256] = b"rotten"

    found = scrub(MemoryCatalogue(*many), originals, share=1, apply=True)

    assert (found.read, found.damaged, found.up_to) == (150, [damaged.original.sha256], "")
    assert found.wallpapers == [damaged.id]


def test_scrubs_of_a_share_each_read_all_in_turn(originals: MemoryOriginals) -> None:
    many = [a_kept_wallpaper(originals) for _ in range(120)]
    read: list[str] = []

    class Watched(MemoryOriginals):
        def digest(self, sha256: str) -> str:
            read.append(sha256)
            return super().digest(sha256)

    watched = Watched()
    watched.__dict__.update(originals.__dict__)
    for _ in range(10):
        scrub(MemoryCatalogue(*many), watched, share=0.1, apply=True)

    assert read == sorted(each.original.sha256 for each in many)
    assert watched.bookmark() == ""


def test_a_scrub_that_is_cut_off_is_carried_on(originals: MemoryOriginals) -> None:
    many = [a_kept_wallpaper(originals) for _ in range(200)]
    catalogue = MemoryCatalogue(*many)

    class Cut(Exception):
        pass

    def cut(done: int) -> None:
        if done > 64:
            raise Cut

    with pytest.raises(Cut):
        scrub(catalogue, originals, share=1, apply=True, progress=cut)

    assert scrub(catalogue, originals, share=1, apply=True).read == 200 - 64


def test_a_scrub_writes_sidecars_that_are_behind(originals: MemoryOriginals) -> None:
    pine = a_kept_wallpaper(originals)
    catalogue = MemoryCatalogue(pine)
    revised = pine.revised(pine.description, Point(0, 0), now=NOON)
    catalogue.update(revised)

    assert scrub(catalogue, originals, share=1, apply=True).restated == [pine.id]
    assert originals.described(pine.original.sha256) == revised


def test_a_rebuild_compares_everything(originals: MemoryOriginals) -> None:
    same, lost, old, other = (a_kept_wallpaper(originals) for _ in range(4))
    newer = old.revised(old.description, Point(0, 0), now=NOON)
    originals.describe(newer)
    bodiless = a_wallpaper()
    originals.describe(bodiless)
    forgotten = a_wallpaper().deleted(now=NOON - TOMBSTONES_KEPT)
    originals.describe(forgotten)
    catalogue = MemoryCatalogue(same, old, replace(other, uploader="mallory"))

    for apply in (False, True):
        found = restore_lost(catalogue, originals, now=NOON, apply=apply)
        assert found.read == 6
        assert set(found.put_back) == {lost.id, newer.id}
        assert found.without_bytes == [bodiless.id]
        assert found.differing == [other.id]
    assert catalogue.records([lost.id, newer.id]) == {lost.id: lost, newer.id: newer}
    assert restore_lost(catalogue, originals, now=NOON).put_back == []


def test_a_record_that_the_feed_has_lost_is_placed_anew(originals: MemoryOriginals) -> None:
    pine = a_kept_wallpaper(originals)

    class Forgetful(MemoryCatalogue):
        lost = True

        def changes(self, *args, **options):  # type: ignore[no-untyped-def]
            page = super().changes(*args, **options)
            return replace(page, items=()) if self.lost else page

        def place_anew(self, wallpaper_id: str) -> None:
            self.lost = False
            super().place_anew(wallpaper_id)

    catalogue = Forgetful(pine)

    assert restore_lost(catalogue, originals, now=NOON).placed_anew == [pine.id]
    assert restore_lost(catalogue, originals, now=NOON).placed_anew == []
    assert catalogue.get(pine.id) == pine


def _a_feed_of(catalogue: MemoryCatalogue) -> list[Wallpaper]:
    return [each.wallpaper for each in catalogue.changes(None, limit=9, now=NOON).items]


def test_placing_anew_is_a_change_of_nothing_but_the_place() -> None:
    pine, mist = a_wallpaper(), a_wallpaper()
    catalogue = MemoryCatalogue(pine, mist)

    catalogue.place_anew(pine.id)

    assert _a_feed_of(catalogue) == [mist, pine]


@pytest.mark.parametrize("arguments", [["scrub", "--share", "2"], ["sweep", "--hours", "-1"], []])
def test_a_command_that_makes_no_sense_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2


def test_a_command_without_settings_says_which(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEDIA_CATALOGUE_TABLE", raising=False)

    assert main(["sweep"]) == 2
    assert "MEDIA_CATALOGUE_TABLE" in capsys.readouterr().err
