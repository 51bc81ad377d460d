"""What the services stand on: cluster, load balancer, images, secrets, and who is told."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_servicediscovery as servicediscovery
from aws_cdk import aws_sns as sns

from infra.environments import Environment
from infra.services import Service
from infra.stacks import cache, network, watch
from infra.stacks.base import PORT, Part, accept

_KEPT_IMAGES = 30
_SECRETS = {
    "internal-secret": "What the services sign for each other with",
    "admin-key": "The key of the first administrator",
}


class Platform(Part):
    """Everything that is there once for all services of an environment."""

    def __init__(
        self, app: cdk.App, environment: Environment, services: Mapping[str, Service]
    ) -> None:
        super().__init__(
            app, environment, "platform", says="cluster, load balancer, images, secrets, alarms"
        )
        self._make_cluster()
        balancer_group = self._make_balancer()
        self._services = services
        groups = {name: self._make_group(name) for name in services}
        for service in services.values():
            self._open_roads(service, groups, balancer_group)
            self._make_repository(service.name)
        for name, purpose in _SECRETS.items():
            self._make_secret(name, purpose)
        self._make_bell()

    def _make_cluster(self) -> None:
        namespace = servicediscovery.CfnHttpNamespace(
            self, "Namespace", name=self.environment_.prefix, description="Names of the services"
        )
        cluster = ecs.CfnCluster(
            self,
            "Cluster",
            cluster_name=self.environment_.prefix,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            cluster_settings=[
                ecs.CfnCluster.ClusterSettingsProperty(
                    name="containerInsights",
                    value="enabled" if self.environment_.keep else "disabled",
                )
            ],
        )
        if not self.environment_.keep:
            accept(cluster, "ECS4", "Container Insights costs more than the tasks of this size")
        self.publish("platform", "cluster", cluster.ref)
        self.publish("platform", "namespace", namespace.attr_arn)

    def _make_balancer(self) -> ec2.CfnSecurityGroup:
        group = ec2.CfnSecurityGroup(
            self,
            "Balancer",
            group_description="Load balancer: from interfaces of the CDN in this network",
            vpc_id=self.read("network", "vpc"),
            security_group_ingress=[
                {
                    "ipProtocol": "tcp",
                    "fromPort": 80,
                    "toPort": 80,
                    "cidrIp": network.CIDR,
                    "description": "CloudFront's interfaces in this network",
                }
            ],
            security_group_egress=[
                {
                    "ipProtocol": "tcp",
                    "fromPort": PORT,
                    "toPort": PORT,
                    "cidrIp": network.CIDR,
                    "description": "Tasks",
                }
            ],
        )
        balancer = elbv2.CfnLoadBalancer(
            self,
            "LoadBalancer",
            name=self.environment_.prefix,
            type="application",
            scheme="internal",
            subnets=self.read_each("network", "balancer-subnet"),
            security_groups=[group.attr_group_id],
            load_balancer_attributes=[
                {"key": key, "value": value}
                for key, value in {
                    # Shorter than services keep idle connections: they close none in use.
                    "idle_timeout.timeout_seconds": "60",
                    "routing.http.drop_invalid_header_fields.enabled": "true",
                    "routing.http.desync_mitigation_mode": "strictest",
                    "deletion_protection.enabled": "true" if self.environment_.keep else "false",
                }.items()
            ],
        )
        accept(
            balancer,
            "ELB2",
            "No access log: only CloudFront reaches it, and every service logs every request with "
            "the id that the visitor was told",
        )
        listener = elbv2.CfnListener(
            self,
            "Listener",
            load_balancer_arn=balancer.ref,
            port=80,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "fixed-response",
                    "fixedResponseConfig": {
                        "statusCode": "404",
                        "contentType": "text/plain",
                        "messageBody": "Nothing is here.",
                    },
                }
            ],
        )
        self.publish("platform", "balancer", balancer.ref)
        self.publish("platform", "balancer-name", balancer.attr_load_balancer_full_name)
        self.publish("platform", "balancer-host", balancer.attr_dns_name)
        self.publish("platform", "listener", listener.ref)
        return group

    def _make_group(self, name: str) -> ec2.CfnSecurityGroup:
        group = ec2.CfnSecurityGroup(
            self,
            f"{name.capitalize()}Tasks",
            group_description=f"Tasks of {name}",
            vpc_id=self.read("network", "vpc"),
            security_group_egress=[
                {
                    "ipProtocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrIp": "0.0.0.0/0",
                    "description": "AWS, by its endpoints; where there is a road to more, that too",
                },
                *(
                    {
                        "ipProtocol": "tcp",
                        "fromPort": port,
                        "toPort": port,
                        "cidrIp": network.CIDR,
                        "description": "Other services" if port == PORT else "The cache",
                    }
                    for port in (PORT, *cache.PORTS)
                ),
            ],
        )
        self.publish("platform", f"{name}-group", group.attr_group_id)
        return group

    def _open_roads(
        self,
        service: Service,
        groups: dict[str, ec2.CfnSecurityGroup],
        balancer: ec2.CfnSecurityGroup,
    ) -> None:
        callers = {
            name: groups[name]
            for name, each in self._services.items()
            if service.name in each.calls
        }
        if service.paths:
            callers["balancer"] = balancer
        for name, caller in callers.items():
            ec2.CfnSecurityGroupIngress(
                self,
                f"{name.capitalize()}To{service.name.capitalize()}",
                group_id=groups[service.name].attr_group_id,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                source_security_group_id=caller.attr_group_id,
                description=f"{name} asks {service.name}",
            )
        if service.cached:
            ec2.CfnSecurityGroupIngress(
                self,
                f"{service.name.capitalize()}ToCache",
                group_id=self.read("cache", "group"),
                ip_protocol="tcp",
                from_port=cache.PORTS[0],
                to_port=cache.PORTS[-1],
                source_security_group_id=groups[service.name].attr_group_id,
                description=f"{service.name} uses the cache",
            )

    def _make_repository(self, name: str) -> None:
        repository = ecr.Repository(
            self,
            f"{name.capitalize()}Images",
            repository_name=f"{self.environment_.prefix}/{name}",
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="What a way back may need", max_image_count=_KEPT_IMAGES
                )
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.publish("images", name, repository.repository_uri)

    def _make_secret(self, name: str, purpose: str) -> None:
        secret = secretsmanager.CfnSecret(
            self,
            "".join(word.capitalize() for word in name.split("-")),
            name=f"{self.environment_.prefix}/{name}",
            description=purpose,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=48, exclude_punctuation=True
            ),
        )
        secret.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        accept(
            secret,
            "SMG4",
            "Changed by an operator, old and new valid side by side for a while: docs/runbook.md",
        )
        self.publish("secrets", name, secret.attr_id)

    def _make_bell(self) -> None:
        bell = sns.CfnTopic(
            self, "Bell", topic_name=f"{self.environment_.prefix}-alarms", display_name="Paperroute"
        )
        sns.CfnTopicPolicy(
            self,
            "BellPolicy",
            topics=[bell.ref],
            policy_document=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        sid="OurAlarms",
                        principals=[
                            iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                            iam.ServicePrincipal("budgets.amazonaws.com"),
                            iam.ServicePrincipal("events.amazonaws.com"),
                        ],
                        actions=["sns:Publish"],
                        resources=[bell.ref],
                        conditions={"StringEquals": {"aws:SourceAccount": self.account}},
                    ),
                    iam.PolicyStatement(
                        sid="OnlyWithTls",
                        effect=iam.Effect.DENY,
                        principals=[iam.AnyPrincipal()],
                        actions=["sns:Publish"],
                        resources=[bell.ref],
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ]
            ),
        )
        accept(bell, "SNS3", "TLS is required by the topic's policy, in a resource of its own")
        if self.environment_.email is not None:
            sns.CfnSubscription(
                self, "Mail", topic_arn=bell.ref, protocol="email", endpoint=self.environment_.email
            )
        self.publish("platform", "bell", bell.ref)
        self._make_budget(bell)
        watch.make_store_alarms(self, self.environment_, bell.ref)
        watch.tell_of_failed_rollouts(
            self,
            self.environment_,
            bell.ref,
            self.format_arn(
                service="ecs", resource="service", resource_name=f"{self.environment_.prefix}/"
            ),
        )

    def _make_budget(self, bell: sns.CfnTopic) -> None:
        def told_at(
            percent: int, kind: str
        ) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
            return budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    comparison_operator="GREATER_THAN",
                    notification_type=kind,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[
                    budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=bell.ref)
                ],
            )

        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=self.environment_.prefix,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=self.environment_.size.budget_usd, unit="USD"
                ),
                cost_filters={"TagKeyValue": [f"user:paperroute${self.environment_.name}"]},
            ),
            notifications_with_subscribers=[told_at(80, "ACTUAL"), told_at(100, "FORECASTED")],
        )
