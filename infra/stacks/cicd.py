"""How GitHub deploys: a role for each service and environment, and no key."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra.environments import Environment
from infra.services import Service
from infra.stacks.base import accept, shown

_ISSUER = "token.actions.githubusercontent.com"


class Cicd(cdk.Stack):
    """Once in an account, for every environment in it.

    A workflow's role may push the images of one service and have CloudFormation change that
    service's stack; CloudFormation does so with a role of its own, which cannot write policies or
    make roles. What a service may do in AWS is therefore never changed by a workflow, only by a
    person: `make deploy` with their own rights.
    """

    def __init__(
        self,
        app: cdk.App,
        environments: Mapping[str, Environment],
        services: Mapping[str, Service],
    ) -> None:
        super().__init__(
            app,
            "paperroute-cicd",
            description="Paperroute: what GitHub may deploy",
            synthesizer=cdk.BootstraplessSynthesizer(),
            analytics_reporting=False,
        )
        self._subject = cdk.CfnParameter(
            self,
            "Subject",
            type="String",
            allowed_pattern="repo:[A-Za-z0-9._/@-]+",
            description="How GitHub names the repository in its tokens: see docs/deploy.md",
        )
        self._repository = cdk.CfnParameter(
            self,
            "RepositoryId",
            type="String",
            allowed_pattern="[0-9]+",
            description="The repository's number, which survives renaming",
        )
        self._provider = iam.CfnOIDCProvider(
            self, "GitHub", url=f"https://{_ISSUER}", client_id_list=["sts.amazonaws.com"]
        )
        for environment in environments.values():
            for name in services:
                self._let_deploy(environment, name)

    def _let_deploy(self, environment: Environment, name: str) -> None:
        builder = self._make_builder(environment, name)
        subject = f"{self._subject.value_as_string}:environment:{environment.name}"
        role = iam.Role(
            self,
            f"{environment.name.capitalize()}{name.capitalize()}Deploy",
            role_name=f"{environment.prefix}-{name}-deploy",
            description=f"GitHub deploys {name} to {environment.name}",
            max_session_duration=cdk.Duration.hours(1),
            assumed_by=iam.FederatedPrincipal(
                self._provider.ref,
                {
                    "StringEquals": {
                        f"{_ISSUER}:aud": "sts.amazonaws.com",
                        f"{_ISSUER}:repository_id": self._repository.value_as_string,
                        f"{_ISSUER}:sub": subject,
                    }
                },
                "sts:AssumeRoleWithWebIdentity",
            ),
        )
        stack = self.format_arn(
            service="cloudformation",
            resource="stack",
            resource_name=f"{environment.prefix}-{name}/*",
        )
        self._allow(
            role,
            stack,
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:GetTemplate",
        )
        accept(
            role, f"IAM5[Resource::{shown(stack)}]", "A stack's ARN ends in an id that AWS makes"
        )
        self._allow(
            role,
            self.format_arn(
                service="ecr", resource="repository", resource_name=f"{environment.prefix}/{name}"
            ),
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:DescribeImages",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        )
        self._allow(role, "*", "ecr:GetAuthorizationToken")
        accept(
            role, "IAM5[Resource::*]", "A token of ECR is not for one repository: AWS has no other"
        )
        parameters = self.format_arn(
            service="ssm", resource="parameter", resource_name=f"paperroute/{environment.name}/*"
        )
        self._allow(role, parameters, "ssm:GetParameters", "ssm:GetParameterHistory")
        accept(
            role,
            f"IAM5[Resource::{shown(parameters)}]",
            "What the parts tell each other; none is secret",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[builder.role_arn],
                conditions={
                    "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
                },
            )
        )

    def _make_builder(self, environment: Environment, name: str) -> iam.Role:
        """What CloudFormation may change when a workflow deploys: nothing of IAM."""
        role = iam.Role(
            self,
            f"{environment.name.capitalize()}{name.capitalize()}Change",
            role_name=f"{environment.prefix}-{name}-change",
            description=f"CloudFormation changes the stack of {name} in {environment.name}",
            assumed_by=iam.ServicePrincipal("cloudformation.amazonaws.com"),
        )
        tasks = [
            self.format_arn(
                service="iam",
                region="",
                resource="role",
                resource_name=f"{environment.prefix}-{name}-{kind}",
            )
            for kind in ("task", "start")
        ]
        self._allow(role, tasks, "iam:GetRole", "iam:GetRolePolicy")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=tasks,
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            )
        )
        service = self.format_arn(
            service="ecs", resource="service", resource_name=f"{environment.prefix}/{name}"
        )
        self._allow(role, service, "ecs:DescribeServices", "ecs:UpdateService", "ecs:TagResource")
        definition = self.format_arn(
            service="ecs",
            resource="task-definition",
            resource_name=f"{environment.prefix}-{name}:*",
        )
        self._allow(role, definition, "ecs:RegisterTaskDefinition", "ecs:TagResource")
        accept(role, f"IAM5[Resource::{shown(definition)}]", "Every version of one task definition")
        self._allow(
            role,
            "*",
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "application-autoscaling:PutScalingPolicy",
            "application-autoscaling:RegisterScalableTarget",
            "ecs:DeregisterTaskDefinition",
            "ecs:DescribeServiceDeployments",
            "ecs:DescribeTaskDefinition",
            "ecs:ListServiceDeployments",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        )
        accept(role, "IAM5[Resource::*]", "These name no resource that AWS could be told")
        alarms = self.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=f"{environment.prefix}-{name}-*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(role, alarms, "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm")
        accept(role, f"IAM5[Resource::{shown(alarms)}]", "The alarms of this service")
        parameters = self.format_arn(
            service="ssm", resource="parameter", resource_name=f"paperroute/{environment.name}/*"
        )
        self._allow(role, parameters, "ssm:GetParameters")
        accept(
            role,
            f"IAM5[Resource::{shown(parameters)}]",
            "What the other parts say; none is secret",
        )
        self._allow(
            role,
            self.format_arn(
                service="ssm",
                resource="parameter",
                resource_name=f"paperroute/{environment.name}/{name}/image",
            ),
            "ssm:PutParameter",
        )
        return role

    def _allow(self, role: iam.Role, on: str | list[str], *actions: str) -> None:
        resources = [on] if isinstance(on, str) else on
        role.add_to_policy(iam.PolicyStatement(actions=[*actions], resources=resources))
