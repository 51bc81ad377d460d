"""Network, data and edge: what is open, what is kept, what visitors reach."""

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from infra.environments import EnvironmentsError, environments
from infra.sizes import SIZES
from infra.tests.conftest import ROOT, Assembly

ENVS = ("dev", "prod")


def only(found: dict[str, Any]) -> Any:
    (one,) = found.values()
    return one


def test_no_security_group_is_open_to_the_world(synthesised: Assembly) -> None:
    groups = synthesised.everywhere("AWS::EC2::SecurityGroup")
    rules = [rule for *_, group in groups for rule in group.get("SecurityGroupIngress", [])]
    rules += [rule for *_, rule in synthesised.everywhere("AWS::EC2::SecurityGroupIngress")]

    assert len(groups) >= 11
    assert len(rules) >= 12
    for rule in rules:
        assert rule.get("CidrIp", "10.42.0.0/16") == "10.42.0.0/16"
        assert "CidrIpv6" not in rule


@pytest.mark.parametrize("env", ENVS)
def test_who_asks_whom_is_what_the_rows_say(env: str, synthesised: Assembly) -> None:
    rules = synthesised.of(f"paperroute-{env}-platform", "AWS::EC2::SecurityGroupIngress")

    assert set(rules) == {
        "SearchToMedia",
        "GatewayToMedia",
        "GatewayToSearch",
        "BalancerToMedia",
        "BalancerToGateway",
        "GatewayToCache",
        "MediaToCache",
        "SearchToCache",
    }


