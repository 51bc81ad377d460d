"""What each part of a query matches, one wallpaper at a time."""

from datetime import timedelta
from typing import Any

import pytest

from search.domain.matching import matcher
from search.domain.parser import parse_query
from tests.support.search_builders import NOW, a_wallpaper


def matches(text: str, **changes: Any) -> bool:
    understood = parse_query(text)
    assert not understood.warnings
    return matcher(understood.query.where, now=NOW)(a_wallpaper(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pine",
        "PINE",
        "ridge",
        "tromso",
        "mist",
        "blue",
        "blue-hour",
        "blue_hour",
        "夜景",
        "夜",
        "pi*",
        "blue ho*",
        '"pine ridge"',
        '"ridge at dawn"',
        '"blue hour"',
        '"pine ri"*',
        "pine -boat",
        "(boat OR pine) mist",
        "-(pine boat)",
        "#forest",
        '#"Blue Hour"',
        "#blue_hour",
        "tag:boat,forest",
        "tag:for*",
        "tag:*",
        "tag:c++",
        "#cafe",
    ],
)
def test_words_are_found_in_title_description_and_tags(text: str) -> None:
    assert matches(
        text,
        title="Pine Ridge at Dawn",
        description="Mist over Tromsø, 夜景.",
        tags=["blue hour", "c++", "café", "forest"],
    )


@pytest.mark.parametrize(
    "text",
    [
        "boat",
        "pin",
        "-pine",
        '"ridge pine"',
        '"dawn mist"',
        '"hour forest"',
        "ridg pine",
        "景夜",
        "#blue",
        "#fores",
        "tag:c",
        "tag:bo*",
        "boat OR ship",
        "pine boat",
    ],
)
def test_and_not_found_where_they_do_not_stand(text: str) -> None:
    assert not matches(
        text,
        title="Pine Ridge at Dawn",
        description="Mist over Tromsø, 夜景.",
        tags=["blue hour", "c++", "café", "forest"],
    )


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("@Ada", {"uploader": "ada"}, True),
        ("@ad", {"uploader": "ada"}, False),
        ("@ad*", {"uploader": "ada"}, True),
        ("cat:city,nature", {"category": "nature"}, True),
        ("cat:city", {"category": "nature"}, False),
        ("rating:sketchy", {"rating": "sketchy"}, True),
        ("rating:safe", {"rating": "sketchy"}, False),
        ("w:3840", {"width": 3840}, True),
        ("w:>3840", {"width": 3840}, False),
        ("w:>=3840", {"width": 3840}, True),
        ("w:<3840", {"width": 3840}, False),
        ("h:1000..2000", {"height": 2000}, True),
        ("h:1000..1999", {"height": 2000}, False),
        ("mp:8", {"width": 3840, "height": 2160}, True),
        ("mp:8.0", {"width": 3840, "height": 2160}, False),
        ("mp:8.29", {"width": 3840, "height": 2160}, True),
        ("mp:>=8.2944", {"width": 3840, "height": 2160}, True),
        ("res:3840x2160", {"width": 3840, "height": 2160}, True),
        ("res:3840x2161", {"width": 3840, "height": 2160}, False),
        ("res:>=2560x1440", {"width": 2560, "height": 1440}, True),
        ("res:>=2560x1440", {"width": 5000, "height": 1439}, False),
        ("res:>2560x1440", {"width": 5000, "height": 1440}, False),
        ("res:<=2560x1440", {"width": 2560, "height": 1440}, True),
        ("res:<2560x1440", {"width": 2560, "height": 1000}, False),
        ("res:1x1..1920x1080", {"width": 1920, "height": 1081}, False),
        ("res:1920x1080,3840x2160", {"width": 3840, "height": 2160}, True),
        ("ratio:16:9", {"width": 1366, "height": 768}, True),
        ("ratio:16:9", {"width": 1920, "height": 1200}, False),
        ("ratio:>=16:9", {"width": 3840, "height": 2160}, True),
        ("ratio:1.6..1.8", {"width": 1920, "height": 1200}, True),
        ("ratio:landscape", {"width": 1920, "height": 1200}, True),
        ("ratio:landscape", {"width": 1005, "height": 1000}, False),
        ("ratio:square", {"width": 1005, "height": 1000}, True),
        ("ratio:portrait", {"width": 1080, "height": 1920}, True),
        ("ratio:ultrawide", {"width": 2100, "height": 1000}, True),
        ("ratio:ultrawide", {"width": 2090, "height": 1000}, False),
        ("ratio:phone", {"width": 600, "height": 1000}, True),
        ("ratio:phone", {"width": 610, "height": 1000}, False),
        ("fits:2560x1440", {"width": 3840, "height": 2160}, True),
        ("fits:2560x1440", {"width": 2559, "height": 1440}, False),
        ("fits:2560x1440", {"width": 3000, "height": 2100}, True),
        ("fits:2560x1440", {"width": 3000, "height": 2250}, False),
        ("fits:2560x1440@75%", {"width": 3000, "height": 2250}, True),
        ("tone:dark", {"lum": 0.39}, True),
        ("tone:mid", {"lum": 0.4}, True),
        ("tone:light", {"lum": 0.7}, True),
        ("tone:dark,light", {"lum": 0.5}, False),
        ("lum:29", {"lum": 0.29}, True),
        ("lum:>=29", {"lum": 0.29}, True),
        ("lum:<29", {"lum": 0.29}, False),
        ("sat:>10%", {"sat": 0.1001}, True),
        ("oled:60..100%", {"oled": 0.6}, True),
        ("type:jpg", {"type": "image/jpeg"}, True),
        ("type:png,webp", {"type": "image/jpeg"}, False),
        ("size:>5mb", {"bytes": 5_000_000}, False),
        ("size:>=5mb", {"bytes": 5_000_000}, True),
        ("size:5mb", {"bytes": 5_400_000}, True),
        ("size:<4.9mib", {"bytes": 5_000_000}, True),
        ("license:cc0", {"license": "cc0-1.0"}, True),
        ("license:cc-by", {"license": "cc-by-4.0"}, True),
        ("license:cc-by", {"license": "cc-by-sa-4.0"}, False),
        ("license:CC-BY-4.0", {"license": "cc-by-4.0"}, True),
        ("ai:no,unknown", {"ai": "unknown"}, True),
        ("creator:lovelace", {"creator": "Ada Lovelace"}, True),
        ('creator:"ada love"*', {"creator": "Ada Lovelace"}, True),
        ("creator:ada", {"creator": None}, False),
        ("creator:*", {"creator": None}, False),
        ("source:nasa.gov", {"source": "https://images.nasa.gov/a"}, True),
        ("source:nasa", {"source": "https://images.nasa.gov/a"}, True),
        ("source:asa.gov", {"source": "https://images.nasa.gov/a"}, False),
        ("source:nasa.gov", {"source": None}, False),
        ("views:>=1k", {"views": 1000}, True),
        ("views:<1k", {"views": 1000}, False),
        ("downloads:5..7", {"downloads": 7}, True),
        ("favs:0", {"favorites": 1}, False),
        ("favs:>1m", {"favorites": 1_000_001}, True),
        ("has:title has:license", {}, True),
        ("has:description", {"description": "  "}, False),
        ("has:description,tags", {"tags": ["a"]}, True),
        ("-has:creator has:source", {"source": "https://nasa.gov"}, True),
        ("has:license", {"license": "unknown"}, False),
        ("is:live", {}, True),
        ("is:pending", {}, False),
        ("is:new", {"created_at": "2026-11-16T12:00:00.000Z"}, True),
        ("is:new", {"created_at": "2026-11-16T11:59:59.999Z"}, False),
        ("in:holidays", {}, False),
        ("-fav:me", {}, True),
        ("id:22222222", {}, True),
        ("sha256:00*", {}, True),
        ("sha256:01*", {}, False),
    ],
)
def test_a_field_is_held_against_the_record(
    text: str, changes: dict[str, Any], expected: bool
) -> None:
    assert matches(text, **changes) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("color:#0b3d91", True),
        ("color:#0b3d91~60%", True),
        ("color:#0b3d91~61%", False),
        ("color:#103f8c~60%", True),
        ("color:white", True),
        ("color:red", False),
        ("color:red,white", True),
        ("color:white~30% color:#0b3d91~60%", True),
        ("color:black", False),
    ],
)
def test_a_colour_is_found_by_its_looks_and_its_share(text: str, expected: bool) -> None:
    palette = [
        {"hex": "#0b3d91", "share": 0.4},
        {"hex": "#15458f", "share": 0.2},
        {"hex": "#fafafa", "share": 0.36},
        {"hex": "#000000", "share": 0.04},
    ]

    assert matches(text, palette=palette) is expected


