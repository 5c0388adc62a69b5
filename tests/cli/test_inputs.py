"""Commands on many inputs: what they work on, where results go, what is removed, and how they go on after an error."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest
from helpers.cli import run
from helpers.small_models import small_images, small_model

from codec.cli import files as commands
from codec.cli import inputs as batch
from codec.cli.inputs import Input, Places
from codec.errors import BadInput
from codec.kinds.array import kind
from codec.kinds.requests import Restored
from codec.system import files

ROOT = Path(__file__).resolve().parents[2]
ARRAYS = ("a.npy", "b.npy", "deep/er/c.npy")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a model and, in the folder `in`, arrays and things that are none."""
    (tmp_path / "in" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "gray.bbm").write_bytes(small_model(256))
    for number, name in enumerate(ARRAYS):
        np.save(tmp_path / "in" / name, small_images(3 + number, 256))
    (tmp_path / "in" / "readme.txt").write_text("no array")
    (tmp_path / "in" / ".hidden.npy").write_text("no array")
    monkeypatch.chdir(tmp_path)
    return tmp_path


MODEL = ("--model", "gray.bbm")


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


# ---------------------------------------------------------------- names and places


def test_folders_come_back_as_they_were(place: Path) -> None:
    assert run("compress", "-r", "in", "-o", "out", *MODEL).output == ""
    assert tree(place / "out") == {"a.bb", "b.bb", "deep/er/c.bb"}
    assert run("decompress", "-r", "out", "-o", "back", *MODEL).output == ""
    for name in ARRAYS:
        assert (place / "back" / name).read_bytes() == (place / "in" / name).read_bytes()
    assert run("compress", "-r", "in", *MODEL).exit_code == 0
    assert tree(place / "in") >= {"a.bb", "deep/er/c.bb"}


def test_a_folder_needs_to_be_asked_for_and_to_hold_something(place: Path) -> None:
    (place / "empty").mkdir()
    for arguments, reason in ((("in",), "give -r"), (("-r", "empty"), "nothing in this folder")):
        result = run("compress", *arguments)
        assert result.exit_code == 1 and reason in result.output and result.output.count("\n") == 1


def test_results_of_several_inputs_go_to_a_folder(place: Path) -> None:
    assert run("compress", "in/a.npy", "in/b.npy", "-o", "out", *MODEL).exit_code == 0
    assert tree(place / "out") == {"a.bb", "b.bb"}
    assert run("compress", "in/a.npy", "-o", "new/", *MODEL).exit_code == 0
    assert tree(place / "new") == {"a.bb"}
    assert run("compress", "-r", "in/deep", "-o", "in/b.npy", *MODEL).exit_code == 2
    assert run("compress", "in/a.npy", "in/b.npy", "-o", "-").exit_code == 2


def test_inputs_that_differ_in_their_ending_alone_keep_it() -> None:
    inputs = [Input(Path(name)) for name in ("x/img.png", "x/img.jpg", "x/other.png", "y/img.png")]
    places = Places(None, inputs, False)
    shared = places.shared_stems()
    assert [places.compressed_name(given, shared) for given in inputs] == ["img.png.bb", "img.jpg.bb", "other.bb", "img.bb"]
    assert Places("out", inputs, False).shared_stems() == {(Path("out"), "img")}


@pytest.mark.parametrize(
    ("name", "ending", "expected"),
    [
        ("img.bb", ".png", "img.png"),
        ("img.png.bb", ".png", "img.png"),
        ("img.v2.bb", ".jpg", "img.v2.jpg"),
        ("IMG.BB", ".png", "IMG.png"),
        ("img", ".png", "img.png"),
        (".png.bb", ".png", ".png.png"),
    ],
)
def test_restored_names_are_those_from_before(name: str, ending: str, expected: str) -> None:
    assert batch.restored_name(Input(Path(name)), ending) == expected


