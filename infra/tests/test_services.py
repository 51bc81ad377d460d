"""How services run, are replaced, and what they may do."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from infra.environments import environments
from infra.services import SERVICES
from infra.sizes import SIZES
from infra.tests.conftest import ROOT, Assembly

EACH = [(env, name) for env in ("dev", "prod") for name in SERVICES]
# CPU in 1/1024 vCPU: memory in MiB, of AWS's table of task sizes.
FARGATE = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
}


def only(found: dict[str, Any]) -> Any:
    (one,) = found.values()
    return one


def container(synthesised: Assembly, stack: str) -> Any:
    (one,) = only(synthesised.of(stack, "AWS::ECS::TaskDefinition"))["ContainerDefinitions"]
    return one


@pytest.mark.parametrize("name", SERVICES)
def test_changing_one_service_changes_one_template(
    name: str, synthesised: Assembly, synthesise: Any
) -> None:
    dev = environments()["dev"]
    fleet = replace(dev.size.fleets[name], memory=2 * dev.size.fleets[name].memory)
    service = replace(SERVICES[name], settings={**SERVICES[name].settings, "A_NEW_ONE": "1"})
    changed = replace(dev, size=replace(dev.size, fleets={**dev.size.fleets, name: fleet}))

    before = synthesised.templates
    after = synthesise(changed, services={**SERVICES, name: service}).templates

    of_dev = {stack for stack in before if stack.startswith("paperroute-dev-")}
    assert of_dev == {stack for stack in after if stack != "paperroute-cicd"}
    assert {stack for stack in of_dev if before[stack] != after[stack]} == {
        f"paperroute-dev-{name}"
    }


@pytest.mark.parametrize("size", SIZES)
def test_every_task_is_of_a_size_that_fargate_has(size: str) -> None:
    for name, fleet in SIZES[size].fleets.items():
        assert fleet.memory in FARGATE[fleet.cpu], name
        assert 1 <= fleet.least <= fleet.most
    assert set(SIZES[size].fleets) == set(SERVICES)


@pytest.mark.parametrize(("env", "name"), EACH)
def test_a_bad_version_is_taken_back_without_a_gap(
    env: str, name: str, synthesised: Assembly
) -> None:
    stack = f"paperroute-{env}-{name}"
    service = only(synthesised.of(stack, "AWS::ECS::Service"))
    deployment = service["DeploymentConfiguration"]
    alarms = synthesised.of(stack, "AWS::CloudWatch::Alarm")

    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["MaximumPercent"] == 200
    assert deployment["Alarms"]["Rollback"] is True
    assert {each["Ref"] for each in deployment["Alarms"]["AlarmNames"]} == set(alarms)
    assert {each["MetricName"] for each in alarms.values()} == {"failed", "ms"}
    assert "DesiredCount" not in service
    assert service["AvailabilityZoneRebalancing"] == "ENABLED"
    assert container(synthesised, stack)["HealthCheck"]["Command"][:2] == ["CMD", "python"]


@pytest.mark.parametrize(("env", "name"), EACH)
def test_what_is_under_way_is_finished(env: str, name: str, synthesised: Assembly) -> None:
    stack = f"paperroute-{env}-{name}"
    gunicorn = (ROOT / "services" / name / "gunicorn.conf.py").read_text()
    graceful = int(re.findall(r"^graceful_timeout = (\d+)", gunicorn, re.MULTILINE)[0])
    longest = SERVICES[name].longest_request

    assert longest <= graceful < container(synthesised, stack)["StopTimeout"] <= 120
    for target in synthesised.of(stack, "AWS::ElasticLoadBalancingV2::TargetGroup").values():
        said = {each["Key"]: each["Value"] for each in target["TargetGroupAttributes"]}
        assert int(said["deregistration_delay.timeout_seconds"]) >= longest
        assert target["HealthCheckPath"] == "/readyz"


@pytest.mark.parametrize(("env", "name"), EACH)
def test_a_task_is_confined_and_given_no_secret_in_plain(
    env: str, name: str, synthesised: Assembly
) -> None:
    said = container(synthesised, f"paperroute-{env}-{name}")
    plain = {each["Name"] for each in said["Environment"]}
    secret = {each["Name"] for each in said["Secrets"]}

    assert said["ReadonlyRootFilesystem"] is True
    assert said["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert not [each for each in plain if re.search("SECRET|KEY|TOKEN|PASSWORD", each)]
    assert secret == set(SERVICES[name].secrets)
    assert "VOLUME /tmp\nUSER" in (ROOT / "services" / name / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_every_setting_that_a_service_requires_is_given_and_every_one_given_is_known(
    name: str,
) -> None:
    text = (ROOT / "docs/settings.md").read_text()
    sections = dict(re.findall(r"^## (.+)\n([^#]*)", text, re.MULTILINE))
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \|", sections["All services"] + sections[name], re.MULTILINE
    )
    given = set(SERVICES[name].settings) | set(SERVICES[name].secrets)

    assert {setting for setting, default in rows if default == "required"} <= given
    assert given <= {setting for setting, _ in rows}


@pytest.mark.parametrize(("env", "name"), EACH)
def test_services_have_the_names_of_the_compose_file(
    env: str, name: str, synthesised: Assembly
) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][name]
    stack = f"paperroute-{env}-{name}"
    connect = only(synthesised.of(stack, "AWS::ECS::Service"))["ServiceConnectConfiguration"]
    (told,) = connect["Services"]
    here = {each["Name"]: each["Value"] for each in container(synthesised, stack)["Environment"]}

    assert told["ClientAliases"] == [{"DnsName": name, "Port": 8000}]
    for setting in ("SEARCH_MEDIA_URL", "GATEWAY_SEARCH_URL", "GATEWAY_MEDIA_URL"):
        assert here.get(setting) == compose["environment"].get(setting)


def statements(synthesised: Assembly) -> list[tuple[str, str, Any]]:
    return [
        (stack, name, statement)
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy")
        for stack, name, policy in synthesised.everywhere(kind)
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]


def test_every_action_that_is_allowed_has_its_name(synthesised: Assembly) -> None:
    found = statements(synthesised)

    assert len(found) > 50
    for stack, name, statement in found:
        assert "NotAction" not in statement
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert "*" not in action, (stack, name, action)


def test_only_what_aws_ties_to_no_resource_is_allowed_on_all(synthesised: Assembly) -> None:
    untied = re.compile(
        r"ecr:GetAuthorizationToken|ecs:(Deregister|Describe|List)\w+|elasticloadbalancing:Describe\w+"
        r"|application-autoscaling:\w+"
    )
    for stack, name, statement in statements(synthesised):
        if statement["Resource"] == "*":
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert untied.fullmatch(action), (stack, name, action)


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_a_task_may_do_with_its_own_stores_what_its_row_says_and_nothing_else(
    env: str, synthesised: Assembly
) -> None:
    stores = {
        "media": {"Catalogue", "Originals", "Renditions"},
        "gateway": {"Accounts"},
        "search": {"Snapshots"},
    }
    for name in SERVICES:
        policies = synthesised.of(f"paperroute-{env}-{name}", "AWS::IAM::Policy").items()
        task = [each["PolicyDocument"] for key, each in policies if key.startswith("TaskRole")]
        named = set(re.findall(r'"Ref": "Data(\w+)"', json.dumps(task)))
        allowed = {
            action
            for document in task
            for statement in document["Statement"]
            for action in (
                [statement["Action"]]
                if isinstance(statement["Action"], str)
                else statement["Action"]
            )
        }

        assert allowed == {action for grant in SERVICES[name].grants for action in grant.actions}
        assert named == stores[name]


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_the_roads_to_s3_and_dynamodb_let_through_what_tasks_do_there_and_no_more(
    env: str, synthesised: Assembly
) -> None:
    done = {action for row in SERVICES.values() for grant in row.grants for action in grant.actions}
    endpoints = synthesised.of(f"paperroute-{env}-network", "AWS::EC2::VPCEndpoint").values()
    passed: set[str] = set()
    for endpoint in endpoints:
        if endpoint["VpcEndpointType"] == "Gateway":
            for statement in endpoint["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                passed |= {actions} if isinstance(actions, str) else set(actions)

    assert passed == done


def test_a_role_is_for_one_service_of_aws_or_one_repository_and_environment(
    synthesised: Assembly,
) -> None:
    for stack, name, role in synthesised.everywhere("AWS::IAM::Role"):
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        if trust["Action"] == "sts:AssumeRoleWithWebIdentity":
            said = json.dumps(trust["Condition"]["StringEquals"])
            environment = role["RoleName"].split("-")[1]
            assert f":environment:{environment}" in said, (stack, name)
            assert "repository_id" in said
            assert "StringLike" not in trust["Condition"]
        else:
            assert trust["Action"] == "sts:AssumeRole"
            assert set(trust["Principal"]) == {"Service"}, (stack, name)


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_chores_run_every_night_and_somebody_hears_if_they_end_badly(
    env: str, synthesised: Assembly
) -> None:
    stack, family = f"paperroute-{env}-media", f"task-definition/paperroute-{env}-media"
    schedule = only(synthesised.of(stack, "AWS::Scheduler::Schedule"))
    target, policies = schedule["Target"], synthesised.of(stack, "AWS::IAM::Policy")
    (night,) = [each for name, each in policies.items() if name.startswith("NightRole")]
    run, hand_over = night["PolicyDocument"]["Statement"]

    assert schedule["ScheduleExpression"] == "cron(30 3 * * ? *)"
    assert schedule.get("State", "ENABLED") == "ENABLED"
    assert json.dumps(target["EcsParameters"]["TaskDefinitionArn"]).endswith(f'{family}"]]}}')
    for chore in ("sweep --apply", "scrub --share"):
        assert chore in json.dumps(target["Input"])
    assert run["Action"] == "ecs:RunTask"
    assert run["Condition"]["ArnEquals"]["ecs:cluster"] == target["Arn"]
    assert hand_over["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }
    rule = only(synthesised.of(stack, "AWS::Events::Rule"))
    assert rule["EventPattern"]["detail"]["group"] == [f"family:paperroute-{env}-media"]
    assert rule["EventPattern"]["detail"]["containers"] == {"exitCode": [{"anything-but": [0]}]}


def test_what_github_may_pass_to_cloudformation_changes_no_rights(synthesised: Assembly) -> None:
    policies = synthesised.of("paperroute-cicd", "AWS::IAM::Policy").values()
    writes = re.compile(r"iam:(?!PassRole|PassedToService|Get)\w+")

    assert len(policies) == 2 * 2 * len(SERVICES)
    assert writes.findall(json.dumps([*policies])) == []
    assert not list(synthesised.everywhere("AWS::IAM::User"))
    assert not list(synthesised.everywhere("AWS::IAM::AccessKey"))


def test_a_new_service_is_one_row(synthesise: Any) -> None:
    dev = environments()["dev"]
    row = replace(
        SERVICES["search"], name="paint", calls=("media",), paths=("/paint/*",), priority=20
    )
    size = replace(dev.size, fleets={**dev.size.fleets, "paint": dev.size.fleets["search"]})

    made = synthesise(replace(dev, size=size), services={**SERVICES, "paint": row})

    assert "paperroute-dev-paint" in made.templates
    service = only(made.of("paperroute-dev-paint", "AWS::ECS::Service"))
    assert service["LoadBalancers"][0]["ContainerName"] == "paint"
    assert "PaintToMedia" in made.of("paperroute-dev-platform", "AWS::EC2::SecurityGroupIngress")
