"""Deploy a service, or everything, and go back: what `make deploy` and `make rollback` run.

    python -m infra.deploy --env dev                     everything, in order; the first time, too
    python -m infra.deploy --env dev --part search       one part: its image, then its stack
    python -m infra.deploy --env dev --part search --tag COMMIT     an image that is there already
    python -m infra.deploy --env dev --part search --back           what ran before
    python -m infra.deploy --part cicd --set Subject=repo:... --set RepositoryId=...

It hands the templates of infra/cdk.out to CloudFormation, which does the work and, if a new version
is not taken, puts the old one back; then this ends with an error and the events that say why.
"""

import argparse
import base64
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.services import SERVICES

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ROOT = Path(__file__).parents[1]
OUT = ROOT / "infra" / "cdk.out"
FIRST = ("network", "data", "cache", "platform")
LAST = ("edge",)
_LONGEST_TEMPLATE = 51_200
"""Bytes that CloudFormation takes without a bucket of ours."""
_EVERY = float(os.environ.get("DEPLOY_POLL_SECONDS", "3"))
_BAD = ("FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")

log = logging.getLogger("deploy")


class DeployError(Exception):
    """It could not be deployed; what was there before runs on."""


# --- CloudFormation ------------------------------------------------------------------------


def template(stack: str) -> str:
    """The synthesised template of ``stack``, without spaces.

    Raises:
        DeployError: If there is none, or it is too long to be handed over.
    """
    file = OUT / f"{stack}.template.json"
    if not file.exists():
        raise DeployError(f"{file} is not there: run `make synth`")
    text = json.dumps(json.loads(file.read_text()), separators=(",", ":"))
    if len(text.encode()) > _LONGEST_TEMPLATE:
        raise DeployError(f"{stack}: its template has more than {_LONGEST_TEMPLATE} bytes")
    return text


def deploy_stack(
    client: "CloudFormationClient", stack: str, given: Mapping[str, str] | None = None
) -> bool:
    """Make or change ``stack`` and wait until that is done.

    Args:
        client: Of CloudFormation.
        stack: Its whole name.
        given: Parameters to set; every other one stays as it is, or takes its default.

    Returns:
        Whether anything was changed.

    Raises:
        DeployError: If the change was not taken; the stack is as it was before.
    """
    body = template(stack)
    there = _status(client, stack)
    if there == "ROLLBACK_COMPLETE":  # what is left of a first time that failed
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(StackName=stack)
        there = None
    name = f"change-{int(time.time() * 1000)}"
    role: Any = {"RoleARN": each} if (each := os.environ.get("CLOUDFORMATION_ROLE")) else {}
    client.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if there else "CREATE",
        TemplateBody=body,
        Parameters=_parameters(client, stack, body, given or {}, new=there is None),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **role,
    )
    if not _is_a_change(client, stack, name):
        client.delete_change_set(StackName=stack, ChangeSetName=name)
        log.info("%s: nothing to change", stack)
        return False
    begun = _newest_event(client, stack)
    client.execute_change_set(StackName=stack, ChangeSetName=name)
    _wait(client, stack, begun)
    return True


def _status(client: "CloudFormationClient", stack: str) -> str | None:
    try:
        status: str = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return None if status in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE") else status


def _parameters(
    client: "CloudFormationClient", stack: str, body: str, given: Mapping[str, str], *, new: bool
) -> list[Any]:
    wanted = json.loads(body).get("Parameters", {})
    if unknown := set(given) - set(wanted):
        raise DeployError(f"{stack} has no parameter {min(unknown)}")
    known = set()
    if not new:
        described = client.describe_stacks(StackName=stack)["Stacks"][0]
        known = {each["ParameterKey"] for each in described.get("Parameters", [])}
    for name, kind in wanted.items():
        if name not in given and name not in known and "Default" not in kind:
            raise DeployError(f"{stack}: say what {name} is ({kind.get('Description', '')})")
    # What another part told is read again: its default names where.
    kept = [
        name
        for name, kind in wanted.items()
        if name in known and name not in given and not kind["Type"].startswith("AWS::SSM")
    ]
    return [
        *({"ParameterKey": key, "ParameterValue": value} for key, value in given.items()),
        *({"ParameterKey": key, "UsePreviousValue": True} for key in kept),
    ]


def _is_a_change(client: "CloudFormationClient", stack: str, name: str) -> bool:
    while True:
        found = client.describe_change_set(StackName=stack, ChangeSetName=name)
        status, reason = found["Status"], found.get("StatusReason", "")
        if status == "CREATE_COMPLETE":
            return True
        if status == "FAILED":
            if "didn't contain changes" in reason or "No updates" in reason:
                return False
            raise DeployError(f"{stack}: {reason}")
        time.sleep(_EVERY)


def _newest_event(client: "CloudFormationClient", stack: str) -> str | None:
    try:
        events = client.describe_stack_events(StackName=stack)["StackEvents"]
    except ClientError:
        return None
    return events[0]["EventId"] if events else None


def _wait(client: "CloudFormationClient", stack: str, begun: str | None) -> None:
    """Until ``stack`` rests; every failure since the event ``begun`` is told.

    Raises:
        DeployError: With what failed first, which is what made the rest fail.
    """
    while (status := _status(client, stack)) is not None and status.endswith("_IN_PROGRESS"):
        time.sleep(_EVERY)
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in _events_since(client, stack, begun)
        if event.get("ResourceStatus", "").endswith("_FAILED")
        and "cancelled" not in event.get("ResourceStatusReason", "")
    ]
    if status is None or status.endswith(_BAD):
        raise DeployError("\n  ".join([f"{stack}: {status}", *reversed(failed)]))
    log.info("%s: %s", stack, status)


