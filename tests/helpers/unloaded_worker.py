"""Runs the program as if Ctrl-C came while it is still being loaded.

python -m helpers.unloaded_worker
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

from codec.__main__ import run_program


class Interrupting(MetaPathFinder):
    """Finds no module, and interrupts the search for the command line."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "codec.cli.main":
            raise KeyboardInterrupt


if __name__ == "__main__":
    sys.meta_path.insert(0, Interrupting())
    run_program()
