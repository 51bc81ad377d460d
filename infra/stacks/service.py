"""One service: its tasks, what they may do, how they are replaced, who hears of trouble."""

import re
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler

from infra.environments import Environment
from infra.services import Grant, Service
from infra.sizes import Roads
from infra.stacks.base import PORT, Part, accept, shown

_NAMED = re.compile(r"{([a-z-]+)/([a-z-]+)}")
_READY = "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"
_DRAIN = 25
"""Seconds that a task has, after its longest request, before it is killed."""
_STOP = 120
"""The longest that Fargate waits for a task to stop, in seconds."""


class OneService(Part):
    """Everything that belongs to one service and to no other."""

    def __init__(self, app: cdk.App, environment: Environment, service: Service) -> None:
        super().__init__(app, environment, service.name, says=f"the service {service.name}")
        self._service = service
        self._fleet = environment.size.fleets[service.name]
        self._tag = cdk.CfnParameter(
            self,
            "ImageTag",
            type="String",
            allowed_pattern="[0-9a-f]{7,40}",
            constraint_description="is the commit that the image was built from",
            description="Which image runs: the commit it was built from",
        )
        self._logs = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/paperroute/{environment.name}/{service.name}",
            retention=logs.RetentionDays.ONE_MONTH
            if environment.keep
            else logs.RetentionDays.ONE_WEEK,
            removal_policy=cdk.RemovalPolicy.RETAIN
            if environment.keep
            else cdk.RemovalPolicy.DESTROY,
        )
        self._alarms = self._make_alarms()
        target = self._make_target() if service.paths else None
        if target is not None:
            self.publish(service.name, "target", target.attr_target_group_full_name)
        task = self._make_task()
        running = self._make_service(task, target)
        # Changed only once the service is steady: its history is what `make rollback` goes back in.
        self.publish(service.name, "image", self._tag.value_as_string).add_resource_dependency(
            running
        )
        self._make_scaling(running, target)
        if service.nightly:
            self._make_night()

    # --- what runs ---------------------------------------------------------------------------

    def _make_task(self) -> ecs.CfnTaskDefinition:
        service = self._service
        task = ecs.CfnTaskDefinition(
            self,
            "Task",
            family=f"{self.environment_.prefix}-{service.name}",
            cpu=str(self._fleet.cpu),
            memory=str(self._fleet.memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            execution_role_arn=self._make_execution_role().role_arn,
            task_role_arn=self._make_task_role().role_arn,
            # The root is read-only; this is the one place to write to, and gone with the task.
            volumes=[{"name": "tmp"}],
            container_definitions=[self._container()],
        )
        accept(
            task, "ECS2", "Plain settings are names and addresses; what is secret is in `secrets`"
        )
        return task

    def _container(self) -> dict[str, Any]:
        service = self._service
        return {
            "name": service.name,
            "image": cdk.Fn.join(
                ":", [self.read("images", service.name), self._tag.value_as_string]
            ),
            "essential": True,
            "readonlyRootFilesystem": True,
            "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
            "portMappings": [{"name": "http", "containerPort": PORT, "appProtocol": "http"}],
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
            "environment": [
                {"name": key, "value": self._filled(value)}
                for key, value in sorted(self._settings().items())
            ],
            "secrets": [
                {"name": key, "valueFrom": self.read("secrets", name)}
                for key, name in sorted(service.secrets.items())
            ],
            "healthCheck": {
                "command": ["CMD", "python", "-c", _READY],
                "interval": 5,
                "timeout": 5,
                "retries": 3,
                # A search without a snapshot reads everything first; the first success ends this.
                "startPeriod": 300,
            },
            "stopTimeout": min(service.longest_request + _DRAIN, _STOP),
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self._logs.log_group_name,
                    "awslogs-region": self.region,
                    "awslogs-stream-prefix": service.name,
                    # A task never waits for its log.
                    "mode": "non-blocking",
                },
            },
        }

    def _settings(self) -> Mapping[str, str]:
        return {
            **self._service.settings,
            "AWS_DEFAULT_REGION": self.region,
            "PAPERROUTE_METRICS_NAMESPACE": f"Paperroute/{self.environment_.name}",
        }

    def _filled(self, value: str) -> str:
        """``value`` with what other parts published where it says ``{area/name}``."""
        value = value.replace("{site}", self._site()) if "{site}" in value else value
        value = value.replace("{region}", self.region)
        pieces, at = [], 0
        for found in _NAMED.finditer(value):
            pieces += [value[at : found.start()], self.read(found[1], found[2])]
            at = found.end()
        pieces.append(value[at:])
        return cdk.Fn.join("", [piece for piece in pieces if piece])

    def _site(self) -> str:
        """The site's address: the domain, else what the edge, which comes last, is told to be."""
        if self.environment_.domain is not None:
            return f"https://{self.environment_.domain}"
        given = cdk.CfnParameter(
            self,
            "Site",
            type="String",
            default="http://localhost:8080",
            description="Where people find the site: what the edge is given by CloudFront",
        )
        return given.value_as_string

    def _make_service(
        self, task: ecs.CfnTaskDefinition, target: elbv2.CfnTargetGroup | None
    ) -> ecs.CfnService:
        service, fleet = self._service, self._fleet
        running = ecs.CfnService(
            self,
            "Service",
            service_name=service.name,
            cluster=self.read("platform", "cluster"),
            task_definition=task.ref,
            # Never says how many: scaling does, and a deployment must not undo it.
            capacity_provider_strategy=[
                {"capacityProvider": "FARGATE_SPOT" if fleet.spot else "FARGATE", "weight": 1}
            ],
            platform_version="LATEST",
            availability_zone_rebalancing="ENABLED",
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            health_check_grace_period_seconds=60 if target else None,
            network_configuration=self._network(),
            load_balancers=[
                {
                    "containerName": service.name,
                    "containerPort": PORT,
                    "targetGroupArn": target.ref,
                }
            ]
            if target
            else None,
            service_connect_configuration={
                "enabled": True,
                "namespace": self.read("platform", "namespace"),
                # The names of the compose file: nothing else tells the places apart.
                "services": [
                    {
                        "portName": "http",
                        "discoveryName": service.name,
                        "clientAliases": [{"dnsName": service.name, "port": PORT}],
                        "timeout": {
                            "idleTimeoutSeconds": 300,
                            "perRequestTimeoutSeconds": service.longest_request + 5,
                        },
                    }
                ],
            },
            deployment_configuration={
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "alarms": {
                    "enable": True,
                    "rollback": True,
                    "alarmNames": [each.ref for each in self._alarms],
                },
            },
        )
        if target is not None:
            running.node.add_dependency(self._make_rule(target))
        return running

    def _network(self) -> dict[str, Any]:
        public = self.environment_.size.roads is Roads.PUBLIC
        return {
            "awsvpcConfiguration": {
                "subnets": self.read_each("network", "tasks-subnet"),
                "securityGroups": [self.read("platform", f"{self._service.name}-group")],
                "assignPublicIp": "ENABLED" if public else "DISABLED",
            }
        }

    # --- how it is reached -------------------------------------------------------------------

    def _make_target(self) -> elbv2.CfnTargetGroup:
        service = self._service
        return elbv2.CfnTargetGroup(
            self,
            "Target",
            name=f"{self.environment_.prefix}-{service.name}",
            vpc_id=self.read("network", "vpc"),
            target_type="ip",
            port=PORT,
            protocol="HTTP",
            health_check_path="/readyz",
            health_check_interval_seconds=10,
            health_check_timeout_seconds=5,
            healthy_threshold_count=2,
            unhealthy_threshold_count=3,
            matcher={"httpCode": "200"},
            target_group_attributes=[
                {"key": key, "value": value}
                for key, value in {
                    "deregistration_delay.timeout_seconds": str(service.longest_request + 5),
                    "load_balancing.algorithm.type": "least_outstanding_requests",
                }.items()
            ],
        )

    def _make_rule(self, target: elbv2.CfnTargetGroup) -> elbv2.CfnListenerRule:
        return elbv2.CfnListenerRule(
            self,
            "Rule",
            listener_arn=self.read("platform", "listener"),
            priority=self._service.priority,
            conditions=[
                {"field": "path-pattern", "pathPatternConfig": {"values": [*self._service.paths]}}
            ],
            actions=[{"type": "forward", "targetGroupArn": target.ref}],
        )

    # --- what it may do ----------------------------------------------------------------------

    def _make_task_role(self) -> iam.Role:
        role = self._role("task", "What the service itself may do")
        for grant in self._service.grants:
            role.add_to_policy(
                iam.PolicyStatement(actions=[*grant.actions], resources=[self._arn(grant)])
            )
            if grant.within is not None:
                self._accept_keys(role, grant)
        return role

    def _arn(self, grant: Grant) -> str:
        name = self.read(grant.area, grant.name)
        if grant.actions[0].startswith("dynamodb:"):
            return self.format_arn(service="dynamodb", resource="table", resource_name=name)
        return f"arn:aws:s3:::{name}" + (f"/{grant.within}" if grant.within else "")

    def _accept_keys(self, role: iam.Role, grant: Grant) -> None:
        parameter = "".join(part.capitalize() for part in (grant.area, *grant.name.split("-")))
        accept(
            role,
            f"IAM5[Resource::arn:aws:s3:::<{parameter}>/{grant.within}]",
            f"The keys of {grant.name} are made by the service; these are all it has there",
        )

    def _make_execution_role(self) -> iam.Role:
        role = self._role("start", "What ECS does to start it: its image, its secrets, its log")
        name = f"{self.environment_.prefix}/{self._service.name}"
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                resources=[
                    self.format_arn(service="ecr", resource="repository", resource_name=name)
                ],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"])
        )
        accept(
            role, "IAM5[Resource::*]", "A token of ECR is not for one repository: AWS has no other"
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"],
                resources=[
                    self.read("secrets", secret) for secret in self._service.secrets.values()
                ],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self._logs.log_group_arn],
            )
        )
        accept(
            role,
            "IAM5[Resource::<LogsF9FB2E9D.Arn>]",
            "An ARN of a log group ends in ':*', which are its streams",
        )
        return role

    def _role(self, kind: str, says: str) -> iam.Role:
        return iam.Role(
            self,
            f"{kind.capitalize()}Role",
            role_name=f"{self.environment_.prefix}-{self._service.name}-{kind}",
            description=says,
            assumed_by=iam.ServicePrincipal(
                "ecs-tasks.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
        )

    # --- how many ----------------------------------------------------------------------------

    def _make_scaling(self, running: ecs.CfnService, target: elbv2.CfnTargetGroup | None) -> None:
        able = scaling.CfnScalableTarget(
            self,
            "Scalable",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=cdk.Fn.join(
                "/", ["service", self.read("platform", "cluster"), running.attr_name]
            ),
            min_capacity=self._fleet.least,
            max_capacity=self._fleet.most,
        )
        self._follow(able, "Cpu", {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}, 60)
        if target is not None:
            label = cdk.Fn.join(
                "/", [self.read("platform", "balancer-name"), target.attr_target_group_full_name]
            )
            self._follow(
                able,
                "Requests",
                {"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": label},
                # A minute's worth for a task: what one core of the gateway answers at a third of
                # its measured rate (bench/results/gateway.json); pictures take far longer.
                6000 if self._service.name == "gateway" else 600,
            )

    def _follow(
        self, able: scaling.CfnScalableTarget, name: str, metric: dict[str, str], value: int
    ) -> None:
        scaling.CfnScalingPolicy(
            self,
            f"Follow{name}",
            policy_name=f"{self._service.name}-{name.lower()}",
            policy_type="TargetTrackingScaling",
            scaling_target_id=able.ref,
            target_tracking_scaling_policy_configuration={
                "predefinedMetricSpecification": metric,
                "targetValue": value,
                "scaleInCooldown": 300,
                "scaleOutCooldown": 60,
            },
        )

    # --- at night ------------------------------------------------------------------------------

    def _make_night(self) -> None:
        """Run the service's chores in a task of their own, and ring if they do not end well.

        They are those of the newest version: the schedule names none, so no deployment changes it.
        """
        name = f"{self.environment_.prefix}-{self._service.name}"
        family = self.format_arn(service="ecs", resource="task-definition", resource_name=name)
        cluster = self.format_arn(
            service="ecs", resource="cluster", resource_name=self.read("platform", "cluster")
        )
        scheduler.CfnSchedule(
            self,
            "Night",
            name=f"{name}-night",
            description=f"What keeps the stores of {self._service.name} in order",
            schedule_expression="cron(30 3 * * ? *)",
            flexible_time_window={"mode": "FLEXIBLE", "maximumWindowInMinutes": 30},
            target={
                "arn": cluster,
                "roleArn": self._make_night_role(family, cluster).role_arn,
                "input": self.to_json_string(
                    {
                        "containerOverrides": [
                            {"name": self._service.name, "command": [*self._service.nightly]}
                        ]
                    }
                ),
                "ecsParameters": {
                    "taskDefinitionArn": family,
                    "launchType": "FARGATE",
                    "taskCount": 1,
                    "networkConfiguration": self._network(),
                },
                # One that could not be started is tried again the next night.
                "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600},
            },
        )
        events.CfnRule(
            self,
            "BadNight",
            name=f"{name}-bad-night",
            description="A nightly chore found bytes missing or damaged, or could not do its work",
            event_pattern={
                "source": ["aws.ecs"],
                "detail-type": ["ECS Task State Change"],
                "detail": {
                    "group": [f"family:{name}"],  # tasks of the service are in a group of its own
                    "lastStatus": ["STOPPED"],
                    "containers": {"exitCode": [{"anything-but": [0]}]},
                },
            },
            targets=[{"id": "bell", "arn": self.read("platform", "bell")}],
        )

    def _make_night_role(self, family: str, cluster: str) -> iam.Role:
        role = iam.Role(
            self,
            "NightRole",
            role_name=f"{self.environment_.prefix}-{self._service.name}-night",
            description="What starts the nightly chores",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecs:RunTask"],
                resources=[family, f"{family}:*"],
                conditions={"ArnEquals": {"ecs:cluster": cluster}},
            )
        )
        accept(role, f"IAM5[Resource::{shown(family)}:*]", "Every version of one task definition")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[
                    self.format_arn(
                        service="iam",
                        region="",
                        resource="role",
                        resource_name=f"{self.environment_.prefix}-{self._service.name}-{kind}",
                    )
                    for kind in ("task", "start")
                ],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            )
        )
        return role

    # --- who hears -----------------------------------------------------------------------------

    def _make_alarms(self) -> list[cloudwatch.CfnAlarm]:
        """The two that stop a rollout: too many answers fail, or come too late."""
        service = self._service
        failing = self._alarm(
            "Failing",
            f"More than 2 % of what {service.name} answers is its own failure",
            metric="failed",
            statistic={"statistic": "Average"},
            threshold=0.02,
        )
        slow = self._alarm(
            "Slow",
            f"One in twenty answers of {service.name} takes more than {service.slow} ms",
            metric="ms",
            statistic={"extended_statistic": "p95"},
            threshold=service.slow,
        )
        return [failing, slow]

    def _alarm(
        self, name: str, says: str, *, metric: str, statistic: dict[str, Any], threshold: float
    ) -> cloudwatch.CfnAlarm:
        return cloudwatch.CfnAlarm(
            self,
            name,
            alarm_name=f"{self.environment_.prefix}-{self._service.name}-{name.lower()}",
            alarm_description=says,
            namespace=f"Paperroute/{self.environment_.name}",
            metric_name=metric,
            dimensions=[{"name": "service", "value": self._service.name}],
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            threshold=threshold,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self.read("platform", "bell")],
            ok_actions=[self.read("platform", "bell")],
            **statistic,
        )
