"""What every template can use: icons, figures, versioned addresses, and the one stylesheet.

The stylesheet is put together from static/css when the process starts: one request, cached for ever, no build step.
A file's folder is its cascade layer, so a page's rule always wins over a component's, whatever its selector.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app

from webapp.web import access, counting, figures
from webapp.web.icons import icon

STATIC = Path(__file__).resolve().parents[2] / "static"
LAYERS = ("tokens", "base", "components", "pages")

bp = Blueprint("look", __name__)


def init_app(app: Flask) -> None:
    """Give the app's templates our globals and filters, and its stylesheet an address."""
    app.register_blueprint(bp)
    app.add_template_global(icon)
    app.add_template_global(asset)
    app.add_template_global(stylesheet_address)
    for function in (
        figures.money_text,
        counting.few_text,
        figures.count_text,
        figures.change_text,
        figures.clock_text,
        figures.short_time_text,
        figures.long_time_text,
        figures.dated_text,
        figures.exact_time_text,
        figures.machine_time,
        figures.span_text,
        figures.wait_text,
        figures.age_text,
        figures.initials,
    ):
        app.add_template_filter(function)


def asset(path: str) -> str:
    """Return the address of a file under static/, with its content's fingerprint so that it may be cached for ever."""
    return f"/static/{path}?v={_fingerprint(path, _changed(STATIC / path))}"


def stylesheet_address() -> str:
    """Return the address of the whole stylesheet, fingerprint included."""
    return f"/look/{_version(stylesheet())}.css"


@bp.get("/look/<version>.css")
@access.public
def stylesheet_file(version: str) -> Response:
    """Serve the stylesheet. An old version still gets the newest text, but is then not kept."""
    text = stylesheet()
    response = Response(text, mimetype="text/css")
    fresh = version == _version(text)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return response


def stylesheet() -> str:
    """Return all of static/css as one text, each file wrapped in its layer."""
    return _joined(_files() if current_app.debug else _files_at_start())


def _files() -> tuple[tuple[Path, int], ...]:
    folder = STATIC / "css"
    files = [folder / "tokens.css", folder / "base.css"]
    files += sorted((folder / "components").glob("*.css")) + sorted((folder / "pages").glob("*.css"))
    return tuple((file, _changed(file)) for file in files)


_files_at_start = cache(_files)


def _changed(file: Path) -> int:
    # While developing, an edited file shows at the next reload; in production the files do not change.
    return file.stat().st_mtime_ns if current_app.debug else 0


@cache
def _fingerprint(path: str, _changed_at: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


@cache
def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def _joined(files: tuple[tuple[Path, int], ...]) -> str:
    parts = [f"@layer {', '.join(LAYERS)};"]
    for file, _ in files:
        layer = file.stem if file.parent.name == "css" else file.parent.name
        parts.append(f"@layer {layer} {{\n{file.read_text().strip()}\n}}")
    return "\n".join(parts) + "\n"
