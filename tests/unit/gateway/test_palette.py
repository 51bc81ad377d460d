"""A wallpaper's colours in the formats of other programs, each read as that program reads it."""

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.palette import Rgb, Theme, as_base16, as_css, as_gimp, as_pywal, contrast
from gateway.domain.wallpaper import Wallpaper
from tests.support.gateway_builders import Scripted, a_gateway, a_record, a_visitor

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
PALETTES = st.lists(
    st.tuples(HEX, st.floats(0, 1)).map(lambda pair: {"hex": pair[0], "share": pair[1]}),
    min_size=1,
    max_size=8,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


def wallpaper(**changes: Any) -> Wallpaper:
    return Wallpaper.from_record(a_record(**changes))


@given(PALETTES)
def test_text_can_be_read_and_accents_be_seen(palette: list[dict[str, object]]) -> None:
    theme = Theme.of(wallpaper(palette=palette))

    assert contrast(theme.foreground, theme.background) >= 7
    assert all(contrast(accent, theme.background) >= 3 for accent in theme.accents)


@given(PALETTES, TEXTS, TEXTS)
@example([{"hex": "#000002", "share": 0.0}, {"hex": "#00afcc", "share": 1.0}], "Title", "Creator")
def test_a_base16_scheme_is_yaml_with_sixteen_colours(
    palette: list[dict[str, object]], title: str, creator: str
) -> None:
    scheme = yaml.safe_load(as_base16(wallpaper(palette=palette, title=title, creator=creator)))

    assert scheme["system"] == "base16"
    assert (scheme["name"], scheme["author"]) == (title, creator)
    assert scheme["variant"] in {"dark", "light"}
    assert list(scheme["palette"]) == [f"base{number:02X}" for number in range(16)]
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in scheme["palette"].values())


def test_a_base16_ramp_runs_from_background_to_text() -> None:
    palette = yaml.safe_load(as_base16(wallpaper()))["palette"]

    light = [Rgb.parse(palette[f"base{number:02X}"]).luminance for number in range(8)]
    assert light == sorted(light)


def test_a_base16_accent_is_the_colour_nearest_to_its_hue() -> None:
    colours = [{"hex": hex_, "share": 0.5} for hex_ in ("#d02020", "#2040d0")]

    palette = yaml.safe_load(as_base16(wallpaper(palette=colours)))["palette"]

    assert abs(Rgb.parse(palette["base0D"]).hue - 229) < 15
    assert Rgb.parse(palette["base08"]).red > Rgb.parse(palette["base08"]).blue


@given(PALETTES)
def test_pywal_finds_all_that_it_reads(palette: list[dict[str, object]]) -> None:
    theme = json.loads(as_pywal(wallpaper(palette=palette)))

    assert set(theme["special"]) == {"background", "foreground", "cursor"}
    assert list(theme["colors"]) == [f"color{number}" for number in range(16)]
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in theme["colors"].values())
    assert theme["colors"]["color0"] == theme["special"]["background"]


@given(PALETTES, TEXTS)
def test_gimp_reads_every_colour_and_one_line_of_a_name(
    palette: list[dict[str, object]], title: str
) -> None:
    shown = wallpaper(palette=palette, title=title)

    lines = as_gimp(shown).split("\n")

    assert lines[0] == "GIMP Palette"
    assert lines[1].startswith("Name: ")
    assert lines[2] == f"Columns: {len(palette)}"
    rows = [tuple(map(int, line[:11].split())) for line in lines[4:-1]]
    assert rows == [tuple(bytes.fromhex(colour.hex[1:])) for colour in shown.palette]


def test_css_names_each_colour_and_no_title_ends_its_comment() -> None:
    css = as_css(wallpaper(title="*/ body { display: none } /*"))

    assert css.index("*/") > css.index("Noor Haddad")
    assert "--palette-1: #221a34;" in css
    assert "--palette-2: #d3abab;" in css
    assert re.search(r"--background: #[0-9a-f]{6};", css)


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [
        ("css", "text/css"),
        ("json", "application/json"),
        ("yaml", "application/yaml"),
        ("gpl", "application/x-gimp-palette"),
    ],
)
def test_a_palette_comes_as_a_file(extension: str, media_type: str) -> None:
    media = Scripted({"*": a_record()})

    answer = a_visitor(a_gateway(media=media)).get(f"/w/pine2345/palette.{extension}")

    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert f'filename="paperroute-pine2345.{extension}"' in answer.headers["Content-Disposition"]


def test_a_palette_of_no_known_kind_or_without_colours_is_not_found() -> None:
    visitor = a_visitor(a_gateway(media=Scripted({"*": a_record(palette=[])})))

    assert visitor.get("/w/pine2345/palette.css").status_code == 404
    assert visitor.get("/w/pine2345/palette.exe").status_code == 404
