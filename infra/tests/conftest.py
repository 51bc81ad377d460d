import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from infra.environments import Environment
from infra.services import SERVICES, Service

ROOT = Path(__file__).parents[2]
ISOLATED = ("unshare", "--map-root-user", "--net")


@dataclass(frozen=True)
class Assembly:
    """What a synthesis wrote."""

    folder: Path
    templates: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Assembly":
        files = sorted(folder.glob("*.template.json"))
        names = [file.name.removesuffix(".template.json") for file in files]
        return cls(
            folder, dict(zip(names, (json.loads(f.read_text()) for f in files), strict=True))
        )

    def of(self, stack: str, kind: str) -> dict[str, Any]:
        """The properties of every resource of ``kind`` in ``stack``, by logical name."""
        return {
            name: each.get("Properties", {})
            for name, each in self.templates[stack]["Resources"].items()
            if each["Type"] == kind
        }

    def everywhere(self, kind: str) -> list[tuple[str, str, Any]]:
        """Stack, logical name and properties of every resource of ``kind``."""
        return [
            (stack, name, properties)
            for stack in self.templates
            for name, properties in self.of(stack, kind).items()
        ]


def can_isolate() -> bool:
    """Whether a process can be cut off from every network here."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ISOLATED, "true"], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The whole app, written without credentials and, where the machine can, without a network."""
    folder = tmp_path_factory.mktemp("out")
    script = "import sys, pathlib, infra.app as a; a.build(pathlib.Path(sys.argv[1])).synth()"
    prefix = ISOLATED if can_isolate() else ()
    environ = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AWS_", "CDK_")) and "PROXY" not in key.upper()
    }
    done = subprocess.run(
        [*prefix, sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        env={**environ, "AWS_EC2_METADATA_DISABLED": "true"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly.read(folder)


@pytest.fixture
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Synthesise some environments and services of one's own."""

    def made(*environments: Environment, services: Mapping[str, Service] = SERVICES) -> Assembly:
        folder = tmp_path_factory.mktemp("out")
        among = {each.name: each for each in environments}
        build(folder, among=among, services=services).synth()
        return Assembly.read(folder)

    return made
