"""The program itself: quick to answer, helpful, completing, and measuring where there is something to measure."""

from __future__ import annotations

import os
import re
import subprocess

import click
import pytest
from helpers.cli import run
from helpers.processes import ROOT, environment, python

from codec.cli.main import main


def loaded(*arguments: str) -> set[str]:
    """The packages that a command loads."""
    command = python("-X", "importtime", "-m", "codec", *arguments)
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.split("|")[2].strip().split(".")[0] for line in done.stderr.splitlines() if line.count("|") == 2}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["compress", "--help"], ["train", "photo", "--help"], ["completion", "fish"], ["--version"]]
)
def test_questions_are_answered_without_loading_anything_large(arguments: list[str]) -> None:
    assert not loaded(*arguments) & {"numpy", "numba", "PIL", "torch"}


@pytest.mark.parametrize("arguments", [["models"], ["info", "codec/models/digits-gray.bbm"]])
def test_models_are_described_without_a_compiler(arguments: list[str]) -> None:
    assert not loaded(*arguments) & {"numba", "PIL", "torch"}


@pytest.mark.skipif(os.name == "nt", reason="a child's time is not told there")
@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["info", "codec/models/digits-gray.bbm"]])
def test_an_answer_takes_less_than_a_second_of_work(arguments: list[str]) -> None:
    before = sum(os.times()[2:4])
    subprocess.run(python("-m", "codec", *arguments), env=environment(), cwd=ROOT, capture_output=True, check=True)
    assert sum(os.times()[2:4]) - before < 0.8


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_what_completes_commands(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0 and "_CODEC_COMPLETE" in result.output
    question = {"_CODEC_COMPLETE": f"{shell}_complete", "COMP_WORDS": "codec decom", "COMP_CWORD": "decom" if shell == "fish" else "1"}
    done = subprocess.run(python("-m", "codec"), env=environment(**question), capture_output=True, text=True)
    assert "decompress" in done.stdout and "density" not in done.stdout


def leaves(group: click.Group) -> list[click.Command]:
    return [leaf for one in group.commands.values() for leaf in (leaves(one) if isinstance(one, click.Group) else [one])]


@pytest.mark.parametrize("command", leaves(main), ids=lambda command: str(command.name))
def test_every_help_text_shows_an_example(command: click.Command) -> None:
    words = f"{'train ' if command.callback.__name__.startswith('train_') else ''}{command.name}"
    assert re.search(rf"\x08\n( *codec .*\n)* *codec {words}", command.help or "", re.MULTILINE)


def test_the_commands_stand_in_the_order_in_which_they_are_needed() -> None:
    assert list(main.commands) == [
        "compress", "decompress", "verify", "info", "density", "train", "export", "models", "selftest", "bench", "completion",
    ]  # fmt: skip
