"""The work on one input: what is said of it, what is checked before it is removed, and what comes back."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from helpers.array_folder import ARRAYS, MODEL, damage, tree
from helpers.cli import run
from helpers.on_terminal import run_on_terminal
from helpers.small_models import small_images

from codec.cli.inputs import Input
from codec.cli.places import Places
from codec.cli.run import each
from codec.cli.work import CompressInput, RestoreInput
from codec.container.container import read_container
from codec.kinds.array.kind import ArrayFile, ArrayKind
from codec.kinds.kind import Summary
from codec.kinds.original import keep
from codec.kinds.requests import Restored, Restoring, Settings, Source
from codec.media.array import array_bytes

INPUT = Input(Path("in/a.npy"))
COMPRESSED = Input(Path("in/a.bb"))
SETTINGS, CHECKS = Settings("gray.bbm"), Restoring(model="gray.bbm")


def work_on(given: Input, work: CompressInput | RestoreInput, as_json: bool = False) -> int:
    """The exit code of a command that does this work."""
    try:
        each([given], work, as_json)
    except SystemExit as error:
        return int(error.code or 0)
    return 0


@dataclass(frozen=True)
class Talkative(ArrayKind):
    """A kind with more to say of what it compresses."""

    notes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        data, summary = super().compress(source, settings)
        return data, replace(summary, notes=self.notes, left=self.left)


def test_notes_are_said_unless_quiet(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for quiet, told in ((False, "codec: in/a.npy: something to know\n"), (True, "")):
        places = Places(None, [INPUT], force=True)
        work = CompressInput(SETTINGS, places, quiet=quiet, kind_of=lambda source: Talkative(("something to know",)))
        assert work_on(INPUT, work) == 0
        assert capsys.readouterr() == ("", told)


@pytest.mark.skipif(os.name == "nt", reason="terminals are otherwise there")
def test_a_terminal_is_told_of_every_file(place: Path) -> None:
    first = run_on_terminal("compress", "in/a.npy", *MODEL, folder=place)
    assert first.text.startswith("in/a.npy -> in/a.bb  176 -> ") and first.text.endswith("%)\n") and not first.stdout
    assert run_on_terminal("decompress", "in/a.bb", "-o", "x.npy", *MODEL, folder=place).text == "in/a.bb -> x.npy  176 bytes\n"
    assert run_on_terminal("verify", "in/a.bb", *MODEL, folder=place).text == "in/a.bb: ok\n"
    assert run_on_terminal("verify", "in/a.bb", "-q", *MODEL, folder=place).text == ""


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


def test_everybody_is_told_who_asks(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    assert run("decompress", "in/a.bb", "-o", "x.npy", "-v", *MODEL).stdout == "in/a.bb -> x.npy  176 bytes\n"
    assert run("verify", "in/a.bb", "-v", *MODEL).stdout == run("decompress", "-tv", "in/a.bb", *MODEL).stdout == "in/a.bb: ok\n"


def test_names_stand_above_what_is_said_of_several(place: Path) -> None:
    run("compress", "in/a.npy", "in/b.npy", *MODEL)
    assert [line for line in run("info", "in/a.bb", "in/b.bb").output.splitlines() if line.endswith(":")] == ["in/a.bb:", "in/b.bb:"]
    density = run("density", "in/a.npy", "in/b.npy", "--particles", "1", *MODEL).output
    assert [line for line in density.splitlines() if line.endswith(":")] == ["in/a.npy:", "in/b.npy:"]


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


def test_only_pictures_have_regions_and_formats(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    for arguments in (("--region", "0,0,5,5"), ("--salvage",), ("-o", "x.png")):
        result = run("decompress", "in/a.bb", "-f", *arguments, *MODEL)
        assert result.exit_code == 1 and result.output.startswith("codec: in/a.bb: it holds an array"), result.output
    for region in ("1,2,3", "a,b,c,d", "0,0,0,5", "-1,0,5,5"):
        assert run("decompress", "in/a.bb", "--region", region).exit_code == 2
    assert run("compress", "in/a.npy", "--method", "photo", *MODEL, "-f").exit_code == 1


def test_what_is_compressed_is_not_compressed_again(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    result = run("compress", "in/a.bb", "-o", "x.bb")
    assert result.exit_code == 1 and "compressed already" in result.output


@dataclass
class LyingPlaces(Places):
    """Places on a disk that changes a bit of what is written."""

    def put(self, place: Path, data: bytes, like: os.stat_result | None, modified: int | None) -> None:
        super().put(place, data[:-1] + bytes([data[-1] ^ 1]), like, modified)


@dataclass
class TouchedPlaces(Places):
    """Places in a world where somebody changes the inputs meanwhile."""

    def put(self, place: Path, data: bytes, like: os.stat_result | None, modified: int | None) -> None:
        super().put(place, data, like, modified)
        for given in self.inputs:
            assert given.path is not None
            os.utime(given.path, (1, 1))


@pytest.mark.parametrize("places", [LyingPlaces, TouchedPlaces])
@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_nothing_is_removed_when_something_is_wrong(place: Path, places: type[Places], command: str) -> None:
    if command == "compress":
        given, work = INPUT, CompressInput(SETTINGS, places(None, [INPUT], False), remove=True)
    else:
        run("compress", "in/a.npy", "--rm", *MODEL)
        given, work = COMPRESSED, RestoreInput(CHECKS, CHECKS, places(None, [COMPRESSED], False), remove=True)
    assert work_on(given, work) == 1
    assert given.path is not None and given.path.exists()


class Misread(ArrayFile):
    """A compressed file whose result is not what it holds."""

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        super().verify(restoring, Source("", array_bytes(small_images(2, 256))))


def test_nothing_is_removed_that_is_not_what_was_restored(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("compress", "in/a.npy", "--rm", *MODEL)
    places = Places(None, [COMPRESSED], False)
    work = RestoreInput(CHECKS, CHECKS, places, remove=True, open=lambda data: Misread(read_container(data)))
    assert work_on(COMPRESSED, work) == 1 and (place / "in" / "a.bb").exists()
    assert "another array" in capsys.readouterr().err


def test_nothing_is_removed_that_leaves_something_behind(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = Places(None, [INPUT], False)
    work = CompressInput(SETTINGS, places, remove=True, kind_of=lambda source: Talkative(left=("a comment",)))
    assert work_on(INPUT, work) == 1
    told = capsys.readouterr().err
    assert "not removed" in told and "a comment" in told
    assert (place / "in" / "a.npy").exists() and (place / "in" / "a.bb").exists()


class Salvaged(ArrayFile):
    """A compressed file of which some rows are lost, and which was modified once."""

    def decompress(self, restoring: Restoring) -> Restored:
        return Restored(b"rest", ".npy", 1_234_567_890, ((0, 256), (512, 700)))


def test_lost_rows_are_named_beside_what_was_salvaged(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("compress", "in/a.npy", *MODEL)
    work = RestoreInput(CHECKS, CHECKS, Places("rest.npy", [COMPRESSED], True), open=lambda data: Salvaged(read_container(data)))
    lines = {as_json: (work_on(COMPRESSED, work, as_json), capsys.readouterr()) for as_json in (False, True)}
    assert [code for code, _ in lines.values()] == [1, 1] and (place / "rest.npy").read_bytes() == b"rest"
    error = "in/a.bb: rows 0 to 255, 512 to 699 are lost, and 0 in rest.npy; all others are as they were"
    assert lines[False][1] == ("", f"codec: {error}\n")
    facts = json.loads(lines[True][1].out)
    assert (facts["lost"], facts["file"], facts["error"]) == ([[0, 256], [512, 700]], "rest.npy", error)


def test_a_restored_file_has_the_time_of_the_original(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    work = RestoreInput(CHECKS, CHECKS, Places("x.npy", [COMPRESSED], False), open=lambda data: Salvaged(read_container(data)))
    work_on(COMPRESSED, work)
    assert (place / "x.npy").stat().st_mtime == 1_234_567_890


# ---------------------------------------------------------------- what is done already


def test_what_is_done_already_is_skipped_and_the_rest_is_done(place: Path) -> None:
    run("compress", "in/a.npy", "-o", "out/", *MODEL)
    before = (place / "out" / "a.bb").stat().st_mtime_ns
    again = run("compress", "-r", "in", "-o", "out", "--skip-existing", "--json", "-q", *MODEL)
    assert again.exit_code == 0 and not again.stderr and tree(place / "out") == {"a.bb", "b.bb", "deep/er/c.bb"}
    assert [json.loads(line).get("skipped") for line in again.stdout.splitlines()] == [True, None, None]
    assert (place / "out" / "a.bb").stat().st_mtime_ns == before
    back = ("decompress", "-r", "out", "-o", "back")
    for command in (("compress", "-r", "in", "-o", "out"), back, back):
        result = run(*command, "--skip-existing", "-q", *MODEL)
        assert (result.exit_code, result.output) == (0, "")
    assert tree(place / "back") == set(ARRAYS)


def test_those_who_ask_are_told_what_is_skipped(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    assert run("compress", "in/a.npy", "--skip-existing", "-v", *MODEL).stdout == "in/a.npy: skipped, in/a.bb is there\n"


def test_what_is_there_is_either_replaced_or_skipped(place: Path) -> None:
    assert run("compress", "in/a.npy", "-f", "--skip-existing", *MODEL).exit_code == 2


@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_an_input_is_removed_whose_result_is_there_and_what_comes_of_it(place: Path, command: str) -> None:
    """So a run with --rm that was interrupted between writing and removing goes on."""
    run("compress", "in/a.npy", *MODEL)
    source, target = (place / "in" / name for name in (("a.npy", "a.bb") if command == "compress" else ("a.bb", "a.npy")))
    before = target.read_bytes()
    assert run(command, source, "--skip-existing", "--rm", *MODEL).exit_code == 0
    assert not source.exists() and target.read_bytes() == before


@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_an_input_stays_if_what_is_there_is_something_else(place: Path, command: str) -> None:
    run("compress", "in/a.npy", *MODEL)
    source, target = (place / "in" / name for name in (("a.npy", "a.bb") if command == "compress" else ("a.bb", "a.npy")))
    run("compress", "in/b.npy", *MODEL)
    target.write_bytes((place / "in" / f"b{target.suffix}").read_bytes())
    result = run(command, source, "--skip-existing", "--rm", *MODEL)
    assert result.exit_code == 1 and any(reason in result.stderr for reason in ("not removed", "another array"))
    assert source.exists()


# ---------------------------------------------------------------- names that a file brings along


@pytest.mark.parametrize(("ending", "told"), [(".sh", 1), (".exe", 1), (".jpg", 0), ("", 0)])
def test_a_kept_file_that_calls_itself_a_program_cannot_be_run_and_is_told(place: Path, ending: str, told: int) -> None:
    (place / "x.bb").write_bytes(keep(b"#!/bin/sh\n", ending)[0])
    (place / "x.bb").chmod(0o755)
    result = run("decompress", "x.bb")
    assert result.exit_code == 0 and result.stderr.count("\n") == told
    restored = place / f"x{ending}"
    assert os.name == "nt" or not restored.stat().st_mode & 0o111
    if told:
        assert (
            result.stderr == f"codec: x{ending}: no ending of pictures or arrays; it came with the file: look before you open or run this\n"
        )
        assert run("decompress", "x.bb", "-f", "-q").stderr == run("decompress", "x.bb", "-f", "-o", f"y{ending}").stderr == ""


@pytest.mark.parametrize("command", [("decompress", "-f"), ("verify",)])
def test_a_kept_file_may_unpack_to_as_much_as_the_user_says(place: Path, command: tuple[str, ...]) -> None:
    (place / "x.bb").write_bytes(keep(bytes(100_000), ".jpg")[0])
    assert run(*command, "x.bb").exit_code == run(*command, "x.bb", "--max-bytes", "100K").exit_code == 0
    result = run(*command, "x.bb", "--max-bytes", "50k")
    assert result.exit_code == 1 and "--max-bytes" in result.stderr
