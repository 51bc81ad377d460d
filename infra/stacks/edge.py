"""What the world sees: CloudFront, before the load balancer and the renditions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_wafv2 as wafv2

from infra.environments import Environment
from infra.services import Service
from infra.stacks import watch
from infra.stacks.base import Part, accept

_HOME = "us-east-1"
_FUNCTION = Path(__file__).parents[1] / "attach.js"
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # of every distribution's alias record, says AWS
_ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"  # managed policy: AllViewer
_READS = ["GET", "HEAD", "OPTIONS"]
_WRITES = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
_MISSING = [403, 404, 500, 502, 503, 504]
_DAY = 24 * 3600
_YEAR = 365 * _DAY


class Edge(Part):
    """The only part that anybody outside can reach."""

    def __init__(
        self, app: cdk.App, environment: Environment, services: Mapping[str, Service]
    ) -> None:
        super().__init__(app, environment, "edge", says="CDN, firewall, certificate, names")
        # CloudFront takes certificates and firewalls from one region alone.
        cdk.CfnRule(
            self,
            "OnlyInOneRegion",
            assertions=[
                cdk.CfnRuleAssertion(
                    assert_=cdk.Fn.condition_equals(cdk.Aws.REGION, _HOME),
                    assert_description=f"Deploy Paperroute to {_HOME}: CloudFront wants it so",
                )
            ],
        )
        certificate = self._make_certificate() if environment.domain else None
        distribution = self._make_distribution(certificate)
        if environment.domain is not None:
            self._make_records(environment.domain, distribution)
        self._make_alarms(distribution)
        if certificate is not None:
            self._make_certificate_alarm(certificate)
        watch.make_dashboard(self, environment, distribution.ref, tuple(services))
        site = environment.domain or distribution.attr_domain_name
        self.publish("edge", "site", f"https://{site}")
        self.publish("edge", "distribution", distribution.ref)
        cdk.CfnOutput(self, "Site", value=f"https://{site}", description="Where the site is")

    def _make_distribution(
        self, certificate: acm.CfnCertificate | None
    ) -> cloudfront.CfnDistribution:
        environment = self.environment_
        firewall = self._make_firewall() if environment.size.firewall else None
        pages = self._cache_policy("Pages", headers=[], queries="all")
        asked = self._cache_policy("Api", headers=["Authorization"], queries="all")
        # A better original has addresses with another v; what was deleted is gone after a day.
        images = self._cache_policy("Images", headers=[], queries=["t", "v"], longest=_DAY)
        headers = self._headers_policy()
        function = self._make_function()
        distribution = cloudfront.CfnDistribution(
            self,
            "Distribution",
            distribution_config={
                "enabled": True,
                "comment": environment.prefix,
                "httpVersion": "http2and3",
                "ipv6Enabled": True,
                "priceClass": "PriceClass_100",
                "aliases": [environment.domain] if environment.domain else None,
                "webAclId": firewall.attr_arn if firewall else None,
                "viewerCertificate": {
                    "acmCertificateArn": certificate.ref,
                    "minimumProtocolVersion": "TLSv1.2_2021",
                    "sslSupportMethod": "sni-only",
                }
                if certificate
                else {"cloudFrontDefaultCertificate": True},
                "origins": [self._services(), self._renditions()],
                "originGroups": {
                    "quantity": 1,
                    "items": [
                        {
                            "id": "images",
                            "failoverCriteria": {
                                "statusCodes": {"quantity": len(_MISSING), "items": _MISSING}
                            },
                            "members": {
                                "quantity": 2,
                                "items": [{"originId": "renditions"}, {"originId": "services"}],
                            },
                        }
                    ],
                },
                "defaultCacheBehavior": _behaviour("services", pages, headers, methods=_WRITES),
                "cacheBehaviors": [
                    {
                        "pathPattern": "/i/*",
                        **_behaviour("images", images, headers, methods=_READS),
                        # S3 must not be told the host that the visitor asked.
                        "originRequestPolicyId": None,
                        "functionAssociations": [
                            {
                                "eventType": "viewer-response",
                                "functionArn": function.attr_function_metadata_function_arn,
                            }
                        ],
                    },
                    {
                        "pathPattern": "/api/*",
                        **_behaviour("services", asked, headers, methods=_WRITES),
                    },
                ],
                # What is missing or broken now may be there in a moment.
                "customErrorResponses": [
                    {"errorCode": code, "errorCachingMinTtl": 10 if code == 404 else 1}
                    for code in _MISSING
                ],
            },
        )
        self._accept(distribution)
        return distribution

    def _services(self) -> dict[str, Any]:
        """The internal load balancer, which CloudFront reaches inside our network."""
        origin = cloudfront.CfnVpcOrigin(
            self,
            "Inside",
            vpc_origin_endpoint_config={
                "name": self.environment_.prefix,
                "arn": self.read("platform", "balancer"),
                "httpPort": 80,
                "originProtocolPolicy": "http-only",
            },
        )
        return {
            "id": "services",
            "domainName": self.read("platform", "balancer-host"),
            "vpcOriginConfig": {
                "vpcOriginId": origin.attr_id,
                "originReadTimeout": 60,
                "originKeepaliveTimeout": 60,
            },
            "connectionAttempts": 2,
            "connectionTimeout": 5,
        }

    def _renditions(self) -> dict[str, Any]:
        control = cloudfront.CfnOriginAccessControl(
            self,
            "Renditions",
            origin_access_control_config={
                "name": f"{self.environment_.prefix}-renditions",
                "originAccessControlOriginType": "s3",
                "signingBehavior": "always",
                "signingProtocol": "sigv4",
            },
        )
        bucket = self.read("data", "renditions")
        return {
            "id": "renditions",
            "domainName": f"{bucket}.s3.{self.region}.{self.url_suffix}",
            "originAccessControlId": control.attr_id,
            "s3OriginConfig": {"originAccessIdentity": ""},
        }

    def _cache_policy(
        self, name: str, *, headers: list[str], queries: str | list[str], longest: int = _YEAR
    ) -> str:
        """Caching as the origin says, for at most ``longest`` seconds before it is asked again.

        ``headers`` and ``queries`` tell answers apart.
        """
        some = isinstance(queries, list)
        policy = cloudfront.CfnCachePolicy(
            self,
            f"Cache{name}",
            cache_policy_config={
                "name": f"{self.environment_.prefix}-{name.lower()}",
                "minTtl": 0,
                "defaultTtl": 0,
                "maxTtl": longest,
                "parametersInCacheKeyAndForwardedToOrigin": {
                    "enableAcceptEncodingBrotli": True,
                    "enableAcceptEncodingGzip": True,
                    "cookiesConfig": {"cookieBehavior": "none"},
                    "headersConfig": {"headerBehavior": "whitelist", "headers": headers}
                    if headers
                    else {"headerBehavior": "none"},
                    "queryStringsConfig": {
                        "queryStringBehavior": "whitelist",
                        "queryStrings": queries,
                    }
                    if some
                    else {"queryStringBehavior": queries},
                },
            },
        )
        return policy.ref

    def _headers_policy(self) -> str:
        """HTTPS for ever; and on pictures that S3 answers with, what media says of its own."""
        policy = cloudfront.CfnResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_config={
                "name": f"{self.environment_.prefix}-headers",
                "securityHeadersConfig": {
                    "strictTransportSecurity": {
                        "accessControlMaxAgeSec": _YEAR,
                        "includeSubdomains": False,
                        "override": True,
                    },
                    "contentTypeOptions": {"override": True},
                },
            },
        )
        return policy.ref

    def _make_function(self) -> cloudfront.CfnFunction:
        return cloudfront.CfnFunction(
            self,
            "Attach",
            name=f"{self.environment_.prefix}-attach",
            auto_publish=True,
            function_code=_FUNCTION.read_text(),
            function_config={
                "comment": "A picture asked for with ?download=1 is a file",
                "runtime": "cloudfront-js-2.0",
            },
        )

    def _accept(self, distribution: cloudfront.CfnDistribution) -> None:
        accept(distribution, "CFR1", "Wallpapers are for everybody, wherever they are")
        accept(
            distribution,
            "CFR3",
            "No access log at the edge: it would keep addresses of visitors, which nobody needs; "
            "CloudFront's own metrics, the firewall's samples and the services' logs do",
        )
        if not self.environment_.size.firewall:
            accept(
                distribution, "CFR2", "A firewall costs more than this size; the gateway has limits"
            )
        if self.environment_.domain is None:
            accept(distribution, "CFR4", "CloudFront's own name comes with its own certificate")

    # --- name, certificate, firewall -------------------------------------------------------------

    def _make_certificate(self) -> acm.CfnCertificate:
        domain = str(self.environment_.domain)
        return acm.CfnCertificate(
            self,
            "Certificate",
            domain_name=domain,
            validation_method="DNS",
            domain_validation_options=[
                {"domainName": domain, "hostedZoneId": self.read("network", "zone")}
            ],
        )

    def _make_records(self, domain: str, distribution: cloudfront.CfnDistribution) -> None:
        for kind in ("A", "AAAA"):
            route53.CfnRecordSet(
                self,
                f"Name{kind}",
                name=domain,
                type=kind,
                hosted_zone_id=self.read("network", "zone"),
                alias_target={
                    "dnsName": distribution.attr_domain_name,
                    "hostedZoneId": _CLOUDFRONT_ZONE,
                    "evaluateTargetHealth": False,
                },
            )

    def _make_firewall(self) -> wafv2.CfnWebACL:
        def seen(name: str) -> dict[str, Any]:
            return {
                "cloudWatchMetricsEnabled": True,
                "metricName": f"{self.environment_.prefix}-{name}",
                "sampledRequestsEnabled": True,
            }

        def managed(priority: int, name: str, *, count: bool = False) -> dict[str, Any]:
            return {
                "name": name,
                "priority": priority,
                "overrideAction": {"count": {}} if count else {"none": {}},
                "statement": {
                    "managedRuleGroupStatement": {
                        "vendorName": "AWS",
                        "name": f"AWSManagedRules{name}",
                    }
                },
                "visibilityConfig": seen(name),
            }

        flood = {
            "name": "Flood",
            "priority": 0,
            "action": {
                "block": {
                    "customResponse": {
                        "responseCode": 429,
                        "responseHeaders": [{"name": "Retry-After", "value": "300"}],
                    }
                }
            },
            "statement": {
                "rateBasedStatement": {
                    "limit": 2000,
                    "evaluationWindowSec": 300,
                    "aggregateKeyType": "IP",
                }
            },
            "visibilityConfig": seen("Flood"),
        }
        return wafv2.CfnWebACL(
            self,
            "Firewall",
            name=self.environment_.prefix,
            scope="CLOUDFRONT",
            default_action={"allow": {}},
            visibility_config=seen("firewall"),
            rules=[
                flood,
                managed(1, "AmazonIpReputationList"),
                managed(2, "KnownBadInputsRuleSet"),
                # Counted only: it takes uploads for attacks (bodies above 8 KB).
                managed(3, "CommonRuleSet", count=True),
            ],
        )

    # --- who hears ------------------------------------------------------------------------

    def _make_alarms(self, distribution: cloudfront.CfnDistribution) -> None:
        bell = self.read("platform", "bell")
        failing = cloudwatch.CfnAlarm(
            self,
            "Failing",
            alarm_name=f"{self.environment_.prefix}-edge-failing",
            alarm_description="More than one in ten answers that visitors get is a failure",
            namespace="AWS/CloudFront",
            metric_name="5xxErrorRate",
            dimensions=[
                {"name": "DistributionId", "value": distribution.ref},
                {"name": "Region", "value": "Global"},
            ],
            statistic="Average",
            period=60,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            threshold=10,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
        )
        empty = cloudwatch.CfnAlarm(
            self,
            "NoGateway",
            alarm_name=f"{self.environment_.prefix}-edge-no-gateway",
            alarm_description="The load balancer knows no gateway that is ready",
            namespace="AWS/ApplicationELB",
            metric_name="HealthyHostCount",
            dimensions=[
                {"name": "TargetGroup", "value": self.read("gateway", "target")},
                {"name": "LoadBalancer", "value": self.read("platform", "balancer-name")},
            ],
            statistic="Maximum",
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            threshold=1,
            comparison_operator="LessThanThreshold",
            treat_missing_data="breaching",
        )
        cloudwatch.CfnCompositeAlarm(
            self,
            "SiteDown",
            alarm_name=f"{self.environment_.prefix}-site-down",
            alarm_description="Visitors do not get the site: docs/runbook.md, first section",
            alarm_rule=f'ALARM("{failing.ref}") OR ALARM("{empty.ref}")',
            alarm_actions=[bell],
            ok_actions=[bell],
        )

    def _make_certificate_alarm(self, certificate: acm.CfnCertificate) -> None:
        """It renews itself 60 days before its end, unless its record in the zone is gone."""
        bell = self.read("platform", "bell")
        cloudwatch.CfnAlarm(
            self,
            "CertificateEnds",
            alarm_name=f"{self.environment_.prefix}-edge-certificate-ends",
            alarm_description="The certificate was not renewed: docs/runbook.md",
            namespace="AWS/CertificateManager",
            metric_name="DaysToExpiry",
            dimensions=[{"name": "CertificateArn", "value": certificate.ref}],
            statistic="Minimum",
            period=24 * 3600,
            evaluation_periods=1,
            threshold=30,
            comparison_operator="LessThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[bell],
            ok_actions=[bell],
        )


def _behaviour(origin: str, cache: str, headers: str, *, methods: list[str]) -> dict[str, Any]:
    return {
        "targetOriginId": origin,
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": methods,
        "cachedMethods": _READS if methods is _READS else ["GET", "HEAD"],
        "compress": True,
        "cachePolicyId": cache,
        "originRequestPolicyId": _ALL_VIEWER,
        "responseHeadersPolicyId": headers,
    }
