"""Arrays of any type and shape, in a file of kind "A": by what codes pictures where they are like some, packed, or as they are.

D  numbers as container/numbers.py writes them: length of the type's name, the name as numpy writes it ("<u2"), order of the array in memory
   (0 C, 1 Fortran), axes (at most 32), the length of each axis; 16 bytes digest: the first of SHA-256 of these numbers, as they stand
   here, and the samples, little-endian in C order
I  the samples as a picture's file, whole: rows and columns as they come from `seen_as_picture`; floats of 16 bits as integers in their
   order, numbers of 32 bits that are colours as planes (if the picture is as wide as one: older files have them pixel by pixel)
V  or these rows as frames, `frame_rows` of them each: a volume, a video (kinds/frames/sequence.py)
Z  or the samples as LZMA2 (container/lzma2.py)
R  or the samples

A reader MUST refuse types that are not TYPES, more samples than the file's bytes bear out, and samples that have another digest.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence

import numpy as np

from codec.container.container import NAME_BYTES, Container, write_container
from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import read_length, write_length
from codec.errors import BadFile, BadInput
from codec.kinds.kind import DIGEST_BYTES, Info, check_unpacked, is_believable
from codec.media.array import Array
from codec.media.form import Pixels, sample_type
from codec.media.picture import Picture
from codec.system.records import record

KIND = "A"
NUMBERS = ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
TYPES = frozenset(["|b1", "|i1", "|u1", *(order + name for order in "<>" for name in NUMBERS)])
MAX_AXES, MAX_NAME = 32, 8
MAX_BYTES = 1 << 34
EXPANSION = 1 << 13  # most bytes that one of LZMA2 gives
MODES = {"|u1": "L", "|i1": "L", "<u2": "I;16", "<i2": "I;16", "<f2": "I;16", "<i4": "I", "<u4": "I", "<f4": "F"}
MAX_COLUMNS = 1 << 16  # what is wider is like no picture
SMALL_SIDE = 32  # of images that are no frames of a volume or a video
COLOURS = {2: "LA", 3: "RGB", 4: "RGBA"}  # modes of bytes, by the length of the last axis


@record(frozen=True)
class Description:
    """Section D, but for the digest."""

    dtype: str
    fortran: bool
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the samples."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    def numbers(self) -> bytes:
        name = self.dtype.encode()
        return write_length(len(name)) + name + b"".join(map(write_length, (int(self.fortran), len(self.shape), *self.shape)))

    def digest(self, samples: bytes) -> bytes:
        return hashlib.sha256(self.numbers() + samples).digest()[:DIGEST_BYTES]


@record(frozen=True)
class PlainInfo:
    """What the file of such an array is. method: "picture", "frames", "packed" or "raw"; picture: what its samples are as one."""

    dtype: str
    shape: tuple[int, ...]
    method: str
    total_bits: int
    bits_per_dimension: float
    picture: Info | None = None
    kind: str = "array"


def describe(array: Array) -> Description:
    """What an array is. Raises BadInput for one that cannot be kept."""
    if array.dtype.str not in TYPES:
        raise BadInput(f"an array of type {array.dtype}: give numbers of at most 8 bytes (complex ones of 16), or truth values")
    if array.ndim > MAX_AXES or array.nbytes > MAX_BYTES:
        raise BadInput(f"an array of shape {list(array.shape)}: at most {MAX_AXES} axes and {MAX_BYTES} bytes are coded")
    return Description(array.dtype.str, bool(array.flags.f_contiguous and not array.flags.c_contiguous), array.shape)


def samples_of(array: Array) -> bytes:
    """The samples, little-endian in C order."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes("C")


def seen_as_picture(description: Description, samples: bytes) -> Picture | None:
    """The samples as a picture: the last axis, or the last two if they are colours, are columns. None for those that are not like one.

    Its samples have the bytes of the array's, but for those of `_reordered`."""
    kind, shape = np.dtype(description.dtype).newbyteorder("<").str, description.shape
    if 0 in shape or len(shape) < 2 or max(shape[-2:]) > MAX_COLUMNS:
        return None
    if kind == "|b1":
        return Picture("1", np.frombuffer(samples, np.uint8).reshape(-1, shape[-1], 1))
    mode, samples = MODES.get(kind), _reordered(description, samples)
    if mode is None:
        return None
    if _are_planes(description):
        shape = (*shape[:-3], shape[-1], *shape[-3:-1])
    if len(shape) > 2 and shape[-1] in COLOURS and mode in ("L", "I;16"):
        colours = COLOURS[shape[-1]] + ("" if mode == "L" else ";16")
        return Picture(colours, np.frombuffer(samples, sample_type(mode)).reshape(-1, *shape[-2:]))
    columns = shape[-2] if len(shape) > 2 and shape[-1] == 1 else shape[-1]
    pixels: Pixels = np.frombuffer(samples, {"L": "u1", "I;16": "<u2", "I": "<i4", "F": "<f4"}[mode])
    return Picture(mode, pixels.reshape(-1, columns, 1))


def _are_planes(description: Description) -> bool:
    """Whether the last axis of an array is colours of 32 bits, of which pictures have none: planes one below the other are one instead."""
    shape, kind = description.shape, np.dtype(description.dtype).str[1:]
    return len(shape) > 2 and shape[-1] in COLOURS and shape[-2] != shape[-1] and kind in ("i4", "u4", "f4")


