"""Runs the command line where no compiler can be imported, and says which modules were looked for in vain.

python -m helpers.without_compiler WORDS ...        exits as the command does
"""

from __future__ import annotations

import sys

from codec.__main__ import run_program

if __name__ == "__main__":
    for name in ("numba", "llvmlite"):
        sys.modules[name] = None  # type: ignore[assignment]  # importing it is an error, and nothing finds it
    run_program()
