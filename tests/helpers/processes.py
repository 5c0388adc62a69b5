"""Starts fresh Python processes that find the package, the helpers and the examples of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 1800  # after which a process has failed


def environment(**variables: str) -> dict[str, str]:
    """This process's environment for a fresh one, with some variables changed."""
    places = (ROOT, ROOT / "tests", ROOT / "examples")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), **variables}


def python(*arguments: object) -> list[str]:
    """The command that runs this Python with these arguments; warnings are errors."""
    return [sys.executable, "-W", "error", *(str(argument) for argument in arguments)]


def printed(*arguments: object, **variables: str) -> str:
    """What `python ARGUMENTS` prints on standard output in a fresh process. It has to end with exit code 0."""
    done = subprocess.run(python(*arguments), env=environment(**variables), capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