@pytest.mark.parametrize(
    ("text", "created_at", "expected"),
    [
        ("date:2026", "2026-12-31T23:59:59.999Z", True),
        ("date:2026", "2027-01-01T00:00:00.000Z", False),
        ("date:2026-12", "2026-12-31T23:59:59.999Z", True),
        ("date:2026-02-28", "2026-02-28T12:00:00.000Z", True),
        ("date:2026-01..2026-03", "2026-03-31T12:00:00.000Z", True),
        ("date:2026-01..2026-03", "2026-04-01T00:00:00.000Z", False),
        ("date:>2026-03", "2026-03-31T23:59:59.999Z", False),
        ("date:>2026-03", "2026-04-01T00:00:00.000Z", True),
        ("date:<2026-03", "2026-02-28T23:59:59.999Z", True),
        ("date:<=2026-03", "2026-03-31T23:59:59.999Z", True),
        ("date:9999..", "2026-03-31T23:59:59.999Z", False),
        ("date:..9999", "2026-03-31T23:59:59.999Z", True),
        ("date:today", "2026-11-23T00:00:00.000Z", True),
        ("date:today", "2026-11-22T23:59:59.999Z", False),
        ("date:yesterday", "2026-11-22T23:59:59.999Z", True),
        ("date:2026-11-01..today", "2026-11-23T11:00:00.000Z", True),
    ],
)
def test_a_date_is_a_day_a_month_or_a_year(text: str, created_at: str, expected: bool) -> None:
    assert matches(text, created_at=created_at) is expected


@pytest.mark.parametrize(
    ("text", "age", "expected"),
    [
        ("age:<7d", timedelta(days=6, hours=23), True),
        ("age:<7d", timedelta(days=7), False),
        ("age:1w..2w", timedelta(days=10), True),
        ("age:>1y", timedelta(days=366), True),
        ("age:<2h", timedelta(hours=1), True),
    ],
)
def test_an_age_is_counted_from_now(text: str, age: timedelta, expected: bool) -> None:
    assert matches(text, created_at=(NOW - age).isoformat()) is expected
