"""Inputs: the files that a user names, what is in folders, and standard input."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from helpers.array_folder import ARRAYS, MODEL, tree
from helpers.cli import run
from helpers.processes import environment, python

from codec.cli.inputs import LARGE, Input, find_inputs, is_compressed, is_readable
from codec.errors import BadInput


def test_a_folder_gives_what_is_wanted_in_it_in_order(place: Path) -> None:
    found = find_inputs(["in"], True, is_readable)
    assert [str(given) for given in found] == [str(Path("in", name)) for name in ARRAYS]
    assert [given.below for given in found] == [Path(), Path(), Path("deep/er")]
    assert [given.problem for given in find_inputs(["in"], True, is_compressed)] == ["there is nothing in this folder to work on"]


def test_what_is_named_is_worked_on_whatever_its_ending(place: Path) -> None:
    assert find_inputs(["in/readme.txt", "missing"], True, is_readable) == [Input(Path("in/readme.txt")), Input(Path("missing"))]


def test_a_folder_needs_to_be_asked_for_and_to_hold_something(place: Path) -> None:
    (place / "empty").mkdir()
    for arguments, reason in ((("in",), "give -r"), (("-r", "empty"), "nothing in this folder")):
        result = run("compress", *arguments)
        assert result.exit_code == 1 and reason in result.output and result.output.count("\n") == 1


def test_standard_input_goes_alone() -> None:
    assert find_inputs(["-"], False, is_readable) == [Input(None)]
    with pytest.raises(click.UsageError, match="alone"):
        find_inputs(["-", "x.png"], False, is_readable)


def test_an_input_is_read_with_the_ending_and_the_time_of_its_file(place: Path) -> None:
    os.utime("in/a.npy", (5, 1_234_567_890))
    Path("in/a.npy").rename("in/A.NPY")
    source, status = Input(Path("in/A.NPY")).read()
    assert (source.name, source.ending, source.modified) == (str(Path("in/A.NPY")), ".npy", 1_234_567_890)
    assert source.data == Path("in/A.NPY").read_bytes() and status is not None and status.st_size == len(source.data)


def test_an_input_with_a_problem_is_not_read() -> None:
    with pytest.raises(BadInput, match="there: is lost"):
        Input(Path("there"), problem="is lost").read()


def test_an_input_is_large_from_a_mebibyte_on(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    assert not Input(path).is_large and not Input(tmp_path / "missing").is_large
    os.truncate(path, LARGE + 1)
    assert Input(path).is_large and Input(None).is_large


def test_what_cannot_be_read_fails_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # which options would ask
    assert run("compress", "in/a.npy", "in/b.npy", *MODEL).exit_code == 0
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "deep":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = run("compress", "-r", "in", "-o", "out", *MODEL)
    assert result.exit_code == 1 and tree(place / "out") == {"a.bb", "b.bb"}
    assert result.stderr.splitlines()[0] == f"codec: {Path('in/deep')}: cannot read this folder: Permission denied"


@pytest.mark.skipif(sys.platform != "linux", reason="names are text there")
def test_names_that_are_no_text_are_worked_on_and_shown(place: Path) -> None:
    name = os.fsdecode(b"\xff.npy")
    (place / "in" / "a.npy").rename(place / name)
    command = python("-m", "codec", "compress", name, *MODEL, "--dry-run")
    done = subprocess.run(command, env=environment(), capture_output=True, check=True)
    assert done.stdout.decode().startswith("\ufffd.npy -> \ufffd.bb ")


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix closes them")
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("compress - <&-", 1, "codec: standard input is closed\n"),
        ("compress in/a.npy -o - >&-", 1, "codec: standard output is closed\n"),
        ("compress in/a.npy -v >&-", 0, ""),
        ("compress missing.npy 2>&-", 1, ""),
        ("compress in/a.npy 2>&-", 0, ""),
    ],
)
def test_streams_may_be_closed(place: Path, words: str, code: int, told: str) -> None:
    program = shlex.join([sys.executable, "-m", "codec"])
    command = f"{program} {words.replace('compress', shlex.join(['compress', *MODEL]), 1)}"
    done = subprocess.run(command, shell=True, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, told)
