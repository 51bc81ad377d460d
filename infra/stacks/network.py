"""Where everything stands: network, zones, roads to AWS, and the name of the site."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53

from infra.environments import Environment
from infra.sizes import Roads
from infra.stacks.base import Part

CIDR = "10.42.0.0/16"
# What a task needs before and while it runs; S3 and DynamoDB have free roads of their own.
_NEEDED = {
    "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "Secrets": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
}


class Network(Part):
    """The network and the zone of the site's name."""

    def __init__(self, app: cdk.App, environment: Environment) -> None:
        super().__init__(app, environment, "network", says="network, roads to AWS, DNS zone")
        self._network = self._make_network()
        self._make_roads()
        self._log_refusals()
        self.publish("network", "vpc", self._network.vpc_id)
        self.publish("network", "cidr", CIDR)
        with_tasks = (
            self._network.public_subnets
            if environment.size.roads is Roads.PUBLIC
            else self._network.select_subnets(subnet_group_name="tasks").subnets
        )
        balanced = self._network.select_subnets(subnet_group_name="tasks").subnets
        kept = self._network.select_subnets(subnet_group_name="kept").subnets
        self.publish_each("network", "tasks-subnet", [each.subnet_id for each in with_tasks])
        self.publish_each("network", "balancer-subnet", [each.subnet_id for each in balanced])
        self.publish_each("network", "cache-subnet", [each.subnet_id for each in kept])
        if environment.domain is not None:
            self._make_zone(environment.domain)

    def _make_network(self) -> ec2.Vpc:
        def subnets(name: str, kind: ec2.SubnetType, mask: int) -> ec2.SubnetConfiguration:
            # Public addresses are asked for by the service that wants one, not by the subnet.
            own = False if kind is ec2.SubnetType.PUBLIC else None
            return ec2.SubnetConfiguration(
                name=name, subnet_type=kind, cidr_mask=mask, map_public_ip_on_launch=own
            )

        return ec2.Vpc(
            self,
            "Network",
            ip_addresses=ec2.IpAddresses.cidr(CIDR),
            max_azs=self.environment_.size.zones,
            nat_gateways=0,
            restrict_default_security_group=False,
            subnet_configuration=[
                subnets("public", ec2.SubnetType.PUBLIC, 24),
                subnets("tasks", ec2.SubnetType.PRIVATE_ISOLATED, 22),
                subnets("kept", ec2.SubnetType.PRIVATE_ISOLATED, 26),
            ],
        )

    def _make_roads(self) -> None:
        """Gateway endpoints to our own stores and the images' layers, and to nothing else there."""
        prefix = self.environment_.prefix
        everywhere = [ec2.SubnetSelection(subnets=[*self._network.public_subnets])]
        everywhere.append(ec2.SubnetSelection(subnet_group_name="tasks"))
        tables = self._network.add_gateway_endpoint(
            "DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB, subnets=everywhere
        )
        tables.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=[
                    f"dynamodb:{name}"
                    for name in (
                        "BatchGetItem",
                        "ConditionCheckItem",
                        "DeleteItem",
                        "GetItem",
                        "PutItem",
                        "Query",
                        "UpdateItem",
                    )
                ],
                resources=[
                    self.format_arn(
                        service="dynamodb", resource="table", resource_name=f"{prefix}-*"
                    )
                ],
            )
        )
        objects = self._network.add_gateway_endpoint(
            "S3", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=everywhere
        )
        objects.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=[
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:DeleteObjectVersion",
                    "s3:GetObject",
                    "s3:ListBucket",
                    "s3:ListBucketVersions",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                ],
                resources=[f"arn:aws:s3:::{prefix}-*", f"arn:aws:s3:::{prefix}-*/*"],
            )
        )
        objects.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject"],
                # Where ECR keeps the layers of every image, in each region.
                resources=[f"arn:aws:s3:::prod-{self.region}-starport-layer-bucket/*"],
            )
        )
        if self.environment_.size.roads is Roads.ENDPOINTS:
            self._make_interfaces()

    def _make_interfaces(self) -> None:
        group = ec2.CfnSecurityGroup(
            self,
            "Interfaces",
            group_description="Interface endpoints: HTTPS from this network",
            vpc_id=self._network.vpc_id,
            security_group_ingress=[
                {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIp": CIDR}
            ],
            # An endpoint never asks; without a rule here AWS would add one to everywhere.
            security_group_egress=[
                {
                    "ipProtocol": "icmp",
                    "fromPort": 252,
                    "toPort": 86,
                    "cidrIp": "255.255.255.255/32",
                }
            ],
        )
        taken = ec2.SecurityGroup.from_security_group_id(
            self, "InterfacesTaken", group.attr_group_id, mutable=False
        )
        for name, service in _NEEDED.items():
            self._network.add_interface_endpoint(
                name,
                service=service,
                open=False,
                security_groups=[taken],
                subnets=ec2.SubnetSelection(subnet_group_name="tasks"),
            )

    def _log_refusals(self) -> None:
        group = logs.LogGroup(
            self,
            "Refused",
            log_group_name=f"/paperroute/{self.environment_.name}/network",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self._network.add_flow_log(
            "RefusedTraffic",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )

    def _make_zone(self, domain: str) -> None:
        zone = route53.CfnHostedZone(self, "Zone", name=domain)
        self.publish("network", "zone", zone.attr_id)
        cdk.CfnOutput(
            self,
            "NameServers",
            value=cdk.Fn.join(" ", zone.attr_name_servers),
            description="Give these to whoever keeps the domain, before the edge is deployed",
        )
