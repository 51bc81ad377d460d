"""An emulated AWS that runs real containers, and the images it runs."""

import json
import os
import subprocess
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra import deploy
from tests.support.servers import free_port, wait_until

ROOT = Path(__file__).parents[2]
SERVICES = ("gateway", "search", "media")
REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
ENV = "dev"
# Task credentials are only taken from this address, or the loopback.
ADDRESS, SUBNET = "169.254.170.2", "169.254.170.0/24"
EMULATOR = os.environ.get("AWS_EMULATOR_IMAGE", "ministackorg/ministack:1.5.33")
NAME = f"paperroute-cloud-{uuid.uuid4().hex[:8]}"


def docker(*arguments: str, given: str | None = None) -> str:
    done = subprocess.run(
        ["docker", *arguments], cwd=ROOT, input=given, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def image(service: str, tag: str) -> str:
    return f"{REGISTRY}/paperroute-{ENV}/{service}:{tag}"


def build(tag: str) -> None:
    """Every service as it is here, as the commit ``tag``."""
    for service in SERVICES:
        file = f"services/{service}/Dockerfile"
        docker("build", "--quiet", "--tag", image(service, tag), "--file", file, ".")


def build_on(service: str, tag: str, of: str, *lines: str) -> None:
    """A version of ``service`` that is the image ``of`` with a few lines more."""
    text = "\n".join([f"FROM {image(service, of)}", *lines, ""])
    docker("build", "--quiet", "--tag", image(service, tag), "-", given=text)


@contextmanager
def cloud() -> Iterator[int]:
    """The emulated AWS; its port here. Everything that ran in it is gone on leaving."""
    port = free_port()
    docker("network", "create", "--subnet", SUBNET, NAME)
    settings = {"AUTH": "true", "MINISTACK_HOSTNAME": NAME, "DOCKER_NETWORK": NAME}
    shim = Path(__file__).with_name("shim.py")
    docker(
        *("run", "--detach", "--name", NAME, "--hostname", NAME),
        *("--network", NAME, "--ip", ADDRESS, "--publish", f"127.0.0.1:{port}:4566"),
        *(part for each in settings.items() for part in ("--env", "=".join(each))),
        *("--volume", "/var/run/docker.sock:/var/run/docker.sock"),
        *("--volume", f"{shim}:/shim.py:ro", EMULATOR, "python", "/shim.py"),
    )
    try:
        health = f"http://127.0.0.1:{port}/_localstack/health"
        wait_until(lambda: _answers(health), seconds=60, what="the emulated AWS")
        yield port
    finally:
        print(docker("logs", "--tail", "60", NAME))
        docker("rm", "--force", "--volumes", NAME)  # first, so that it starts no more
        wait_until(_nothing_is_left, seconds=60, what="the containers to be gone")
        docker("network", "rm", NAME)


def _nothing_is_left() -> bool:
    left = docker("ps", "--all", "--quiet", "--filter", f"network={NAME}").split()
    # One that is being removed already is no mistake.
    subprocess.run(
        ["docker", "rm", "--force", "--volumes", *left], check=False, capture_output=True
    )
    return not left


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def deployed(*arguments: str) -> int:
    """What ``python -m infra.deploy`` ends with."""
    return deploy.main(["--env", ENV, *arguments])


def running() -> dict[str, set[str]]:
    """The ids of the containers that run each service."""
    found = docker("ps", "--filter", f"network={NAME}", "--format", "{{.ID}} {{.Image}}")
    pairs = [line.split() for line in found.splitlines()]
    return {
        service: {each for each, name in pairs if f"/{service}:" in name} for service in SERVICES
    }


def told(name: str) -> str:
    """What a part told under ``name``."""
    found = boto3.client("ssm").get_parameter(Name=f"/paperroute/{ENV}/{name}")
    return str(found["Parameter"]["Value"])


def client(port: int, host: str, key: str | None = None) -> httpx.Client:
    """Whoever asks ``host`` as if its name led here."""
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60)


class _Led(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """Opens addresses of the CDN on the emulated one, which has no TLS."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        req.add_unredirected_header("X-Forwarded-Proto", "https")
        return self.http_open(req)

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        def connect(_host: str, **options: Any) -> HTTPConnection:
            return HTTPConnection("127.0.0.1", self._port, **options)

        return self.do_open(connect, req)


@contextmanager
def led_to(port: int) -> Iterator[None]:
    """Have urllib find every site at the emulated AWS."""
    urllib.request.install_opener(urllib.request.build_opener(_Led(port)))
    try:
        yield
    finally:
        urllib.request.install_opener(urllib.request.build_opener())


def credentials(service: str) -> dict[str, Any]:
    """Those of a task of ``service``, asked for where it would ask."""
    (container, *_) = running()[service]
    script = (
        "import os, urllib.request as u;"
        "print(u.urlopen(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']).read().decode())"
    )
    said: Mapping[str, str] = json.loads(docker("exec", container, "python", "-c", script))
    return {
        "aws_access_key_id": said["AccessKeyId"],
        "aws_secret_access_key": said["SecretAccessKey"],
        "aws_session_token": said["Token"],
    }


@dataclass
class Visitor:
    """Somebody who keeps asking while something is deployed."""

    port: int
    host: str
    paths: tuple[str, ...] = ("/", "/api/v1/search?q=")
    answers: int = 0
    failures: list[str] = field(default_factory=list)

    @contextmanager
    def asking(self) -> Iterator["Visitor"]:
        stop = threading.Event()
        asking = threading.Thread(target=self._ask, args=(stop,))
        asking.start()
        try:
            yield self
        finally:
            stop.set()
            asking.join()

    def _ask(self, stop: threading.Event) -> None:
        with client(self.port, self.host) as http:
            while not stop.is_set():
                for path in self.paths:
                    try:
                        answer = http.get(path)
                        said = str(answer.status_code)
                        why = answer.text[:300]
                    except httpx.HTTPError as error:
                        said, why = repr(error), ""
                    self.answers += 1
                    if said != "200":
                        self.failures.append(f"{path}: {said} {why}")
                time.sleep(0.05)
