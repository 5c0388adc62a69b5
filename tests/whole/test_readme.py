"""The README's shell sessions are real: each command is run, and prints what stands there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SESSIONS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def commands(session: str) -> list[tuple[str, str]]:
    """(command, expected output) of every line that begins with a dollar sign."""
    parts = re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


@pytest.mark.parametrize("session", SESSIONS, ids=[f"session {i}" for i in range(len(SESSIONS))])
def test_a_session_prints_what_the_readme_says(session: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    for command, expected in commands(session):
        words = shlex.split(command)
        program = [sys.executable, "-m", "codec"] if words[0] == "codec" else [sys.executable] if words[0] == "python" else words[:1]
        done = subprocess.run([*program, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stdout == expected, command


def test_the_readme_has_sessions_and_the_two_commands() -> None:
    assert SESSIONS
    assert "pip install . &&" in README
    assert 'pip install -e ".[train,bench,dev]" && python -m pytest' in README
    assert 'pip install --quiet -e ".[train,bench,dev]" && python -m pytest' in (ROOT / ".ci" / "run").read_text()
