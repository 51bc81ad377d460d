"""One measurement of ours beside a peer's, as the tables in bench/results hold it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; ``holds`` is ``None`` where there is no goal."""

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    ratio: float
    goal: float | None
    holds: bool | None


def save(file: Path, rows: Sequence[Row]) -> None:
    """Keep ``rows`` in ``file`` as JSON."""
    text = json.dumps([asdict(row) for row in rows], indent=1)
    file.write_text(f"{text}\n")
