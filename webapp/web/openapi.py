"""The OpenAPI 3.1 document, built from what the endpoints declare, so that it cannot say anything else than they do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema
from werkzeug.routing import Rule

from webapp.web.access import public
from webapp.web.api import Spec, View, spec_of, to_json
from webapp.web.fields import BIGGEST, Query
from webapp.web.fields import View as Shown
from webapp.web.problem import KIND

bp = Blueprint("openapi", __name__)

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"


class Refusal(Shown):
    """What is wrong with one value."""

    field: str = Field(description="A path like `items[0].quantity`.")
    code: str
    message: str


class Problem(Shown):
    """RFC 9457, with every value that cannot be accepted."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Refusal]


@bp.get("/api/v1/openapi.json")
@public
def openapi_json() -> Response:
    """Serve the document."""
    return Response(
        to_json(document(current_app)), content_type="application/json", headers={"Access-Control-Allow-Origin": "*"}
    )


def document(app: Flask) -> dict[str, Any]:
    """The document of all endpoints that the app has."""
    endpoints = [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    declared = [(rule, view, spec) for rule, view in endpoints if (spec := spec_of(view)) is not None]
    refs, definitions = _schemas(spec for _, _, spec in declared)
    paths: dict[str, dict[str, Any]] = {}
    for rule, view, spec in sorted(declared, key=lambda one: (str(one[0].rule), sorted(one[0].methods or ()))):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(_path(rule), {})[method.lower()] = _operation(rule, view, spec, refs, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Marketflow",
            "version": VERSION,
            "description": "Products, stock and orders of a market. Money is decimal text with its currency, times are RFC 3339 in"
            " UTC, ids are integers to be treated as opaque. Errors are application/problem+json.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


Refs = dict[tuple[type[BaseModel], str], dict[str, Any]]


class _Schema(GenerateJsonSchema):
    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        # A default of None stands for "not given"; the schema must not say that null may be sent.
        if "default" in schema and schema["default"] is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _schemas(specs: Iterable[Spec]) -> tuple[Refs, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for spec in specs:
        if spec.body:
            wanted[spec.body, "validation"] = None
        if spec.query:
            wanted[spec.query, "validation"] = None
        if spec.answers:
            wanted[spec.answers, "serialization"] = None
    refs, schemas = models_json_schema(list(wanted), ref_template=_REF, schema_generator=_Schema)
    definitions = dict(schemas.get("$defs", {}))
    found: Refs = {}
    for key, ref in refs.items():
        name = str(ref.get("$ref", "")).removeprefix("#/components/schemas/")
        # A query is written as parameters, one by one; its model is no schema of its own.
        model = cast("type[BaseModel]", key[0])
        found[model, key[1]] = definitions.pop(name) if issubclass(model, Query) else {"$ref": _REF.format(model=name)}
    return found, definitions


def _operation(rule: Rule, view: View, spec: Spec, refs: Refs, method: str) -> dict[str, Any]:
    lines = (view.__doc__ or rule.endpoint).strip().splitlines()
    scopes = (
        f"Needs the scope {' or '.join(f'`{scope}`' for scope in spec.scopes)}."
        if spec.scopes
        else "Any token will do."
    )
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": lines[0].rstrip("."),
        "description": "\n".join(line.strip() for line in (*lines[1:], scopes)).strip(),
        "tags": [str(rule.rule).split("/")[3]],
        "responses": _responses(rule, spec, refs),
    }
    if parameters := _parameters(rule, spec, refs):
        operation["parameters"] = parameters
    if spec.body:
        schema = refs[spec.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _parameters(rule: Rule, spec: Spec, refs: Refs) -> list[dict[str, Any]]:
    whole = {"type": "integer", "minimum": 1, "maximum": BIGGEST}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": whole} for name in sorted(rule.arguments)
    ]
    if spec.query:
        model = refs[spec.query, "validation"]
        required = model.get("required", [])
        for name, schema in model.get("properties", {}).items():
            parameters.append({"name": name, "in": "query", "required": name in required, "schema": schema})
    if spec.idempotency != "none":
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": spec.idempotency == "required",
                "description": "Random text; the same key with the same body is done once.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    return parameters


_WORDS = {
    200: "As asked", 201: "Made", 202: "Taken on; it goes on by itself", 204: "Done",
    400: "The request cannot be read", 401: "No token, or one that is not valid", 403: "The token lacks the scope",
    404: "No such thing, or not yours", 409: "The thing has moved on", 413: "Too large", 415: "Not JSON",
    422: "A value cannot be accepted", 429: "Too many requests", 503: "The database does not answer",
}  # fmt: skip


def _responses(rule: Rule, spec: Spec, refs: Refs) -> dict[str, Any]:
    good: dict[str, Any] = {"description": _WORDS[spec.status]}
    if spec.answers:
        good["content"] = {spec.media: {"schema": refs[spec.answers, "serialization"]}}
    elif spec.status != 204:
        good["content"] = {spec.media: {"schema": {"type": "string"}}}
    if spec.status in (201, 202):
        good["headers"] = {"Location": {"description": "Where it is now.", "schema": {"type": "string"}}}
    bad = {401, 403, 429, 503, *spec.refusals}
    if rule.arguments:
        bad.add(404)
    if spec.body:
        bad |= {400, 413, 415, 422}
    if spec.query:
        bad.add(422)
    if spec.idempotency != "none":
        bad |= {409, 422}
    if spec.idempotency == "required":
        bad.add(400)
    refusal = {KIND: {"schema": refs[Problem, "serialization"]}}
    return {str(spec.status): good} | {
        str(status): {"description": _WORDS[status], "content": refusal} for status in sorted(bad)
    }


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", str(rule.rule))
