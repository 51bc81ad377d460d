"""Records, read for what is searched in them."""

import json
from typing import Any

import pytest

from search.domain.wallpaper import Change, InvalidRecord, Wallpaper
from tests.support.search_builders import a_record, a_tombstone


def test_the_document_is_the_record_as_it_came() -> None:
    record = a_record(title="Tromsø 夜景", lum=0.1234) | {"unheard_of": {"a": [1, None]}}

    assert json.loads(Wallpaper.of(record).document) == record


@pytest.mark.parametrize(
    "changes",
    [
        {"title": None},
        {"title": 5},
        {"tags": "forest"},
        {"tags": [5]},
        {"width": "3840"},
        {"width": True},
        {"height": 0},
        {"palette": [{"hex": "#12", "share": 1}]},
        {"palette": {}},
        {"lum": "dark"},
        {"created_at": "yesterday"},
        {"created_at": "2026-11-23T12:00:00"},
        {"sat": float("nan")},
    ],
)
def test_a_record_that_cannot_be_searched_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecord):
        Wallpaper.of(a_record(**changes))


@pytest.mark.parametrize("missing", ["id", "palette", "uploader", "created_at"])
def test_a_record_that_lacks_something_is_refused(missing: str) -> None:
    record = a_record()
    del record[missing]

    with pytest.raises(InvalidRecord):
        Wallpaper.of(record)


@pytest.mark.parametrize("status", ["processing", "pending", "rejected", "deleted"])
def test_only_what_is_live_is_to_be_found(status: str) -> None:
    change = Change.of(a_record(status=status, version=3))

    assert (change.id, change.version, change.wallpaper) == ("22222222", 3, None)


def test_a_tombstone_needs_no_more_than_its_id_and_version() -> None:
    assert Change.of(a_tombstone("22222222", version=2)).wallpaper is None


@pytest.mark.parametrize("record", [None, [], {}, {"id": "a"}, {"id": 1, "version": 1}, "x"])
def test_what_is_no_record_is_no_change(record: Any) -> None:
    with pytest.raises(InvalidRecord):
        Change.of(record)
