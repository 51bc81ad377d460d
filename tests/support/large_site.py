"""Search as it answers on a large site, for tests of what that does to a page."""

import base64
import io
import random

from PIL import Image

from tests.support.gateway_builders import Scripted, a_record, an_answer

_WORDS = (
    "fog", "ridge", "pine", "night", "aurora", "dune", "harbour", "lantern", "meadow", "glass",
    "copper", "tide",
)  # fmt: skip


def a_placeholder(chance: random.Random) -> str:
    """Sixteen pixels of a picture with some light and dark in it, as media makes them."""
    few = Image.frombytes("RGB", (4, 3), chance.randbytes(36))
    file = io.BytesIO()
    few.resize((16, 9), Image.Resampling.BICUBIC).save(file, "WEBP", quality=30, method=6)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def a_full_site() -> Scripted:
    """Search as it answers on a large site: sixty different wallpapers, every facet, warnings."""
    chance = random.Random(7)
    records = []
    for number in range(60):
        width, height = chance.choice([(3840, 2160), (6000, 4000), (1440, 3200), (5120, 1440)])
        records.append(
            a_record(
                f"w{number:03d}{chance.randrange(10**4):04d}",
                title=" ".join(chance.sample(_WORDS, 4)).capitalize(),
                creator=" ".join(chance.sample(_WORDS, 2)).title(),
                tags=chance.sample(_WORDS, 6),
                width=width,
                height=height,
                focal={"x": chance.random(), "y": chance.random()},
                lqip=a_placeholder(chance),
            )
        )
    facets = {
        kind: [
            {"value": f"{word}{kind}", "count": 999, "q": f"{kind}:{word}"} for word in _WORDS[:8]
        ]
        for kind in ("category", "ratio", "resolution", "tone", "color", "type", "license", "ai")
    }
    suggested = [
        {"kind": "tag", "text": f"{a} {b}", "insert": f'tag:"{a} {b}"', "count": 9, "start": 0}
        for a in _WORDS
        for b in _WORDS[:4]
    ]
    found = an_answer(*records, total=48_210, page=7, pages=804, facets=facets, words="fog, 16:9")
    similar = an_answer(*records[:8])
    return Scripted({"/search": found, "/suggest": {"data": suggested}, "*": similar})
