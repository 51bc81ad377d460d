"""What people say of a wallpaper."""

from typing import Any

import pytest

from media.domain.description import (
    InvalidField,
    UnknownField,
    described,
    focal_point,
    title_from,
)
from media.domain.wallpaper import Ai, Description, Point, Rating

PLAIN = Description("Plain")


def test_a_form_says_it_in_texts() -> None:
    said = described(
        PLAIN,
        {
            "title": "  Pine ridge ",
            "description": "First line\r\nSecond line",
            "tags": "Forest, deep   BLUE,,forest , ",
            "category": "Nature",
            "rating": "sketchy",
            "license": "CC-BY-4.0",
            "creator": "Ada",
            "creator_url": "https://ada.example/",
            "source": "http://example.com/pine?x=1",
            "ai": "no",
        },
    )

    assert said == Description(
        title="Pine ridge",
        description="First line\nSecond line",
        tags=frozenset({"forest", "deep blue"}),
        category="nature",
        rating=Rating.SKETCHY,
        license="cc-by-4.0",
        creator="Ada",
        creator_url="https://ada.example/",
        source="http://example.com/pine?x=1",
        ai=Ai.NO,
    )


def test_a_patch_changes_what_it_names_and_nothing_else() -> None:
    before = described(PLAIN, {"creator": "Ada", "tags": "fog"})

    after = described(before, {"tags": ["Forest", " "], "creator": None})

    assert after == Description("Plain", tags=frozenset({"forest"}))


def test_the_same_letters_in_two_spellings_are_one_tag() -> None:
    assert described(PLAIN, {"tags": "cafe\u0301,caf\u00e9"}).tags == {"caf\u00e9"}


def test_fifty_tags_are_enough() -> None:
    fifty = [f"tag {number}" for number in range(50)]

    assert len(described(PLAIN, {"tags": fifty}).tags) == 50
    with pytest.raises(InvalidField):
        described(PLAIN, {"tags": [*fifty, "one more"]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", None),
        ("title", "x" * 201),
        ("title", "a\x00b"),
        ("title", "two\nlines"),
        ("title", "\ud800"),
        ("title", 7),
        ("description", "x" * 5001),
        ("tags", "x" * 65),
        ("tags", ["a,b"]),
        ("tags", [1]),
        ("tags", {"a": 1}),
        ("tags", "bell\x07"),
        ("category", "cats"),
        ("category", None),
        ("rating", "fine"),
        ("rating", True),
        ("license", "CC BY 4.0"),
        ("license", "x" * 65),
        ("creator", "x" * 201),
        ("creator_url", "javascript:alert(1)"),
        ("creator_url", "https://"),
        ("source", "ftp://example.com/"),
        ("source", "https://example.com/a b"),
        ("source", "http://[::1"),
        ("source", "https://example.com/" + "x" * 2000),
        ("ai", "maybe"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(InvalidField) as caught:
        described(PLAIN, {field: value})

    assert caught.value.field == field


@pytest.mark.parametrize("field", ["views", "status", "uploader", "id", "version", "focal", ""])
def test_a_field_that_nobody_may_set_is_unknown(field: str) -> None:
    with pytest.raises(UnknownField) as caught:
        described(PLAIN, {field: "1"})

    assert caught.value.field == field


def test_a_focal_point_is_two_numbers() -> None:
    assert focal_point({"x": 0, "y": 0.123456}) == Point(0.0, 0.1235)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "0.5,0.5",
        {"x": 0.5},
        {"x": 0.5, "y": 1.1},
        {"x": -0.1, "y": 0.5},
        {"x": True, "y": 0.5},
        {"x": float("nan"), "y": 0.5},
        {"x": 0.5, "y": 0.5, "z": 0.5},
    ],
)
def test_anything_else_is_no_focal_point(value: Any) -> None:
    with pytest.raises(InvalidField):
        focal_point(value)


@pytest.mark.parametrize(
    ("file_name", "title"),
    [
        ("misty_pine-ridge.jpg", "Misty pine ridge"),
        ("/home/ada/Photos/DSC_0042.JPG", "DSC 0042"),
        ("C:\\Pictures\\é tude.png", "É tude"),
        ("a\r\nb\x00c.webp", "A b c"),
        ("", "Untitled"),
        ("___.jpg", "Untitled"),
        ("x" * 300 + ".jpg", "X" + "x" * 199),
    ],
)
def test_a_file_name_makes_a_title(file_name: str, title: str) -> None:
    assert title_from(file_name) == title
    assert described(PLAIN, {"title": title}).title == title
