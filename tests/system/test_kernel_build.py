"""What an entry's parameters are annotated with says which machine code is made, and what cannot be is refused."""

from __future__ import annotations

import json
from typing import Annotated, NamedTuple

import numpy as np
import pytest
from helpers.processes import printed
from helpers.source_tree import read_modules
from numpy.typing import NDArray

types = pytest.importorskip("numba").types

from codec.errors import CannotBuild  # noqa: E402
from codec.system.array_types import Array1, Array3  # noqa: E402
from codec.system.kernel_build import numba_type  # noqa: E402
from codec.system.kernel_sources import declaring_modules  # noqa: E402
from codec.system.linker import linker  # noqa: E402


class Pair(NamedTuple):
    """Something with parts."""

    values: Array1[np.float32]
    count: int


def test_annotations_are_types_of_numbers_and_of_arrays() -> None:
    assert numba_type(int) == types.int64 and numba_type(np.uint64) == types.uint64 and numba_type(bool) == types.boolean
    assert numba_type(Array3[np.int16]) == types.Array(types.int16, 3, "C")
    assert numba_type(Pair) == types.NamedTuple([types.Array(types.float32, 1, "C"), types.int64], Pair)


@pytest.mark.parametrize("annotation", [str, NDArray[np.int16], list[int], Annotated[int, 1], None])
def test_anything_else_is_refused(annotation: object) -> None:
    with pytest.raises(CannotBuild, match="annotated with"):
        numba_type(annotation)


def test_the_parameters_of_all_entries_can_be_compiled() -> None:
    """In seconds: a room that declares an entry learns from this test that it cannot be compiled."""
    found = json.loads(printed("-m", "helpers.entries_worker"))
    assert {"codec.coding.message._push", "codec.density.photo.pixels.pop_pixels", "codec.media.png_filter.unfilter"} <= set(found)


def test_all_rooms_with_kernels_are_searched_for_them() -> None:
    """A change of a room that is not searched would leave its kernels as they were."""
    ours = {f"codec.{name}" for name, module in read_modules().items() if module.kernels and not name.startswith("bench")}
    assert ours <= set(declaring_modules())


def test_there_is_no_linker_for_an_architecture_of_another_world() -> None:
    command = linker("z80")
    assert command is None or command[0] == "ld.lld" or "ziglang" in command