def _events_since(
    client: "CloudFormationClient", stack: str, begun: str | None
) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["EventId"] == begun:
                return
            yield event


# --- images --------------------------------------------------------------------------------


def commit() -> str:
    """The commit of this working tree.

    Raises:
        DeployError: If something in it is not committed: what runs could then not be found again.
    """
    if changed := _said("git", "status", "--porcelain"):
        raise DeployError(f"commit these first, so that what runs can be found again:\n{changed}")
    return _said("git", "rev-parse", "--short=12", "HEAD")


def ensure_image(environment: str, service: str, tag: str) -> None:
    """Have the image of ``service`` at the commit ``tag`` in ECR: built and pushed if it is not."""
    name = f"paperroute-{environment}/{service}"
    ecr = boto3.client("ecr")
    try:
        ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ImageNotFoundException":
            raise
    else:
        log.info("%s:%s is in ECR already", name, tag)
        return
    uri = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"]
    token = ecr.get_authorization_token()["authorizationData"][0]
    log.info("building %s", uri)
    subprocess.run(
        ["docker", "login", "--username", "AWS", "--password-stdin", uri.partition("/")[0]],
        input=_password(token["authorizationToken"]),
        check=True,
    )
    image = f"{uri}:{tag}"
    file = f"services/{service}/Dockerfile"
    _run(
        "docker",
        "buildx",
        "build",
        "--platform=linux/arm64",
        "--push",
        "-t",
        image,
        "-f",
        file,
        ".",
    )


def _password(token: str) -> bytes:
    return base64.b64decode(token).partition(b":")[2]


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


# --- what is asked for ---------------------------------------------------------------------


def before(environment: str, service: str) -> str:
    """The commit that ``service`` ran steadily before the present one.

    Raises:
        DeployError: If it has never run another.
    """
    client = boto3.client("ssm")
    name = f"/paperroute/{environment}/{service}/image"
    try:
        pages = client.get_paginator("get_parameter_history").paginate(Name=name)
        values = [each["Value"] for page in pages for each in page["Parameters"]]
    except client.exceptions.ParameterNotFound as error:
        raise DeployError(f"{service} was never deployed to {environment}") from error
    earlier = [value for value in values if value != values[-1]]
    if not earlier:
        raise DeployError(f"{service} has run no other image in {environment}")
    return earlier[-1]


def deploy_service(environment: str, service: str, tag: str) -> None:
    """Have ``service`` run the image ``tag``, and wait until it does."""
    client = boto3.client("cloudformation")
    deploy_stack(client, f"paperroute-{environment}-{service}", {"ImageTag": tag})


def deploy_everything(environment: str, tag: str | None) -> None:
    """Every part of ``environment``, in the order in which they need each other.

    ``tag`` names images that are there already; without it those of this commit are built.
    """
    client = boto3.client("cloudformation")
    for part in FIRST:
        deploy_stack(client, f"paperroute-{environment}-{part}")
    for service in in_order():
        if tag is None:
            ensure_image(environment, service, commit())
        deploy_service(environment, service, tag or commit())
    for part in LAST:
        deploy_stack(client, f"paperroute-{environment}-{part}")
    tell_the_site(environment)


def tell_the_site(environment: str) -> None:
    """Without a domain the site's name is CloudFront's: tell it to whoever writes it into links."""
    told = boto3.client("ssm").get_parameter(Name=f"/paperroute/{environment}/edge/site")
    site = told["Parameter"]["Value"]
    for service in SERVICES:
        stack = f"paperroute-{environment}-{service}"
        if "Site" in json.loads(template(stack)).get("Parameters", {}):
            deploy_stack(boto3.client("cloudformation"), stack, {"Site": site})


def in_order() -> list[str]:
    """The services, each after those that it asks: a name must be there before it is called."""
    done: list[str] = []
    while len(done) < len(SERVICES):
        ready = [
            name
            for name, service in SERVICES.items()
            if name not in done and set(service.calls) <= set(done)
        ]
        done += ready
    return done


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 1 if it could not be done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--env", help="which environment of infra/environments.yaml")
    parser.add_argument("--part", help="a service, another part, or cicd; otherwise everything")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--tag", help="an image that is in ECR already: the commit it is of")
    which.add_argument("--back", action="store_true", help="what ran before")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        _do(asked)
    except (DeployError, ClientError, subprocess.CalledProcessError) as error:
        log.error("not deployed: %s", error)  # noqa: TRY400 - a traceback helps nobody here
        return 1
    return 0


def _do(asked: argparse.Namespace) -> None:
    given = dict(pair.split("=", 1) for pair in asked.set)
    client = boto3.client("cloudformation")
    if asked.part == "cicd":
        deploy_stack(client, "paperroute-cicd", given)
    elif asked.env is None:
        raise DeployError("say which environment: --env dev")
    elif asked.part is None:
        deploy_everything(asked.env, asked.tag)
    elif asked.part not in SERVICES:
        deploy_stack(client, f"paperroute-{asked.env}-{asked.part}", given)
    elif asked.back:
        deploy_service(asked.env, asked.part, before(asked.env, asked.part))
    else:
        tag = asked.tag or commit()
        if asked.tag is None:
            ensure_image(asked.env, asked.part, tag)
        deploy_service(asked.env, asked.part, tag)


if __name__ == "__main__":
    sys.exit(main())
