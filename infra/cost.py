"""What a month of an environment costs, with the arithmetic: ``make cost ENV=prod SIZE=small``.

Prices are those of prices.yaml, what runs and what is expected to come is in sizes.py. A real bill
differs: nothing here knows taxes, free tiers other than CloudFront's, or your visitors.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.environments import Environment, environments
from infra.sizes import SIZES, Roads, Size

PRICES = Path(__file__).with_name("prices.yaml")
HOURS = 730
# Of a page view: the page and 24 small pictures of 25 KB; one in five downloads 3 MB.
_REQUESTS_A_VIEW = 28
_GB_A_VIEW = 1.2e-3
_MISSED = 0.1  # what the edge does not have
_READS_A_MISS = 2
_WRITES_A_VIEW = 0.3
_LOG_GB_A_REQUEST = 0.7e-6
_ENDPOINTS = 4
_METRICS, _ALARMS, _SECRETS, _RULES = 6, 14, 2, 4
_WARM = 1.1  # tasks that run on average, for each that always runs


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill.

    Attributes:
        what: Is paid for.
        how: The arithmetic, in words that can be followed.
        usd: A month.
    """

    what: str
    how: str
    usd: float


def prices() -> dict[str, float]:
    """Of prices.yaml, without its date and region."""
    read = yaml.safe_load(PRICES.read_text())
    return {key: value for key, value in read.items() if isinstance(value, int | float)}


def bill(size: Size, *, domain: bool, paid: Mapping[str, float]) -> list[Line]:
    """Every line of a month of ``size``."""
    return [
        *_tasks(size, paid),
        _balancer(size, paid),
        *_network(size, paid),
        _cache(size, paid),
        *_stores(size, paid),
        *_edge(size, paid),
        *_watching(size, paid),
        *([Line("zone", "1 hosted zone", paid["zone_month"])] if domain else []),
    ]


def _missed(size: Size) -> float:
    return size.traffic.page_views * _REQUESTS_A_VIEW * _MISSED


def _tasks(size: Size, paid: Mapping[str, float]) -> Iterator[Line]:
    for name, fleet in size.fleets.items():
        vcpu, gb = fleet.cpu / 1024, fleet.memory / 1024
        share = paid["fargate_spot_share"] if fleet.spot else 1
        hour = vcpu * paid["fargate_arm_vcpu_hour"] + gb * paid["fargate_arm_gb_hour"]
        count = fleet.least * (_WARM if fleet.least > 1 else 1)
        how = (
            f"{count:g} tasks x {HOURS} h x ({vcpu:g} vCPU x {paid['fargate_arm_vcpu_hour']} + "
            f"{gb:g} GB x {paid['fargate_arm_gb_hour']})"
            + (f" x {share} on spot" if share < 1 else "")
        )
        yield Line(f"tasks of {name}", how, count * HOURS * hour * share)


def _balancer(size: Size, paid: Mapping[str, float]) -> Line:
    units = max(_missed(size) / (HOURS * 3600) / 25, 0.05)
    how = f"{HOURS} h x ({paid['balancer_hour']} + {units:.2f} LCU x {paid['balancer_lcu_hour']})"
    hour = paid["balancer_hour"] + units * paid["balancer_lcu_hour"]
    return Line("load balancer", how, HOURS * hour)


def _network(size: Size, paid: Mapping[str, float]) -> Iterator[Line]:
    if size.roads is Roads.PUBLIC:
        tasks = sum(fleet.least for fleet in size.fleets.values())
        how = f"{tasks} public addresses x {HOURS} h x {paid['address_hour']}"
        yield Line("network", how, tasks * HOURS * paid["address_hour"])
        return
    count = _ENDPOINTS * size.zones
    gb = _missed(size) * _LOG_GB_A_REQUEST
    how = f"{_ENDPOINTS} endpoints x {size.zones} zones x {HOURS} h x {paid['endpoint_hour']}"
    how += f" + {gb:.1f} GB x {paid['endpoint_gb']}"
    yield Line("network", how, count * HOURS * paid["endpoint_hour"] + gb * paid["endpoint_gb"])


