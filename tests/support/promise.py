"""Holds an answer against the OpenAPI document of the service that gave it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

_SERVICES = Path(__file__).parents[2] / "services"


class Promise:
    """What ``services/<service>/openapi.yaml`` says that the service answers."""

    def __init__(self, service: str) -> None:
        self._document = _document(service)
        self._operations = {
            operation["operationId"]: operation
            for path in self._document["paths"].values()
            for method, operation in path.items()
            if method in {"get", "put", "post", "patch", "delete", "head", "options"}
        }
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:openapi", resource)

    def check(self, operation_id: str, response: TestResponse) -> None:
        """Fail unless ``response`` has a status, headers, media type and body promised there."""
        operation = self._operations[operation_id]
        status = str(response.status_code)
        assert status in operation["responses"], f"{operation_id} never promised a {status}"
        promised = self._resolved(operation["responses"][status])
        for name, header in promised.get("headers", {}).items():
            if self._resolved(header).get("required"):
                assert name in response.headers, f"{operation_id} {status} lacks {name}"
        content = promised.get("content")
        if not content:
            assert not response.get_data(), f"{operation_id} {status} promised no body"
            return
        assert response.mimetype in content, f"{response.mimetype} is not in {list(content)}"
        schema = content[response.mimetype].get("schema")
        if schema and (response.mimetype or "").endswith("json"):
            self._validate(schema, json.loads(response.get_data()))

    def operations(self) -> frozenset[str]:
        """The ids of every operation in the document."""
        return frozenset(self._operations)

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        found: Any = self._document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        resolved: dict[str, Any] = found
        return resolved

    def _validate(self, schema: dict[str, Any], body: object) -> None:
        anchored = json.loads(json.dumps(schema).replace('"$ref": "#/', '"$ref": "urn:openapi#/'))
        validator = Draft202012Validator(
            anchored, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        mistakes = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
        assert not mistakes, "\n".join(mistakes)


@cache
def _document(service: str) -> dict[str, Any]:
    text = (_SERVICES / service / "openapi.yaml").read_text()
    document: dict[str, Any] = yaml.safe_load(text)
    return document
