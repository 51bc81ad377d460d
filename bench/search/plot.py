"""Cost against size, as a drawing without anything that draws."""

import re
from collections.abc import Iterable
from math import log10
from pathlib import Path
from typing import Any

_KINDS = ("mix mean", "mix p99", "text mean", "colour mean", "facets mean", "browse mean")
_HUES = ("#111111", "#8a8a8a", "#3b6fd4", "#d4493b", "#2f9e5b", "#b07c1a")
_WIDTH, _HEIGHT, _EDGE = 720, 420, 60
_LOW, _HIGH = 0.05, 50.0
"""Milliseconds at the foot and at the head."""


def plot(rows: Iterable[dict[str, Any]], file: Path) -> None:
    """Draw milliseconds of CPU against the number of wallpapers, both by powers of ten."""
    lines = {kind: _points(kind, rows) for kind in _KINDS}
    sizes = sorted({size for points in lines.values() for size, _ in points})
    if not sizes:
        return
    low, high = log10(sizes[0]) - 0.1, log10(sizes[-1]) + 0.1

    def x(size: float) -> float:
        return _EDGE + (log10(size) - low) / (high - low) * (_WIDTH - 3 * _EDGE)

    def y(cost: float) -> float:
        part = (log10(min(max(cost, _LOW), _HIGH)) - log10(_LOW)) / log10(_HIGH / _LOW)
        return _HEIGHT - _EDGE - part * (_HEIGHT - 2 * _EDGE)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_EDGE}" y="30">ms of CPU for a search, by number of wallpapers</text>',
    ]
    drawn += [
        f'<path d="M{_EDGE} {y(cost):.1f}H{_WIDTH - 2 * _EDGE}" stroke="#ddd"/>'
        f'<text x="{_EDGE - 8}" y="{y(cost) + 4:.1f}" text-anchor="end">{cost:g}</text>'
        for cost in (0.1, 0.5, 1, 5, 10, 50)
    ]
    drawn += [
        f'<text x="{x(size):.1f}" y="{_HEIGHT - _EDGE + 20}" text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    for (kind, points), hue in zip(lines.items(), _HUES, strict=True):
        if points:
            path = "L".join(f"{x(size):.1f} {y(cost):.1f}" for size, cost in points)
            size, cost = points[-1]
            drawn.append(
                f'<path d="M{path}" fill="none" stroke="{hue}" stroke-width="2"/>'
                f'<text x="{x(size) + 6:.1f}" y="{y(cost) + 4:.1f}" fill="{hue}">{kind}</text>'
            )
    file.write_text("\n".join([*drawn, "</svg>\n"]))


def _points(kind: str, rows: Iterable[dict[str, Any]]) -> list[tuple[int, float]]:
    found = (re.fullmatch(rf"{kind} at (\d+)", row["name"]) for row in rows)
    return sorted(
        (int(name[1]), row["ours"]) for name, row in zip(found, rows, strict=True) if name
    )
