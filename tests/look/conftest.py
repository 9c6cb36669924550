"""An app that knows nothing but the look: no database, no rooms."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.settings import ROOT
from webapp.web import look, styleguide


@pytest.fixture
def drawn() -> Iterator[Flask]:
    """The app, in a request, so that templates may be rendered."""
    app = Flask(
        "webapp", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"), static_url_path="/static"
    )
    app.config.update(TESTING=True, SECRET_KEY="only for these tests")
    look.init_app(app)
    app.register_blueprint(styleguide.bp)
    with app.test_request_context():
        yield app


@pytest.fixture
def visitor(drawn: Flask) -> FlaskClient:
    """Somebody who looks at the pages."""
    return drawn.test_client()
