"""The table of kinds: which of them a source, or a compressed file, is of."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.small_models import small_images, small_model
from helpers.stand_in import forged, smooth, written

from codec.density.named_model import NamedModel
from codec.errors import BadFile
from codec.kinds import table
from codec.kinds.array.kind import ArrayFile, ArrayKind
from codec.kinds.array.stream import write_array
from codec.kinds.original import OriginalFile, keep
from codec.kinds.picture.kind import PictureKind
from codec.kinds.picture.opened import OpenedPicture
from codec.kinds.requests import Source
from codec.media.array import array_bytes

DIGITS = NamedModel("digits", small_model(256))
FILES = {
    OpenedPicture: written(smooth()).data,
    OriginalFile: keep(b"content", ".jpg")[0],
    ArrayFile: write_array(small_images(5, 256), DIGITS.images)[0],
}


@pytest.mark.parametrize("ending", [".npy", ".png", ""])
def test_what_begins_as_an_array_is_one_whatever_its_ending(ending: str) -> None:
    assert isinstance(table.kind_of_source(Source("x", array_bytes(small_images(2)), ending)), ArrayKind)


def test_what_calls_itself_an_array_is_taken_for_one() -> None:
    assert isinstance(table.kind_of_source(Source("x.npy", b"no array", ".npy")), ArrayKind)


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"anything"])
def test_all_else_is_taken_for_a_picture(data: bytes) -> None:
    assert isinstance(table.kind_of_source(Source("x", data, ".xyz")), PictureKind)


@pytest.mark.parametrize("opened", FILES, ids=lambda kind: kind.__name__)
def test_a_compressed_file_is_opened_as_what_it_is(opened: type) -> None:
    assert type(table.open_file(FILES[opened])) is opened


@pytest.mark.parametrize("opened", FILES, ids=lambda kind: kind.__name__)
def test_compressed_files_are_known_by_how_they_begin(opened: type) -> None:
    assert table.is_compressed(FILES[opened]) and not table.is_compressed(FILES[opened][1:])


@pytest.mark.parametrize("opened", FILES, ids=lambda kind: kind.__name__)
def test_only_pictures_can_be_salvaged(opened: type) -> None:
    assert table.is_picture(table.open_file(FILES[opened])) == (opened is OpenedPicture)


def test_a_file_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadFile, match="kind 'Z'"):
        table.open_file(forged(FILES[OpenedPicture], kind="Z"))


def test_what_is_no_compressed_file_is_refused() -> None:
    with pytest.raises(BadFile, match="not a file of this codec"):
        table.open_file(b"anything")


@pytest.mark.parametrize(
    ("shape", "dtype", "is_one"),
    [((5, 28, 28), np.uint8, True), ((5, 28, 28), np.bool_, True), ((28, 28), np.uint8, False), ((5, 28, 28), np.int64, False)],
)
def test_without_a_model_an_array_in_memory_is_a_data_set_if_it_holds_digits(shape: tuple[int, ...], dtype: type, is_one: bool) -> None:
    assert table.is_data_set(np.zeros(shape, dtype), None) == is_one


@pytest.mark.parametrize(("model", "is_one"), [(DIGITS, True), ("digits-gray", True), ("photo", False)])
def test_a_model_that_is_named_says_whether_an_array_is_a_data_set(model: str | NamedModel, is_one: bool) -> None:
    assert table.is_data_set(np.zeros((28, 28, 3), np.uint8), model) == is_one
