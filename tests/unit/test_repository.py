"""Things that hold for the repository as a whole."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES = ("gateway", "search", "media")
_PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def _pins(file: Path) -> dict[str, str]:
    return dict(_PIN.findall(file.read_text()))


@pytest.mark.parametrize(
    "file", ["requirements/run.txt", *(f"services/{name}/requirements.txt" for name in SERVICES)]
)
def test_one_version_of_each_package_holds_everywhere(file: str) -> None:
    everywhere = _pins(ROOT / "requirements" / "check.txt")

    here = _pins(ROOT / file)

    assert here
    assert {name: everywhere[name] for name in here} == here


@pytest.mark.parametrize(
    "file",
    [
        *ROOT.glob("requirements/*.txt"),
        *ROOT.glob("services/*/requirements.txt"),
        ROOT / "infra/requirements.txt",
    ],
)
def test_every_requirement_is_hashed_and_none_names_an_address(file: Path) -> None:
    text = file.read_text()

    assert "://" not in text
    assert text.count("--hash=sha256:") >= len(_pins(file)) > 0


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    read: set[str] = set()
    for name in SERVICES:
        service = ROOT / "services" / name
        for file in (service / "src" / name / "settings.py", service / "gunicorn.conf.py"):
            read |= set(
                re.findall(r'"((?:PAPERROUTE|GATEWAY|SEARCH|MEDIA)_[A-Z0-9_]+)"', file.read_text())
            )

    documented = set(
        re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )

    assert documented == read


def test_compose_gives_each_service_only_settings_that_exist() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    documented = (ROOT / "docs/settings.md").read_text()

    for name in SERVICES:
        environment = compose["services"][name]["environment"]
        ours = [setting for setting in environment if not setting.startswith("AWS_")]
        assert ours
        assert [setting for setting in ours if f"`{setting}`" not in documented] == []


def test_nothing_names_a_package_registry() -> None:
    hosts = re.compile(r"pyp[i]\.org|python[h]osted|npm[j]s\.|registry\.np[m]")  # names none itself
    suffixes = {".py", ".md", ".txt", ".toml", ".yaml", ".yml", ".sh", ""}
    kept = [
        path
        for folder in (
            "services",
            "libs",
            "cli",
            "scripts",
            "tests",
            "docs",
            "infra",
            "requirements",
        )
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in suffixes
    ]

    assert [str(path) for path in kept if hosts.search(path.read_text(errors="ignore"))] == []
