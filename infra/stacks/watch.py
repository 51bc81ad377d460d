"""What an operator looks at: one page, alarms on the stores, a way to follow a request."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs

from infra.environments import Environment
from infra.stacks.base import Part

_TABLES = ("catalogue", "accounts")


def make_store_alarms(part: Part, environment: Environment, bell: str) -> None:
    """Ring where a table or the cache refuses work."""
    for table in _TABLES:
        for metric, says in {
            "ReadThrottleEvents": "refuses reads",
            "WriteThrottleEvents": "refuses writes",
        }.items():
            _store_alarm(
                part,
                f"{table.capitalize()}{metric}",
                f"The table {table} {says}: more comes than its partitions take",
                bell,
                namespace="AWS/DynamoDB",
                metric=metric,
                dimension=("TableName", f"{environment.prefix}-{table}"),
            )
    _store_alarm(
        part,
        "CacheThrottled",
        "The cache refuses commands: it is at the limit set for it",
        bell,
        namespace="AWS/ElastiCache",
        metric="ThrottledCmds",
        dimension=("clusterId", f"{environment.prefix}-cache"),
    )


def _store_alarm(
    part: Part,
    name: str,
    says: str,
    bell: str,
    *,
    namespace: str,
    metric: str,
    dimension: tuple[str, str],
) -> None:
    cloudwatch.CfnAlarm(
        part,
        name,
        alarm_name=f"{part.environment_.prefix}-{name}",
        alarm_description=says,
        namespace=namespace,
        metric_name=metric,
        dimensions=[{"name": dimension[0], "value": dimension[1]}],
        statistic="Sum",
        period=60,
        evaluation_periods=5,
        datapoints_to_alarm=3,
        threshold=10,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[bell],
    )


def tell_of_failed_rollouts(part: Part, environment: Environment, bell: str, cluster: str) -> None:
    """Ring when ECS has put an old version back."""
    events.CfnRule(
        part,
        "FailedRollouts",
        name=f"{environment.prefix}-failed-rollouts",
        description="A new version of a service was not taken",
        event_pattern={
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            "resources": [{"prefix": f"{cluster}"}],
        },
        targets=[{"id": "bell", "arn": bell}],
    )


def make_dashboard(
    part: Part, environment: Environment, distribution: str, services: Sequence[str]
) -> None:
    """The page: what visitors get, then each service, then the stores."""
    region = part.region
    namespace = f"Paperroute/{environment.name}"
    widgets: list[dict[str, Any]] = []

    def draw(title: str, metrics: list[list[Any]], **more: object) -> None:
        at = len(widgets)
        properties = {
            "title": title,
            "region": region,
            "period": 60,
            "view": "timeSeries",
            "metrics": metrics,
            **more,
        }
        widgets.append(
            {
                "type": "metric",
                "x": at % 3 * 8,
                "y": at // 3 * 6,
                "width": 8,
                "height": 6,
                "properties": properties,
            }
        )

    edge = ["DistributionId", distribution, "Region", "Global"]
    draw("Visitors: requests", [["AWS/CloudFront", "Requests", *edge, {"stat": "Sum"}]])
    draw("Visitors: failures, %", [["AWS/CloudFront", "5xxErrorRate", *edge]])
    draw("Visitors: bytes", [["AWS/CloudFront", "BytesDownloaded", *edge, {"stat": "Sum"}]])
    ours = [[namespace, "ms", "service", name] for name in services]
    draw("Answers", [[*each, {"stat": "SampleCount"}] for each in ours])
    draw("Nineteen in twenty within, ms", [[*each, {"stat": "p95"}] for each in ours])
    draw("Failed, share", [[namespace, "failed", "service", name] for name in services])
    tasks = ["ClusterName", environment.prefix, "ServiceName"]
    draw("CPU, %", [["AWS/ECS", "CPUUtilization", *tasks, name] for name in services])
    draw("Memory, %", [["AWS/ECS", "MemoryUtilization", *tasks, name] for name in services])
    tables = [f"{environment.prefix}-{table}" for table in _TABLES]
    draw(
        "Tables: used, and refused",
        [
            ["AWS/DynamoDB", metric, "TableName", table, {"stat": "Sum"}]
            for table in tables
            for metric in (
                "ConsumedReadCapacityUnits",
                "ConsumedWriteCapacityUnits",
                "WriteThrottleEvents",
            )
        ],
    )
    cloudwatch.CfnDashboard(
        part,
        "Dashboard",
        dashboard_name=environment.prefix,
        dashboard_body=part.to_json_string({"widgets": widgets}),
    )
    _save_queries(part, environment, services)


def _save_queries(part: Part, environment: Environment, services: Sequence[str]) -> None:
    """Logs Insights queries for three in the morning."""
    groups = [f"/paperroute/{environment.name}/{name}" for name in services]
    queries = {
        "one request through all services": (
            "fields @timestamp, service, event, method, route, status, ms, error\n"
            "| filter request_id = 'PASTE-X-Request-Id' or trace_id = 'PASTE-trace-id'\n"
            "| sort @timestamp"
        ),
        "what fails": (
            "filter level = 'error' or status >= 500\n"
            "| stats count(*) as times by service, event, route, status | sort times desc"
        ),
        "what is slow": (
            "filter event = 'answered'\n"
            "| stats pct(ms, 50), pct(ms, 95), pct(ms, 99), count(*) by service, route"
        ),
    }
    for name, query in queries.items():
        logs.CfnQueryDefinition(
            part,
            "".join(word.capitalize() for word in name.split()),
            name=f"{environment.prefix}/{name}",
            log_group_names=groups,
            query_string=query,
        )
