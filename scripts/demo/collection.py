"""The wallpapers of the demo collection: titles, sizes and how each is painted."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from scripts.demo.agate import Agate
from scripts.demo.aurora import Aurora
from scripts.demo.bauhaus import Bauhaus
from scripts.demo.canvas import Canvas
from scripts.demo.city import City
from scripts.demo.contours import Contours
from scripts.demo.cubes import Cubes
from scripts.demo.dunes import Dunes
from scripts.demo.facets import Facets
from scripts.demo.forest import Forest
from scripts.demo.glass import Glass
from scripts.demo.gradients import Gradient
from scripts.demo.nebula import Nebula, Planet
from scripts.demo.noise import Rng
from scripts.demo.paper import Paper
from scripts.demo.petals import Petals
from scripts.demo.ridges import Light, Ridges
from scripts.demo.sea import Sea
from scripts.demo.strokes import Strokes

COLLECTION_NAME = "Paperroute demo collection"
_NATURE = ("ridges", "dunes", "aurora", "forest", "nebula", "sea")


class Look(Protocol):
    """One way to paint a wallpaper; its class names its kind."""

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint all of ``canvas``, drawing every chance from ``rng``."""


@dataclass(frozen=True, slots=True)
class Wallpaper:
    """One wallpaper of the collection.

    Attributes:
        title: Also what its chances are drawn from: another title is another picture.
        size: Width and height, in pixels.
        look: How it is painted.
        creator: A made-up name, so that there is something to search for.
        tags: With commas between them.
        format: ``jpeg``, ``png`` or ``webp``. Only what is flat is kept as PNG, without grain.
    """

    title: str
    size: tuple[int, int]
    look: Look
    creator: str
    tags: str
    format: str = "jpeg"

    @property
    def kind(self) -> str:
        """What kind of picture it is, as a tag."""
        return type(self.look).__name__.lower()

    @property
    def file_name(self) -> str:
        """The title, fit for a file."""
        plain = unicodedata.normalize("NFKD", self.title).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
        return f"{stem}.{'jpg' if self.format == 'jpeg' else self.format}"

    @property
    def fields(self) -> dict[str, str]:
        """How it is described to the site that it is uploaded to."""
        category = (
            "nature" if self.kind in _NATURE else "city" if self.kind == "city" else "abstract"
        )
        return {
            "title": self.title,
            "description": (
                f"Painted by the generator of the {COLLECTION_NAME}. "
                "Nobody took it or drew it: its creator is made up."
            ),
            "tags": f"{self.tags}, {self.kind}",
            "category": category,
            "rating": "safe",
            "creator": self.creator,
            "license": "cc0-1.0",
            "ai": "no",
        }


QHD = (2560, 1440)
UHD = (3840, 2160)
ULTRAWIDE = (3440, 1440)
SUPER_ULTRAWIDE = (5120, 1440)
PHONE = (1170, 2532)
TALL_PHONE = (1440, 3200)
SQUARE = (2880, 2880)
THREE_TO_TWO = (3840, 2560)
TWO_TO_THREE = (2560, 3840)
SIXTEEN_TO_TEN = (3840, 2400)
FOUR_TO_THREE = (3200, 2400)

NOOR, ILSE, TOMAS, AMINA = "Noor Haddad", "Ilse Brandt", "Tomás Rey", "Amina Diallo"
MIKA, KWAME, LENA, JONAS = "Mika Sato", "Kwame Osei", "Lena Fischer", "Jonas Lindqvist"
PRIYA = "Priya Nair"

