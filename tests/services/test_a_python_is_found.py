"""`bin/setup` takes the Python that PYTHON names, wherever it lies."""

import os
import subprocess
import sys
from pathlib import Path

from services.supervise import ROOT


def test_a_python_whose_path_has_spaces_is_taken(tmp_path: Path) -> None:
    chosen = tmp_path / "my python" / "python3"
    chosen.parent.mkdir()
    # Whatever it is asked, it notes; it is never let near this checkout's own set-up.
    chosen.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exec "{sys.executable}" "$@"; fi\necho "chosen for $1"\n')
    chosen.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / "bin" / "setup")], env={**os.environ, "PYTHON": str(chosen)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "chosen for bin/install.py\n")
