"""The header of a file is parsed once while it is decompressed; a result is parsed again only to verify it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.calls import counted
from helpers.cli import run
from helpers.small_models import small_images, small_model
from helpers.stand_in import MODELS, smooth, stand_ins_known

import codec
from codec.container.container import read_container
from codec.kinds.array import header as array_header
from codec.kinds.array.plain import read_description
from codec.kinds.original import OriginalFile
from codec.kinds.picture import header as picture_header
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.short import read_short
from codec.media.write import write_picture

KINDS = ("photo", "graphics", "kept", "digits", "numbers")
CONTAINER = "codec.container.container.read_container"
OPENED = {
    "photo": ["codec.kinds.picture.header.read_header", "codec.kinds.picture.file.PictureFile.__init__"],
    "kept": ["codec.kinds.original.OriginalFile.__init__"],
    "digits": ["codec.kinds.array.header.read_header"],
    "numbers": ["codec.kinds.array.plain.read_description"],
}
SHORT = ["codec.kinds.picture.short.read_short", "codec.kinds.picture.file.PictureFile.__init__"]  # a container is read of all others
PARSERS = (
    read_container, read_short, picture_header.read_header, PictureFile.__init__, OriginalFile.__init__, array_header.read_header,
    read_description,
)  # fmt: skip
METHODS = {"photo": "photo", "graphics": "graphics", "kept": "stored"}  # that are asked for; others are left to the codec
SOURCES = {"digits": "digits.npy", "numbers": "numbers.npy"}  # of others: picture.png
by_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a picture and an array, a model for each, and what was compressed of them."""
    (tmp_path / "photo.bbm").write_bytes(MODELS[3].data)
    (tmp_path / "digits.bbm").write_bytes(small_model(256))
    np.save(tmp_path / "digits.npy", small_images(9, 256))
    np.save(tmp_path / "numbers.npy", np.arange(40.0))
    (tmp_path / "picture.png").write_bytes(write_picture(smooth(), ".png"))
    with stand_ins_known():
        for kind in KINDS:
            assert compress(tmp_path, kind, tmp_path / f"{kind}.bb").exit_code == 0
    return tmp_path


def model_of(place: Path, kind: str) -> list[object]:
    """The option that names the model of a file of this kind."""
    return ["--model", place / f"{kind}.bbm"] if kind in ("photo", "digits") else []


def compress(place: Path, kind: str, to: object, *more: object):  # type: ignore[no-untyped-def]
    source, method = place / SOURCES.get(kind, "picture.png"), METHODS.get(kind, "auto")
    return run("compress", source, "-o", to, "-f", "--method", method, *model_of(place, kind), *more)


def parsed(work: Callable[[], object]) -> dict[str, int]:
    """How often files were parsed, by the names of what parses them."""
    with stand_ins_known(), counted(*PARSERS) as calls:
        work()
    return dict(calls)


def once(kind: str) -> dict[str, int]:
    return dict.fromkeys(SHORT if kind == "graphics" else [CONTAINER, *OPENED[kind]], 1)


COMMANDS = {
    "decompress": ["decompress", "-f", "-o", "again"],
    "test": ["decompress", "-t"],
    "verify": ["verify"],
}


@by_kind
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_is_parsed_once_by_the_commands_that_decode_it(place: Path, kind: str, command: str) -> None:
    ending = ".npy" if kind in SOURCES else ".png"
    name, *options = [str(place / f"again{ending}") if word == "again" else word for word in COMMANDS[command]]
    assert parsed(lambda: check(run(name, place / f"{kind}.bb", *options, *model_of(place, kind)))) == once(kind)


def check(ended) -> None:  # type: ignore[no-untyped-def]
    assert ended.exit_code == 0, ended.output


@by_kind
def test_a_file_is_parsed_once_while_it_is_replaced_by_what_it_gives_back(place: Path, kind: str) -> None:
    assert parsed(lambda: check(run("decompress", place / f"{kind}.bb", "--rm", "-f", *model_of(place, kind)))) == once(kind)
    assert not (place / f"{kind}.bb").exists()


@by_kind
def test_a_file_is_parsed_once_to_say_what_it_is(place: Path, kind: str) -> None:
    assert parsed(lambda: check(run("info", place / f"{kind}.bb"))) == once(kind)


@pytest.mark.parametrize("kind", ["photo", "graphics"])
def test_a_file_is_parsed_once_for_a_region_of_it(place: Path, kind: str) -> None:
    options = ["--region", "0,0,5,300", "-o", place / "part.png"]
    assert parsed(lambda: check(run("decompress", place / f"{kind}.bb", *options, *model_of(place, kind)))) == once(kind)


@by_kind
def test_a_file_is_parsed_once_by_the_library(place: Path, kind: str) -> None:
    data, model = (place / f"{kind}.bb").read_bytes(), place / f"{kind}.bbm"
    assert parsed(lambda: codec.decompress(data, model if model.exists() else None)) == once(kind)


@by_kind
def test_a_result_is_parsed_once_to_be_verified(place: Path, kind: str) -> None:
    assert parsed(lambda: check(compress(place, kind, place / "new.bb"))) == once(kind)


@by_kind
def test_a_result_that_is_not_verified_is_not_parsed(place: Path, kind: str) -> None:
    assert parsed(lambda: check(compress(place, kind, place / "new.bb", "--no-verify", "--json", "-v"))) == {}


@pytest.mark.parametrize("verify", [True, False])
def test_the_library_parses_a_result_only_to_verify_it(place: Path, verify: bool) -> None:
    work = parsed(lambda: codec.compress(place / "picture.png", place / "photo.bbm", verify=verify))
    assert work == (once("photo") if verify else {})