def test_two_results_never_get_one_place(place: Path) -> None:
    result = run("compress", "in/a.npy", "in/deep/er/../../a.npy", "-o", "out", "-f", *MODEL)
    assert tree(place / "out") == {"a.npy.bb"} and result.exit_code == 1 and "same place" in result.output


def test_a_result_never_replaces_its_own_input(place: Path) -> None:
    run("compress", "in/a.npy", "-o", "x.npy", *MODEL)
    for arguments in (("decompress", "x.npy", "-f", *MODEL), ("compress", "in/a.npy", "-o", "in/a.npy", "-f", *MODEL)):
        result = run(*arguments)
        assert result.exit_code == 1 and "would replace it" in result.output


def test_what_is_compressed_is_not_compressed_again(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    result = run("compress", "in/a.bb", "-o", "x.bb")
    assert result.exit_code == 1 and "compressed already" in result.output


# ---------------------------------------------------------------- pipes


def test_standard_input_and_output_carry_files(place: Path) -> None:
    content = (place / "in" / "a.npy").read_bytes()
    compressed = run("compress", "-", *MODEL, given=content).written
    run("compress", "in/a.npy", *MODEL)
    assert compressed == (place / "in" / "a.bb").read_bytes()
    assert run("decompress", *MODEL, "-", given=compressed).written == content
    assert run("decompress", "in/a.bb", "-o", "-", *MODEL).written == content
    assert run("decompress", "-", "-o", "x.npy", *MODEL, given=compressed).output == ""
    assert (place / "x.npy").read_bytes() == content
    assert run("info", "-", given=compressed).exit_code == run("verify", "-", *MODEL, given=compressed).exit_code == 0


def test_what_there_is_to_say_leaves_standard_output_alone(place: Path) -> None:
    for option in ("-v", "--json"):
        result = run("compress", "in/a.npy", "-o", "-", option, *MODEL)
        assert result.written.startswith(b"\x89BB\n") and "total" in result.stderr
    assert json.loads(result.stderr)["file"] == "-"


def test_a_terminal_gets_no_compressed_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(BadInput, match="terminal"):
        Places(None, [Input(None)], False).find(Input(None), "x.bb")
    assert Places(None, [Input(None)], True).find(Input(None), "x.bb") is None


def test_standard_input_goes_alone() -> None:
    with pytest.raises(click.UsageError, match="alone"):
        batch.find_inputs(["-", "x.png"], False, batch.is_readable)


# ---------------------------------------------------------------- errors, and what is said


def test_after_an_error_the_others_are_done(place: Path) -> None:
    (place / "bad.npy").write_text("no array")
    result = run("compress", "in/a.npy", "bad.npy", "missing.npy", "in/b.npy", "-o", "out", *MODEL)
    assert result.exit_code == 1 and tree(place / "out") == {"a.bb", "b.bb"}
    first, second, summary = result.stderr.splitlines()
    assert first.startswith("codec: bad.npy: not a .npy array")
    assert second.startswith("codec: missing.npy: cannot read it")
    assert summary == "codec: 2 of 4 inputs failed"


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


def test_json_has_a_line_for_each_input(place: Path) -> None:
    result = run("compress", "in/a.npy", "missing.npy", "in/b.npy", "--json", *MODEL)
    first, second, third = (json.loads(line) for line in result.stdout.splitlines())
    assert first["bytes"] == (place / "in" / "a.bb").stat().st_size and first["written"]
    assert first["original_bytes"] == (place / "in" / "a.npy").stat().st_size and first["source"] == "in/a.npy"
    assert second["file"] == "missing.npy" and "cannot read" in second["error"]
    assert third["file"] == str(Path("in/b.bb"))


@pytest.mark.skipif(sys.platform != "linux", reason="names are text there")
def test_names_that_are_no_text_are_worked_on_and_shown(place: Path) -> None:
    name = os.fsdecode(b"\xff.npy")
    (place / "in" / "a.npy").rename(place / name)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "codec", "compress", name, "--model", "gray.bbm", "--dry-run"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert done.stdout.decode().startswith("\ufffd.npy -> \ufffd.bb ")


@pytest.mark.skipif(os.name == "nt", reason="names have no line ends there")
def test_an_error_is_one_line_whatever_the_name(place: Path) -> None:
    result = run("compress", "two\nlines.npy", "in/a.npy", *MODEL)
    assert result.stderr.splitlines()[0].startswith(r"codec: two\nlines.npy: cannot read it")
    (facts,) = [json.loads(line) for line in run("verify", "two\nlines.bb", "--json").stdout.splitlines()]
    assert facts["file"] == "two\nlines.bb"


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
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{shlex.quote(sys.executable)} -m codec {words.replace('compress', 'compress --model gray.bbm', 1)}"
    done = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, told)


