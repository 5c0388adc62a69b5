"""Arrays as .npy files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadInput
from codec.system.files import read_bytes

Array = NDArray[np.generic]

LONGEST_REASON = 120  # letters of what numpy says


def read_array(path: Path) -> Array:
    """The array in a .npy file. Raises BadInput."""
    try:
        return parse_array(read_bytes(path))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def parse_array(data: bytes) -> Array:
    """The array in the bytes of a .npy file. Raises BadInput."""
    try:
        array: Array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # numpy raises nearly any exception on damaged files
        raise BadInput(f"not a .npy array: {str(error).splitlines()[0][:LONGEST_REASON] if str(error) else 'it is cut off'}") from error
    return array


def array_bytes(array: Array) -> bytes:
    """The .npy file of an array, as numpy.save writes it."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
