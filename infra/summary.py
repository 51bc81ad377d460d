"""A readable summary of each template, kept in infra/tests/golden: what a change changes on AWS.

python -m infra.summary     writes them from infra/cdk.out
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.app import OUT

GOLDEN = Path(__file__).with_name("tests") / "golden"
_INLINE = 88
_QUIET = {"Tags", "DashboardBody", "FunctionCode"}
"""What says nothing to a reader, or says it better elsewhere."""


def summary(template: Mapping[str, Any]) -> str:
    """The resources of ``template`` by type and name, each with what is set of it."""
    lines = [template.get("Description", "")]
    for name, parameter in sorted(template.get("Parameters", {}).items()):
        lines.append(f"given {name}: {parameter.get('Default', 'by whoever deploys')}")
    resources = template["Resources"].items()
    for name, resource in sorted(resources, key=lambda each: (each[1]["Type"], each[0])):
        kept = "" if resource.get("DeletionPolicy") != "Retain" else ", kept when deleted"
        lines += ["", f"{resource['Type'].removeprefix('AWS::')} {name}{kept}"]
        lines += _told(resource.get("Properties", {}), "  ")
    return "\n".join(lines) + "\n"


def _told(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key in sorted(set(value) - _QUIET):
            yield from _member(key, value[key], indent)
    else:
        for each in value:
            yield from _member("-", each, indent)


def _member(key: str, value: Any, indent: str) -> Iterator[str]:
    lead = f"{indent}{key} " if key == "-" else f"{indent}{key}: "
    short = _short(value)
    told_whole = (
        isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("Fn::")
    )
    if short is not None and (told_whole or len(lead) + len(short) <= _INLINE):
        yield lead + short
    elif isinstance(value, dict | list):
        yield lead.rstrip()
        yield from _told(value, indent + "  ")
    else:
        yield lead + str(value)


def _short(value: Any) -> str | None:  # noqa: PLR0911 - a table
    """``value`` on one line, with references as names."""
    match value:
        case {"Ref": name, **rest} if not rest:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute], **rest} if not rest:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [between, parts], **rest} if not rest:
            return str(between).join(_short(part) or "?" for part in parts)
        case {"Fn::Select": [at, parts], **rest} if not rest:
            return f"{_short(parts)}[{at}]"
        case {"Fn::GetAZs": _}:
            return "zones"
        case {"Fn::Sub": text, **rest} if not rest:
            return str(text)
        case dict():
            return json.dumps(value) if not value else _of_members(value)
        case list():
            return "[" + ", ".join(_short(each) or "?" for each in value) + "]"
        case _:
            return str(value)


def _of_members(value: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_short(value[key])}" for key in sorted(value)) + "}"


def summaries(out: Path = OUT) -> dict[str, str]:
    """The summary of each template in ``out``, by the name of its stack."""
    return {
        file.name.removesuffix(".template.json"): summary(json.loads(file.read_text()))
        for file in sorted(out.glob("*.template.json"))
    }


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    for stack, text in summaries().items():
        (GOLDEN / f"{stack}.txt").write_text(text)
