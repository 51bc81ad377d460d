"""The stacks of infra/, as they are, on an emulated AWS that runs real containers.

What this can and cannot prove stands in docs/deploy.md: much of the emulated AWS is our own model.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra import verify
from tests.deploy.cloud import (
    ENV,
    SERVICES,
    Visitor,
    build,
    build_on,
    client,
    cloud,
    credentials,
    deployed,
    led_to,
    running,
    told,
)
from tests.support.pictures import a_picture
from tests.support.servers import wait_until

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900)]

FIRST, SECOND, CRASHES, SICK = "0a00001", "0a00002", "0bad001", "0bad002"
PREFIX = f"paperroute-{ENV}"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    if shutil.which("docker") is None:
        pytest.fail("this test needs Docker")
    build(FIRST)
    build_on("search", SECOND, FIRST, "LABEL version=2")
    build_on("search", CRASHES, FIRST, 'CMD ["python", "-c", "raise SystemExit(3)"]')
    # It runs, and says that nothing is at /readyz.
    build_on("gateway", SICK, FIRST, "WORKDIR /tmp", 'CMD ["python", "-m", "http.server", "8000"]')
    with cloud() as opened, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{opened}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patch.setenv(name, value)
        assert deployed("--tag", FIRST) == 0
        yield opened


@pytest.fixture(scope="module")
def site(port: int) -> str:
    return told("edge/site").removeprefix("https://")


@pytest.fixture(scope="module")
def balancer(port: int) -> str:
    return told("platform/balancer-host")


@pytest.fixture
def visitor(port: int, balancer: str) -> Visitor:
    return Visitor(port, balancer)


def found(port: int, host: str, query: str) -> list[str]:
    with client(port, host) as http:
        answer = http.get("/api/v1/search", params={"q": query}).json()
    return [each["id"] for each in answer["data"]]


def status(service: str) -> str:
    stacks = boto3.client("cloudformation").describe_stacks(StackName=f"{PREFIX}-{service}")
    return str(stacks["Stacks"][0]["StackStatus"])


def test_the_gateway_is_reached_through_the_load_balancer_and_the_cdn(
    port: int, site: str, balancer: str
) -> None:
    for host in (balancer, site):
        with client(port, host) as http:
            assert http.get("/readyz").json() == {"status": "ready"}
            assert "<!doctype html>" in http.get("/").text


def test_a_picture_is_uploaded_found_and_seen_through_the_cdn(port: int, site: str) -> None:
    secrets = boto3.client("secretsmanager")
    key = secrets.get_secret_value(SecretId=f"{PREFIX}/admin-key")["SecretString"]
    picture = a_picture(2560, 1600, seed=601)
    with client(port, site, key) as http:
        answer = http.post(
            "/api/v1/wallpapers",
            files={"file": ("picture.jpg", picture)},
            data={"title": "In a cloud", "tags": "deployed"},
        )
        assert answer.status_code == 201, answer.text
        record = answer.json()
        wait_until(
            lambda: record["id"] in found(port, site, "tag:deployed"), seconds=10, what="search"
        )
        small = http.get(f"/i/{record['id']}/w640.webp")

    assert small.status_code == 200, small.text  # made by media: S3 had none
    assert small.headers["content-type"] == "image/webp"
    kept = boto3.client("s3").list_objects_v2(Bucket=f"{PREFIX}-originals", Prefix="originals/")
    assert picture_sizes(kept) & {len(picture)}


def test_the_cdn_takes_from_s3_what_media_has_made_once_until_it_is_deleted(
    port: int, site: str
) -> None:
    s3, bucket = boto3.client("s3"), f"{PREFIX}-renditions"
    secrets = boto3.client("secretsmanager")
    key = secrets.get_secret_value(SecretId=f"{PREFIX}/admin-key")["SecretString"]
    with client(port, site, key) as http:
        files = {"file": ("picture.jpg", a_picture(1600, 1000, seed=602))}
        identity = http.post("/api/v1/wallpapers", files=files).json()["id"]
        path = f"/i/{identity}/w640.webp"

        def laid_out() -> bool:
            return s3.list_objects_v2(Bucket=bucket, Prefix=path[1:])["KeyCount"] == 1

        made = http.get(path)
        assert made.status_code == 200, made.text
        wait_until(laid_out, seconds=10, what="media to lay it out")
        assert s3.get_object(Bucket=bucket, Key=path[1:])["Body"].read() == made.content
        # Only S3 can know of this.
        s3.put_object(Bucket=bucket, Key=path[1:], Body=b"from S3", ContentType="image/webp")
        assert http.get(path).content == b"from S3"

        http.delete(f"/api/v1/wallpapers/{identity}").raise_for_status()

        assert not laid_out()
        assert http.get(path).status_code == 410
        assert http.get("/i/nobody/w640.webp").status_code == 404


def picture_sizes(listed: Any) -> set[int]:
    return {each["Size"] for each in listed["Contents"]}


def test_verify_holds_but_for_what_the_emulated_aws_drops(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = boto3.client("secretsmanager")
    key = secrets.get_secret_value(SecretId=f"{PREFIX}/admin-key")["SecretString"]
    monkeypatch.setenv("PAPERROUTE_KEY", key)

    with led_to(port):
        failed = {each.says for each in verify.checks(ENV) if not each.holds()}

    # It takes point-in-time recovery from a template, and forgets it.
    assert failed == {
        "catalogue can be recovered and not be deleted",
        "accounts can be recovered and not be deleted",
    }


def test_deploying_one_service_changes_its_containers_alone(visitor: Visitor) -> None:
    before = running()

    with visitor.asking():
        assert deployed("--part", "search", "--tag", SECOND) == 0

    wait_until(lambda: running()["search"].isdisjoint(before["search"]), seconds=60, what="the old")
    after = running()
    assert len(after["search"]) == 1
    assert (before["gateway"], before["media"]) == (after["gateway"], after["media"])
    assert visitor.answers > 20
    assert visitor.failures == []


def test_what_ran_before_can_be_gone_back_to(visitor: Visitor) -> None:
    with visitor.asking():
        assert deployed("--part", "search", "--back") == 0

    assert told("search/image") == FIRST
    wait_until(lambda: len(running()["search"]) == 1, seconds=60, what="one search")
    assert visitor.failures == []


@pytest.mark.parametrize(("service", "bad"), [("search", CRASHES), ("gateway", SICK)])
def test_a_version_that_does_not_run_is_not_taken(service: str, bad: str, visitor: Visitor) -> None:
    before = running()

    with visitor.asking():
        assert deployed("--part", service, "--tag", bad) == 1

    wait_until(lambda: running() == before, seconds=60, what="nothing but the old version")
    assert status(service) == "UPDATE_ROLLBACK_COMPLETE"
    assert told(f"{service}/image") == FIRST
    assert visitor.answers > 20
    assert visitor.failures == []


def test_the_nightly_chores_end_well_in_a_task_of_their_own(visitor: Visitor) -> None:
    target = boto3.client("scheduler").get_schedule(Name=f"{PREFIX}-media-night")["Target"]
    ecs = boto3.client("ecs")
    (task,) = ecs.run_task(
        cluster=target["Arn"],
        taskDefinition=target["EcsParameters"]["TaskDefinitionArn"],
        launchType="FARGATE",
        overrides=json.loads(target["Input"]),
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["any"]}},
    )["tasks"]

    def now() -> Any:
        (found,) = ecs.describe_tasks(cluster=target["Arn"], tasks=[task["taskArn"]])["tasks"]
        return found

    wait_until(lambda: now()["lastStatus"] == "STOPPED", seconds=90, what="the chores")
    assert [each.get("exitCode") for each in now()["containers"]] == [0]


def may(call: Callable[[], Any]) -> bool:
    """Whether ``call`` is let through, whatever else becomes of it."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "403"):
            return False
        if error.response["Error"]["Code"] in ("NoSuchKey", "404", "NoSuchUpload"):
            return True
        raise
    return True


