"""Look at a deployed environment without changing it, then use it as a visitor does: `make verify`.

    python -m infra.verify --env dev

Ends with 1 if anything is not as promised. With PAPERROUTE_KEY set, a picture is uploaded, found,
seen and deleted again; without it nothing is written at all.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.services import SERVICES

PARTS = ("network", "data", "cache", "platform", *SERVICES, "edge")
_WITHIN = 20
"""Seconds that an answer, or search's catching up, may take."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that should be so."""

    says: str
    holds: Callable[[], bool]


def checks(environment: str) -> Iterator[Check]:
    """Everything that can be read, and a visitor's way through the site."""
    prefix = f"paperroute-{environment}"
    for part in PARTS:
        yield Check(f"the stack of {part} is complete", partial(_complete, f"{prefix}-{part}"))
    for name in SERVICES:
        yield Check(f"{name} runs as many tasks as it should", partial(_steady, prefix, name))
    for table in ("catalogue", "accounts"):
        yield Check(
            f"{table} can be recovered and not be deleted",
            partial(_recoverable, f"{prefix}-{table}"),
        )
    for bucket in ("originals", "renditions"):
        yield Check(f"{bucket} is closed", partial(_closed, f"{prefix}-{bucket}"))
    yield Check("originals are versioned", lambda: _versioned(f"{prefix}-originals"))
    yield Check("no alarm rings", lambda: _quiet(prefix))
    site = _told(environment, "edge/site")
    yield Check("the site opens", lambda: b"<!doctype html>" in _get(site).lower())
    yield Check("HTTP leads to HTTPS", lambda: _leads(site.replace("https:", "http:"), site))
    yield Check("search answers", lambda: "data" in json.loads(_get(f"{site}/api/v1/search?q=")))
    yield Check("an unknown page is 404", lambda: _status(f"{site}/nothing-here") == 404)
    if key := os.environ.get("PAPERROUTE_KEY"):
        yield Check("a picture goes the whole road", lambda: _whole_road(site, key))


# --- what AWS says ---------------------------------------------------------------------------


def _told(environment: str, name: str) -> str:
    found = boto3.client("ssm").get_parameter(Name=f"/paperroute/{environment}/{name}")
    return found["Parameter"]["Value"]


def _complete(stack: str) -> bool:
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def _steady(cluster: str, service: str) -> bool:
    (found,) = boto3.client("ecs").describe_services(cluster=cluster, services=[service])[
        "services"
    ]
    return found["runningCount"] == found["desiredCount"] > 0 and len(found["deployments"]) == 1


def _recoverable(table: str) -> bool:
    client = boto3.client("dynamodb")
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    protected = client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled")
    return recovery.get("PointInTimeRecoveryStatus") == "ENABLED" and protected is True


def _closed(bucket: str) -> bool:
    found = boto3.client("s3").get_public_access_block(Bucket=bucket)
    return all(found["PublicAccessBlockConfiguration"].values())


def _versioned(bucket: str) -> bool:
    return boto3.client("s3").get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"


def _quiet(prefix: str) -> bool:
    found = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix, StateValue="ALARM")
    return not found.get("MetricAlarms") and not found.get("CompositeAlarms")


# --- what a visitor sees ---------------------------------------------------------------------


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_WITHIN) as answer:  # noqa: S310 - a site of ours
        body: bytes = answer.read()
        return body


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=_WITHIN) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _leads(url: str, to: str) -> bool:
    with urllib.request.urlopen(url, timeout=_WITHIN) as answer:  # noqa: S310
        return str(answer.url).startswith(to)


def _whole_road(site: str, key: str) -> bool:
    picture = Path(__file__).parents[1] / "docs" / "screenshots" / "home.jpg"
    form, kind = _form(picture)
    record = _ask(site, "POST", "/api/v1/wallpapers", key, form, kind)
    try:
        _get(f"{site}/i/{record['id']}/w640.webp")
        return _is_found(site, record["id"])
    finally:
        _ask(site, "DELETE", f"/api/v1/wallpapers/{record['id']}", key)


def _form(file: Path) -> tuple[bytes, str]:
    """The body of an upload of ``file``, and its type (RFC 7578)."""
    between = uuid.uuid4().hex
    head = f'--{between}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"'
    body = f"{head}\r\n\r\n".encode() + file.read_bytes() + f"\r\n--{between}--\r\n".encode()
    return body, f"multipart/form-data; boundary={between}"


def _is_found(site: str, wallpaper: str) -> bool:
    until = time.monotonic() + _WITHIN
    while time.monotonic() < until:
        answer = json.loads(_get(f"{site}/api/v1/search?q=id:{wallpaper}"))
        if wallpaper in [each["id"] for each in answer["data"]]:
            return True
        time.sleep(1)
    return False


def _ask(
    site: str, method: str, path: str, key: str, body: bytes | None = None, kind: str = ""
) -> Any:
    headers = {"Authorization": f"Bearer {key}", **({"Content-Type": kind} if kind else {})}
    request = urllib.request.Request(site + path, body, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=_WITHIN) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")


def main() -> int:
    """Make every check; 1 if one did not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--env", required=True)
    failed = 0
    for check in checks(parser.parse_args().env):
        try:
            said = "" if check.holds() else "it is not so"
        except (ClientError, BotoCoreError, OSError, ValueError, KeyError) as error:
            said = str(error)
        failed += bool(said)
        print(f"{'NO ' if said else 'yes'}  {check.says}{': ' + said if said else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
