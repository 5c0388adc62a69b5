"""Which module knows what to do: with pictures picture_commands, with arrays of 28x28 images array_commands.

Both have the same functions: compress, default_ending, decompress, verify, info, print_info, density, print_density (see jobs.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from codec.container.container import read_container
from codec.errors import BadFile, CodecError
from codec.kinds.requests import Source

ARRAY_MAGIC = b"\x93NUMPY"  # how .npy files begin
ARRAYS, PICTURES = "A", "P"  # kinds of compressed files


def kind_of_source(source: Source) -> ModuleType:
    """The module for this kind of input: of arrays for what is or calls itself a .npy file, of pictures for all else."""
    if source.data.startswith(ARRAY_MAGIC) or source.ending == ".npy":
        from codec.kinds.array import kind as arrays

        return arrays
    from codec.kinds.picture import kind as pictures

    return pictures


def kind_of_file(data: bytes) -> ModuleType:
    """The module for this kind of compressed file. Raises BadFile."""
    letter = kind_letter(data)
    if letter == ARRAYS:
        from codec.kinds.array import kind as arrays

        return arrays
    if letter == PICTURES:
        from codec.kinds.picture import kind as pictures

        return pictures
    raise BadFile(f"a file of kind {letter!r}: this release reads kinds 'A', arrays of images, and 'P', pictures")


def kind_letter(data: bytes) -> str:
    """The letter of a compressed file's kind, which is there also in a file that has been cut off. Raises BadFile."""
    return read_container(data, verify=False, whole=False).kind


@contextmanager
def naming(name: object) -> Iterator[None]:
    """Errors inside begin with the name of what they are about: these modules do not know it."""
    try:
        yield
    except CodecError as error:
        raise type(error)(f"{name}: {error}") from error
