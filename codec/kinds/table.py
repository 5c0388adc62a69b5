"""The kinds of files there are: which of them something to compress, or a compressed file, is of.

    letter  what the file holds                     where
    A       an array of images, or any other        array/kind.py (any other: a file with a section D)
    F       several frames or pages                 frames/kind.py
    J       a JPEG file                             jpeg/kind.py
    P       a picture, or a file kept as it is      picture/kind.py, original.py (a file with a section F)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from codec.container.container import MAGIC, is_short, read_container
from codec.errors import BadFile
from codec.kinds.kind import Estimates, Kind, Opened, Summary
from codec.kinds.requests import Restoring, Settings, Source

if TYPE_CHECKING:  # the command line's help does not wait for numpy
    from codec.density.named_model import Named
    from codec.kinds.frames.kind import FramesEstimates
    from codec.kinds.picture.density import PictureEstimates
    from codec.media.array import Array
    from codec.media.form import Form
    from codec.media.picture import Picture

ARRAY_MAGIC = b"\x93NUMPY"  # how .npy files begin
ARRAY_ENDING = ".npy"
JPEG_MAGIC = b"\xff\xd8\xff"
PNG_MAGIC = b"\x89PNG"
MAY_HAVE_FRAMES = (b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # how GIF, WebP and TIFF files begin
ENDING = ".bb"  # of compressed files


def kind_of_source(source: Source) -> Kind:
    """The kind for something to compress: of arrays for what is or calls itself a .npy file, of JPEG files for these, of frames for files
    that have several, of pictures for all else."""
    if source.data.startswith(ARRAY_MAGIC) or source.ending == ARRAY_ENDING:
        return arrays()
    if source.data.startswith(JPEG_MAGIC):
        from codec.kinds.jpeg.kind import JpegKind

        return JpegKind()
    if _may_have_frames(source.data):
        from codec.media.frames.series import format_of

        if format_of(source.data):
            from codec.kinds.frames.kind import FramesKind

            return FramesKind()
    return pictures()


def _may_have_frames(data: bytes) -> bool:
    """Whether a file begins like those of several frames: a PNG with a chunk acTL, or one of the others."""
    if data.startswith(PNG_MAGIC):
        return data.find(b"acTL", 0, data.find(b"IDAT")) > 0
    return data.startswith(MAY_HAVE_FRAMES)


def arrays() -> Kind:
    from codec.kinds.array.kind import ArrayKind  # what a run does not need is not imported

    return ArrayKind()


def pictures() -> Kind:
    from codec.kinds.picture.kind import PictureKind

    return PictureKind()


def is_compressed(data: bytes) -> bool:
    """Whether these bytes begin as compressed files do."""
    return data.startswith(MAGIC)


@cache
def compressible_endings() -> frozenset[str]:
    """The endings of files that can be compressed."""
    from codec.media.formats import readable_endings

    return readable_endings() | {ARRAY_ENDING}


def check_beginning(beginning: bytes, ending: str) -> None:
    """Raise BadInput for a file that cannot be compressed, whatever follows such a beginning. ending: of its name."""
    from codec.media.formats import may_be_picture
    from codec.media.read import open_picture

    is_other = is_compressed(beginning) or beginning.startswith(ARRAY_MAGIC) or ending == ARRAY_ENDING
    if not is_other and not may_be_picture(beginning, ending):
        open_picture(beginning, ending)  # which says so


def compress_image(picture: Picture, settings: Settings) -> tuple[bytes, Summary]:
    """The compressed file of a picture in memory. Raises BadInput."""
    from codec.kinds.picture.kind import compress_image

    return compress_image(picture, settings)


def compress_chain(pictures: Picture, count: int, settings: Settings) -> bytes:
    """The compressed file of so many small photos of one size, one below the other in a picture. Raises BadInput."""
    from codec.kinds.picture.kind import compress_chain

    return compress_chain(pictures, count, settings)


def write_sequence(frames: Sequence[Picture], settings: Settings) -> bytes | None:
    """Frames of an array as one piece of bytes; None where nothing is gained by that. Raises BadInput."""
    from codec.kinds.frames.sequence import write_sequence

    return write_sequence(frames, settings)


def estimate_sequence(frames: Sequence[Picture], settings: Settings, particles: Sequence[int], seed: int) -> FramesEstimates | None:
    """Estimates of -log2 p(x) of such frames, one for each number of particles; None where nothing is gained by them. Raises BadInput."""
    from codec.kinds.frames.kind import estimate_sequence

    return estimate_sequence(frames, settings, particles, seed)


def read_sequence(data: bytes, samples: int, restoring: Restoring) -> list[Picture]:
    """The frames, of so many samples in all, in such a piece. Raises BadFile."""
    from codec.kinds.frames.sequence import read_sequence

    return read_sequence(data, samples, restoring)


def estimate_image(picture: Picture, settings: Settings, particles: Sequence[int], seed: int) -> PictureEstimates:
    """Estimates of -log2 p(x) of a picture in memory, one for each number of particles. Raises BadInput."""
    from codec.kinds.picture.kind import estimate_image

    return estimate_image(picture, settings, particles, seed)


def compress_array(array: Array, settings: Settings) -> tuple[bytes, Summary]:
    """The compressed file of an array in memory. Raises BadInput."""
    from codec.kinds.array.kind import compress_array

    return compress_array(array, settings)


def estimate_array(array: Array, settings: Settings, particles: Sequence[int], seed: int) -> Estimates:
    """Estimates of -log2 p(x) of an array in memory, one for each number of particles. Raises BadInput."""
    from codec.kinds.array.kind import estimate_array

    return estimate_array(array, settings, particles, seed)


def is_data_set(array: Array, model: Named | None) -> bool:
    """Whether an array in memory is one of small images that a model of images codes."""
    from codec.kinds.array.kind import is_data_set

    return is_data_set(array, model)


def form_of_picture(data: bytes) -> Form:
    """The form of the picture in a compressed file. Raises BadFile for a file that holds something else."""
    from codec.kinds.picture.opened import OpenedPicture

    opened = open_file(data)
    if not isinstance(opened, OpenedPicture):
        raise BadFile("the file is damaged: something else stands for a picture")
    return opened.file.header.form


def is_picture(opened: Opened) -> bool:
    """Whether a compressed file holds a picture, of which salvage may give back a part."""
    from codec.kinds.picture.opened import OpenedPicture

    return isinstance(opened, OpenedPicture)


def open_file(data: bytes) -> Opened:
    """A compressed file, its header read: once, whatever is asked of it then. Raises BadFile."""
    if is_short(data):
        from codec.kinds.picture.opened import OpenedPicture
        from codec.kinds.picture.short import read_short

        return OpenedPicture(read_short(data))
    container = read_container(data)
    if container.kind == "A":
        from codec.kinds.array.kind import ArrayFile, PlainFile

        return PlainFile(container) if "D" in container.spans else ArrayFile(container)
    if container.kind == "F":
        from codec.kinds.frames.kind import OpenedFrames

        return OpenedFrames(container)
    if container.kind == "J":
        from codec.kinds.jpeg.kind import OpenedJpeg

        return OpenedJpeg(container)
    if container.kind == "P" and "F" in container.spans:
        from codec.kinds.original import OriginalFile

        return OriginalFile(container)
    if container.kind == "P":
        from codec.kinds.picture.long import LongFile
        from codec.kinds.picture.opened import OpenedPicture

        return OpenedPicture(LongFile(container))
    raise BadFile(f"a file of kind {container.kind!r}: this release reads A (arrays), F (frames), J (JPEG files) and P (pictures)")
