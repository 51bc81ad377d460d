"""The gateway as it runs: gunicorn, gevent and real sockets."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.gateway_builders import (
    SECRET,
    a_record,
    an_answer,
    http_answer,
    listening,
    request_read,
)
from tests.support.servers import answers, free_port, running, wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:1"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said, and how long it took in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took: float

    @property
    def slug(self) -> str:
        return str(json.loads(self.body)["type"]).removeprefix("/problems/")


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that runs."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        began = time.monotonic()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return Answer(
            response.status, dict(response.getheaders()), content, time.monotonic() - began
        )


@contextmanager
def a_running_gateway(
    folder: Path, *, search: str = NOWHERE, media: str = NOWHERE, **env: str
) -> Iterator[Running]:
    port = free_port()
    log = folder / f"gateway-{port}.log"
    command = [
        str(Path(sys.executable).with_name("gunicorn")),
        "--config",
        str(ROOT / "services/gateway/gunicorn.conf.py"),
        "gateway.wsgi:app",
    ]
    settings = {
        "PAPERROUTE_INTERNAL_SECRET": SECRET,
        "GATEWAY_SEARCH_URL": search,
        "GATEWAY_MEDIA_URL": media,
        "GATEWAY_ACCOUNTS_TABLE": "accounts",
        "GATEWAY_BIND": f"127.0.0.1:{port}",
        "GATEWAY_WORKERS": "1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **env,
    }
    with running(command, log=log, env=settings) as process:
        gateway = Running(port, process, log)
        wait_until(lambda: answers(port), seconds=30, what="the gateway to listen")
        wait_until(lambda: gateway.ask("/readyz").status == 200, seconds=30, what="the gateway")
        yield gateway


@contextmanager
def a_gateway_with_an_administrator(folder: Path, accounts_table: str) -> Iterator[Running]:
    """A running gateway that has learnt that the administrator's key is ``pr_admin``."""
    with a_running_gateway(
        folder, GATEWAY_ACCOUNTS_TABLE=accounts_table, PAPERROUTE_ADMIN_KEY="pr_admin"
    ) as gateway:
        wait_until(
            lambda: gateway.ask("/api/v1/me", Authorization="Bearer pr_admin").status == 200,
            seconds=20,
            what="the administrator",
        )
        yield gateway


@contextmanager
def a_service(answer: bytes, after: float = 0.0) -> Iterator[str]:
    """A service that answers everything alike."""

    def converse(connection: socket.socket) -> None:
        while asked := request_read(connection):
            head, _, body = asked.partition(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                ),
                0,
            )
            while len(body) < length:
                body += connection.recv(65536)
            time.sleep(after)
            connection.sendall(answer)

    with listening(converse) as url:
        yield url


def test_it_starts_and_opens_with_everything_away(tmp_path: Path) -> None:
    with a_running_gateway(tmp_path, AWS_ENDPOINT_URL=NOWHERE) as gateway:
        home = gateway.ask("/")
        search = gateway.ask("/api/v1/search")
        key = gateway.ask("/api/v1/me", Authorization="Bearer pr_any")

    assert home.status == 200
    assert home.headers["X-Degraded"] == "search"
    assert (search.status, search.slug) == (503, "search-resting")
    assert (key.status, key.slug) == (503, "accounts-resting")
    assert key.took < 3


def test_a_service_that_hangs_or_drips_is_cut_at_the_deadline(tmp_path: Path) -> None:
    def drip_headers(connection: socket.socket) -> None:
        request_read(connection)
        for byte in http_answer(b"{}"):
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    with (
        listening(lambda connection: time.sleep(30)) as silent,
        listening(drip_headers) as dripping,
        a_running_gateway(
            tmp_path, search=dripping, media=silent, AWS_ENDPOINT_URL=NOWHERE
        ) as gateway,
    ):
        search = gateway.ask("/api/v1/search")
        media = gateway.ask("/api/v1/wallpapers/pine2345")
        results = gateway.ask("/search?q=fog", Accept="text/html")
        page = gateway.ask("/w/pine2345", Accept="text/html")

    assert (search.status, search.slug) == (503, "search-resting")
    assert 0.7 < search.took < 1.2
    assert (media.status, media.slug) == (503, "media-resting")
    assert 1.9 < media.took < 2.5
    assert (results.status, results.headers["X-Degraded"]) == (200, "search")
    assert results.took < 1.5
    assert page.status == 503
    assert page.took < 3.5


