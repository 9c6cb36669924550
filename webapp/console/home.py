"""The console's front door."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from webapp.console.desk import bp
from webapp.web.access import works_for_market


@bp.get("/")
@works_for_market()
def home() -> ResponseReturnValue:
    """Go to the orders: what moves is what an owner looks at first."""
    return redirect("/console/orders", 303)