def test_a_lack_of_memory_is_an_error_like_others(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(kind, "compress", fail)
    result = run("compress", "in/a.npy")
    assert result.exit_code == 1 and result.output == "codec: in/a.npy: not enough memory: try -T 1\n"


def test_a_dry_run_says_what_it_would_write(place: Path) -> None:
    before = tree(place)
    result = run("compress", "-r", "in", "-o", "out", "--dry-run", "--rm", *MODEL)
    assert [line.split()[:3] for line in result.stdout.splitlines()] == [
        [str(Path("in", name)), "->", str(Path("out", name).with_suffix(".bb"))] for name in ARRAYS
    ]
    assert tree(place) == before
    run("compress", "in/a.npy", *MODEL)
    before = tree(place)
    assert "in/a.bb -> x.npy" in run("decompress", "in/a.bb", "-o", "x.npy", "--dry-run", *MODEL).stdout
    assert tree(place) == before


def test_notes_are_said_unless_quiet(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compress = kind.compress

    def noting(source: object, settings: object) -> tuple[bytes, dict]:
        data, facts = compress(source, settings)  # type: ignore[arg-type]
        return data, {**facts, "notes": ["something to know"]}

    monkeypatch.setattr(kind, "compress", noting)
    assert run("compress", "in/a.npy", *MODEL).stderr == "codec: in/a.npy: something to know\n"
    assert run("compress", "in/a.npy", "-f", "-q", *MODEL).output == ""


def test_a_terminal_is_told_of_every_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "is_watched", lambda: True)
    line = run("compress", "in/a.npy", *MODEL).stderr
    assert line.startswith("in/a.npy -> in/a.bb  176 -> ") and line.endswith("%)\n")
    assert run("decompress", "in/a.bb", "-o", "x.npy", *MODEL).stderr == "in/a.bb -> x.npy  176 bytes\n"
    assert run("verify", "in/a.bb", *MODEL).stderr == "in/a.bb: ok\n"


def test_everybody_is_told_who_asks(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    assert run("decompress", "in/a.bb", "-o", "x.npy", "-v", *MODEL).stdout == "in/a.bb -> x.npy  176 bytes\n"
    assert run("verify", "in/a.bb", "-v", *MODEL).stdout == run("decompress", "-tv", "in/a.bb", *MODEL).stdout == "in/a.bb: ok\n"


def test_names_stand_above_what_is_said_of_several(place: Path) -> None:
    run("compress", "in/a.npy", "in/b.npy", *MODEL)
    assert [line for line in run("info", "in/a.bb", "in/b.bb").output.splitlines() if line.endswith(":")] == ["in/a.bb:", "in/b.bb:"]
    density = run("density", "in/a.npy", "in/b.npy", "--particles", "1", *MODEL).output
    assert [line for line in density.splitlines() if line.endswith(":")] == ["in/a.npy:", "in/b.npy:"]


# ---------------------------------------------------------------- checking, removing, restoring in part


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("arguments", [("verify",), ("decompress", "-t")])
def test_good_files_pass_and_damaged_ones_are_named(place: Path, arguments: tuple[str, ...]) -> None:
    run("compress", "in/a.npy", "in/b.npy", *MODEL)
    before = tree(place)
    assert run(*arguments, "in/a.bb", "in/b.bb", *MODEL).output == ""
    damage(place / "in" / "b.bb")
    result = run(*arguments, "in/a.bb", "in/b.bb", *MODEL)
    assert result.exit_code == 1 and result.output.startswith("codec: in/b.bb: ")
    assert [json.loads(line).get("ok") for line in run("verify", "-r", "in", "--json", *MODEL).stdout.splitlines()] == [True, None]
    assert tree(place) == before


def test_inputs_are_removed_once_their_results_are_safe(place: Path) -> None:
    before = (place / "in" / "a.npy").read_bytes()
    assert run("compress", "in/a.npy", "--rm", *MODEL).exit_code == 0
    assert not (place / "in" / "a.npy").exists()
    assert run("decompress", "in/a.bb", "--rm", *MODEL).exit_code == 0
    assert not (place / "in" / "a.bb").exists() and (place / "in" / "a.npy").read_bytes() == before


def spoil(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something go wrong between the work and the removal."""
    write, verify = files.write_bytes, kind.verify

    def write_wrong(path: Path, data: bytes, *settings: object) -> None:
        write(path, data[:-1] + bytes([data[-1] ^ 1]), *settings)  # type: ignore[arg-type]

    def write_and_touch(path: Path, data: bytes, *settings: object) -> None:
        write(path, data, *settings)  # type: ignore[arg-type]
        for source in Path("in").glob("a.*"):
            os.utime(source, (1, 1))

    def verify_otherwise(data: bytes, *settings: object) -> None:
        verify(data, *settings[:-1], batch.Source("", kind.files.array_bytes(small_images(2, 256))))  # type: ignore[arg-type]

    if how == "the disk lies":
        monkeypatch.setattr(files, "write_bytes", write_wrong)
    if how == "the input changes":
        monkeypatch.setattr(files, "write_bytes", write_and_touch)
    if how == "the result is another array":
        monkeypatch.setattr(kind, "verify", verify_otherwise)


@pytest.mark.parametrize("how", ["the disk lies", "the input changes", "the result is another array"])
@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_nothing_is_removed_when_something_is_wrong(place: Path, monkeypatch: pytest.MonkeyPatch, command: str, how: str) -> None:
    if command == "compress" and how == "the result is another array":
        pytest.skip("compress verifies while it works")
    source = Path("in/a.npy")
    if command == "decompress":
        run("compress", source, *MODEL)
        source.unlink()
        source = Path("in/a.bb")
    spoil(how, monkeypatch)
    result = run(command, source, "--rm", *MODEL)
    assert result.exit_code == 1 and source.exists(), result.output


def test_nothing_is_removed_that_leaves_something_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compress = kind.compress

    def leaving(source: object, settings: object) -> tuple[bytes, dict]:
        data, facts = compress(source, settings)  # type: ignore[arg-type]
        return data, {**facts, "left": ["a comment"]}

    monkeypatch.setattr(kind, "compress", leaving)
    result = run("compress", "in/a.npy", "--rm", *MODEL)
    assert result.exit_code == 1 and "not removed" in result.output and "a comment" in result.output
    assert (place / "in" / "a.npy").exists() and (place / "in" / "a.bb").exists()


def test_removing_needs_a_verified_file(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    for arguments in (
        ("compress", "in/a.npy", "--no-verify"),
        ("compress", "in/a.npy", "-o", "-"),
        ("compress", "-"),
        ("decompress", "in/a.bb", "-t"),
        ("decompress", "in/a.bb", "--salvage"),
        ("decompress", "in/a.bb", "--region", "0,0,1,1"),
        ("decompress", "in/a.bb", "--lossy-format-ok"),
    ):
        assert run(*arguments, "--rm", "-f", *MODEL).exit_code == 2
    assert run("compress", "in/a.npy", "--rm", "-f", "-o", os.devnull, *MODEL).exit_code == 1
    assert (place / "in" / "a.npy").exists()
    assert run("compress", "in/a.npy", "--rm", "-k", "-f", *MODEL).exit_code == 0 and (place / "in" / "a.npy").exists()


def restoring(restored: Restored) -> Callable[..., Restored]:
    return lambda data, restoring: restored


def test_lost_rows_are_named_beside_what_was_salvaged(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("compress", "in/a.npy", *MODEL)
    monkeypatch.setattr(kind, "decompress", restoring(Restored(b"rest", ".npy", lost=((0, 256), (512, 700)))))
    result = run("decompress", "in/a.bb", "--salvage", "-o", "rest.npy")
    assert result.exit_code == 1 and (place / "rest.npy").read_bytes() == b"rest"
    assert result.output == "codec: in/a.bb: rows 0 to 255, 512 to 699 are lost, and 0 in rest.npy; all others are as they were\n"
    facts = json.loads(run("decompress", "in/a.bb", "--salvage", "-o", "rest.npy", "-f", "--json").stdout)
    assert facts["lost"] == [[0, 256], [512, 700]] and facts["file"] == "rest.npy" and "lost" in facts["error"]


def test_a_restored_file_has_the_time_of_the_original(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("compress", "in/a.npy", *MODEL)
    monkeypatch.setattr(kind, "decompress", restoring(Restored(b"", ".npy", modified=1_234_567_890)))
    run("decompress", "in/a.bb", "-o", "x.npy")
    assert (place / "x.npy").stat().st_mtime == 1_234_567_890


def test_a_device_asks_for_no_format(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    assert run("decompress", "in/a.bb", "-f", "-o", os.devnull, *MODEL).output == ""


def test_only_pictures_have_regions_and_formats(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    for arguments in (("--region", "0,0,5,5"), ("--salvage",), ("-o", "x.png")):
        result = run("decompress", "in/a.bb", "-f", *arguments, *MODEL)
        assert result.exit_code == 1 and result.output.startswith("codec: in/a.bb: it holds an array"), result.output
    for region in ("1,2,3", "a,b,c,d", "0,0,0,5", "-1,0,5,5"):
        assert run("decompress", "in/a.bb", "--region", region).exit_code == 2
    assert run("compress", "in/a.npy", "--method", "photo", *MODEL, "-f").exit_code == 1


# ---------------------------------------------------------------- several at once


def test_results_do_not_depend_on_how_many_are_worked_on_at_once(place: Path) -> None:
    for number in range(9):
        np.save(place / f"{number}.npy", small_images(1 + number % 4, 256, seed=number))
    (place / "4.npy").write_text("no array")
    names = [f"{number}.npy" for number in range(9)]
    outputs = {}
    for threads in (1, 4):
        result = run("compress", *names, "-o", f"out{threads}", "-T", threads, "--json", *MODEL)
        sources = [json.loads(line).get("source") for line in result.stdout.splitlines()]
        assert sources == [None if name == "4.npy" else name for name in names]
        outputs[threads] = {path.name: path.read_bytes() for path in (place / f"out{threads}").iterdir()}
    assert outputs[1] == outputs[4] and len(outputs[1]) == 8


def test_large_inputs_are_worked_on_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LARGE", 10)
    working, most = [0], [0]

    def work(given: Input) -> batch.Result:
        working[0] += 1
        most[0] = max(most[0], working[0])
        time.sleep(0.01)
        working[0] -= 1
        return {}, lambda: None

    inputs = [Input(place / "in" / name) for name in ARRAYS]
    batch.each(inputs, work, False, workers=3)
    assert most[0] == 1
    monkeypatch.setattr(batch, "LARGE", 1 << 20)
    batch.each(inputs, work, False, workers=3)
    assert most[0] == 2  # the first goes alone
