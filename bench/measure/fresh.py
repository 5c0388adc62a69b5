"""Runs code in a fresh Python process, for what only a fresh process shows: imports, compiling, peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def project_path() -> str:
    """PYTHONPATH for a process that is to import this project, whatever it is started in."""
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def fresh_process(code: str, environment: dict[str, str] | None = None) -> object:
    """The JSON that the code prints in a process of its own; environment: variables beside those of this process."""
    variables = {**os.environ, "PYTHONPATH": project_path(), **(environment or {})}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=variables)
    return json.loads(done.stdout)