def _cache(size: Size, paid: Mapping[str, float]) -> Line:
    gb = max(size.traffic.cache_gb, paid["valkey_least_gb"])
    millions = _missed(size) * 2 / 1e6
    hour, million = paid["valkey_gb_hour"], paid["valkey_million_ecpu"]
    how = f"{gb:g} GB x {HOURS} h x {hour} + {millions:.2f} M ECPU x {million}"
    return Line("cache", how, gb * HOURS * hour + millions * million)


def _stores(size: Size, paid: Mapping[str, float]) -> Iterator[Line]:
    reads = _missed(size) * _READS_A_MISS / 1e6
    writes = size.traffic.page_views * _WRITES_A_VIEW / 1e6
    read, write = paid["dynamodb_million_reads"], paid["dynamodb_million_writes"]
    how = f"{reads:.2f} M reads x {read} + {writes:.2f} M writes x {write}"
    yield Line("tables", how, reads * read + writes * write)
    gb = size.traffic.originals_gb * 1.4  # with their renditions
    thousands = _missed(size) / 1e3
    how = f"{gb:g} GB x {paid['s3_gb']} + {thousands:.0f} k reads x {paid['s3_thousand_gets']}"
    yield Line("buckets", how, gb * paid["s3_gb"] + thousands * paid["s3_thousand_gets"])


def _edge(size: Size, paid: Mapping[str, float]) -> Iterator[Line]:
    gb = max(size.traffic.page_views * _GB_A_VIEW - paid["cloudfront_free_gb"], 0)
    asked = size.traffic.page_views * _REQUESTS_A_VIEW
    beyond = max(asked - paid["cloudfront_free_requests"], 0) / 1e4
    each = paid["cloudfront_ten_thousand_requests"]
    how = f"beyond what is free: {gb:,.0f} GB x {paid['cloudfront_gb']}"
    how += f" + {beyond:,.0f} x 10,000 requests x {each}"
    yield Line("CloudFront", how, gb * paid["cloudfront_gb"] + beyond * each)
    if size.firewall:
        millions = asked / 1e6
        base, rule = paid["firewall_month"], paid["firewall_rule_month"]
        million = paid["firewall_million_requests"]
        how = f"{base} + {_RULES} rules x {rule} + {millions:.1f} M requests x {million}"
        yield Line("firewall", how, base + _RULES * rule + millions * million)


def _watching(size: Size, paid: Mapping[str, float]) -> Iterator[Line]:
    gb = _missed(size) * 2 * _LOG_GB_A_REQUEST  # each is logged by the gateway and by who it asks
    metric, alarm = paid["metric_month"], paid["alarm_month"]
    how = f"{gb:.2f} GB x {paid['logs_gb']} + {_METRICS} metrics x {metric}"
    how += f" + {_ALARMS} alarms x {alarm}"
    usd = gb * paid["logs_gb"] + _METRICS * metric + _ALARMS * alarm
    yield Line("logs, metrics, alarms", how, usd)
    how = f"{_SECRETS} secrets x {paid['secret_month']}"
    yield Line("secrets", how, _SECRETS * paid["secret_month"])


def table(environment: Environment, size_name: str) -> str:
    """The bill of ``environment``, were it of the size ``size_name``."""
    size = SIZES[size_name]
    read = yaml.safe_load(PRICES.read_text())
    lines = bill(size, domain=environment.domain is not None, paid=prices())
    views = f"{size.traffic.page_views:,} page views"
    rows = [f"{environment.name}, {size_name}: {views} a month; prices of {read['date']}, USD", ""]
    rows += [f"{each.usd:10,.2f}  {each.what:22} {each.how}" for each in lines]
    total = sum(each.usd for each in lines)
    rows += [f"{total:10,.2f}  a month", "", f"The budget rings at 80 % of {size.budget_usd}."]
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, choices=environments())
    parser.add_argument("--size", choices=SIZES)
    asked = parser.parse_args()
    chosen = environments()[asked.env]
    print(table(chosen, asked.size or chosen.size_name))
