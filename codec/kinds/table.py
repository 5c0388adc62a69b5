"""The kinds of files there are: which of them something to compress, or a compressed file, is of.

    letter  what the file holds                     where
    A       an array of images                      array/kind.py
    P       a picture, or a file kept as it is      picture/kind.py, original.py (a file with a section F)
"""

from __future__ import annotations

from codec.container.container import MAGIC, read_container
from codec.errors import BadFile
from codec.kinds.kind import Kind, Opened
from codec.kinds.requests import Source

ARRAY_MAGIC = b"\x93NUMPY"  # how .npy files begin
ARRAY_ENDING = ".npy"
ENDING = ".bb"  # of compressed files


def kind_of_source(source: Source) -> Kind:
    """The kind for something to compress: of arrays for what is or calls itself a .npy file, of pictures for all else."""
    if source.data.startswith(ARRAY_MAGIC) or source.ending == ARRAY_ENDING:
        return arrays()
    return pictures()


def arrays() -> Kind:
    from codec.kinds.array.kind import ArrayKind  # what a run does not need is not imported

    return ArrayKind()


def pictures() -> Kind:
    from codec.kinds.picture.kind import PictureKind

    return PictureKind()


def is_compressed(data: bytes) -> bool:
    """Whether these bytes begin as compressed files do."""
    return data.startswith(MAGIC)


def is_picture(opened: Opened) -> bool:
    """Whether a compressed file holds a picture, of which salvage may give back a part."""
    from codec.kinds.picture.kind import OpenedPicture

    return isinstance(opened, OpenedPicture)


def open_file(data: bytes) -> Opened:
    """A compressed file, its header read: once, whatever is asked of it then. Raises BadFile."""
    container = read_container(data)
    if container.kind == "A":
        from codec.kinds.array.kind import ArrayFile

        return ArrayFile(container)
    if container.kind == "P" and "F" in container.spans:
        from codec.kinds.original import OriginalFile

        return OriginalFile(container)
    if container.kind == "P":
        from codec.kinds.picture.kind import OpenedPicture

        return OpenedPicture(container)
    raise BadFile(f"a file of kind {container.kind!r}: this release reads kinds 'A', arrays of images, and 'P', pictures")
