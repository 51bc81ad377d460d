"""docs/aws.md: what runs on AWS and how it is joined, drawn from the templates themselves.

python -m infra.picture     writes it from infra/cdk.out
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.app import OUT

PAGE = Path(__file__).parents[1] / "docs" / "aws.md"
_ENVIRONMENT = "prod"
_PREFIX = f"paperroute-{_ENVIRONMENT}-"
_ARROWS = "An arrow leads from a part to one whose names it reads, and which is there before it."
_OPENING = """# On AWS

Drawn by `make golden` from the templates of `prod`; a test holds it to them. How to deploy it:
[deploy.md](deploy.md).

"""


def page(out: Path = OUT) -> str:
    """The whole page, from the templates in ``out``."""
    templates = {
        file.name.removeprefix(_PREFIX).removesuffix(".template.json"): json.loads(file.read_text())
        for file in sorted(out.glob(f"{_PREFIX}*.template.json"))
    }
    return "\n".join(
        [
            f"{_OPENING}## Who asks whom",
            "",
            *_mermaid(_asks(templates)),
            "",
            "## Which part needs which",
            "",
            _ARROWS,
            "",
            *_mermaid(_needs(templates)),
            "",
            "## What each part is made of",
            "",
            "| Part | Resources |",
            "|---|---|",
            *(f"| {part} | {_contents(each)} |" for part, each in templates.items()),
            "",
        ]
    )


def _mermaid(edges: Iterator[str]) -> list[str]:
    return ["```mermaid", "flowchart LR", *(f"  {edge}" for edge in edges), "```"]


def _asks(templates: Mapping[str, Any]) -> Iterator[str]:
    """The road of a request: behaviours, listener rules, security groups, grants."""
    yield "visitor([visitor]) --> edge[CloudFront]"
    yield from _at_the_edge(_of(templates["edge"], "CloudFront::Distribution")[0])
    for part, template in templates.items():
        for rule in _of(template, "ElasticLoadBalancingV2::ListenerRule"):
            paths = rule["Conditions"][0]["PathPatternConfig"]["Values"]
            yield f'balancer -->|"{", ".join(paths)}"| {part}'
    rules = templates["platform"]["Resources"]
    for name in sorted(rules):
        if rules[name]["Type"] == "AWS::EC2::SecurityGroupIngress":
            caller, called = re.findall("[A-Z][a-z]+", name.replace("To", " "))
            if caller != "Balancer":
                yield f"{caller.lower()} --> {_named(called.lower())}"
    for part, template in templates.items():
        stores = re.findall(r'"Ref": "Data(\w+)"', json.dumps(_of(template, "IAM::Policy")))
        for store in sorted(set(stores)):
            yield f"{part} --> {_named(store.lower())}"


def _at_the_edge(distribution: Mapping[str, Any]) -> Iterator[str]:
    config = distribution["DistributionConfig"]
    groups = {
        group["Id"]: [each["OriginId"] for each in group["Members"]["Items"]]
        for group in config["OriginGroups"]["Items"]
    }
    for behaviour in [*config["CacheBehaviors"], config["DefaultCacheBehavior"]]:
        path, target = behaviour.get("PathPattern", "everything else"), behaviour["TargetOriginId"]
        for turn, origin in enumerate(groups.get(target, [target])):
            then = ", what is missing there" if turn else ""
            to = _named(origin) if origin == "renditions" else "balancer[load balancer]"
            yield f'edge -->|"{path}{then}"| {to}'


def _named(store: str) -> str:
    kinds = {"cache": "Valkey", "catalogue": "DynamoDB", "accounts": "DynamoDB"}
    if store in ("originals", "renditions", "snapshots"):
        return f"{store}[(S3 {store})]"
    return f"{store}[({kinds[store]} {store})]" if store in kinds else store


def _needs(templates: Mapping[str, Any]) -> Iterator[str]:
    teller = {
        each["Name"]: part
        for part, template in templates.items()
        for each in _of(template, "SSM::Parameter")
    }
    for part, template in templates.items():
        read = [each.get("Default") for each in template.get("Parameters", {}).values()]
        for other in sorted({teller[name] for name in read if name in teller}):
            yield f"{part} --> {other}"


def _of(template: Mapping[str, Any], kind: str) -> list[Any]:
    resources = template["Resources"].values()
    return [each["Properties"] for each in resources if each["Type"] == f"AWS::{kind}"]


def _contents(template: Mapping[str, Any]) -> str:
    kinds = Counter(each["Type"].removeprefix("AWS::") for each in template["Resources"].values())
    return ", ".join(
        f"{count} {kind}" if count > 1 else kind for kind, count in sorted(kinds.items())
    )


if __name__ == "__main__":
    PAGE.write_text(page())
