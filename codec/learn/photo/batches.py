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
from codec.learn.common.data import LARGEST
from codec.learn.photo.data import Tiles
from codec.learn.photo.nets import SeenPixels

INPUT_SCALE = np.float32(1 / 32)
FIRST_SAMPLE = SAMPLE_STEP // 2
LOWEST = np.array([[0], [-LARGEST], [-LARGEST]])  # of the values of each plane
TABLES = make_tables()


class PhotoBatch(NamedTuple):
    """Pixels [tiles, n], other pixels [tiles, m] as samples for the posterior; noise [particles, tiles, latents]; fixed [tiles]: 1.0
    where z is fixed at 0; areas [tiles]: numbers of pixels."""

    pixels: SeenPixels
    samples: SeenPixels
    noise: Tensor
    fixed: Tensor
    areas: Tensor

    def to(self, device: torch.device) -> PhotoBatch:
        """The batch on a device."""
        pixels, samples = (SeenPixels(*(part.to(device) for part in group)) for group in (self.pixels, self.samples))
        return PhotoBatch(pixels, samples, self.noise.to(device), self.fixed.to(device), self.areas.to(device))


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
    """How many tiles are in a batch, how many pixels and samples of each; particles and latents of its noise; the share of fixed tiles."""

    tiles: int
    pixels: int
    samples: int
    particles: int
    latents: int
    fixed: float


def draw_batch(tiles: Tiles, sizes: BatchSizes, seed: tuple[int, int]) -> PhotoBatch:
    """A batch of random tiles. Samples are at every 8th row and column from 4 on, pixels nowhere there."""
    rng, count = np.random.default_rng(seed), sizes.tiles
    chosen = np.sort(rng.choice(tiles.training, count))
    heights, widths = tiles.sizes[chosen].T
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
    return PhotoBatch(of_pixels, of_samples, torch.from_numpy(noise), torch.from_numpy(is_fixed), areas)


def _shaped(pixels: SeenPixels, count: int) -> SeenPixels:
    return SeenPixels(*(torch.unflatten(part, 0, (count, len(part) // count)) for part in pixels))
