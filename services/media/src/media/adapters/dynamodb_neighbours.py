"""Which live wallpapers look nearly like a picture, from buckets of hashes in DynamoDB.

The 64 bits of a phash are four bands of 16. If two hashes are at most 6 bits apart, they differ in
at most one bit of one of the first three bands, or in none of the last: two, two, two and one more
would make seven. So a neighbour is in one of 52 buckets, which are one BatchGetItem: for each of
the first three bands that of the band's own value and those of the 16 values one bit away, and one
for the last.

Source: M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing"
(2012).

A bucket is a row of pages, each an item that has, for each wallpaper in it, an attribute called by
its id that holds its phash. A page that has been written to ``_WRITES`` times is closed: further
entries go to the next, and a reader of the bucket turns to that, too. So no item outgrows what an
item may hold, however many wallpapers share a band.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from media.domain.likeness import SIMILAR, Neighbour
from media.domain.wallpaper import Look

Item = dict[str, Any]
Key = tuple[str, str]
Fetch = Callable[[Sequence[Key]], Iterable[Item]]
"""The items with these keys that there are."""

_BANDS, _BITS = 4, 16
_WRITES = 4096
_NO_ENTRY = {"pk", "sk", "writes"}


@dataclass(frozen=True, slots=True)
class Place:
    """The open page of a bucket, and how often it had been written to when it was read."""

    key: Key
    page: int
    writes: int


@dataclass(frozen=True, slots=True)
class Buckets:
    """What the buckets around a hash hold, by id, and where its entry would go, band by band."""

    entries: Mapping[str, bytes]
    places: tuple[Place, ...]


def around(look: Look, fetch: Fetch) -> Buckets:
    """Every bucket that can hold a neighbour of ``look``."""
    return _read([*_nearby(look)], _own(look), fetch)


def places(look: Look, fetch: Fetch) -> tuple[Place, ...]:
    """Where an entry for ``look`` would go."""
    return _read(_own(look), _own(look), fetch).places


def nearest(look: Look, entries: Mapping[str, bytes]) -> tuple[Neighbour, ...]:
    """Who of ``entries`` is a neighbour of ``look``, the nearest first."""
    hashes = np.frombuffer(b"".join(entries.values()), dtype=">u8")
    distances = np.bitwise_count(hashes ^ np.frombuffer(entry(look), dtype=">u8"))
    found = (
        Neighbour(wallpaper_id, int(distance))
        for wallpaper_id, distance in zip(entries, distances, strict=True)
        if distance <= SIMILAR
    )
    return tuple(sorted(found, key=lambda each: (each.distance, each.wallpaper_id)))


def entry(look: Look) -> bytes:
    """What a bucket holds of a wallpaper with ``look``."""
    return bytes.fromhex(look.phash)


def keys(look: Look, pages: Iterable[int]) -> tuple[Key, ...]:
    """The pages of its buckets that hold the entry of a wallpaper with ``look``, band by band."""
    return tuple(_key(bucket, page) for bucket, page in zip(_own(look), pages, strict=True))


def _read(buckets: Sequence[str], own: Sequence[str], fetch: Fetch) -> Buckets:
    entries: dict[str, bytes] = {}
    open_pages: dict[str, Place] = {}
    turning = dict.fromkeys(buckets, 0)
    while turning:
        found = {item["pk"]["S"]: item for item in fetch([_key(*each) for each in turning.items()])}
        following: dict[str, int] = {}
        for bucket, page in turning.items():
            item = found.get(bucket, {})
            entries |= {name: item[name]["B"] for name in item.keys() - _NO_ENTRY}
            writes = int(item.get("writes", {}).get("N", 0))
            open_pages[bucket] = Place(_key(bucket, page), page, writes)
            if writes >= _WRITES:
                following[bucket] = page + 1
        turning = following
    return Buckets(entries, tuple(open_pages[bucket] for bucket in own))


def _own(look: Look) -> tuple[str, ...]:
    return tuple(_bucket(band, value) for band, value in enumerate(_values(look)))


def _nearby(look: Look) -> Iterator[str]:
    for band, value in enumerate(_values(look)):
        yield _bucket(band, value)
        if band < _BANDS - 1:
            yield from (_bucket(band, value ^ 1 << bit) for bit in range(_BITS))


def _values(look: Look) -> list[int]:
    number = int(look.phash, 16)
    return [number >> _BITS * (_BANDS - 1 - band) & 0xFFFF for band in range(_BANDS)]


def _bucket(band: int, value: int) -> str:
    return f"NEAR#{band}#{value:04x}"


def _key(bucket: str, page: int) -> Key:
    return bucket, f"{page:04d}"
