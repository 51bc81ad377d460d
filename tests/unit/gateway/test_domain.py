from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import query
from gateway.domain.screen import COMMON, InvalidSize, cut_name, filled_by
from gateway.domain.wallpaper import NotARecord, Wallpaper
from tests.support.gateway_builders import a_record


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("fog ratio:phone sky", "fog sky"),
        ("RATIO:phone", ""),
        ('"night ratio:phone" ratio:16:9', '"night ratio:phone"'),
        ("(fog ratio:phone) sky", "(fog ratio:phone) sky"),
        ("ratio:phone ratio:16:9 fog", "fog"),
    ],
)
def test_a_chip_takes_out_its_own_clauses_only(text: str, without: str) -> None:
    assert query.without(text, "ratio") == without


@given(st.text(alphabet='ab :"()-#', max_size=60))
def test_clauses_keep_every_character_but_the_space_between(text: str) -> None:
    together = "".join(query.clauses(text))

    assert [c for c in together if not c.isspace()] == [c for c in text if not c.isspace()]


@given(st.text(alphabet='ab :"()', max_size=40))
def test_a_quoted_tag_is_one_clause(tag: str) -> None:
    assert len(query.clauses(f"tag:{query.quoted(tag)}")) == 1


def test_screens_come_best_first() -> None:
    landscape = [screen.name for screen in filled_by(3840, 2160)]
    portrait = [screen.name for screen in filled_by(1440, 3120)]

    assert landscape[:3] == ["4K monitor", "QHD monitor", "Full HD monitor"]
    assert portrait[0] == "iPhone 16 Pro"
    assert all("monitor" not in name for name in portrait)


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_no_screen_is_offered_that_would_need_enlarging(width: int, height: int) -> None:
    offered = set(filled_by(width, height))

    assert offered == {s for s in COMMON if s.width <= width and s.height <= height}


@pytest.mark.parametrize(
    ("width", "height"),
    [(None, "900"), ("", ""), ("15", "900"), ("900", "20001"), ("-900", "900"), ("9e2", "900"),
     ("١٢٠٠", "900"), ("1600.0", "900"), ("999999999999", "900")],
)  # fmt: skip
def test_a_size_that_is_none_is_refused(width: str | None, height: str | None) -> None:
    with pytest.raises(InvalidSize):
        cut_name(width, height)


def test_the_smallest_and_the_largest_size_are_sizes() -> None:
    assert cut_name("16", "20000") == "16x20000"


def test_a_record_is_read() -> None:
    pine = Wallpaper.from_record(a_record(width=5120, height=1440, ai="yes"))

    assert pine.alt == "Pine ridge: forest, mountains"
    assert pine.badge == "32:9"
    assert pine.shape == 2.4
    assert [(r.url, r.width) for r in pine.renditions][-1] == ("/i/pine2345/w3840.webp", 3840)


def test_pictures_of_an_original_that_replaced_another_have_addresses_of_their_own() -> None:
    record = a_record("pine2345")
    images = record["links"]["images"]
    record["links"]["images"] = {name: f"{url}?v=0badcafe" for name, url in images.items()}

    pine = Wallpaper.from_record(record)

    assert len(pine.renditions) == len(images)
    assert pine.renditions[0].as_type("avif") == "/i/pine2345/w320.avif?v=0badcafe"
    assert pine.image("w640.jpg") == "/i/pine2345/w640.jpg?v=0badcafe"
    assert Wallpaper.from_record(a_record("pine2345")).image("w640.jpg") == "/i/pine2345/w640.jpg"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../etc"},
        {"width": 0},
        {"width": "wide"},
        {"created_at": "yesterday"},
        {"palette": None},
        {"focal": {}},
        {"links": {}},
        {"tags": None},
    ],
)
def test_what_is_not_a_record_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotARecord):
        Wallpaper.from_record({**a_record(), **change})


def test_nothing_dangerous_is_read_from_a_record() -> None:
    record = a_record(
        creator_url="javascript:alert(1)",
        source="data:text/html,hello",
        lqip='data:image/webp;base64,"><script>',
        palette=[{"hex": "red;}", "share": 1}],
    )
    record["links"]["images"] = {"w320": "https://evil.example/x.webp", "../x": "/i/pine2345/a"}

    pine = Wallpaper.from_record(record)

    assert (pine.creator_url, pine.source, pine.lqip) == (None, None, None)
    assert pine.palette == ()
    assert pine.renditions == ()
