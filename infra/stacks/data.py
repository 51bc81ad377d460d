"""What must never be lost: the tables and buckets of infra/data.yaml."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.cloudformation_include import CfnInclude

from infra.environments import Environment
from infra.stacks.base import Part, accept

DEFINITION = Path(__file__).parents[1] / "data.yaml"


class Data(Part):
    """The tables and buckets, which are kept even if this stack is deleted."""

    def __init__(self, app: cdk.App, environment: Environment) -> None:
        super().__init__(app, environment, "data", says="tables and buckets")
        self._included = CfnInclude(
            self,
            "Stores",
            template_file=str(DEFINITION),
            parameters={"Prefix": environment.prefix},
        )
        for name, resource in self._resources().items():
            self.publish("data", name.lower(), resource.ref)
            if isinstance(resource, s3.CfnBucket):
                self._protect(name, resource)

    def _resources(self) -> dict[str, cdk.CfnResource]:
        children = self._included.node.children
        return {each.node.id: each for each in children if isinstance(each, cdk.CfnResource)}

    def _protect(self, name: str, bucket: s3.CfnBucket) -> None:
        """Nothing without TLS; renditions to our CDN, and what it does not find to be called so."""
        accept(
            bucket,
            "S1",
            "No server access log: every read and write is by a task, whose own log names it, by "
            "CloudFront, or by links that media signed and logged",
        )
        statements = [
            iam.PolicyStatement(
                sid="OnlyWithTls",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:*"],
                resources=[bucket.attr_arn, f"{bucket.attr_arn}/*"],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        ]
        if name == "Renditions":
            statements += self._for_the_edge(bucket)
        s3.CfnBucketPolicy(
            self,
            f"{name}Policy",
            bucket=bucket.ref,
            policy_document=iam.PolicyDocument(statements=statements),
        )

    def _for_the_edge(self, bucket: s3.CfnBucket) -> list[iam.PolicyStatement]:
        def allow(action: str, resource: str) -> iam.PolicyStatement:
            return iam.PolicyStatement(
                sid=f"Edge{action.removeprefix('s3:')}",
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                actions=[action],
                resources=[resource],
                # Which of our distributions is not known yet: the edge is deployed last.
                conditions={
                    "ArnLike": {
                        "AWS:SourceArn": f"arn:aws:cloudfront::{self.account}:distribution/*"
                    }
                },
            )

        # Who may list is told that a picture is missing (404); others are only refused (403).
        return [
            allow("s3:GetObject", f"{bucket.attr_arn}/i/*"),
            allow("s3:ListBucket", bucket.attr_arn),
        ]
