"""The API answers as its OpenAPI document says, whatever is sent: requests are made from the document itself, right and
wrong ones, the same at every run."""

from __future__ import annotations

from typing import Any, TypeAlias

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode, checks
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks as openapi_checks

from tests.api.desk import Desk
from webapp.inventory import api as inventory_api

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Case: TypeAlias = schemathesis.Case[Any]

EXAMPLES = 8
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
UNLUCKY = {"POST /api/v1/orders/{order_id}/cancellation"}
"""What cannot succeed here: the one order has ended."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_answer_is_in_the_document(desk: Desk, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_api, "PATIENCE", 0.0)

    def from_somewhere(environ: dict[str, Any], start_response: Any) -> Any:
        # The audit says where every change came from; a test's request comes from nowhere unless told.
        return desk.app.wsgi_app({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", from_somewhere)
    tried: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation: Operation = found.ok()  # type: ignore[union-attr]
        if not operation.path.endswith("/live"):  # A stream of a pending order ends when the order does.
            product_id = desk.product(stock=50)
            ids = {"product_id": product_id, "order_id": desk.completed((product_id, 1), who=desk.people.owner)}
            tried[operation.label] = _try(desk, operation, mode, ids)
    assert len(tried) >= 15
    if mode is GenerationMode.POSITIVE:
        assert {label for label, statuses in tried.items() if min(statuses) >= 300} <= UNLUCKY, tried


def _try(desk: Desk, operation: Operation, mode: GenerationMode, ids: dict[str, int]) -> set[int]:
    statuses: set[int] = set()

    @hypothesis.settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def tried(case: Case) -> None:
        for known in (False, True):
            if known:
                # An id made up at random is a 404; what is behind that is reached with one that is there.
                case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
                case.body = _known(case.body, ids["product_id"])
            response = case.call(headers=dict(desk.people.owner.bearer))
            case.validate_response(response, checks=CHECKS)
            statuses.add(response.status_code)

    tried()
    return statuses


def _known(body: Any, product_id: int) -> Any:
    if isinstance(body, dict):
        known = {"currency": "EUR", "product_id": product_id}
        return {name: known.get(name, _known(value, product_id)) for name, value in body.items() if name != "replaces"}
    return [_known(one, product_id) for one in body] if isinstance(body, list) else body