def _reordered(description: Description, samples: bytes, back: bool = False) -> bytes:
    """The samples as their picture has them: floats of 16 bits in the order of their numbers, colours of 32 bits as planes; or back."""
    if np.dtype(description.dtype).str[1:] == "f2":
        bits = np.frombuffer(samples, "<u2")
        sign = 1 << 15
        flips = np.where((bits < sign) if back else (bits >= sign), 2 * sign - 1, sign)
        return np.asarray(bits ^ flips.astype("<u2"), "<u2").tobytes()
    if not _are_planes(description):
        return samples
    *others, height, width, colours = description.shape
    planes = (*others, colours, height, width)
    turned = np.moveaxis(np.frombuffer(samples, "<u4").reshape(planes if back else description.shape), *((-3, -1) if back else (-1, -3)))
    return np.ascontiguousarray(turned).tobytes()


def frame_rows(shape: tuple[int, ...], channels: int) -> int:
    """How many rows each frame of an array of this shape has, seen as a picture of so many channels; 0 if it is no sequence of frames."""
    inside = 3 if channels > 1 or (len(shape) > 3 and shape[-1] == 1) else 2  # axes of a frame
    frames, sides = shape[:-inside], shape[-inside:][:2]
    return sides[0] if frames and math.prod(frames) > 1 and min(sides) > SMALL_SIDE else 0


def write_plain(
    array: Array, picture: tuple[bytes, Info] | None, free: bool = True, frames: bytes | None = None
) -> tuple[bytes, PlainInfo]:  # fmt: skip
    """The smallest file of an array, at most its bytes and 128 large. Raises BadInput for types that are not coded.

    picture: the file of what the array is as a picture, which is taken in any case unless the choice is free; frames: it as frames."""
    description, samples = describe(array), samples_of(array)
    found, told = dict[str, bytes](), None
    if frames is not None and is_believable(len(samples), len(frames)):
        found["V"] = frames
    if picture is not None:
        found["I"], told = picture
    if free or picture is None:
        packed, found["R"] = pack_bytes(samples), samples
        if len(packed) * EXPANSION >= len(samples) and is_believable(len(samples), len(packed)):
            found["Z"] = packed
    tag = min(found, key=lambda tag: (len(found[tag]), tag))
    sections = {"D": description.numbers() + description.digest(samples), tag: found[tag]}
    data = write_container(KIND, bytes(NAME_BYTES), sections)
    return data, plain_info(description, tag, len(data), told if tag == "I" else None)


def plain_info(description: Description, tag: str, size: int, picture: Info | None) -> PlainInfo:
    """size: bytes of the file."""
    values, method = max(math.prod(description.shape), 1), {"I": "picture", "V": "frames", "Z": "packed", "R": "raw"}[tag]
    return PlainInfo(description.dtype, description.shape, method, 8 * size, round(8 * size / values, 6), picture)


def read_description(container: Container) -> tuple[Description, bytes, str]:
    """What a file holds, its digest, and the tag of the section with the samples. Raises BadFile."""
    container.check_tags("DIVZR")
    container.check()
    data, values = container.section("D"), list[int]()
    length, position = read_length(data, 0)
    name, position = data[position : position + length].decode("latin-1"), position + length
    tags = [tag for tag in "IVZR" if tag in container.spans]
    if name not in TYPES or len(tags) != 1 or any(container.model):
        raise BadFile("the file's header is damaged, or of a later release: an array of a type or form that this one does not know")
    for _ in range(2):
        value, position = read_length(data, position)
        values.append(value)
    fortran, axes = values
    if fortran > 1 or axes > MAX_AXES:
        raise BadFile(f"the file's header is damaged: an array of {axes} axes")
    shape = list[int]()
    for _ in range(axes):
        value, position = read_length(data, position)
        shape.append(value)
    description, digest = Description(name, bool(fortran), tuple(shape)), data[position:]
    if len(digest) != DIGEST_BYTES or description.size > MAX_BYTES:
        raise BadFile("the file's header is damaged: it ends in the middle of a number, or its array is too large")
    held = container.span(tags[0])[1]
    if (tags == ["R"] and held != description.size) or (tags == ["Z"] and description.size > held * EXPANSION):
        raise BadFile(f"the file's header is damaged: {held} bytes for an array of {description.size}")
    return description, digest, tags[0]


def read_plain(
    container: Container,
    header: tuple[Description, bytes, str],
    open_pictures: Callable[[bytes, int | None], Sequence[Picture]],
    max_bytes: int | None = None,
) -> Array:
    """The array. Raises BadFile, and BadInput if it takes more than max_bytes, None for what the file's own bytes bear out.

    open_pictures: gives the picture in a file, or the frames, of so many samples in all, in what write_sequence made."""
    description, digest, tag = header
    section = container.section(tag)
    if tag in "VZ":
        check_unpacked(description.size, len(container.data), max_bytes)
    if tag in "IV":
        pictures = open_pictures(section, math.prod(description.shape) if tag == "V" else None)
        if sum(picture.pixels.nbytes for picture in pictures) != description.size:
            raise BadFile("the file's header is damaged: its picture is none of the array")
        samples = b"".join(picture.pixels.tobytes() for picture in pictures)
        if not _are_planes(description) or pictures[0].width == description.shape[-2]:  # older files have them pixel by pixel
            samples = _reordered(description, samples, back=True)
    else:
        samples = unpack_bytes(section, description.size) if tag == "Z" else section
    if description.digest(samples) != digest:
        raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")
    dtype = np.dtype(description.dtype)
    array: Array = np.frombuffer(samples, dtype.newbyteorder("<")).reshape(description.shape).astype(dtype)
    return np.asfortranarray(array) if description.fortran else array
