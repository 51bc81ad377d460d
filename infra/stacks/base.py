"""What every stack has in common: its name, its tags, and how it meets the others."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from infra.environments import Environment

PORT = 8000
"""Where every service listens."""


class Part(cdk.Stack):
    """One part of an environment.

    Parts meet only in SSM parameters, never in exports: an export that somebody imports cannot be
    changed, and each part must be able to change alone.
    """

    def __init__(self, app: cdk.App, environment: Environment, name: str, *, says: str) -> None:
        super().__init__(
            app,
            f"{environment.prefix}-{name}",
            description=f"Paperroute {environment.name}: {says}",
            synthesizer=cdk.BootstraplessSynthesizer(),
            termination_protection=environment.keep,
            analytics_reporting=False,
        )
        self.environment_ = environment
        cdk.Tags.of(self).add(
            "paperroute",
            environment.name,
            # A tag would have CloudFront replace the origin, which a distribution holds on to.
            exclude_resource_types=["AWS::CloudFront::VpcOrigin"],
        )
        self._read: dict[str, cdk.CfnParameter] = {}

    @property
    def availability_zones(self) -> list[str]:
        """The first zones of whichever region this is deployed to, without asking AWS now."""
        zones = self.environment_.size.zones
        return [cdk.Fn.select(each, cdk.Fn.get_azs()) for each in range(zones)]

    def publish(self, area: str, name: str, value: str) -> ssm.CfnParameter:
        """Tell the other parts ``value`` under ``area/name``."""
        return ssm.CfnParameter(
            self,
            f"Tell{_camel(area)}{_camel(name)}",
            type="String",
            name=f"/paperroute/{self.environment_.name}/{area}/{name}",
            value=value,
        )

    def read(self, area: str, name: str) -> str:
        """What another part published under ``area/name``, as it is when this one is deployed."""
        key = f"{area}/{name}"
        if key not in self._read:
            self._read[key] = cdk.CfnParameter(
                self,
                f"{_camel(area)}{_camel(name)}",
                type="AWS::SSM::Parameter::Value<String>",
                default=f"/paperroute/{self.environment_.name}/{key}",
                description=f"Published by the part that makes it: {key}",
            )
        return self._read[key].value_as_string

    def read_each(self, area: str, name: str) -> list[str]:
        """What another part published, one for each zone."""
        zones = range(self.environment_.size.zones)
        return [self.read(area, f"{name}-{each}") for each in zones]

    def publish_each(self, area: str, name: str, values: Sequence[str]) -> None:
        """Tell the other parts ``values``, one for each zone."""
        for each, value in enumerate(values):
            self.publish(area, f"{name}-{each}", value)


def accept(construct: IConstruct, rule: str, because: str) -> None:
    """Let ``construct`` break a rule of cdk-nag, where it stands and for a reason."""
    cdk.Validations.of(construct).acknowledge(
        cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=because)
    )


def hold_to_rules(app: cdk.App) -> None:
    """Have synthesis fail on whatever cdk-nag objects to and nobody has accepted."""
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def _camel(text: str) -> str:
    return "".join(word.capitalize() for word in text.split("-"))


def shown(arn: str) -> str:
    """How cdk-nag writes ``arn`` into the name of what it found."""
    return (
        arn.replace(cdk.Aws.PARTITION, "<AWS::Partition>")
        .replace(cdk.Aws.REGION, "<AWS::Region>")
        .replace(cdk.Aws.ACCOUNT_ID, "<AWS::AccountId>")
    )
