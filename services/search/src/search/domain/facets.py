"""What the wallpapers found can be narrowed down by."""

from dataclasses import dataclass

from search.domain.fields import AI, RATINGS, RATIOS, TONES, TYPES, read_value
from search.domain.query import And, Clause, Node, every
from search.domain.values import Text


@dataclass(frozen=True, slots=True)
class Facet:
    """Something about wallpapers that takes few values.

    Attributes:
        name: What it is called.
        field: Which field its values are values of.
        values: All of them, as one would type them; ``None`` for those that wallpapers have.
        together: Whether a wallpaper is wanted to have several of the values at once, so that
            each narrows down the others. Otherwise one is wanted in place of another.
    """

    name: str
    field: str
    values: tuple[str, ...] | None = None
    together: bool = False

    def clause(self, value: str) -> Clause:
        """What is asked to have ``value``."""
        if self.values is None:
            return Clause(self.field, (Text(value),))
        return Clause(self.field, (read_value(self.field, value),))

    def rest(self, node: Node) -> Node:
        """``node`` without what it says about this, if one value stands in place of another."""
        if self.together:
            return node
        parts = node.parts if isinstance(node, And) else (node,)
        return every(part for part in parts if not self._is_own(part))

    def _is_own(self, part: Node) -> bool:
        return isinstance(part, Clause) and part.field == self.field


FACETS = (
    Facet("category", "category"),
    Facet("rating", "rating", RATINGS),
    Facet("ratio", "ratio", RATIOS),
    Facet(
        "resolution",
        "res",
        (
            *(">=1280x720", ">=1920x1080", ">=2560x1440", ">=3840x2160"),
            *(">=5120x2880", ">=7680x4320"),
        ),
    ),
    Facet("tone", "tone", TONES),
    Facet(
        "color",
        "color",
        (
            *("black", "dimgray", "silver", "white", "brown", "red", "orange", "gold"),
            *("olivedrab", "green", "teal", "skyblue", "royalblue", "navy", "rebeccapurple"),
            *("orchid", "pink"),
        ),
        together=True,
    ),
    Facet("type", "type", TYPES),
    Facet("license", "license"),
    Facet("ai", "ai", AI),
)
"""What every search can be counted by."""
