"""Reading originals again, a share each day, to find bytes that are not what was kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice, takewhile
from math import ceil

from media.ports import Catalogue, Holding, OriginalNotFound, Originals

_TOGETHER = 64
_SPACE = 2**32  # of the first 8 digits of a hash, which are spread evenly


@dataclass(slots=True)
class Scrubbed:
    """What was read.

    Attributes:
        read: How many originals.
        damaged: Hashes of those whose bytes have another one. Their noncurrent versions may still
            be whole.
        wallpapers: Ids of the wallpapers that have damaged bytes.
        restated: Ids of wallpapers whose sidecar was behind the record; it was written anew.
        up_to: The first digits of the hashes from which the next scrub goes on; none once all
            have been read.
    """

    read: int = 0
    damaged: list[str] = field(default_factory=list)
    wallpapers: list[str] = field(default_factory=list)
    restated: list[str] = field(default_factory=list)
    up_to: str = ""


def scrub(
    catalogue: Catalogue,
    originals: Originals,
    *,
    share: float,
    apply: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> Scrubbed:
    """Read a share of all originals from end to end, from where the last scrub got to.

    Args:
        catalogue: Where the records are.
        originals: Where the bytes and the sidecars are.
        share: How many of them, 0 to 1.
        apply: Whether to write sidecars that are behind, and to remember where we got to, every
            64 originals: a scrub that is cut off is carried on by the next one.
        progress: Told how many have been read.
    """
    done = Scrubbed(up_to=originals.bookmark())
    end = _position(done.up_to) + ceil(share * _SPACE)
    within = takewhile(lambda each: _position(each.sha256) < end, originals.holdings(done.up_to))
    while chunk := list(islice(within, _TOGETHER)):
        _scrub(chunk, done, catalogue, originals, apply=apply)
        progress(done.read)
        if apply:
            originals.keep_bookmark(done.up_to)
    done.up_to = "" if end >= _SPACE else f"{end:08x}"
    if apply:
        originals.keep_bookmark(done.up_to)
    return done


def _scrub(
    chunk: list[Holding],
    done: Scrubbed,
    catalogue: Catalogue,
    originals: Originals,
    *,
    apply: bool,
) -> None:
    holders = catalogue.holders(each.sha256 for each in chunk)
    records = catalogue.records(holders.values())
    for each in chunk:
        record = records.get(holders.get(each.sha256, ""))
        if each.has_bytes:
            done.read += 1
            if not _is_whole(each, originals):
                done.damaged.append(each.sha256)
                done.wallpapers += [record.id] if record else []
        if record is not None:
            known = originals.described(each.sha256)
            if known is None or record.supersedes(known):
                done.restated.append(record.id)
                if apply:
                    originals.describe(record)
    done.up_to = chunk[-1].sha256


def _is_whole(holding: Holding, originals: Originals) -> bool:
    try:
        return originals.digest(holding.sha256) == holding.sha256
    except OriginalNotFound:
        return True  # deleted since it was listed


def _position(sha256: str) -> int:
    return int(sha256[:8] or "0", 16)
