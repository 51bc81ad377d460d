"""Every stack of every environment: ``python -m infra.app`` writes templates to infra/cdk.out.

Nothing here asks AWS anything: no look-ups, no account, no region, no assets but templates.
"""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk

from infra.environments import Environment, environments
from infra.services import SERVICES, Service
from infra.stacks.base import hold_to_rules
from infra.stacks.cache import Cache
from infra.stacks.cicd import Cicd
from infra.stacks.data import Data
from infra.stacks.edge import Edge
from infra.stacks.network import Network
from infra.stacks.platform import Platform
from infra.stacks.service import OneService

OUT = Path(__file__).with_name("cdk.out")


def build(
    out: Path = OUT,
    *,
    among: Mapping[str, Environment] | None = None,
    services: Mapping[str, Service] = SERVICES,
) -> cdk.App:
    """The app, to be synthesised into ``out``: of all environments, or of those in ``among``."""
    among = environments() if among is None else among
    app = cdk.App(
        outdir=str(out),
        analytics_reporting=False,
        tree_metadata=False,
        context={"@aws-cdk/core:validateAgainstDefaultRules": True},
    )
    hold_to_rules(app)
    for environment in among.values():
        for part in (Network, Data, Cache):
            part(app, environment)
        Platform(app, environment, services)
        for service in services.values():
            OneService(app, environment, service)
        Edge(app, environment, services)
    Cicd(app, among, services)
    return app


if __name__ == "__main__":
    build().synth()
