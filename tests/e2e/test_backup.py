"""A backup taken while people upload, restored into an empty site, is everything that was there."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from scripts.stores import ADDRESS_FILE
from tests.support.pictures import a_picture
from tests.support.servers import wait_until
from tests.support.site import ROOT, Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def backup(site: Site, *arguments: str) -> tuple[int, str]:
    """What the command ends with, and what it says, asked as ``make`` asks it."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.backup", *arguments, "--json"],
        cwd=ROOT,
        env={**ours, "PAPERROUTE_DATA": str(site.folder)},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout or done.stderr


def clients(site: Site) -> tuple[Any, Any]:
    session = boto3.Session("test", "test", region_name="us-east-1")
    url = (site.folder / ADDRESS_FILE).read_text()
    return session.client("dynamodb", endpoint_url=url), session.client("s3", endpoint_url=url)


def items(site: Site, table: str) -> dict[tuple[str, str], Any]:
    """All of a table by key, but for the life of the feed, which a restore begins anew."""
    pages = clients(site)[0].get_paginator("scan").paginate(TableName=f"paperroute-{table}")
    found = [item for page in pages for item in page["Items"]]
    return {
        (item["pk"]["S"], item["sk"]["S"]): item for item in found if item["sk"]["S"] != "EPOCH"
    }


def originals(site: Site) -> dict[str, tuple[str, str]]:
    """The hash and type of every original and sidecar."""
    s3 = clients(site)[1]
    listed = s3.list_objects_v2(Bucket="paperroute-originals").get("Contents", [])
    objects = {
        each["Key"]: s3.get_object(Bucket="paperroute-originals", Key=each["Key"])
        for each in listed
    }
    return {
        key: (hashlib.sha256(each["Body"].read()).hexdigest(), each["ContentType"])
        for key, each in objects.items()
    }


def records(site: Site) -> dict[str, Any]:
    found = httpx.get(f"{site.url}/api/v1/search", params={"q": "", "limit": 100}).json()["data"]
    return {each["id"]: each for each in found}


def counted(site: Site, count: int) -> bool:
    return int(site.search("")["meta"]["total"]) == count


def test_a_restored_site_is_the_site_that_was_backed_up(tmp_path: Path) -> None:
    old, new, folder = Site(tmp_path / "old"), Site(tmp_path / "new"), tmp_path / "kept"
    with old.started():
        kept = [
            old.upload(a_picture(1600, 1000, seed=seed), title=f"Picture {seed}", tags="kept")
            for seed in range(800, 808)
        ]
        gone = kept.pop().json()["id"]
        with old.client() as client:
            client.delete(f"/api/v1/wallpapers/{gone}").raise_for_status()
        wait_until(lambda: counted(old, len(kept)), seconds=20, what="search")
        assert backup(old, "save", "--to", str(folder))[0] == 0
        tables = {name: items(old, name) for name in ("catalogue", "accounts")}
        bytes_there, said = originals(old), records(old)

    with new.started():
        status, answer = backup(new, "restore", str(folder))

        assert status == 0, answer
        for name, there in tables.items():
            assert items(new, name) == there
            assert json.loads(answer)["items"][name] in {len(there), len(there) + 1}
        assert originals(new) == bytes_there
    with new.started():
        wait_until(lambda: counted(new, len(kept)), seconds=20, what="search")
        assert records(new) == {
            identity: _at(new, old, record) for identity, record in said.items()
        }
        for answered in kept:
            record = answered.json()
            link = f"{new.url}{record['links']['original']}"
            original = httpx.get(link, follow_redirects=True).content
            assert hashlib.sha256(original).hexdigest() == record["sha256"]
        assert httpx.get(f"{new.url}/api/v1/wallpapers/{gone}").status_code in {404, 410}
        assert new.upload(a_picture(900, 600, seed=820)).status_code == 201

        status, answer = backup(new, "restore", str(folder))
        assert status == 2
        assert "REPLACE=yes" in answer


def _at(new: Site, old: Site, record: Any) -> Any:
    return json.loads(json.dumps(record).replace(old.url, new.url))


def test_whatever_was_acknowledged_before_a_backup_began_is_in_it(tmp_path: Path) -> None:
    old, new, folder = Site(tmp_path / "old"), Site(tmp_path / "new"), tmp_path / "kept"
    acknowledged: list[str] = []
    stop = threading.Event()

    def keep_uploading() -> None:
        for seed in range(830, 990):
            if stop.is_set():
                return
            answer = old.upload(a_picture(640, 400, seed=seed))
            assert answer.status_code == 201
            acknowledged.append(answer.json()["id"])

    with old.started():
        uploading = threading.Thread(target=keep_uploading)
        uploading.start()
        wait_until(lambda: len(acknowledged) > 4, seconds=60, what="uploads")
        before = set(acknowledged)
        status, answer = backup(old, "save", "--to", str(folder))
        meanwhile = set(acknowledged) - before
        stop.set()
        uploading.join()
        assert status == 0, answer

    with new.started():
        assert backup(new, "restore", str(folder))[0] == 0
    with new.started():
        wait_until(lambda: len(records(new)) >= len(before), seconds=30, what="search")
        assert before <= set(records(new)) <= set(acknowledged)
        for identity, record in records(new).items():
            link = f"{new.url}{record['links']['original']}"
            original = httpx.get(link, follow_redirects=True).content
            assert hashlib.sha256(original).hexdigest() == record["sha256"], identity
    assert meanwhile, "nobody uploaded while it was taken"
