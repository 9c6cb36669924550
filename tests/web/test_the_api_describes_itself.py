"""The OpenAPI document is valid, and is what the code declares."""

from __future__ import annotations

import json

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tests.people import People
from webapp.web.api import spec_of


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    jsonschema_rs.validator_for(OPENAPI_31).validate(document)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})


def test_the_document_knows_every_endpoint(app: Flask, people: People, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()["paths"]
    for rule in app.url_map.iter_rules():
        if spec_of(app.view_functions[rule.endpoint]) is not None:
            address = str(rule).replace("<id:", "{").replace("<", "{").replace(">", "}")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                operation = described[address][method.lower()]
                assert operation["summary"], rule


def test_an_operation_says_all_that_its_endpoint_declared(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    make = document["paths"]["/api/v1/toys"]["post"]
    assert make["summary"] == "Make a toy"
    assert "It costs what it costs." in make["description"]
    assert "`products:write`" in make["description"]
    assert [(p["name"], p["in"], p["required"]) for p in make["parameters"]] == [("Idempotency-Key", "header", False)]
    assert set(make["responses"]) == {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"}
    body = document["components"]["schemas"]["NewToy"]
    assert body["additionalProperties"] is False
    assert body["properties"]["on_hand"] == {"maximum": 10**12, "minimum": 0, "title": "On Hand", "type": "integer"}
    assert body["required"] == ["name", "price"]
    listed = document["paths"]["/api/v1/toys"]["get"]
    assert {p["name"]: p["schema"]["type"] for p in listed["parameters"]} == {"limit": "integer", "cursor": "string"}
    assert "Paging" not in json.dumps(document["components"])
    assert set(document["paths"]["/api/v1/toys/{toy_id}"]["get"]["responses"]) >= {"200", "401", "403", "404"}
