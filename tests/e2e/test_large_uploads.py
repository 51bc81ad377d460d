"""A large file goes straight to where the site stores it, is resumed, and can be improved upon."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import a_picture
from tests.support.site import Site

pytestmark = pytest.mark.e2e
PART = 8 * 1024**2


def a_large_picture() -> bytes:
    """Some 20 MB of a real PNG: a soft picture in grain, which cannot be made smaller."""
    rng = np.random.default_rng(3)
    soft = Image.open(io.BytesIO(a_picture(2600, 2600))).convert("RGB")
    grain = rng.integers(-60, 60, (2600, 2600, 3))
    grainy = np.clip(np.asarray(soft).astype(int) + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(grainy).save(file, "PNG", compress_level=1)
    return file.getvalue()


def imported(site: Site, folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``paperroute import`` says of ``folder``."""
    env = {"PAPERROUTE_URL": site.url, "PAPERROUTE_KEY": site.key, "PATH": ""}
    command = [str(Path(sys.executable).with_name("paperroute")), "import", str(folder), "--json"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def announced(client: httpx.Client, data: bytes) -> dict[str, Any]:
    parts = [data[at : at + PART] for at in range(0, len(data), PART)]
    body = {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "part_sha256": [hashlib.sha256(part).hexdigest() for part in parts],
        "filename": "noise.png",
    }
    response = client.post("/api/v1/uploads", json=body)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def test_an_interrupted_import_carries_on_and_the_wallpaper_can_be_improved(tmp_path: Path) -> None:
    site, folder, data = Site(tmp_path / "data"), tmp_path / "pictures", a_large_picture()
    folder.mkdir()
    file = folder / "noise.png"
    file.write_bytes(data)

    with site.started(), site.client() as client:
        upload = announced(client, data)
        second = upload["parts"][1]
        policy = httpx.get(site.url).headers["Content-Security-Policy"]
        origin = str(httpx.URL(second["url"]).copy_with(path="", query=None)).rstrip("/")
        assert f"connect-src 'self' {origin};" in policy
        wrong = httpx.put(second["url"], headers=second["headers"], content=bytes(PART))
        assert wrong.status_code == 400
        right = httpx.put(second["url"], headers=second["headers"], content=data[PART : 2 * PART])
        assert right.status_code == 200
        facts = file.stat()
        known = {"site": site.url, "path": file.name, "size": len(data), "id": None}
        known |= {"mtime_ns": facts.st_mtime_ns, "sha256": upload["sha256"], "upload": upload["id"]}
        (folder / ".paperroute-import.jsonl").write_text(json.dumps(known) + "\n")

        result = imported(site, folder)

        assert result.returncode == 0, result.stdout + result.stderr
        told = json.loads(result.stdout.splitlines()[0])
        assert told["status"] == "added"
        progress = client.get(f"/api/v1/uploads/{upload['id']}").json()
        assert progress["wallpaper_id"] == told["id"]
        original = client.get(f"/api/v1/wallpapers/{told['id']}/original", follow_redirects=True)
        assert original.content == data

        smaller = Image.open(io.BytesIO(data)).resize((1300, 1300), Image.Resampling.BOX)
        copy = io.BytesIO()
        smaller.save(copy, "JPEG", quality=90)
        again = client.post("/api/v1/wallpapers", files={"file": ("a.jpg", copy.getvalue())})
        assert (again.status_code, again.json()["wallpaper_id"]) == (409, told["id"])
        assert again.json()["type"] == "/problems/near-duplicate"

        improved = client.put(
            f"/api/v1/wallpapers/{told['id']}/original",
            params={"smaller": "accept"},
            files={"file": ("a.jpg", copy.getvalue())},
            headers={"If-Match": '"1"'},
        )
        assert improved.status_code == 200, improved.text
        record = improved.json()
        assert (record["id"], record["width"]) == (told["id"], 1300)
        shown = httpx.get(site.url + record["links"]["images"]["w320"])
        assert Image.open(io.BytesIO(shown.content)).size == (320, 320)
        original = client.get(f"/api/v1/wallpapers/{told['id']}/original", follow_redirects=True)
        assert original.content == copy.getvalue()
