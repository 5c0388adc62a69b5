"""Reading and writing files: whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadInput

MAX_BYTES = 1 << 34


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises BadInput when it cannot be read or is larger than 16 GiB."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path}: cannot read it: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"{path}: larger than {MAX_BYTES} bytes")
    return data


def write_bytes(path: Path, data: bytes, force: bool = False) -> None:
    """Write a file beside its place, then move it there. Raises BadInput when the place is taken (unless force) or cannot be written."""
    if path.exists() and not force:
        raise BadInput(f"{path}: already there; use -f to replace it")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise BadInput(f"{path}: cannot write it: {error.strerror or error}") from error


def read_array(path: Path) -> NDArray:
    """The array in a .npy file. Raises BadInput."""
    data = read_bytes(path)
    try:
        array: NDArray = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OverflowError, MemoryError, SyntaxError) as error:
        raise BadInput(f"{path}: not a .npy array: {str(error).splitlines()[0] if str(error) else 'it is cut off'}") from error
    return array


def is_array(path: Path) -> bool:
    """Whether a file is, or by its name ought to be, a .npy array. Raises BadInput when it cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(len(np.lib.format.MAGIC_PREFIX))
    except OSError as error:
        raise BadInput(f"{path}: cannot read it: {error.strerror or error}") from error
    return start == np.lib.format.MAGIC_PREFIX or path.suffix.lower() == ".npy"


def array_bytes(array: NDArray) -> bytes:
    """The .npy file of an array, as numpy.save writes it."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
