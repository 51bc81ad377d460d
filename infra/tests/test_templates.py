"""Things that hold for every template."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

from infra.picture import PAGE, page
from infra.stacks.base import hold_to_rules
from infra.summary import GOLDEN, summaries
from infra.tests.conftest import Assembly, can_isolate

PARTS = ("network", "data", "cache", "platform", "gateway", "search", "media", "edge")


def test_they_are_written_without_a_network(synthesised: Assembly) -> None:
    if not can_isolate():
        pytest.skip("this machine does not let a process be cut off from its network")

    assert set(synthesised.templates) == {
        "paperroute-cicd",
        *(f"paperroute-{each}-{part}" for each in ("dev", "prod") for part in PARTS),
    }


def test_each_is_summed_up_in_golden(synthesised: Assembly) -> None:
    kept = {file.stem: file.read_text() for file in GOLDEN.glob("*.txt")}

    assert summaries(synthesised.folder) == kept, "if this change is meant: make golden"


def test_each_is_short_enough_to_be_handed_over_without_a_bucket(synthesised: Assembly) -> None:
    for stack, template in synthesised.templates.items():
        assert len(json.dumps(template, separators=(",", ":")).encode()) <= 51_200, stack


def test_none_exports_imports_or_names_an_account(synthesised: Assembly) -> None:
    for stack, template in synthesised.templates.items():
        text = json.dumps(template)
        assert "Fn::ImportValue" not in text, stack
        assert not [each for each in template.get("Outputs", {}).values() if "Export" in each]
        assert re.findall(r"(?<!\d)\d{12}(?!\d)", text) == [], stack


def test_there_is_nothing_to_upload_but_templates(synthesised: Assembly) -> None:
    assert list(synthesised.folder.glob("asset.*")) == []
    assert list(synthesised.folder.glob("*.assets.json")) == []


def test_every_name_that_a_part_reads_is_told_by_one_that_comes_before(
    synthesised: Assembly,
) -> None:
    order = ("network", "data", "cache", "platform", "media", "search", "gateway", "edge")
    for environment in ("dev", "prod"):
        told: set[str] = set()
        for part in order:
            stack = f"paperroute-{environment}-{part}"
            parameters = synthesised.templates[stack].get("Parameters", {}).values()
            read = {each["Default"] for each in parameters if "SSM" in each["Type"]}
            assert read <= told, (stack, read - told)
            told |= {each["Name"] for each in synthesised.of(stack, "AWS::SSM::Parameter").values()}


def test_cfn_lint_finds_no_error(synthesised: Assembly) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--non-zero-exit-code", "error"]
    # The names in data.yaml are substituted for `make run`; what is left needs none.
    command += [
        "--ignore-checks",
        "W1020",
        "--",
        *map(str, synthesised.folder.glob("*.template.json")),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip()) == (0, "")


def test_cdk_nag_is_content_and_every_exception_says_why(synthesised: Assembly) -> None:
    report = json.loads((synthesised.folder / "validation-report.json").read_text())

    assert {each["pluginName"]: each["conclusion"] for each in report["pluginReports"]}[
        "AwsSolutions"
    ] == "success"
    for plugin in report["pluginReports"]:
        assert plugin["violations"] == []
        for accepted in plugin.get("suppressedViolations", []):
            assert len(accepted["reason"].split()) >= 5, accepted["ruleName"]


def test_cdk_nag_would_object(tmp_path: Any) -> None:
    app = cdk.App(outdir=str(tmp_path))
    hold_to_rules(app)
    sns.Topic(cdk.Stack(app, "Open", synthesizer=cdk.BootstraplessSynthesizer()), "Topic")

    with pytest.raises(RuntimeError, match="AwsSolutions-SNS3"):
        app.synth()


def test_the_picture_is_of_these_templates(synthesised: Assembly) -> None:
    assert PAGE.read_text() == page(synthesised.folder), "if this change is meant: make golden"
