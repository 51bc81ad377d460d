"""The README tells of every field and every order that there is."""

from pathlib import Path

from search.domain.fields import FIELDS
from search.domain.sort import MODES

README = (Path(__file__).parents[3] / "services/search/README.md").read_text()


def test_every_field_and_every_order_is_told() -> None:
    fields = [name for field in FIELDS for name in (field.name, *field.spellings)]
    names = [f"`{name}`" if name in {"#", "@"} else f"`{name}:`" for name in fields]

    assert [name for name in names if name not in README] == []
    assert [mode for mode in MODES if f"`{mode}`" not in README] == []
