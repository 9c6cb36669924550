"""`python -m webapp.demo.draw` writes every still-life to static/art, or to the folder named."""

import sys
from pathlib import Path

from webapp.demo.draw.gallery import ART, write

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ART
    sys.stdout.write(f"{write(folder)} pictures are in {folder}\n")
