"""The program itself: quick to answer, helpful, completing, and measuring where there is something to measure."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import click
import pytest
from helpers.cli import run
from helpers.processes import ROOT, environment, python
from PIL import Image

import codec
from codec.cli.main import COMMANDS, main
from codec.errors import KernelWarning
from codec.kinds.original import keep


def loaded(*arguments: str) -> set[str]:
    """The packages that a command loads."""
    return {name.split(".")[0] for name in loaded_modules(*arguments)}


def loaded_modules(*arguments: str) -> set[str]:
    """The modules that a command loads."""
    command = python("-X", "importtime", "-m", "codec", *arguments)
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.split("|")[2].strip() for line in done.stderr.splitlines() if line.count("|") == 2}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["compress", "--help"], ["train", "photo", "--help"], ["completion", "fish"], ["--version"]]
)
def test_questions_are_answered_without_loading_anything_large(arguments: list[str]) -> None:
    assert not loaded(*arguments) & {"numpy", "numba", "PIL", "torch"}


@pytest.mark.parametrize("arguments", [["models"], ["info", "codec/models/digits-gray.bbm"]])
def test_models_are_described_without_a_compiler(arguments: list[str]) -> None:
    assert not loaded(*arguments) & {"numba", "PIL", "torch"}


def test_what_a_drawing_is_is_told_without_numpy(tmp_path: Path) -> None:
    (tmp_path / "drawing.bb").write_bytes(codec.compress(Image.new("RGB", (40, 30)), method="graphics"))
    assert not loaded("info", str(tmp_path / "drawing.bb")) & {"numpy", "PIL", "numba", "concurrent"}


@pytest.mark.skipif(os.name == "nt", reason="a child's time is not told there")
@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["info", "codec/models/digits-gray.bbm"]])
def test_an_answer_takes_little_more_work_than_loading_numpy(arguments: list[str]) -> None:
    assert work_of("-m", "codec", *arguments) < 7 * work_of("-c", "import numpy")


def work_of(*arguments: str) -> float:
    """CPU seconds of a process."""
    before = sum(os.times()[2:4])
    subprocess.run(python(*arguments), env=environment(), cwd=ROOT, capture_output=True, check=True)
    return sum(os.times()[2:4]) - before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_what_completes_commands(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0 and "_CODEC_COMPLETE" in result.output
    question = {"_CODEC_COMPLETE": f"{shell}_complete", "COMP_WORDS": "codec decom", "COMP_CWORD": "decom" if shell == "fish" else "1"}
    done = subprocess.run(python("-m", "codec"), env=environment(**question), capture_output=True, text=True)
    assert "decompress" in done.stdout and "density" not in done.stdout


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """All commands of a group, by name, also those whose modules wait until they are called."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def leaves(group: click.Group) -> list[click.Command]:
    return [leaf for one in commands_of(group).values() for leaf in (leaves(one) if isinstance(one, click.Group) else [one])]


@pytest.mark.parametrize("command", leaves(main), ids=lambda command: str(command.name))
def test_every_help_text_shows_an_example(command: click.Command) -> None:
    words = f"{'train ' if command.callback.__name__.startswith('train_') else ''}{command.name}"
    assert re.search(rf"\x08\n( *codec .*\n)* *codec {words}", command.help or "", re.MULTILINE)


def test_the_commands_stand_in_the_order_in_which_they_are_needed() -> None:
    assert list(commands_of(main)) == [
        "compress", "decompress", "verify", "pack", "list", "unpack", "info", "thumbnail", "density", "train", "export", "models",
        "samples", "selftest", "bench", "completion", "help",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, (_, _, said) in COMMANDS.items()])
def test_the_list_of_commands_says_how_the_help_of_each_begins(name: str, said: str) -> None:
    begins = commands_of(main)[name].get_short_help_str(1000)
    assert begins.startswith(said.removesuffix("."))


def test_the_list_of_commands_loads_none_of_them() -> None:
    modules = loaded_modules("--help")
    assert "codec.cli.main" in modules and not modules & {"codec.cli.files", "codec.cli.training", "codec.cli.models", "dataclasses"}


@pytest.mark.parametrize("names", [(), ("compress",), ("train",), ("train", "photo"), ("dec",), ("tr", "d")], ids=" ".join)
def test_help_is_a_command_too(names: tuple[str, ...]) -> None:
    result = run("help", *names)
    assert result.exit_code == 0 and result.stdout == run(*names, "--help").stdout and "Usage: " in result.stdout


@pytest.mark.parametrize("names", [("nothing",), ("compress", "photo"), ("train", "nothing")], ids=" ".join)
def test_there_is_no_help_for_what_there_is_not(names: tuple[str, ...]) -> None:
    assert run("help", *names).exit_code == 2


def test_the_version_has_a_short_flag() -> None:
    assert run("-V").stdout == run("--version").stdout and "version" in run("-V").stdout


@pytest.mark.parametrize(
    ("command", "reader"), [("completion bash", "head -1"), ("--help", "head -1"), ("help compress", "true"), ("models", "true")]
)
def test_a_reader_may_have_seen_enough(command: str, reader: str) -> None:
    program = shlex.join([sys.executable, "-W", "error", "-m", "codec"])
    done = subprocess.run(["bash", "-c", f"{program} {command} | {reader}"], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_result_that_nobody_reads_is_no_news(tmp_path: Path) -> None:
    (tmp_path / "x.bb").write_bytes(keep(os.urandom(1 << 20), ".jpg")[0])
    command = python("-m", "codec", "decompress", "-c", tmp_path / "x.bb")
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "wb") as output:
        done = subprocess.run(command, env=environment(), stdout=output, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_warning_of_ours_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn() -> list[object]:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("kernels cannot be kept", KernelWarning, stacklevel=1)
            warnings.warn("something else", UserWarning, stacklevel=1)
        return []

    monkeypatch.setattr("codec.density.library.embedded", warn)
    with pytest.warns(UserWarning, match="something else"):
        assert run("models").stderr == "codec: kernels cannot be kept\n"


def test_an_error_that_nobody_has_foreseen_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RecursionError("too deep\nfor us")

    monkeypatch.setattr("codec.density.library.embedded", fail)
    monkeypatch.delenv("CODEC_DEBUG", raising=False)
    result = run("models")
    assert result.exit_code == 1
    assert result.stderr == "codec: a defect of this program: RecursionError: too deep for us (CODEC_DEBUG=1 shows where)\n"
    monkeypatch.setenv("CODEC_DEBUG", "1")
    assert run("models").stderr.startswith("Traceback")
