"""The cache: ElastiCache Serverless for Valkey, which may be lost at any time."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache

from infra.environments import Environment
from infra.stacks.base import Part

PORTS = (6379, 6380)
"""Of writers, and of readers."""


class Cache(Part):
    """One cache for all services; each may only see keys that it has named after itself."""

    def __init__(self, app: cdk.App, environment: Environment) -> None:
        super().__init__(app, environment, "cache", says="Valkey")
        group = ec2.CfnSecurityGroup(
            self,
            "Callers",
            group_description="Valkey: from the services that use it, whose stacks add themselves",
            vpc_id=self.read("network", "vpc"),
            security_group_egress=[
                {
                    "ipProtocol": "icmp",
                    "fromPort": 252,
                    "toPort": 86,
                    "cidrIp": "255.255.255.255/32",
                }
            ],
        )
        cache = elasticache.CfnServerlessCache(
            self,
            "Cache",
            engine="valkey",
            major_engine_version="8",
            serverless_cache_name=f"{environment.prefix}-cache",
            description="Copies of records, sessions, limits and counters",
            security_group_ids=[group.attr_group_id],
            subnet_ids=self.read_each("network", "cache-subnet"),
            cache_usage_limits=elasticache.CfnServerlessCache.CacheUsageLimitsProperty(
                data_storage=elasticache.CfnServerlessCache.DataStorageProperty(
                    unit="GB", maximum=environment.size.cache_gb
                ),
                ecpu_per_second=elasticache.CfnServerlessCache.ECPUPerSecondProperty(maximum=5000),
            ),
        )
        self.publish("cache", "address", cache.attr_endpoint_address)
        self.publish("cache", "group", group.attr_group_id)
