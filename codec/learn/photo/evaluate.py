"""Evaluates photo nets on validation tiles: a fixed share of their pixels, with the posterior's mean for z and without a z."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from codec.learn.photo.batches import gather, sample_grid
from codec.learn.photo.data import Tiles
from codec.learn.photo.loss import LN2
from codec.learn.photo.nets import PhotoNet, SeenPixels


class HeldTile(NamedTuple):
    """A validation tile: some of its pixels, all samples of the posterior, its number of pixels."""

    pixels: SeenPixels
    samples: SeenPixels
    area: int


def hold_tiles(tiles: Tiles, share: float) -> list[HeldTile]:
    """The validation tiles with a fixed random share of their pixels."""
    held = []
    for tile in tiles.validation:
        height, width = (int(side) for side in tiles.sizes[tile])
        chosen = np.random.default_rng(int(tile)).permutation(height * width)[: max(1, round(share * height * width))]
        grid = sample_grid(height, width)
        where = (np.stack(np.divmod(np.sort(chosen), width), -1), grid)
        pixels, samples = (gather(tiles, np.insert(part, 0, tile, axis=1).astype(np.int64)) for part in where)
        held.append(HeldTile(pixels, samples, height * width))
    return held


class PhotoRates(NamedTuple):
    """Bits per dimension, means over tiles: `free` with z at the posterior's mean, KL included; `fixed` with z at 0; the KL alone."""

    free: float
    fixed: float
    divergence: float


def evaluate_tiles(net: PhotoNet, held: Sequence[HeldTile]) -> PhotoRates:
    """The rates of validation tiles; not a number if there are none."""
    device = next(net.parameters()).device
    if not held:
        return PhotoRates(math.nan, math.nan, math.nan)
    with torch.no_grad():
        rates = [_rates(net, tile, device) for tile in held]
    return PhotoRates(*(sum(column) / len(held) for column in zip(*rates, strict=True)))


def _rates(net: PhotoNet, tile: HeldTile, device: torch.device) -> PhotoRates:
    pixels, samples = (SeenPixels(*(part.to(device).unsqueeze(0) for part in group)) for group in (tile.pixels, tile.samples))
    if not net.config.latents:
        bits = net.bits(pixels).mean().item()
        return PhotoRates(bits, bits, 0.0)
    posterior = net.posterior(samples)
    cost = posterior.divergence().item() / (LN2 * net.config.channels * tile.area)
    free, fixed = (net.bits(pixels, net.modulations(eps)).mean().item() for eps in (posterior.mean, torch.zeros_like(posterior.mean)))
    return PhotoRates(free + cost, fixed, cost)
