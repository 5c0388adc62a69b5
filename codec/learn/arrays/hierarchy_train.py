"""Trains a hierarchy: codec train arrays --data images.npy --layers 6 --minutes 60 -o mine.pt

Layers of latents are kept alive by a warm-up, in which prior and posterior come in, and by free bits: what a layer costs less than them
is not gained (with the ELBO alone). The learning rate rises over 1 % of the budget and falls as a cosine. Training is in floats; the net
is rounded to the integer graph when it is exported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.errors import BadConfig
from codec.learn.arrays.hierarchy_net import Hierarchy, HierarchyConfig, put_with_new_blocks
from codec.learn.arrays.hierarchy_particles import Sampled, draw_particles
from codec.learn.arrays.images import binarise, random_images
from codec.learn.arrays.objectives import OBJECTIVES, surrogate
from codec.learn.common import loop
from codec.learn.common.config import TrainingConfig, check_fractions
from codec.learn.common.run import Family, Row, Run
from codec.learn.common.schedule import rise_and_fall, tempering

LAST_RATE = 0.01
FINE_PART = 0.1  # of the budget, the last one: all products in float32, as locations of pixels want it
CHECKED = 50  # images at a time
USABLE = tuple(name for name, objective in OBJECTIVES.items() if not objective.from_prior and not objective.alternates)


@dataclass(frozen=True)
class HierarchyTraining(TrainingConfig):
    """A training run of a hierarchy. particles: of an image, for all objectives but elbo; groups: of particles, for miwae and piwae.

    free_bits: of each layer, in bits per dimension; warmup: a fraction of the budget; flips: whether images are seen mirrored, too;
    validation: images kept from the end of the data for the validation curve."""

    net: HierarchyConfig = field(default_factory=lambda: HierarchyConfig(32, 32, 3))
    rate: float = 2e-3
    average: float = 0.999
    objective: str = "elbo"
    particles: int = 1
    groups: int = 1
    batch: int = 32
    warmup: float = 0.05
    free_bits: float = 0.002
    flips: bool = False
    precision: str = "bfloat16"
    validation: int = 500

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.objective not in USABLE:
            raise BadConfig(f"no objective {self.objective!r} of hierarchies; there are {', '.join(USABLE)}")
        if min(self.batch, self.particles, self.groups) < 1 or self.particles % self.groups:
            raise BadConfig("batch, particles and groups must be positive, and particles must divide into the groups")
        if self.free_bits < 0.0 or self.precision not in ("bfloat16", "float32"):
            raise BadConfig("free bits must not be negative, and precision is bfloat16 or float32")
        if self.quantise:
            raise BadConfig("a hierarchy trains in floats, and is rounded when it is exported: quantise is 0")
        check_fractions(warmup=self.warmup)


HierarchyRun = Run[HierarchyTraining, Hierarchy]


def hierarchy_rate(config: HierarchyTraining, progress: float, steps: int) -> float:
    """The learning rate: a short linear rise, then a cosine."""
    return rise_and_fall(config.rate, progress, 0.02, LAST_RATE)


HIERARCHY: Family[HierarchyTraining, Hierarchy] = Family(
    "hierarchy", HierarchyTraining, lambda config: Hierarchy(config.net), hierarchy_rate, put_with_new_blocks, betas=(0.9, 0.99)
)


class HierarchyTask:
    """The images that a hierarchy is trained on, and what the loop does with them: uint8 [n, height, width, channels], as differences where
    the net sees colours so, binary or gray for a binary one."""

    def __init__(self, run: HierarchyRun, images: NDArray[np.uint8], validation: NDArray[np.uint8]) -> None:
        self.run, self.images = run, images
        self.is_drawn = run.config.net.is_binary and bool(images.max(initial=0) > 1)
        held = binarise(validation, 0) if self.is_drawn else validation
        self.held = held.reshape(len(held), math.prod(held.shape[1:]))
        self.nats = math.log(2.0) * math.prod(images.shape[1:])  # of one bit per dimension

    @property
    def check_seconds(self) -> float:
        return max(30.0, 1.5 * self.run.config.minutes)

    def batches(self) -> Iterator[Tensor]:
        """Random images [batch, pixels], the same ones for a seed and step; gray ones of a binary net are drawn as binary ones."""
        config, step = self.run.config, self.run.steps
        while True:
            rng = np.random.default_rng([config.seed, step])
            yield self._pixels(random_images(self.images, config.batch, config.flips, self.is_drawn, rng))
            step += 1

    def _pixels(self, images: NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(images.reshape(len(images), -1).astype(np.float32)).to(self.run.device)

    def loss(self, batch: Tensor) -> loop.Loss:
        """Bits per dimension in the mean."""
        run, config = self.run, self.run.config
        objective, weight = OBJECTIVES[config.objective], tempering(config.warmup, run.progress)
        particles = 1 if objective.analytic else config.particles
        is_coarse = config.precision == "bfloat16" and run.progress < 1.0 - FINE_PART
        with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=is_coarse):
            drawn = draw_particles(run.net, batch, particles, run.generator, objective.frozen, weight)
        rates = drawn.rates.mean(1) / self.nats
        if objective.analytic:
            distortion = -drawn.terms.log_likelihood.mean() / self.nats
            total = distortion + weight * rates.clamp_min(config.free_bits).sum()
            return loop.Loss(total, distortion.item() + rates.sum().item(), rates.sum().item())
        total, bound = surrogate(drawn.terms, objective, config.groups)
        return loop.Loss(total / len(batch) / self.nats, -bound.mean().item() / self.nats, rates.sum().item())

    def evaluate(self) -> Row:
        """Bits per dimension of recent steps, and of the validation images with one sample of fixed noise, by layer too."""
        if not len(self.held):
            return {}
        net, generator = self.run.net, torch.Generator(self.run.device).manual_seed(1)
        parts = [self._pixels(self.held[first : first + CHECKED]) for first in range(0, len(self.held), CHECKED)]
        distortion, rates = self._means([draw_particles(net, part, 1, generator) for part in parts])
        by_layer = {f"layer{i}_bits": rate for i, rate in enumerate(rates)}
        return {"train_bits": self.run.bits, "bits": distortion + sum(rates), "distortion_bits": distortion, **by_layer}

    def _means(self, parts: list[Sampled]) -> tuple[float, list[float]]:
        distortion = -torch.cat([part.terms.log_likelihood[0] for part in parts]).mean() / self.nats
        rates = torch.cat([part.rates for part in parts], 1).mean(1) / self.nats
        return distortion.item(), rates.tolist()

    def describe(self, row: Row) -> str:
        rates = " + ".join(f"{row[f'layer{i}_bits']:.3f}" for i in range(self.run.config.net.layers))
        figures = f"train {row['train_bits']:.4f}, validation {row['bits']:.4f} bits/dim"
        return f"{figures} = {row['distortion_bits']:.4f} + layers {rates}"
