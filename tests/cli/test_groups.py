"""Groups of commands: beginnings of names that tell them apart."""

from __future__ import annotations

import pytest
from helpers.cli import run


@pytest.mark.parametrize(
    ("arguments", "command"),
    [(("decompress",), "decompress"), (("dec",), "decompress"), (("compr",), "compress"), (("v",), "verify"), (("tr", "p"), "train photo")],
)
def test_a_beginning_that_only_one_name_has_is_that_command(arguments: tuple[str, ...], command: str) -> None:
    result = run(*arguments, "--help")
    assert result.exit_code == 0 and f" {command} [OPTIONS]" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("comp",), "'comp' may be compress or completion"),
        (("de",), "decompress or density"),
        (("x",), "No such command"),
        (("",), "No such"),
    ],
)
def test_other_beginnings_are_wrong_usage(arguments: tuple[str, ...], reason: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and reason in result.stderr
