"""The whole tree is linted and typed, and tests keep their own rules."""

from __future__ import annotations

import re
import subprocess
import sys

import helpers
import pytest
from helpers.processes import ROOT

TESTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "tests").rglob("*.py"))}
PATCHED = r"patch\.(setattr|setitem|delattr|delitem)\("


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"]], ids=["ruff", "mypy"])
def test_the_tree_is_clean(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_test_executes_a_string_of_code() -> None:
    found = {name for name, text in TESTS.items() if re.search(r'(python\(|executable, |printed\()"-c"|\b(exec|eval)\(', text)}
    assert found <= {"tests/whole/test_quality.py"}


def test_one_helper_runs_the_command_line() -> None:
    assert [name for name, text in TESTS.items() if "click.testing" in text and "test_quality" not in name] == ["tests/helpers/cli.py"]


def test_as_many_names_are_patched_as_the_helpers_say() -> None:
    count = sum(len(re.findall(PATCHED, text)) for text in TESTS.values())
    assert f"{count} times in all" in str(helpers.__doc__), "every patched name has a reason in tests/helpers/__init__.py"