@pytest.mark.parametrize("env", ENVS)
def test_nothing_is_public_but_the_cdn(env: str, synthesised: Assembly) -> None:
    prefix = f"paperroute-{env}"
    balancer = only(
        synthesised.of(f"{prefix}-platform", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    )
    edge = only(synthesised.of(f"{prefix}-edge", "AWS::CloudFront::Distribution"))
    config = edge["DistributionConfig"]
    origins = {each["Id"]: each for each in config["Origins"]}

    assert balancer["Scheme"] == "internal"
    assert "VpcOriginConfig" in origins["services"]
    assert origins["renditions"]["OriginAccessControlId"]
    behaviours = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    assert {each["ViewerProtocolPolicy"] for each in behaviours} == {"redirect-to-https"}
    for *_, bucket in synthesised.everywhere("AWS::S3::Bucket"):
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    for *_, policy in synthesised.everywhere("AWS::S3::BucketPolicy"):
        denied = [
            each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"
        ]
        assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("env", ENVS)
def test_pictures_come_from_s3_and_from_media_only_what_it_lacks(
    env: str, synthesised: Assembly
) -> None:
    edge = only(synthesised.of(f"paperroute-{env}-edge", "AWS::CloudFront::Distribution"))
    (group,) = edge["DistributionConfig"]["OriginGroups"]["Items"]
    images = edge["DistributionConfig"]["CacheBehaviors"][0]

    assert images["PathPattern"] == "/i/*"
    assert images["TargetOriginId"] == group["Id"]
    assert [each["OriginId"] for each in group["Members"]["Items"]] == ["renditions", "services"]
    assert {403, 404, 503} <= set(group["FailoverCriteria"]["StatusCodes"]["Items"])
    rules = synthesised.of(f"paperroute-{env}-media", "AWS::ElasticLoadBalancingV2::ListenerRule")
    assert only(rules)["Conditions"][0]["PathPatternConfig"] == {"Values": ["/i/*"]}


def test_an_edge_tells_a_better_original_apart_and_forgets_a_deleted_one_within_a_day(
    synthesised: Assembly,
) -> None:
    policies = [each for *_, each in synthesised.everywhere("AWS::CloudFront::CachePolicy")]
    images = [each["CachePolicyConfig"] for each in policies if "images" in str(each)]

    assert len(images) == len(ENVS)
    for each in images:
        asked = each["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]
        assert asked["QueryStrings"] == ["t", "v"]
        assert each["MaxTTL"] == 24 * 3600


def test_errors_are_not_kept_for_long(synthesised: Assembly) -> None:
    for *_, edge in synthesised.everywhere("AWS::CloudFront::Distribution"):
        for each in edge["DistributionConfig"]["CustomErrorResponses"]:
            assert each["ErrorCachingMinTTL"] <= 10


@pytest.mark.parametrize("env", ENVS)
def test_what_must_not_be_lost_cannot_be_deleted_by_mistake(
    env: str, synthesised: Assembly
) -> None:
    stack = f"paperroute-{env}-data"
    for name, each in synthesised.templates[stack]["Resources"].items():
        if each["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket") and name != "Snapshots":
            assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")
    for table in synthesised.of(stack, "AWS::DynamoDB::Table").values():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["DeletionProtectionEnabled"] is True
    originals = synthesised.of(stack, "AWS::S3::Bucket")["Originals"]
    assert originals["VersioningConfiguration"] == {"Status": "Enabled"}
    manifest = json.loads((synthesised.folder / "manifest.json").read_text())["artifacts"]
    said = manifest[stack]["properties"].get("terminationProtection", False)
    assert said is (env == "prod")


def test_prod_survives_the_loss_of_a_zone_and_has_no_road_out(synthesised: Assembly) -> None:
    network = "paperroute-prod-network"
    services = [each for s, _, each in synthesised.everywhere("AWS::ECS::Service") if "prod" in s]
    scaled = synthesised.everywhere("AWS::ApplicationAutoScaling::ScalableTarget")

    assert len(services) == 3
    for service in services:
        said = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert len(said["Subnets"]) >= 2
        assert said["AssignPublicIp"] == "DISABLED"
    assert all(each["MinCapacity"] >= 2 for stack, _, each in scaled if "prod" in stack)
    assert synthesised.of(network, "AWS::EC2::NatGateway") == {}
    endpoints = synthesised.of(network, "AWS::EC2::VPCEndpoint")
    kinds = [each["VpcEndpointType"] for each in endpoints.values()]
    assert sorted(kinds) == ["Gateway"] * 2 + ["Interface"] * 4


def test_somebody_hears_when_the_site_is_down(synthesised: Assembly) -> None:
    for stack, _, alarm in synthesised.everywhere("AWS::CloudWatch::CompositeAlarm"):
        assert alarm["AlarmActions"] == [{"Ref": "PlatformBell"}], stack
        assert json.dumps(alarm["AlarmRule"]).count("ALARM") == 2
    for stack, _, group in synthesised.everywhere("AWS::Logs::LogGroup"):
        assert 0 < group["RetentionInDays"] <= 90, stack
    assert len(synthesised.everywhere("AWS::CloudWatch::Dashboard")) == 2
    assert len(synthesised.everywhere("AWS::Budgets::Budget")) == 2


def test_every_size_can_be_had_with_a_name_of_ones_own(synthesise: Any) -> None:
    plain = environments()["prod"]
    sizes = [
        replace(
            plain,
            name=name,
            size=size,
            size_name=name,
            domain=f"{name}.example.org",
            email="a@b.org",
        )
        for name, size in SIZES.items()
    ]

    made = synthesise(*sizes)

    for name, size in SIZES.items():
        edge = f"paperroute-{name}-edge"
        records = made.of(edge, "AWS::Route53::RecordSet").values()
        config = only(made.of(edge, "AWS::CloudFront::Distribution"))["DistributionConfig"]
        zones = {
            json.dumps(each["AvailabilityZone"])
            for each in made.of(f"paperroute-{name}-network", "AWS::EC2::Subnet").values()
        }
        assert {each["Type"] for each in records} == {"A", "AAAA"}
        assert config["Aliases"] == [f"{name}.example.org"]
        assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
        assert ("WebACLId" in config) is size.firewall
        assert len(zones) == size.zones
        alarm = made.of(edge, "AWS::CloudWatch::Alarm")["CertificateEnds"]
        assert (alarm["MetricName"], alarm["Threshold"]) == ("DaysToExpiry", 30)
        assert only(made.of(f"paperroute-{name}-network", "AWS::Route53::HostedZone"))
        assert only(made.of(f"paperroute-{name}-platform", "AWS::SNS::Subscription"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dev: {size: huge}", "size is one of hobby"),
        ("dev: {size: small, colour: red}", "colour is not one of"),
        ("Production: {size: small}", "small letters"),
    ],
)
def test_an_environment_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with pytest.raises(EnvironmentsError, match=said):
        environments(text)


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ({"download": {"value": "1"}}, {}, 'attachment; filename="pine-1920x1080.jpg"'),
        ({"download": {"value": "0"}}, {}, None),
        ({}, {}, None),
        (
            {"download": {"value": "1"}},
            {"content-disposition": {"value": "attachment; filename=own"}},
            "attachment; filename=own",
        ),
    ],
)
def test_a_picture_asked_for_as_a_file_is_one(query: Any, headers: Any, said: str | None) -> None:
    node = shutil.which("node")
    assert node is not None
    event = {
        "request": {"uri": "/i/pine/1920x1080.jpg", "querystring": query},
        "response": {"headers": headers},
    }
    script = (ROOT / "infra/attach.js").read_text()
    script += f"\nprocess.stdout.write(JSON.stringify(handler({json.dumps(event)})))"

    done = subprocess.run([node, "-e", script], check=True, capture_output=True, text=True)

    answered = json.loads(done.stdout)["headers"].get("content-disposition")
    assert (answered and answered["value"]) == said
