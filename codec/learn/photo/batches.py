"""Draws batches of random pixels of random tiles. Batch i depends on the seed and i alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.density.photo.area import SAMPLE_STEP
from codec.density.photo.surroundings import ERROR_LIMIT, KNOWN_LIMIT, gather_inputs
from codec.density.shared.scales import LOG_ENTRIES, LOWEST_SCALE, UNIT, make_tables
from codec.lanes.vectors import LANES
from codec.lanes.wavefront import LAG
from codec.learn.common.data import LARGEST
from codec.learn.photo.data import Tiles
from codec.learn.photo.nets import SeenPixels

INPUT_SCALE = np.float32(1 / 32)
FIRST_SAMPLE = SAMPLE_STEP // 2
AGAIN = 0.003  # of the tiles that have taught something: the share that begins again
LOWEST = np.array([[0], [-LARGEST], [-LARGEST]])  # of the values of each plane
TABLES = make_tables()


class PhotoBatch(NamedTuple):
    """Pixels [tiles, n], other pixels [tiles, m] as samples for the posterior; noise [particles, tiles, latents]; fixed [tiles]: 1.0
    where z is fixed at 0; areas [tiles]: numbers of pixels; tiles [tiles]: which they are. For runs of pixels in the order of coding
    (adapting.py): fresh [tiles]: true where learning begins with them; kept [tiles]: true where what they teach is kept for later."""

    pixels: SeenPixels
    samples: SeenPixels
    noise: Tensor
    fixed: Tensor
    areas: Tensor
    tiles: Tensor
    fresh: Tensor
    kept: Tensor

    def to(self, device: torch.device) -> PhotoBatch:
        """The batch on a device."""
        pixels, samples = (SeenPixels(*(part.to(device) for part in group)) for group in (self.pixels, self.samples))
        return PhotoBatch(pixels, samples, *(part.to(device) for part in self[2:]))


def gather(tiles: Tiles, positions: NDArray[np.int64]) -> SeenPixels:
    """What the net sees of pixels at positions int64 [n, 3] (tile, row, column), as tensors with one axis of pixels."""
    inputs, facts = gather_inputs(tiles.planes, tiles.errors, positions, tiles.view)
    pixel, scale, first = (facts[..., i : i + 1].astype(np.int64) for i in range(3))
    reciprocal = TABLES["reciprocal"].astype(np.int64)[scale - LOWEST_SCALE]
    error, differences = UNIT * pixel - first, facts[..., 3:] - first
    apart = np.clip((differences * reciprocal + 2048) >> 12, -ERROR_LIMIT, ERROR_LIMIT)
    ratio = np.clip((error * reciprocal + 2048) >> 12, -KNOWN_LIMIT, KNOWN_LIMIT)
    logarithm = TABLES["log"][np.clip(np.abs(error), 1, LOG_ENTRIES - 1)]
    known = np.concatenate([apart, ratio, np.abs(ratio), logarithm], -1)
    end = (pixel == LARGEST).astype(np.float32) - (pixel == LOWEST[: tiles.channels])
    values = np.concatenate([error / UNIT, scale / 32.0, end, differences / UNIT], -1)
    arrays = (inputs.astype(np.float32) * INPUT_SCALE, known.astype(np.float32) * INPUT_SCALE, values.astype(np.float32))
    return SeenPixels(*(torch.from_numpy(array) for array in arrays))


def sample_grid(height: int, width: int) -> NDArray[np.int64]:
    """Rows and columns of the pixels that the posterior sees of a whole tile, int64 [n, 2]."""
    rows, columns = np.mgrid[FIRST_SAMPLE:height:SAMPLE_STEP, FIRST_SAMPLE:width:SAMPLE_STEP]
    return np.stack([rows.ravel(), columns.ravel()], -1).astype(np.int64)


def _positions(tiles: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([np.broadcast_to(tiles[:, None], rows.shape), rows, columns], -1).reshape(-1, 3)


def _random(rng: np.random.Generator, limits: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return (rng.random((len(limits), count)) * limits[:, None]).astype(np.int64)


@dataclass(frozen=True)
class BatchSizes:
    """How many tiles are in a batch, how many pixels and samples of each; particles and latents of its noise; the share of fixed tiles.

    pace: 0, or the pixels of a row between two steps of learning: then the pixels of a tile follow each other as they are coded. cold: the
    share of tiles that have taught nothing yet."""

    tiles: int
    pixels: int
    samples: int
    particles: int
    latents: int
    fixed: float
    pace: int = 0
    cold: float = 0.0


def draw_batch(tiles: Tiles, sizes: BatchSizes, seed: tuple[int, int]) -> PhotoBatch:
    """A batch of random tiles. Samples are at every 8th row and column from 4 on; pixels nowhere there, but in runs."""
    rng, count = np.random.default_rng(seed), sizes.tiles
    chosen = np.sort(rng.choice(tiles.training, count))
    heights, widths = tiles.sizes[chosen].T
    if sizes.pace:
        rows, columns = _runs(rng, heights, widths, sizes)
    else:
        rows, columns = _random(rng, heights, sizes.pixels), _random(rng, widths, sizes.pixels)
        columns -= (rows % SAMPLE_STEP == FIRST_SAMPLE) & (columns % SAMPLE_STEP == FIRST_SAMPLE)
    where = [_positions(chosen, rows, columns)]
    noise = rng.standard_normal((sizes.particles, count, sizes.latents), np.float32)
    is_fixed = (rng.random(count) < sizes.fixed).astype(np.float32)
    grid = [(length + SAMPLE_STEP - FIRST_SAMPLE - 1) // SAMPLE_STEP for length in (heights, widths)]
    sampled = [FIRST_SAMPLE + SAMPLE_STEP * _random(rng, lines, sizes.samples) for lines in grid]
    where.append(_positions(chosen, *sampled))
    of_pixels, of_samples = (_shaped(gather(tiles, positions), count) for positions in where)
    areas = torch.from_numpy((heights * widths).astype(np.float32))
    cold, again = (torch.from_numpy(rng.random(count) < share) for share in (sizes.cold, AGAIN))
    return PhotoBatch(
        of_pixels, of_samples, torch.from_numpy(noise), torch.from_numpy(is_fixed), areas, torch.from_numpy(chosen), cold | again, ~cold
    )


def _runs(
    rng: np.random.Generator, heights: NDArray[np.int64], widths: NDArray[np.int64], sizes: BatchSizes
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns [tiles, n] of runs at random places of tiles."""
    steps, lag = sizes.pixels // (LANES * sizes.pace), (LANES - 1) * LAG // sizes.pace
    room = np.maximum(widths // sizes.pace * (heights // LANES) - steps - lag, 1)
    return run_of(lag + _random(rng, room, 1)[:, 0], heights, widths, steps, sizes.pace)


def run_of(
    first: NDArray[np.int64], heights: NDArray[np.int64], widths: NDArray[np.int64], steps: int, pace: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns [tiles, n] of the pixels of so many steps of learning from the `first` on: eight lanes, `pace` pixels of a row each,
    each LAG pixels behind the one above, which at the end of its row goes on eight rows below (wavefront.py, of tiles wide enough)."""
    across, bands = (widths // pace)[:, None, None], (heights // LANES)[:, None, None]
    times = (first[:, None] + np.arange(steps))[:, :, None] - np.arange(LANES) * (LAG // pace)  # [tiles, steps, lanes]
    times = np.minimum(times, across * bands - 1)
    rows = times // across % bands * LANES + np.arange(LANES)
    columns = (times % across * pace)[..., None] + np.arange(pace)
    return np.repeat(rows, pace, -1).reshape(len(first), -1), columns.reshape(len(first), -1)


def _shaped(pixels: SeenPixels, count: int) -> SeenPixels:
    return SeenPixels(*(torch.unflatten(part, 0, (count, len(part) // count)) for part in pixels))
