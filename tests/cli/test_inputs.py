"""Inputs: the files that a user names, what is in folders, and standard input."""

from __future__ import annotations

import errno
import io
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import click
import pytest
from helpers.array_folder import ARRAYS, MODEL, tree
from helpers.cli import run
from helpers.processes import environment, python

from codec.cli.inputs import LARGE, Found, Input, find_inputs, is_compressed
from codec.errors import BadInput


def is_array(path: Path) -> bool:
    return path.suffix == ".npy"


def test_a_folder_gives_what_is_wanted_in_it_in_order(place: Path) -> None:
    found = find_inputs(["in"], True, is_array).inputs
    assert [str(given) for given in found] == [str(Path("in", name)) for name in ARRAYS]
    assert [given.below for given in found] == [Path(), Path(), Path("deep/er")]
    assert [given.problem for given in find_inputs(["in"], True, is_compressed).inputs] == ["there is nothing in this folder to work on"]


def test_what_is_named_is_worked_on_whatever_its_ending(place: Path) -> None:
    found = find_inputs(["in/readme.txt", "missing"], True, is_array)
    assert found == Found([Input(Path("in/readme.txt")), Input(Path("missing"))], Counter())


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names of this kind there")
def test_what_a_folder_holds_beside_that_is_counted(place: Path) -> None:
    for name in ("a.TXT", "b.mp4", "c", "a.bb"):
        (place / "in" / name).write_bytes(b"")
    os.mkfifo(place / "in" / "pipe.npy")
    (place / "in" / "nothing.npy").symlink_to("nowhere")
    (place / "in" / "folder.npy").symlink_to("deep")
    found = find_inputs(["in"], True, is_array)
    assert [given.path for given in found.inputs] == [Path("in", name) for name in ARRAYS]
    assert found.others == {".txt": 2, ".mp4": 1, "without ending": 1, "hidden": 1, "not regular": 2, "behind links": 1}
    told = found.told_others()
    assert told.startswith("passed over 8 files: 2 ") and all(f"1 {kind}" in told for kind in (".mp4", "without ending", "hidden"))


def test_what_was_passed_over_is_told_in_a_few_words() -> None:
    assert Found([], Counter()).told_others() == Found([], Counter(hidden=0)).told_others() == ""
    assert Found([], Counter({".txt": 1})).told_others() == "passed over 1 file: 1 .txt"
    many = Counter({f".{number}": 20 - number for number in range(12)}) | Counter({".txt": 1000})
    assert Found([], many).told_others() == (
        f"passed over 1,174 files: 1,000 .txt, {', '.join(f'{20 - number} .{number}' for number in range(8))}, 42 of other kinds"
    )


def test_what_was_passed_over_is_told_once_and_not_when_all_is_to_be_quiet(place: Path) -> None:
    (place / "in" / "b.mp4").write_bytes(b"")
    told = f"codec: passed over 3 files: 1 {', 1 '.join(('.mp4', '.txt', 'hidden'))}\n"
    assert sorted(run("compress", "-r", "in", *MODEL).stderr.split()) == sorted(told.split())
    assert run("compress", "-r", "in", "-q", "-f", *MODEL).stderr == ""
    assert run("verify", "-r", "in", *MODEL).stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names of this kind there")
def test_a_pipe_that_nobody_writes_into_stops_no_run(place: Path) -> None:
    os.mkfifo(place / "in" / "picture.png")
    assert run("compress", "-r", "in", *MODEL).exit_code == 0
    result = run("compress", "in/picture.png")
    assert result.exit_code == 1 and "a pipe or a device, not a file" in result.stderr and "codec compress - < FILE" in result.stderr


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no names for what is open")
def test_a_shell_may_give_a_program_as_a_file(place: Path) -> None:
    program = shlex.join([sys.executable, "-m", "codec", "compress"])
    command = f"{program} <(cat in/a.npy) -o x.bb {shlex.join(MODEL)} && cat in/a.npy | {program} /dev/stdin -o y.bb {shlex.join(MODEL)}"
    done = subprocess.run(["bash", "-c", command], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and (place / "x.bb").read_bytes() == (place / "y.bb").read_bytes()


def test_a_folder_needs_to_be_asked_for_and_to_hold_something(place: Path) -> None:
    (place / "empty").mkdir()
    for arguments, reason in ((("in",), "give -r"), (("-r", "empty"), "nothing in this folder")):
        result = run("compress", *arguments)
        assert result.exit_code == 1 and reason in result.output and result.output.count("\n") == 1


def test_standard_input_goes_alone() -> None:
    assert find_inputs(["-"], False, is_array).inputs == [Input(None)]
    with pytest.raises(click.UsageError, match="alone"):
        find_inputs(["-", "x.png"], False, is_array)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_without_a_name_it_is_standard_input_unless_that_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert find_inputs([], False, is_array).inputs == [Input(None)]
    with pytest.raises(click.UsageError, match="name a folder"):
        find_inputs([], True, is_array)
    for closed in (Terminal(), None):
        monkeypatch.setattr(sys, "stdin", closed)
        with pytest.raises(click.UsageError, match="name a file"):
            find_inputs([], False, is_array)


def test_a_standard_input_without_anything_in_it_is_told(place: Path) -> None:
    result = run("compress", given=b"")
    assert result.exit_code == 1 and result.stderr == "codec: standard input: nothing came from it, and no file is named\n"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="nothing without an end")
@pytest.mark.parametrize("command", ["compress", "decompress", "verify", "info", "density"])
def test_what_is_nothing_known_is_refused_by_its_beginning(command: str) -> None:
    began = time.monotonic()
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run(python("-m", "codec", command), env=environment(), stdin=endless, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith("codec: standard input: not a ")
    assert done.stderr.count("\n") == 1 and time.monotonic() - began < 20


def test_no_more_is_read_of_a_stream_than_is_allowed(place: Path) -> None:
    content = (place / "in" / "a.npy").read_bytes()
    result = run("compress", "--max-bytes", len(content) - 1, *MODEL, given=content)
    assert result.exit_code == 1 and result.stderr.startswith(f"codec: standard input: more than {len(content) - 1} bytes: allow more with")
    assert run("compress", "--max-bytes", len(content), *MODEL, given=content).exit_code == 0
    assert run("compress", "in/a.npy", "--max-bytes", 1, *MODEL).exit_code == 0  # a file's size is known


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
    assert result.stderr.splitlines()[1] == f"codec: {Path('in/deep')}: cannot read this folder: Permission denied"


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
        ("compress - <&-", 1, "codec: standard input: it is closed\n"),
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
