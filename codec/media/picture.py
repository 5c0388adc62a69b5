"""A picture in memory, and what gives the rows of one from the top down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from codec.errors import BadInput
from codec.media.form import BITS, CHANNELS, Chunks, Form, Pixels, most_bits, sample_type
from codec.system.records import record

Region = tuple[int, int, int, int]  # x, y, width, height


class RowSource(Protocol):
    """What can be compressed: a Picture, or something that gives one's rows from the top down."""

    @property
    def mode(self) -> str: ...
    @property
    def bits(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def metadata(self) -> Chunks: ...
    @property
    def held(self) -> int:
        """Bytes of memory that the picture takes already."""
        ...

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]: ...


@record(frozen=True)
class Picture:
    """A picture in a mode of Pillow's, and its samples [height, width, channels], neither side 0. Raises BadInput.

    bits: of a sample, 0 for the most that the mode has. Samples of 1, 2 and 4 bits are what a file holds: from 0 to 1, 3 and 15.
    """

    mode: str
    pixels: Pixels
    metadata: Chunks = ()
    bits: int = 0

    def __post_init__(self) -> None:
        pixels, channels = self.pixels, CHANNELS.get(self.mode)
        if channels is None or pixels.dtype != sample_type(self.mode) or pixels.ndim != 3 or pixels.shape[2] != channels or not pixels.size:
            raise BadInput(f"a picture of mode {self.mode!r} cannot have pixels of shape {list(pixels.shape)} and type {pixels.dtype}")
        if self.bits == 0:
            object.__setattr__(self, "bits", most_bits(self.mode))
        if self.bits not in BITS.get(self.mode, (8,)):
            raise BadInput(f"a picture of mode {self.mode!r} cannot have {self.bits} bits a sample")

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[2])

    @property
    def held(self) -> int:
        return int(self.pixels.nbytes)

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        """The pixels of these rows, each part in one piece."""
        for part in parts:
            yield np.ascontiguousarray(self.pixels[part])


def form_of(rows: RowSource) -> Form:
    """The form of the picture that rows belong to."""
    return Form(rows.mode, rows.bits, rows.width, rows.height)


def whole(rows: RowSource) -> Picture:
    """All of a picture in memory."""
    (pixels,) = rows.bands([slice(0, rows.height)])
    return Picture(rows.mode, pixels, rows.metadata, rows.bits)


def inside(region: Region | None, width: int, height: int) -> Region:
    """The region of a picture of this size; all of it for None. Raises BadInput if it is not inside."""
    if region is None:
        return 0, 0, width, height
    left, top, across, down = region
    if min(left, top) < 0 or min(across, down) < 1 or left + across > width or top + down > height:
        raise BadInput(f"the region {left},{top},{across},{down} is not inside of the picture, which has {width}x{height} pixels")
    return region


def cut_out(rows: RowSource, region: Region | None) -> Picture:
    """The part of a picture in a region, in memory. Raises BadInput if it is not inside."""
    left, top, width, height = inside(region, rows.width, rows.height)
    picture = whole(rows)
    return Picture(rows.mode, picture.pixels[top : top + height, left : left + width], rows.metadata, rows.bits)
