"""The media service on photographs in memory, as gunicorn runs it for the benchmark.

Nothing that is asked for is kept, so that every image is made anew; what an upload makes early, is.
"""

import os
from io import BytesIO
from pathlib import Path

from flask import Flask

from chassis.seal import Sealer
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_leases import MemoryLeases
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_parcels import MemoryParcels
from media.adapters.memory_renditions import MemoryRenditions
from media.adapters.memory_tally import MemoryTally
from media.adapters.pooled_pictures import PooledPictures
from media.app import create_app
from media.domain.renditions import SOURCE, plan
from media.domain.wallpaper import Point
from media.ingest import Upload, ingest
from media.ports import Image
from tests.support.media_builders import NOON
from tests.support.servers import wait_until


class Forgetful(MemoryRenditions):
    """Keeps only what smaller images are made from."""

    def put(self, key: str, image: Image) -> bool:
        return super().put(key, image) if "/1920x" in key else True


def app() -> Flask:
    """The application, with the photographs of ``BENCH_PHOTOS`` uploaded; prints their ids."""
    catalogue, originals, renditions = MemoryCatalogue(), MemoryOriginals(), Forgetful()
    pictures = PooledPictures()
    wait_until(lambda: pictures.unfit() is None, seconds=30, what="the decoders")
    ids = []
    for path in os.environ["BENCH_PHOTOS"].split(os.pathsep):
        upload = Upload(BytesIO(Path(path).read_bytes()), "photo.jpg", None, {}, "ada", near=True)
        wallpaper = ingest(upload, catalogue, originals, pictures, now=NOON)
        original = wallpaper.original
        larger = plan(SOURCE, original.size, Point(0.5, 0.5))
        renditions.put(larger.key(original), pictures.render(originals.read(original), larger))
        ids.append(wallpaper.id)
    Path(os.environ["BENCH_IDS"]).write_text("\n".join(ids))
    sealer = Sealer([os.environ["PAPERROUTE_INTERNAL_SECRET"]])
    return create_app(
        catalogue,
        originals,
        renditions,
        MemoryParcels(),
        pictures,
        sealer,
        MemoryTally("bench"),
        MemoryLeases(),
    )
