"""What a context net sees of a pixel: neighbours that are coded before it, in units of their local contrast, as whole numbers.

An image [height, width, channels] lies on a canvas: with rows above it, and columns on both sides. Cells above the image hold the gray
value `fill`, those to the left of a row what stands above its first pixel, and those to its right the row's last pixel. So all of them are
known when a pixel is coded in raster order. With W, N, NW, NE, WW, NN and NNE the neighbours by compass, for each channel

    centre     (3 W + 3 N + NW + NE + 4) >> 3
    contrast   |W - NW| + |N - NW| + |N - NE| + |W - WW| + |N - NN| + |NE - NNE|, added up over the channels

and a pixel's inputs are, with 7 fraction bits,

    neighbours   ((value - centre) * factors[contrast] + 128) >> 8, clamped to +- 2047: pixel by pixel as `reach` says, channels inside
    centres      4 (centre - 128), one for each channel
    level        levels[contrast]
    place        five numbers of the pixel's row and column: how far from the middle, and how much of the neighbourhood is missing

reach[0] pixels to the left are seen in the pixel's own row, and in the row i above it those at most reach[i] columns away. Images that are
not `centred` (binary ones) have centres and contrast 0. A channel's own centre is moved by what the channel before it was off its centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry

FRACTION_BITS = 7
FACTOR_BITS = 8  # factors have so many fraction bits more
LIMIT = (1 << 11) - 1  # of an input
NEAR = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-2, 1))  # W N NW NE WW NN NNE
DIFFERENCES = 6
PLACE = 5  # numbers of a pixel's place
MAX_SIDE, MAX_CHANNELS, MAX_REACH = 256, 16, 16

Canvas = NDArray[np.uint8]  # [images, cells]


@dataclass(frozen=True)
class Neighbourhood:
    """The shape of images, and which neighbours of a pixel are seen."""

    height: int
    width: int
    channels: int
    reach: tuple[int, ...]
    centred: bool
    fill: int

    def __post_init__(self) -> None:
        if not (1 <= self.height <= MAX_SIDE and 1 <= self.width <= MAX_SIDE and 1 <= self.channels <= MAX_CHANNELS):
            raise BadModel(f"images of {self.height} x {self.width} x {self.channels}: at most {MAX_SIDE} x {MAX_SIDE} x {MAX_CHANNELS}")
        if not 3 <= len(self.reach) <= MAX_REACH or min(self.reach) < 1 or self.reach[0] < 2 or max(self.reach) > MAX_REACH:
            raise BadModel(f"a reach of {list(self.reach)}: 3 to {MAX_REACH} rows, 1 to {MAX_REACH} columns each, 2 in the pixel's own")

    @property
    def pixels(self) -> int:
        """Places of an image, each with all its channels."""
        return self.height * self.width

    @property
    def top(self) -> int:
        return len(self.reach) - 1

    @property
    def side(self) -> int:
        return max(self.reach)

    @property
    def stride(self) -> int:
        """Cells of a row of the canvas."""
        return (self.width + 2 * self.side) * self.channels

    @cached_property
    def around(self) -> NDArray[np.int64]:
        """Distances of the seen neighbours on the canvas, each of the first channel's cells."""
        own = [(0, -column) for column in range(1, self.reach[0] + 1)]
        above = [(-row, column) for row, reach in enumerate(self.reach) if row for column in range(-reach, reach + 1)]
        return self._distances([*own, *above])

    @cached_property
    def near(self) -> NDArray[np.int64]:
        return self._distances(NEAR)

    @property
    def inputs(self) -> int:
        """How many numbers a net sees of a pixel."""
        return (self.around.size + 1) * self.channels + 1 + PLACE

    @property
    def contrasts(self) -> int:
        """How many values the contrast can have."""
        return DIFFERENCES * self.channels * 255 + 1 if self.centred else 1

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """int64 [pixels]: where a pixel's first channel lies on the canvas."""
        row, column = np.divmod(np.arange(self.pixels), self.width)
        cells: NDArray[np.int64] = (row + self.top) * self.stride + (column + self.side) * self.channels
        return cells

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """int32 [pixels, 5]: the inputs that tell of a pixel's place."""
        row, column = np.divmod(np.arange(self.pixels), self.width)
        one = 1 << FRACTION_BITS
        numbers = (
            (2 * row + 1 - self.height) * one // self.height,
            (2 * column + 1 - self.width) * one // self.width,
            np.maximum(self.top - row, 0) * one // self.top,
            np.maximum(self.side - column, 0) * one // self.side,
            np.maximum(self.side + column + 1 - self.width, 0) * one // self.side,
        )
        return np.stack(numbers, 1).astype(np.int32)

    def empty_canvas(self, images: int) -> Canvas:
        """A canvas without images. The rows below have their margins only when they are begun and ended."""
        return np.full((images, (self.height + self.top) * self.stride), self.fill, np.uint8)

    def canvas_of(self, images: NDArray[np.uint8]) -> Canvas:
        """The canvas of images [n, height * width * channels]."""
        canvas = self.empty_canvas(len(images))
        cells = canvas.reshape(len(images), self.height + self.top, self.width + 2 * self.side, self.channels)
        inner = images.reshape(len(images), self.height, self.width, self.channels)
        cells[:, self.top :, self.side : self.side + self.width] = inner
        cells[:, self.top + 1 :, : self.side] = inner[:, :-1, :1]
        cells[:, self.top :, self.side + self.width :] = inner[:, :, -1:]
        return canvas

    def begin_row(self, canvas: Canvas, row: int) -> None:
        """Fill the left margin of a row, and the right one of the row before it, when all above is known."""
        self.begin_row_of(canvas.T, row)

    def begin_row_of(self, cells: NDArray[np.uint8 | np.int16], row: int) -> None:
        """begin_row, of cells [cells, images]."""
        rows = cells.reshape(self.height + self.top, self.width + 2 * self.side, self.channels, -1)
        if row:
            above = rows[self.top + row - 1]
            rows[self.top + row, : self.side] = above[self.side : self.side + 1]
            above[self.side + self.width :] = above[self.side + self.width - 1 : self.side + self.width]

    def _distances(self, pixels: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
        return np.array([row * self.stride + column * self.channels for row, column in pixels], np.int64)


@dataclass(frozen=True)
class Contrasts:
    """Tables by contrast, int64 each: factors (of what is seen), levels (an input) and spreads (what a location of 1 is worth, with 8
    fraction bits)."""

    factors: NDArray[np.int64]
    levels: NDArray[np.int64]
    spreads: NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """inputs: int32 [points, inputs]; centres: int32 [points, channels]; contrast: int32 [points]."""

    inputs: NDArray[np.int32]
    centres: NDArray[np.int32]
    contrast: NDArray[np.int32]


def look_around(hood: Neighbourhood, tables: Contrasts, canvas: Canvas, images: NDArray[np.int64], pixels: NDArray[np.int64]) -> Seen:
    """What is seen of some pixels of some images: images[i] is a row of the canvas, pixels[i] the number of a pixel in raster order."""
    points = len(images)
    inputs = np.empty((points, hood.inputs), np.int32)
    centres, contrast = np.zeros((points, hood.channels), np.int32), np.zeros(points, np.int32)
    _see(
        canvas, images, pixels, hood.cells, hood.near, hood.around, hood.channels, hood.centred, tables.factors, tables.levels,
        hood.places, inputs, centres, contrast,
    )  # fmt: skip
    return Seen(inputs, centres, contrast)


@entry
def _see(
    canvas: Array2[np.uint8], images: Array1[np.int64], pixels: Array1[np.int64], cells: Array1[np.int64], near: Array1[np.int64],
    around: Array1[np.int64], channels: int, centred: bool, factors: Array1[np.int64], levels: Array1[np.int64], places: Array2[np.int32],
    inputs: Array2[np.int32], centres: Array2[np.int32], contrasts: Array1[np.int32],
) -> None:  # fmt: skip
    for i in range(images.size):
        row, cell = images[i], cells[pixels[i]]
        contrast = np.int64(0)
        if centred:
            for c in range(channels):
                w, n = np.int64(canvas[row, cell + near[0] + c]), np.int64(canvas[row, cell + near[1] + c])
                nw, ne = np.int64(canvas[row, cell + near[2] + c]), np.int64(canvas[row, cell + near[3] + c])
                ww, nn = np.int64(canvas[row, cell + near[4] + c]), np.int64(canvas[row, cell + near[5] + c])
                nne = np.int64(canvas[row, cell + near[6] + c])
                centres[i, c] = (3 * w + 3 * n + nw + ne + 4) >> 3
                contrast += abs(w - nw) + abs(n - nw) + abs(n - ne) + abs(w - ww) + abs(n - nn) + abs(ne - nne)
        contrasts[i] = contrast
        factor = factors[contrast]
        column = 0
        for j in range(around.size):
            for c in range(channels):
                value = ((np.int64(canvas[row, cell + around[j] + c]) - np.int64(centres[i, c])) * factor + 128) >> FACTOR_BITS
                inputs[i, column] = min(max(value, -LIMIT), LIMIT)
                column += 1
        for c in range(channels):
            inputs[i, column] = 4 * (np.int64(centres[i, c]) - 128) if centred else 0
            column += 1
        inputs[i, column] = levels[contrast]
        column += 1
        for j in range(places.shape[1]):
            inputs[i, column + j] = places[pixels[i], j]
