"""OpenAPI 3.1, made from the same declarations that serve the requests."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from handlers.http.application import Route
from handlers.http.contract import Endpoint
from handlers.http.policy import Anyone, OfDepartments, OfStaff

JsonObject = dict[str, Any]
_REF = "#/components/schemas/{model}"


class Problem(BaseModel):
    """RFC 9457 problem details. Members beyond these are facts of the particular code (see docs/errors.md)."""

    type: str
    title: str
    status: int
    code: str
    request_id: str


def openapi(routes: Sequence[Route], title: str, version: str) -> JsonObject:
    """The whole document. Schemas are pydantic's own, under #/components/schemas."""
    declared = [(route, method, spec) for route in routes for method, spec in route.endpoints()]
    requests = {model for _, _, spec in declared for model in (spec.parameters.request, spec.parameters.query) if model}
    answers = {spec.answers for _, _, spec in declared if spec.answers} | {Problem}
    modes = [(model, "validation") for model in requests] + [(model, "serialization") for model in answers]
    modes.sort(key=lambda pair: (pair[0].__name__, pair[1]))
    names, definitions = models_json_schema(modes, ref_template=_REF)  # type: ignore[arg-type]
    references = {model: schema["$ref"] for (model, _mode), schema in names.items() if issubclass(model, BaseModel)}
    paths: dict[str, JsonObject] = {}
    for route, method, spec in declared:
        paths.setdefault(route.path, {})[method] = _operation(route, method, spec, references, definitions["$defs"])
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "console": {"type": "apiKey", "in": "cookie", "name": "__Host-cst_staff"},
                "api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "cstk_…"},
            },
        },
    }


def _operation(
    route: Route, method: str, spec: Endpoint, references: dict[type[BaseModel], str], schemas: JsonObject
) -> JsonObject:
    operation: JsonObject = {
        "operationId": f"{method}{route.handler.__name__}",
        "tags": [_area(route.path)],
        "summary": spec.summary,
        "description": f"{spec.description}\n\nWho may call: {spec.who}.".strip(),
        "parameters": _parameters(spec, references, schemas),
        "responses": {str(spec.status): _success(spec, references), "default": _problem(references)},
    }
    if not isinstance(spec.who, Anyone):
        operation["security"] = _security(spec)
    if spec.parameters.request:
        schema = {"$ref": references[spec.parameters.request]}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _security(spec: Endpoint) -> list[JsonObject]:
    ways: list[JsonObject] = [{"bearer": []}]
    if isinstance(spec.who, OfStaff | OfDepartments):
        ways.append({"console": []})
    if isinstance(spec.who, OfDepartments):
        ways.append({"api_key": []})
    return ways


def _area(path: str) -> str:
    """What the documentation page groups an address under: the word after /api/v1, or `system`."""
    return path.split("/")[3] if path.startswith("/api/v1/") else "system"


def _parameters(spec: Endpoint, references: dict[type[BaseModel], str], schemas: JsonObject) -> list[JsonObject]:
    parameters: list[JsonObject] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in spec.parameters.path
    ]
    if spec.parameters.query:
        schema = schemas[references[spec.parameters.query].rpartition("/")[2]]
        required = schema.get("required", [])
        for name, field in schema.get("properties", {}).items():
            parameters.append({"name": name, "in": "query", "required": name in required, "schema": field})
    if spec.parameters.key:
        pattern = {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,128}$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": pattern})
    return parameters


def _success(spec: Endpoint, references: dict[type[BaseModel], str]) -> JsonObject:
    if spec.status == 204:
        return {"description": "Done; nothing to say"}
    schema: JsonObject = {"$ref": references[spec.answers]} if spec.answers else {}
    return {"description": spec.summary or "Done", "content": {spec.media_type: {"schema": schema}}}


def _problem(references: dict[type[BaseModel], str]) -> JsonObject:
    return {
        "description": "A problem; its `code` is explained in docs/errors.md",
        "content": {"application/problem+json": {"schema": {"$ref": references[Problem]}}},
    }