DUSK = Light(
    sky=("#1b1f4b", "#55397f", "#c25a7c", "#f7a072", "#ffd9a0"),
    sun="#fff1cf",
    land=("#b5647f", "#5b3a6b", "#150f2a"),
)
TEAL = Light(
    sky=("#0f2f4a", "#2b6f86", "#7fc0bd", "#e6ecd3"),
    sun="#fffbe6",
    land=("#7fb2b4", "#2f6674", "#08222c"),
)
ROSE = Light(
    sky=("#6d83b8", "#b9a7cf", "#f3c4c4", "#ffe6d2"),
    sun="#fff7ea",
    land=("#c3a6bf", "#7a6790", "#2a2745"),
)
NIGHT = Light(
    sky=("#050816", "#0c1737", "#1d3260", "#41598a"),
    sun="#e9f0ff",
    land=("#2c4372", "#14254a", "#040814"),
)
GOLD = Light(
    sky=("#2a3f66", "#8b7f93", "#e8b27d", "#ffe3a8"),
    sun="#fff6d6",
    land=("#c09a86", "#6b5563", "#1c1722"),
)
MINT = Light(
    sky=("#b8dfe6", "#d9efe6", "#f4f6e6"),
    sun="#ffffff",
    land=("#a9cdc9", "#5f9a93", "#123f43"),
)
EMBER = Light(
    sky=("#240b1e", "#6d1b2f", "#d3432f", "#ff9a4a"),
    sun="#ffe0a0",
    land=("#b3402f", "#5a1a2a", "#16060f"),
)

