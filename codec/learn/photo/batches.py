"""Batches of random pixels of random tiles, drawn in a thread while torch computes. Batch i depends on the seed and i alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.density.photo.predictors import UNIT
from codec.density.photo.surroundings import ERROR_LIMIT, KNOWN_LIMIT, LOG_ENTRIES, LOWEST_SCALE, gather_inputs, make_tables
from codec.learn.photo.data import Tiles
from codec.learn.photo.nets import Pixels

AHEAD = 2  # batches that are ready before they are needed
INPUT_SCALE = np.float32(1 / 32)
TABLES = make_tables()


class Batch(NamedTuple):
    """Pixels [tiles, n], other pixels [tiles, m] as samples for the posterior; noise [particles, tiles, latents]; fixed [tiles]: 1.0
    where z is fixed at 0; areas [tiles]: numbers of pixels."""

    pixels: Pixels
    samples: Pixels
    noise: Tensor
    fixed: Tensor
    areas: Tensor

    def to(self, device: torch.device) -> Batch:
        pixels, samples = (Pixels(*(part.to(device) for part in group)) for group in (self.pixels, self.samples))
        return Batch(pixels, samples, self.noise.to(device), self.fixed.to(device), self.areas.to(device))


def gather(tiles: Tiles, positions: NDArray[np.int64]) -> Pixels:
    """What the net sees of pixels at positions int64 [n, 3] (tile, row, column), as tensors with one axis of pixels."""
    inputs, facts = gather_inputs(tiles.planes, tiles.errors, positions, tiles.view)
    pixel, scale, first = (facts[..., i : i + 1].astype(np.int64) for i in range(3))
    reciprocal = TABLES["reciprocal"].astype(np.int64)[scale - LOWEST_SCALE]
    error, differences = UNIT * pixel - first, facts[..., 3:] - first
    apart = np.clip((differences * reciprocal + 2048) >> 12, -ERROR_LIMIT, ERROR_LIMIT)
    ratio = np.clip((error * reciprocal + 2048) >> 12, -KNOWN_LIMIT, KNOWN_LIMIT)
    logarithm = TABLES["log"][np.clip(np.abs(error), 1, LOG_ENTRIES - 1)]
    known = np.concatenate([apart, ratio, np.abs(ratio), logarithm], -1)
    lowest, highest = np.array([[0], [-255], [-255]])[: tiles.channels], 255
    end = (pixel == highest).astype(np.float32) - (pixel == lowest)
    values = np.concatenate([error / UNIT, scale / 32.0, end, differences / UNIT], -1)
    arrays = (inputs.astype(np.float32) * INPUT_SCALE, known.astype(np.float32) * INPUT_SCALE, values.astype(np.float32))
    return Pixels(*(torch.from_numpy(array) for array in arrays))


def sample_grid(height: int, width: int) -> NDArray[np.int64]:
    """Rows and columns of the pixels that the posterior sees of a whole tile, int64 [n, 2]."""
    rows, columns = np.mgrid[4:height:8, 4:width:8]
    return np.stack([rows.ravel(), columns.ravel()], -1).astype(np.int64)


def _positions(tiles: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([np.broadcast_to(tiles[:, None], rows.shape), rows, columns], -1).reshape(-1, 3)


def _random(rng: np.random.Generator, limits: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return (rng.random((len(limits), count)) * limits[:, None]).astype(np.int64)


def draw(tiles: Tiles, count: int, pixels: int, samples: int, particles: int, latents: int, fixed: float, seed: tuple[int, int]) -> Batch:
    """A batch of `count` tiles. Samples are at every 8th row and column from 4 on, pixels nowhere there."""
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(tiles.training, count))
    heights, widths = tiles.sizes[chosen].T
    rows, columns = _random(rng, heights, pixels), _random(rng, widths, pixels)
    columns -= (rows % 8 == 4) & (columns % 8 == 4)
    where = [_positions(chosen, rows, columns)]
    noise = rng.standard_normal((particles, count, latents), np.float32)
    is_fixed = (rng.random(count) < fixed).astype(np.float32)
    where.append(_positions(chosen, 4 + 8 * _random(rng, (heights + 3) // 8, samples), 4 + 8 * _random(rng, (widths + 3) // 8, samples)))
    of_pixels, of_samples = (_shaped(gather(tiles, positions), count) for positions in where)
    areas = torch.from_numpy((heights * widths).astype(np.float32))
    return Batch(of_pixels, of_samples, torch.from_numpy(noise), torch.from_numpy(is_fixed), areas)


def _shaped(pixels: Pixels, count: int) -> Pixels:
    return Pixels(*(part.unflatten(0, (count, len(part) // count)) for part in pixels))


def prefetch(make: Callable[[int], Batch], first: int) -> Iterator[Batch]:
    """make(first), make(first + 1), ... endlessly, computed ahead in a thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        waiting = [pool.submit(make, first + i) for i in range(AHEAD)]
        try:
            while True:
                first += 1
                batch = waiting.pop(0).result()
                waiting.append(pool.submit(make, first + AHEAD - 1))
                yield batch
        finally:
            for future in waiting:
                future.cancel()
