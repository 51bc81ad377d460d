"""The site as `docker compose up` runs it, in real containers, confined as they should be."""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from tests.support.pictures import a_picture
from tests.support.servers import free_port, wait_until
from tests.support.site import ROOT

pytestmark = pytest.mark.compose

KEY = "a-key-that-only-this-test-knows-0123456789"
PORT = free_port()
EMULATOR_PORT = free_port()
URL = f"http://localhost:{PORT}"
SERVICES = ("gateway", "search", "media")


def compose(*arguments: str) -> str:
    environ = {
        **os.environ,
        "PORT": str(PORT),
        "EMULATOR_PORT": str(EMULATOR_PORT),
        "PAPERROUTE_ADMIN_KEY": KEY,
        "COMPOSE_PROJECT_NAME": "paperroute-test",
    }
    command = ["docker", "compose", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, check=False, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def containers() -> Iterator[None]:
    if shutil.which("docker") is None:
        pytest.fail("this test needs Docker with Compose v2")
    compose("build")
    try:
        compose("up", "--detach", "--wait", "--wait-timeout", "180", *SERVICES)
        yield
    finally:
        print(compose("logs", "--tail", "40"))
        compose("down", "--volumes", "--timeout", "20")


def found(query: str) -> list[str]:
    answer = httpx.get(f"{URL}/api/v1/search", params={"q": query}).json()
    return [each["id"] for each in answer["data"]]


def upload(seed: int, **fields: str) -> httpx.Response:
    return httpx.post(
        f"{URL}/api/v1/wallpapers",
        files={"file": ("picture.jpg", a_picture(2560, 1600, seed=seed))},
        data=fields,
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=90,
    )


def test_a_picture_goes_the_whole_road() -> None:
    record = upload(501, title="In a container", tags="container").json()

    wait_until(lambda: record["id"] in found("tag:container"), seconds=2, what="the upload")
    assert "In a container" in httpx.get(f"{URL}/w/{record['id']}").text
    cut = httpx.get(f"{URL}/w/{record['id']}/download?w=1920&h=1080", follow_redirects=True)
    assert Image.open(io.BytesIO(cut.content)).size == (1920, 1080)
    original = httpx.get(f"{URL}{record['links']['original']}", follow_redirects=True)
    assert original.content == a_picture(2560, 1600, seed=501)


def test_each_service_runs_as_nobody_on_a_root_it_cannot_write_to() -> None:
    for service in SERVICES:
        assert compose("exec", "-T", service, "id", "-u").strip() != "0"
        said = compose("exec", "-T", service, "sh", "-c", "touch /app/x || echo refused")
        assert "refused" in said
        status = compose("exec", "-T", service, "cat", "/proc/self/status")
        assert "CapEff:\t0000000000000000" in status


def test_only_the_site_and_the_emulator_can_be_reached_from_outside() -> None:
    listed = compose("ps", "--format", "json").splitlines()
    published = {
        (entry["Service"], port["PublishedPort"])
        for entry in map(json.loads, listed)
        for port in entry["Publishers"] or []
        if port["PublishedPort"]
    }

    assert published == {("gateway", PORT), ("emulator", EMULATOR_PORT)}


@pytest.mark.parametrize("service", ["redis", "search", "media"])
def test_the_site_opens_with_a_part_stopped_and_heals_when_it_is_back(service: str) -> None:
    record = upload(510, title="Seen before").json() if not found("seen") else {}
    seen = record.get("id") or found("seen")[0]
    wait_until(lambda: seen in found("seen"), seconds=5, what="the upload")
    pages = ("/", "/search?q=seen", f"/w/{seen}")
    for page in pages:
        httpx.get(f"{URL}{page}")
    compose("stop", service)
    try:
        for page in pages:
            assert httpx.get(f"{URL}{page}", timeout=3).status_code == 200, page
        if service == "redis":
            assert httpx.get(f"{URL}/api/v1/wallpapers/{seen}").status_code == 200
    finally:
        compose("up", "--detach", "--wait", service)
    wait_until(lambda: found("") != [], seconds=30, what="search to be back")
    assert httpx.get(f"{URL}/readyz").status_code == 200


def test_a_restart_of_everything_keeps_what_was_uploaded() -> None:
    record = upload(502, title="Kept", tags="restart").json()
    compose("kill", "--signal", "SIGKILL")
    compose("up", "--detach", "--wait", *SERVICES)

    wait_until(lambda: record["id"] in found("tag:restart"), seconds=30, what="the wallpaper")
    original = httpx.get(f"{URL}{record['links']['original']}", follow_redirects=True)
    assert original.content == a_picture(2560, 1600, seed=502)
