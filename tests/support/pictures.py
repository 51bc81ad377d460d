"""Pictures made for a test: real files, each with its own content."""

import io

import numpy as np
from PIL import Image


def a_picture(width: int = 1600, height: int = 1000, *, seed: int = 1, kind: str = "JPEG") -> bytes:
    """One whole file of the format ``kind``; another ``seed`` gives another picture."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (9, 16, 3), dtype=np.uint8)
    soft = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    soft.save(file, kind, quality=90)
    return file.getvalue()
