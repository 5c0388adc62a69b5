"""Writes files of one letter each without end, for a test that kills it in the midst of that.

    python -m helpers.writing_worker FOLDER replace|add        one file again and again, or one after another; says "ready" first
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from codec.system.files import write_bytes

SIZE = 300_000  # of each file


def main(folder: Path, replace: bool) -> None:
    print("ready", flush=True)
    for number in itertools.count(1):
        write_bytes(folder / ("file" if replace else f"file{number}"), bytes([65 + number % 26]) * SIZE, replace)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] == "replace")
