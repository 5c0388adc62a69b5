"""Arrays as .npy files: the very same array, or an error that names the file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from codec.errors import BadInput
from codec.media.array import Array, array_bytes, parse_array, read_array


@pytest.mark.parametrize(
    "array", [np.arange(24, dtype=np.uint8).reshape(2, 3, 4), np.asfortranarray(np.eye(3)), np.zeros((0, 5), bool), np.array(7)], ids=repr
)
def test_an_array_comes_back_with_type_shape_and_order(array: Array, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(array_bytes(array))
    for found in (parse_array(array_bytes(array)), read_array(tmp_path / "x.npy"), np.load(tmp_path / "x.npy")):
        assert found.dtype == array.dtype and found.shape == array.shape and np.array_equal(found, array)
        assert found.flags.f_contiguous == array.flags.f_contiguous


def pickled() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([None, {}], dtype=object), allow_pickle=True)
    return file.getvalue()


BAD = {
    "text": b"no array",
    "empty": b"",
    "cut": array_bytes(np.zeros(99))[:-5],
    "header": array_bytes(np.zeros(9))[:20],
    "pickle": pickled(),
}


@pytest.mark.parametrize("reason", BAD)
def test_what_is_no_array_is_refused_in_one_line(reason: str) -> None:
    with pytest.raises(BadInput, match=r"not a \.npy array: .") as caught:
        parse_array(BAD[reason])
    assert "\n" not in str(caught.value)


def test_an_array_of_objects_is_none() -> None:
    with pytest.raises(ValueError, match="pickle"):
        array_bytes(np.array([None, {}], dtype=object))


def test_the_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(b"no array")
    for name in ("x.npy", "missing.npy"):
        with pytest.raises(BadInput, match=name):
            read_array(tmp_path / name)


def test_mutated_files_are_arrays_or_refused(rng: np.random.Generator) -> None:
    data = array_bytes(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    for _ in range(1000):
        mutant = bytearray(data)
        for place in rng.integers(90, size=rng.integers(1, 4)):
            mutant[place] = rng.choice([*b"'{}():,<>|buifO0123456789 FT#", int(rng.integers(256))])
        try:
            parse_array(bytes(mutant))
        except BadInput:
            continue


def test_a_header_that_numpy_cannot_parse_gives_one_short_line() -> None:
    """Python's parser gives up on it, and numpy's words would repeat all of it."""
    data = b"\x93NUMPY\x01\x00" + (5100).to_bytes(2, "little") + b"-" * 5000 + b" " * 99 + b"\n"
    with pytest.raises(BadInput) as raised:
        parse_array(data)
    assert len(str(raised.value)) < 200 and "\n" not in str(raised.value)
