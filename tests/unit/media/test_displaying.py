"""Pictures are laid out for a CDN, and none outlives its wallpaper there."""

import hashlib
from typing import Any

import pytest

from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_renditions import MemoryRenditions
from media.display import Display
from media.domain.renditions import Format, parse_variant
from media.domain.wallpaper import Wallpaper
from media.ports import Image, StorageUnavailable
from tests.support.media_builders import A_LOOK, NOON, a_wallpaper, an_original

PIXELS = Image(b"pixels", Format.WEBP, hashlib.sha256(b"pixels").hexdigest())
SMALL = parse_variant("w640.webp")


def displayed(renditions: MemoryRenditions, wallpaper: Wallpaper) -> bool:
    return renditions.get(f"i/{wallpaper.id}/w640.webp", Format.WEBP) is not None


def test_a_whole_picture_lies_where_its_address_says() -> None:
    pine, renditions = a_wallpaper(), MemoryRenditions()

    Display(MemoryCatalogue(pine), renditions).lay_out(pine, SMALL, PIXELS)

    assert renditions.get(f"i/{pine.id}/w640.webp", Format.WEBP) == PIXELS


def test_cuts_and_better_originals_are_not_laid_out() -> None:
    pine, renditions = a_wallpaper(), MemoryRenditions()
    better = pine.improved(an_original(b"better"), A_LOOK, now=NOON)
    display = Display(MemoryCatalogue(pine, better), renditions)

    display.lay_out(pine, parse_variant("1920x1080.webp"), PIXELS)
    display.lay_out(better, SMALL, PIXELS)

    assert not displayed(renditions, pine)
    assert renditions.get(f"i/{pine.id}/w1920.webp", Format.WEBP) is None


def _deleted(pine: Wallpaper) -> Wallpaper:
    return pine.deleted(now=NOON)


def _improved(pine: Wallpaper) -> Wallpaper:
    return pine.improved(an_original(b"better"), A_LOOK, now=NOON)


@pytest.mark.parametrize("change", [_deleted, _improved])
@pytest.mark.parametrize("when", ["before the change", "during it", "after it"])
def test_nothing_stays_of_what_is_deleted_or_improved(change: Any, when: str) -> None:
    pine, renditions = a_wallpaper(), MemoryRenditions()
    catalogue = MemoryCatalogue(pine)
    display = Display(catalogue, renditions)

    def lay_out(moment: str) -> None:
        if moment == when:
            display.lay_out(pine, SMALL, PIXELS)

    lay_out("before the change")
    with display.cleared(pine.id):
        lay_out("during it")
        catalogue.update(change(pine))
    lay_out("after it")

    assert not displayed(renditions, pine)


def test_the_display_of_another_wallpaper_is_left_alone() -> None:
    pine, mist, renditions = a_wallpaper(), a_wallpaper(), MemoryRenditions()
    display = Display(MemoryCatalogue(pine, mist), renditions)
    display.lay_out(mist, SMALL, PIXELS)

    with display.cleared(pine.id):
        pass

    assert displayed(renditions, mist)


def test_a_display_that_cannot_be_reached_costs_no_answer() -> None:
    class Away(MemoryRenditions):
        def put(self, key: str, image: Image) -> bool:
            raise StorageUnavailable("away")

    pine = a_wallpaper()

    Display(MemoryCatalogue(pine), Away()).lay_out(pine, SMALL, PIXELS)
