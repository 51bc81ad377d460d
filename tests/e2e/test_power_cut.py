"""kill -9 of everything, then a start: nothing that was acknowledged is lost."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.pictures import a_picture
from tests.support.servers import wait_until
from tests.support.site import Site

pytestmark = pytest.mark.e2e


def test_no_acknowledged_upload_edit_or_deletion_is_lost(tmp_path: Path) -> None:
    site = Site(tmp_path / "data")
    pictures = {seed: a_picture(640, 400, seed=seed) for seed in range(400, 440)}
    acknowledged: dict[str, bytes] = {}

    with site.started() as process:
        with ThreadPoolExecutor(4) as pool:
            jobs = [
                pool.submit(site.upload, picture, title=f"Picture {seed}", tags="kept")
                for seed, picture in pictures.items()
            ]
            wait_until(lambda: sum(job.done() for job in jobs) > 24, seconds=60, what="uploads")
            with site.client() as client:
                first, second = (jobs[at].result().json()["id"] for at in (0, 1))
                client.patch(
                    f"/api/v1/wallpapers/{first}",
                    json={"title": "Edited before the cut"},
                    headers={"If-Match": '"1"'},
                ).raise_for_status()
                client.delete(f"/api/v1/wallpapers/{second}").raise_for_status()
            site.kill_everything(process)
        for job, picture in zip(jobs, pictures.values(), strict=True):
            if job.exception() is None and job.result().status_code == 201:
                acknowledged[job.result().json()["id"]] = picture
    assert len(acknowledged) > 24
    acknowledged.pop(second)

    with site.started():
        for identity, picture in acknowledged.items():
            record = httpx.get(f"{site.url}/api/v1/wallpapers/{identity}").json()
            assert record["sha256"] == hashlib.sha256(picture).hexdigest()
            original = httpx.get(f"{site.url}{record['links']['original']}", follow_redirects=True)
            assert original.content == picture
        edited = httpx.get(f"{site.url}/api/v1/wallpapers/{first}").json()
        assert edited["title"] == "Edited before the cut"
        assert httpx.get(f"{site.url}/api/v1/wallpapers/{second}").status_code in {404, 410}
        assert set(acknowledged) <= {each["id"] for each in _all_found(site, "tag:kept")}


def _all_found(site: Site, query: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = httpx.get(f"{site.url}/api/v1/search", params={"q": query, **cursor}).json()
        found += answer["data"]
        if answer["meta"]["next"] is None:
            return found
        cursor = {"cursor": answer["meta"]["next"]}