COLLECTION: tuple[Wallpaper, ...] = (
    Wallpaper(
        "Quiet valley",
        UHD,
        Ridges(MINT, sun=(0.70, 0.22), layers=7, horizon=0.34),
        ILSE,
        "mountains, mint, morning, light",
    ),
    Wallpaper(
        "Soft machine",
        SQUARE,
        Glass(("#f6e7e1", "#d9e4f5"), ("#ff9a8b", "#8bb8ff", "#ffd08b", "#b89bff"), discs=8),
        PRIYA,
        "pastel, circles, light",
    ),
    Wallpaper(
        "Rust and tide",
        THREE_TO_TWO,
        Agate(("#2b0f14", "#7a2b22", "#d06b3a", "#f2c48a", "#f6efe0", "#48706b"), bands=7),
        PRIYA,
        "mineral, stone, warm",
    ),
    Wallpaper(
        "Night shift",
        SUPER_ULTRAWIDE,
        City(
            ("#071022", "#12294a", "#2c5a7a", "#f0a868"),
            towers=("#2a5070", "#040a14"),
            lamps=("#ffb54d", "#ffd38a", "#fff3d6"),
            moon=(0.22, 0.30),
        ),
        KWAME,
        "panorama, night, skyline, windows",
    ),
    Wallpaper(
        "Mint survey",
        SIXTEEN_TO_TEN,
        Contours(("#f6f4ea", "#e7ecdd", "#d3e2cf"), ink="#2f5d50", levels=24),
        JONAS,
        "map, lines, light, minimal",
    ),
    Wallpaper(
        "Cathedral pines",
        TWO_TO_THREE,
        Forest(("#e9dfd6", "#c8d2dd"), fog="#b9c7d6", near="#0f1d2e"),
        ILSE,
        "trees, mist, tall, blue",
    ),
    Wallpaper(
        "Verdigris",
        UHD,
        Gradient(("#082f2d", "#0f766e", "#8fd6b4", "#f1f5d8", "#d98f4e"), fields=7),
        TOMAS,
        "green, soft, minimal",
    ),
    Wallpaper(
        "Blue hour grid",
        PHONE,
        City(
            ("#0b1430", "#1f3a70", "#5a7fb0", "#f3c9a0"),
            towers=("#33507f", "#070d1e"),
            lamps=("#ffd28a", "#ffe6b8", "#cfe4ff"),
        ),
        KWAME,
        "phone, night, blue, skyline",
    ),
    Wallpaper(
        "Meridian",
        ULTRAWIDE,
        Sea(
            ("#3a6ea5", "#9cc3d5", "#f6dcc0", "#ffc7a0"),
            water=("#a9c4c9", "#4d86a0", "#123a5a"),
            sun=0.68,
            sunlight="#fff6e0",
            horizon=0.54,
        ),
        JONAS,
        "ocean, panorama, dawn, calm",
    ),
    Wallpaper(
        "Paper hills",
        FOUR_TO_THREE,
        Paper(("#e9f3e6", "#cfe6c9", "#9ccfa3", "#5fae87", "#2f7d6c", "#1a5050", "#0d2b33")),
        MIKA,
        "green, layers, craft",
    ),
    Wallpaper(
        "Two thirds sky",
        QHD,
        Dunes(
            ("#e6c3a0", "#d79f73", "#a9623f", "#5a2f2a"),
            ("#25486f", "#6f9fbd", "#f0d9b8"),
            sun=(0.30, 0.20),
            layers=6,
        ),
        AMINA,
        "desert, sand, calm",
    ),
    Wallpaper(
        "Dahlia, after rain",
        UHD,
        Petals(("#fff0dc", "#ffc2a1", "#f2697a", "#a1285f", "#3a0f3f"), petals=11, rings=16),
        PRIYA,
        "flower, macro, pink",
    ),
    Wallpaper(
        "Moonrise, no wind",
        UHD,
        Ridges(NIGHT, sun=(0.28, 0.24), layers=6, horizon=0.48, stars=900, pines=True),
        NOOR,
        "mountains, night, stars, moon",
    ),
    Wallpaper(
        "Oilskin",
        SIXTEEN_TO_TEN,
        Strokes("#10181f", ("#f2c14e", "#f78154", "#4d9078", "#5fa8d3", "#b4436c")),
        JONAS,
        "lines, dark, paint",
        "webp",
    ),
    Wallpaper(
        "Slow gradient 07",
        TALL_PHONE,
        Gradient(("#0b1d3a", "#146b6b", "#5fd0a8", "#f5e6a8", "#ff8f6b"), fields=8),
        TOMAS,
        "phone, soft, minimal",
    ),
    Wallpaper(
        "Terracotta steps",
        UHD,
        Cubes(("#3b1420", "#8c2f39", "#d9764a", "#f4c095", "#fbeadb"), rows=11),
        MIKA,
        "geometric, warm, isometric",
        "png",
    ),
    Wallpaper(
        "Green flare",
        UHD,
        Aurora(("#c8ff8a", "#4fe08a", "#1fb5a0", "#1f5fb0", "#301a70")),
        ILSE,
        "night, winter, stars, northern lights",
    ),
    Wallpaper(
        "Basalt coast",
        ULTRAWIDE,
        Facets(("#0b1320", "#1c2f45", "#36566f", "#7d97a5", "#d8dcd6"), rows=12),
        PRIYA,
        "low poly, geometric, blue",
        "png",
    ),
    Wallpaper(
        "Sodium night",
        UHD,
        City(
            ("#120b18", "#3a1a2a", "#a8482f", "#ffb35a"),
            towers=("#7a3526", "#0b0609"),
            lamps=("#ffb54d", "#ffd07a", "#fff1cf"),
            moon=(0.78, 0.30),
            moonlight="#ffe6b8",
        ),
        KWAME,
        "night, orange, skyline",
    ),
    Wallpaper(
        "Above the cloud line",
        THREE_TO_TWO,
        Ridges(ROSE, sun=(0.30, 0.30), layers=7, horizon=0.38),
        LENA,
        "mountains, pastel, calm, haze",
    ),
    Wallpaper(
        "Ringless",
        UHD,
        Nebula(
            ("#02030a", "#0a1030", "#1d2a5a", "#5a6aa0"),
            Planet((0.70, 0.55), 0.30, ("#2a1a3a", "#8a4a5a", "#e0a070", "#ffe0b0")),
        ),
        LENA,
        "space, planet, stars, dark",
    ),
    Wallpaper(
        "Isometric sea",
        SIXTEEN_TO_TEN,
        Cubes(("#0b1d3a", "#1f4f8b", "#3aa0c8", "#a7e0e0", "#f4f1de"), rows=14),
        MIKA,
        "geometric, blue, isometric",
        "png",
    ),
    Wallpaper(
        "Dune, vertical",
        TALL_PHONE,
        Dunes(
            ("#f0c9a0", "#e29a6a", "#b4593f", "#57252b"),
            ("#44608c", "#c48b8f", "#ffd9a8"),
            sun=(0.34, 0.26),
            layers=9,
        ),
        AMINA,
        "desert, phone, sand, warm",
    ),
    Wallpaper(
        "Malachite",
        UHD,
        Agate(("#03150f", "#0b3d2e", "#1b7a57", "#5fc295", "#d6f0dc"), bands=11),
        TOMAS,
        "mineral, stone, green",
        "webp",
    ),
    Wallpaper(
        "Frosted",
        UHD,
        Glass(("#0f1026", "#3b1d5e"), ("#ff8a5b", "#5b8cff", "#e64fa0", "#7be0c3")),
        TOMAS,
        "circles, purple, dark",
    ),
    Wallpaper(
        "Ember range",
        UHD,
        Ridges(EMBER, sun=(0.50, 0.30), layers=7),
        NOOR,
        "mountains, red, dramatic, sunset",
    ),
    Wallpaper(
        "Facet study",
        UHD,
        Facets(("#0e2a47", "#1f6f8b", "#5fb49c", "#f2d492", "#f29559"), rows=14),
        PRIYA,
        "low poly, geometric, teal",
        "png",
    ),
    Wallpaper(
        "Birch fog",
        QHD,
        Forest(("#f3e7d7", "#f0cfae", "#e8b48a"), fog="#e9c6a3", near="#2b1a1c"),
        AMINA,
        "trees, mist, autumn, warm",
    ),
    Wallpaper(
        "Field lines",
        UHD,
        Strokes("#f5efe4", ("#1d3557", "#457b9d", "#e07a5f", "#f2cc8f", "#81b29a")),
        JONAS,
        "lines, light, paint, generative",
    ),
    Wallpaper(
        "Nine petals",
        TWO_TO_THREE,
        Petals(("#ffe9c9", "#ffb199", "#f0607a", "#8e2a6b", "#2b1440")),
        PRIYA,
        "flower, macro, phone",
    ),
    Wallpaper(
        "Harbour of Carina",
        UHD,
        Nebula(("#03040f", "#15104a", "#5b2a86", "#d1476f", "#ffb27a", "#fff0d0")),
        LENA,
        "space, stars, purple",
    ),
    Wallpaper(
        "Agate I",
        SIXTEEN_TO_TEN,
        Agate(("#0b2027", "#1c5a6b", "#4fa3a5", "#cfe8d5", "#f0d9a8", "#b5643c")),
        TOMAS,
        "mineral, stone, teal",
    ),
    Wallpaper(
        "Bauhaus afternoon",
        SQUARE,
        Bauhaus("#f3ead8", ("#d9412b", "#1f4e79", "#f2b134", "#222222", "#79a88f"), rows=6),
        MIKA,
        "geometric, pattern, shapes",
        "png",
    ),
    Wallpaper(
        "Pine breath",
        FOUR_TO_THREE,
        Forest(("#e7ece6", "#dfe8e3"), fog="#cfdbd8", near="#0d2622"),
        ILSE,
        "trees, mist, calm, green",
    ),
    Wallpaper(
        "Signal tower",
        TALL_PHONE,
        City(
            ("#0a0a23", "#2b1650", "#8a2b72", "#ff6f61"),
            towers=("#6b2a6e", "#07061a"),
            lamps=("#ffc27a", "#ff8fb0", "#9be7ff"),
            moon=(0.64, 0.24),
            moonlight="#ffd9b0",
        ),
        KWAME,
        "phone, night, neon, purple",
    ),
    Wallpaper(
        "Contour 61°N",
        UHD,
        Contours(("#0d1b22", "#12303a", "#16434a", "#1d5a5c"), ink="#6fc2b4"),
        JONAS,
        "map, lines, dark, minimal",
    ),
    Wallpaper(
        "Slow gradient 04",
        UHD,
        Gradient(("#ff7a59", "#ffd36e", "#7a5cff", "#2b1a6b", "#ff9ecb")),
        TOMAS,
        "soft, colourful, minimal",
    ),
    Wallpaper(
        "Golden hour, five ranges",
        QHD,
        Ridges(GOLD, sun=(0.38, 0.33), layers=5, pines=True),
        NOOR,
        "mountains, sunset, gold, pines",
    ),
    Wallpaper(
        "Weimar, evening",
        UHD,
        Bauhaus("#1c1b22", ("#e4572e", "#f3a712", "#a8c686", "#669bbc", "#f0ead6"), rows=5),
        MIKA,
        "geometric, pattern, dark",
        "png",
    ),
    Wallpaper(
        "Lagoon",
        PHONE,
        Nebula(("#020812", "#06303f", "#0f7a7d", "#7fd6b0", "#fff3cf")),
        LENA,
        "space, stars, phone, teal",
    ),
    Wallpaper(
        "Small sun, big water",
        UHD,
        Sea(
            ("#24365e", "#7a5c8f", "#e78a78", "#ffd08a"),
            water=("#c9717a", "#553a6b", "#16193a"),
            sun=0.44,
        ),
        AMINA,
        "ocean, sunset, calm",
    ),
    Wallpaper(
        "Paper tide",
        THREE_TO_TWO,
        Paper(("#fdf2e0", "#f9d8b0", "#f4a77e", "#e0675d", "#a63a5f", "#5b2a5e", "#2a1b45")),
        MIKA,
        "waves, layers, craft, warm",
    ),
    Wallpaper(
        "The long dune",
        ULTRAWIDE,
        Dunes(
            ("#e8b07a", "#d98452", "#a84f34", "#5c2a26"),
            ("#6fa3c7", "#c9d8d3", "#f7e2bd"),
            sun=(0.76, 0.24),
        ),
        AMINA,
        "desert, panorama, sand",
    ),
    Wallpaper(
        "Curtain call",
        PHONE,
        Aurora(("#7dffb0", "#2fe0a0", "#3aa0d8", "#7a4be0", "#2a1060")),
        ILSE,
        "night, phone, stars, northern lights",
    ),
    Wallpaper(
        "Harbour lights, far out",
        SUPER_ULTRAWIDE,
        Sea(
            ("#030714", "#0a1a38", "#22406b", "#6f8fb0"),
            water=("#5f7f9f", "#1b3558", "#040a18"),
            sun=0.62,
            sunlight="#eef4ff",
            horizon=0.50,
        ),
        JONAS,
        "ocean, night, panorama, moon",
    ),
    Wallpaper(
        "Tarn at first light",
        SIXTEEN_TO_TEN,
        Ridges(TEAL, sun=(0.36, 0.25), layers=6, horizon=0.40, lake=True),
        NOOR,
        "mountains, lake, reflection, teal",
    ),
    Wallpaper(
        "Polar night",
        ULTRAWIDE,
        Aurora(
            ("#ff9fd0", "#e05ad0", "#8a4be0", "#3a5fe0", "#102060"),
            night=("#050414", "#120c30", "#2a1d4a"),
            land=("#140f26", "#07050f"),
        ),
        ILSE,
        "night, purple, panorama, northern lights",
    ),
    Wallpaper(
        "Last light over the ridge",
        UHD,
        Ridges(DUSK, sun=(0.64, 0.305), layers=7, pines=True),
        NOOR,
        "mountains, sunset, layers, purple",
    ),
)
