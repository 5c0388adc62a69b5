"""Runs the command line inside this process: arguments in, exit code and all that was printed out."""

from __future__ import annotations

from dataclasses import dataclass

from click.testing import CliRunner

from codec.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended. output: both streams as a terminal would show them; written: the bytes of standard output."""

    exit_code: int
    stdout: str
    stderr: str
    output: str
    written: bytes


def run(*arguments: object, given: bytes | None = None) -> Ended:
    """Run `codec` with these arguments, and `given` as standard input. An exception that leaves the program leaves this function, too."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=given, catch_exceptions=False)
    return Ended(result.exit_code, result.stdout, result.stderr, result.output, result.stdout_bytes)