def test_a_service_that_does_not_answer_is_left_alone_until_it_does(tmp_path: Path) -> None:
    well: list[bool] = []
    found = http_answer(json.dumps(an_answer()).encode(), "Content-Type: application/json")

    def answer(connection: socket.socket) -> None:
        while request_read(connection):
            if not well:
                time.sleep(3)
                return
            connection.sendall(found)

    with (
        listening(answer) as search,
        a_running_gateway(tmp_path, search=search, AWS_ENDPOINT_URL=NOWHERE) as gateway,
    ):
        waited = [gateway.ask("/api/v1/search") for _ in range(5)]
        alone = [gateway.ask("/api/v1/search") for _ in range(20)]
        well.append(True)
        wait_until(
            lambda: gateway.ask("/api/v1/search").status == 200, seconds=7, what="search to be back"
        )

    assert {(answer.status, answer.slug) for answer in (*waited, *alone)} == {
        (503, "search-resting")
    }
    assert all(answer.took > 0.7 for answer in waited)
    assert sorted(answer.took for answer in alone)[18] < 0.05


def test_one_slow_service_does_not_hold_up_others(tmp_path: Path) -> None:
    found = http_answer(json.dumps(an_answer()).encode(), "Content-Type: application/json")
    with (
        a_service(found) as search,
        listening(lambda connection: time.sleep(30)) as silent,
        a_running_gateway(
            tmp_path, search=search, media=silent, AWS_ENDPOINT_URL=NOWHERE
        ) as gateway,
    ):
        waiting = [
            threading.Thread(target=gateway.ask, args=("/api/v1/wallpapers/pine2345",))
            for _ in range(40)
        ]
        for thread in waiting:
            thread.start()
        time.sleep(0.3)
        quick = [gateway.ask("/api/v1/search") for _ in range(5)]
        for thread in waiting:
            thread.join()

    assert {answer.status for answer in quick} == {200}
    assert sorted(answer.took for answer in quick)[2] < 0.5


def test_an_upload_that_is_too_large_or_unwelcome_hears_why(
    tmp_path: Path, emulator: object, accounts_table: str
) -> None:
    with a_gateway_with_an_administrator(tmp_path, accounts_table) as gateway:
        big = bytes(60 * MIB)
        large = gateway.ask("/api/v1/wallpapers", "POST", big, Authorization="Bearer pr_admin")
        keyless = gateway.ask("/api/v1/wallpapers", "POST", big)
        wrong = gateway.ask("/api/v1/wallpapers", "POST", big, Authorization="Bearer pr_no")
        still = gateway.ask("/livez")

    assert (large.status, large.slug) == (413, "too-large")
    assert json.loads(large.body)["limit"] == 51 * MIB
    assert (keyless.status, keyless.slug) == (401, "key-required")
    assert (wrong.status, wrong.slug) == (401, "key-unknown")
    assert still.status == 200


def test_a_body_that_drips_is_cut_off_after_ten_seconds(
    tmp_path: Path, emulator: object, accounts_table: str
) -> None:
    with (
        a_gateway_with_an_administrator(tmp_path, accounts_table) as gateway,
        socket.create_connection(("127.0.0.1", gateway.port)) as client,
    ):
        client.sendall(
            b"POST /api/v1/wallpapers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
            b"Authorization: Bearer pr_admin\r\n\r\n"
        )
        client.settimeout(0.25)
        began, said = time.monotonic(), b""
        while time.monotonic() - began < 20:
            try:
                client.sendall(b"x")
                more = client.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            if not more:
                break
            said += more
        took = time.monotonic() - began

    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/too-slow" in said
    assert 9 < took < 13


def test_a_body_with_broken_framing_is_a_bad_request(
    tmp_path: Path, emulator: object, accounts_table: str
) -> None:
    said = []
    with a_gateway_with_an_administrator(tmp_path, accounts_table) as gateway:
        for chunk in (b"zz\r\nabc\r\n", b"5\r\nabcdefgh\r\n0\r\n\r\n", b"-1\r\n"):
            with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
                client.sendall(
                    b"POST /api/v1/wallpapers HTTP/1.1\r\nHost: x\r\n"
                    b"Transfer-Encoding: chunked\r\nAuthorization: Bearer pr_admin\r\n\r\n" + chunk
                )
                said.append(client.recv(65536))

    assert [answer[:13] for answer in said] == [b"HTTP/1.1 400 "] * 3
    assert b"Traceback" not in b"".join(said)