def attempts(session: Any) -> dict[str, Callable[[], Any]]:
    """What a task with ``session`` might try, by what it would be able to do."""
    dynamodb, s3 = session.client("dynamodb"), session.client("s3")
    iam, secrets = session.client("iam"), session.client("secretsmanager")
    ssm, ecs = session.client("ssm"), session.client("ecs")
    key = {"pk": {"S": "probe"}, "sk": {"S": "probe"}}
    calls: dict[str, Callable[[], Any]] = {
        "open a bucket": partial(s3.delete_public_access_block, Bucket=f"{PREFIX}-originals"),
        "make a user": partial(iam.create_user, UserName="probe"),
        "read a secret": partial(secrets.get_secret_value, SecretId=f"{PREFIX}/admin-key"),
        "read a parameter": partial(ssm.get_parameter, Name=f"/paperroute/{ENV}/edge/site"),
        "stop a service": partial(
            ecs.update_service, cluster=PREFIX, service="search", desiredCount=0
        ),
    }
    for name in ("catalogue", "accounts"):
        table = {"TableName": f"{PREFIX}-{name}"}
        calls[f"read {name}"] = partial(dynamodb.get_item, **table, Key=key)
        calls[f"write {name}"] = partial(dynamodb.put_item, **table, Item=key)
        calls[f"scan {name}"] = partial(dynamodb.scan, **table)
        calls[f"drop {name}"] = partial(dynamodb.delete_table, **table)
    for name in (
        "originals/originals",
        "originals/elsewhere",
        "renditions/renditions",
        "snapshots/probe",
    ):
        bucket, within = name.split("/")
        where = {"Bucket": f"{PREFIX}-{bucket}", "Key": f"{within}/probe"}
        calls[f"read {name}"] = partial(s3.get_object, **where)
        calls[f"write {name}"] = partial(s3.put_object, **where, Body=b"")
    return calls


def test_each_task_may_do_what_its_role_grants_and_nothing_else(port: int) -> None:
    allowed = {
        service: {
            name
            for name, call in attempts(boto3.Session(**credentials(service))).items()
            if may(call)
        }
        for service in SERVICES
    }

    assert allowed == {
        "gateway": {"read accounts", "write accounts"},
        "search": {"read snapshots/probe", "write snapshots/probe"},
        "media": {
            "read catalogue",
            "write catalogue",
            "read originals/originals",
            "write originals/originals",
            "read renditions/renditions",
            "write renditions/renditions",
        },
    }
