"""Estimates -log p(x) with the nets of checkpoints, in floats: the estimators of density/estimates.py, fed by a net's log-weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from codec.density.estimates import Estimate, estimate
from codec.learn.arrays.nets import DigitsNet
from codec.learn.arrays.particles import draw_from_prior, draw_particles

ROWS = 2000


def stream_of_particles(net: DigitsNet, x: torch.Tensor, seed: int, from_prior: bool = False) -> Callable[[int, int], NDArray[np.float64]]:
    """The `draw` of density/estimates.py for images x [images, 784]; a stream of particles that `seed` fixes."""
    generator = torch.Generator(x.device).manual_seed(seed)

    def fresh(first: int, count: int) -> NDArray[np.float64]:
        with torch.no_grad():
            terms = (draw_from_prior if from_prior else draw_particles)(net, x, count, generator)
        values = terms.log_likelihood if from_prior else terms.log_weights
        found: NDArray[np.float64] = values.double().cpu().numpy()
        return found

    return fresh


def estimate_with_net(
    net: DigitsNet, images: NDArray[np.float32], counts: Sequence[int], seed: int = 0, from_prior: bool = False, at_once: int = 100
) -> list[Estimate]:
    """Estimates for each number of particles in `counts`, of images float32 [n, 784] (0/1, or p/256), in the net's own precision.

    Memory is constant: `at_once` images and about ROWS particles at a time.
    """
    device, kind = next(net.parameters()).device, next(net.parameters()).dtype
    parts = []
    for first in range(0, len(images), at_once):
        x = torch.from_numpy(images[first : first + at_once].copy()).to(device, kind)
        stream = stream_of_particles(net, x, seed + first, from_prior)
        parts.append(estimate(stream, len(x), counts, max(1, ROWS // len(x))))
    return [_joined([part[i] for part in parts]) for i in range(len(parts[0]))]


def _joined(parts: list[Estimate]) -> Estimate:
    return Estimate(
        parts[0].particles,
        np.concatenate([part.log_density for part in parts]),
        np.concatenate([part.standard_error for part in parts]),
        np.concatenate([part.effective_size for part in parts]),
        np.concatenate([part.lower_bound for part in parts]),
    )


@dataclass(frozen=True)
class Activity:
    """Latents that are used: those whose posterior mean varies by more than 0.01 over the images (Burda et al.), of how many."""

    active: int
    latents: int


def active_units(net: DigitsNet, images: NDArray[np.float32], threshold: float = 0.01) -> list[Activity]:
    """For each latent layer in coding order: the latents whose posterior mean has a variance above the threshold over images [n, 784]."""
    x = torch.from_numpy(images.copy()).to(next(net.parameters()).device, next(net.parameters()).dtype)
    found: list[Activity] = []
    with torch.no_grad():
        features = net.encode(x)
        eps: tuple[torch.Tensor, ...] = ()
        for layer in range(len(net.latents)):
            mean = net.posterior_of(layer, features, eps).mean
            eps = (*eps, mean)
            found.append(Activity(int((mean.var(0) > threshold).sum()), mean.shape[1]))
    return found
