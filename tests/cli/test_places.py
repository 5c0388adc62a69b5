"""Places of results: beside the inputs or where -o says, one for each, and nothing is lost there."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from helpers.array_folder import ARRAYS, MODEL, tree
from helpers.cli import run

from codec.cli.inputs import Input
from codec.cli.places import Places, name_of, restored_name
from codec.errors import BadInput

HERE = [Input(Path(name)) for name in ("x/img.png", "x/img.jpg", "x/other.png", "y/img.png")]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_folders_come_back_as_they_were(place: Path) -> None:
    assert run("compress", "-r", "in", "-o", "out", *MODEL).stdout == ""
    assert tree(place / "out") == {"a.bb", "b.bb", "deep/er/c.bb"}
    assert run("decompress", "-r", "out", "-o", "back", *MODEL).output == ""
    for name in ARRAYS:
        assert (place / "back" / name).read_bytes() == (place / "in" / name).read_bytes()
    assert run("compress", "-r", "in", *MODEL).exit_code == 0
    assert tree(place / "in") >= {"a.bb", "deep/er/c.bb"}


def test_results_of_several_inputs_go_to_a_folder(place: Path) -> None:
    assert run("compress", "in/a.npy", "in/b.npy", "-o", "out", *MODEL).exit_code == 0
    assert tree(place / "out") == {"a.bb", "b.bb"}
    assert run("compress", "in/a.npy", "-o", "new/", *MODEL).exit_code == 0
    assert tree(place / "new") == {"a.bb"}


def test_a_file_cannot_take_several_results(place: Path) -> None:
    assert run("compress", "-r", "in/deep", "-o", "in/b.npy", *MODEL).exit_code == 2
    assert run("compress", "in/a.npy", "in/b.npy", "-o", "-").exit_code == 2


def test_inputs_that_differ_in_their_ending_alone_keep_it() -> None:
    assert [Places(None, HERE, False).compressed_name(given) for given in HERE] == ["img.png.bb", "img.jpg.bb", "other.bb", "img.bb"]
    assert Places("out", HERE, False).shared_stems == {(Path("out"), "img")}


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
    assert restored_name(Input(Path(name)), ending) == expected


def test_two_results_never_get_one_place(place: Path) -> None:
    result = run("compress", "in/a.npy", "in/deep/er/../../a.npy", "-o", "out", "-f", *MODEL)
    assert tree(place / "out") == {"a.npy.bb"} and result.exit_code == 1 and "same place" in result.output


def test_a_result_never_replaces_its_own_input(place: Path) -> None:
    run("compress", "in/a.npy", "-o", "x", *MODEL)
    (place / "x").rename("x.npy")
    (place / "in" / "b.npy").rename("array")
    for arguments in (("decompress", "x.npy", "-f", *MODEL), ("compress", "array", "-o", "array", "-f", *MODEL)):
        result = run(*arguments)
        assert result.exit_code == 1 and "would replace it" in result.output


def test_a_terminal_gets_no_compressed_file() -> None:
    with redirect_stdout(Terminal()):
        with pytest.raises(BadInput, match="terminal"):
            Places(None, [Input(None)], False).find(Input(None), "x.bb")
        assert Places(None, [Input(None)], True).find(Input(None), "x.bb") is None


def test_what_comes_from_standard_input_goes_to_standard_output_unless_a_file_is_named(tmp_path: Path) -> None:
    given = Input(None)
    assert Places(None, [given], False).are_standard and not Places(str(tmp_path / "x.bb"), [given], False).are_standard
    assert Places(str(tmp_path), [given], False).find(given, "x.bb") == tmp_path / "x.bb"


def test_the_ending_of_a_named_file_asks_for_a_format(place: Path) -> None:
    given = Input(Path("in/a.npy"))
    assert Places("x.TIF", [given], False).ending == ".tif" and Places("x", [given], False).ending == ""
    assert [Places(output, [given], False).ending for output in (None, "-", "new/", "in")] == [None] * 4


def test_a_device_asks_for_no_format(place: Path) -> None:
    run("compress", "in/a.npy", *MODEL)
    assert run("decompress", "in/a.bb", "-f", "-o", os.devnull, *MODEL).output == ""


@pytest.mark.parametrize("source_mode", [0o640, 0o750])
def test_a_result_has_the_permissions_of_its_source_but_cannot_be_run(place: Path, source_mode: int) -> None:
    given = Input(Path("in/a.npy"))
    Path("in/a.npy").chmod(source_mode)
    places = Places(None, [given], False)
    found = places.find(given, "a.bb")
    assert found is not None
    places.put(found, b"data", given.read()[1], 1_234_567_890)
    status = Path("in/a.bb").stat()
    assert status.st_mtime == 1_234_567_890 and (os.name == "nt" or status.st_mode & 0o777 == 0o640)


def test_a_place_has_a_name_in_words() -> None:
    assert name_of(None) == "-" and name_of(Path("in/a.bb")) == str(Path("in/a.bb"))


def test_what_is_there_is_in_the_way_and_the_error_names_the_ways_out(place: Path) -> None:
    given = Input(Path("in/a.npy"))
    Path("in/a.bb").write_bytes(b"old")
    with pytest.raises(BadInput, match=r"a\.bb: already there; use -f to replace it, or --skip-existing"):
        Places(None, [given], False).find(given, "a.bb")
    places = Places(None, [given], False, skip_existing=True)
    assert places.has(places.find(given, "a.bb")) and not places.has(Path("in/b.bb")) and not places.has(None)
    assert not Places(None, [given], True).has(Path("in/a.bb"))


@pytest.mark.skipif(os.name == "nt", reason="links need permission there")
@pytest.mark.parametrize("command", ["compress", "decompress"])
def test_a_link_to_nothing_leads_no_result_out_of_its_folder(place: Path, command: str) -> None:
    run("compress", "in/a.npy", "-o", "x.bb", *MODEL)
    (place / "elsewhere").mkdir()
    place.joinpath("out.bb" if command == "compress" else "out.npy").symlink_to("elsewhere/result")
    source, target = ("in/a.npy", "out.bb") if command == "compress" else ("x.bb", "out.npy")
    result = run(command, source, "-o", target, *MODEL)
    assert result.exit_code == 1 and "already there" in result.stderr and not list((place / "elsewhere").iterdir())
    assert run(command, source, "-o", target, "-f", *MODEL).exit_code == 0 and (place / "elsewhere" / "result").is_file()


@pytest.mark.parametrize("name", ["s.jpg", "s.PNG", "s.npy", "deep/s.tif"])
def test_a_compressed_file_is_not_called_a_picture(place: Path, name: str) -> None:
    for force in ((), ("-f",)):
        result = run("compress", "in/a.npy", "-o", name, *force, *MODEL)
        assert result.exit_code == 2 and f"-o {name}: a compressed file is no" in result.stderr and "ends in .bb" in result.stderr
    assert not (place / name).exists()


@pytest.mark.parametrize("name", ["s.bb", "s.BB", "s", "s.2024", os.devnull])
def test_other_names_may_be_anything(place: Path, name: str) -> None:
    assert run("compress", "in/a.npy", "-f", "-o", name, *MODEL).exit_code == 0


def test_a_flag_writes_to_standard_output_as_gzip_does(place: Path) -> None:
    content = (place / "in" / "a.npy").read_bytes()
    data = run("compress", "in/a.npy", "-c", *MODEL).written
    assert data == run("compress", "in/a.npy", "-o", "-", *MODEL).written
    (place / "x.bb").write_bytes(data)
    assert run("decompress", "-c", "x.bb", *MODEL).written == run("decompress", "--stdout", *MODEL, given=data).written == content
    for arguments in (("-o", "y.bb"), ("in/b.npy",), ("--rm",)):
        assert run("compress", "in/a.npy", "-c", *arguments, *MODEL).exit_code == 2