def test_the_first_administrator_finds_a_key_in_a_file_and_uploads_with_it(
    tmp_path: Path, emulator: object, accounts_table: str
) -> None:
    key_file = tmp_path / "data" / "admin-key"
    kept = http_answer(
        json.dumps(a_record()).encode(),
        "Content-Type: application/json",
        "Location: /api/v1/wallpapers/pine2345",
        status="201 CREATED",
    )
    with (
        a_service(kept) as media,
        a_running_gateway(
            tmp_path,
            media=media,
            GATEWAY_ACCOUNTS_TABLE=accounts_table,
            GATEWAY_ADMIN_KEY_FILE=str(key_file),
            GATEWAY_WORKERS="2",
        ) as gateway,
    ):
        wait_until(key_file.exists, seconds=20, what="a key")
        bearer = f"Bearer {key_file.read_text().strip()}"
        wait_until(
            lambda: gateway.ask("/api/v1/me", Authorization=bearer).status == 200,
            seconds=20,
            what="the administrator",
        )
        me = gateway.ask("/api/v1/me", Authorization=bearer)
        upload = gateway.ask("/api/v1/wallpapers", "POST", bytes(3 * MIB), Authorization=bearer)
        told = gateway.log.read_text().count("told only this once")

    assert json.loads(me.body) == {"account": "admin", "role": "admin"}
    assert upload.status == 201
    assert upload.headers["Location"] == "/api/v1/wallpapers/pine2345"
    assert told == 1


def test_a_request_in_flight_is_answered_when_the_gateway_is_told_to_stop(tmp_path: Path) -> None:
    found = http_answer(json.dumps(an_answer()).encode(), "Content-Type: application/json")
    said: list[Answer] = []
    with (
        a_service(found, after=0.6) as search,
        a_running_gateway(tmp_path, search=search, AWS_ENDPOINT_URL=NOWHERE) as gateway,
    ):
        asking = threading.Thread(target=lambda: said.append(gateway.ask("/api/v1/search")))
        asking.start()
        time.sleep(0.25)
        gateway.process.send_signal(signal.SIGTERM)
        asking.join()
        code = gateway.process.wait(20)

    assert [answer.status for answer in said] == [200]
    assert code == 0


def test_connections_that_are_only_kept_open_do_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with a_running_gateway(tmp_path, AWS_ENDPOINT_URL=NOWHERE) as gateway:
        idle = [http.client.HTTPConnection("127.0.0.1", gateway.port) for _ in range(5)]
        for connection in idle:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        began = time.monotonic()
        gateway.process.send_signal(signal.SIGTERM)
        code = gateway.process.wait(40)
        took = time.monotonic() - began

    assert code == 0
    assert took < 30  # not the 95 s that requests under way are given


def test_a_connection_that_the_gateway_keeps_open_serves_many_requests(tmp_path: Path) -> None:
    with a_running_gateway(tmp_path, AWS_ENDPOINT_URL=NOWHERE) as gateway:
        address = urlsplit(f"http://127.0.0.1:{gateway.port}").netloc
        connection = http.client.HTTPConnection(address, timeout=10)
        statuses = []
        for path in ("/livez", "/api/v1/search", "/", "/nothing", "/livez"):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()

    assert statuses == [200, 503, 200, 404, 200]


def test_its_log_is_lines_of_json_without_any_key(tmp_path: Path) -> None:
    with a_running_gateway(
        tmp_path, AWS_ENDPOINT_URL=NOWHERE, PAPERROUTE_ADMIN_KEY="pr_canary"
    ) as gateway:
        gateway.ask("/api/v1/me", Authorization="Bearer pr_canary")
        gateway.ask("/nothing%0A%7B")
        lines = gateway.log.read_text().splitlines()

    assert all(json.loads(line)["service"] == "gateway" for line in lines)
    assert "pr_canary" not in "".join(lines)
