"""Trains a net of digits: codec train digits --data train-images-idx3-ubyte.gz --objective iwae --particles 50 --minutes 30

What is its own beside the common loop: the learning rate falls as a cosine over the budget, the number of particles grows after `early`
of it, and in the last `tighten` of it the posterior alone is trained, on the ELBO. In the last `quantise` of it weights and biases are on
the integer grid; validation then has all tensors on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from codec.errors import BadConfig, BadData
from codec.learn.arrays.images import PIXELS
from codec.learn.arrays.nets import DigitsConfig, DigitsNet, build_digits, posterior_parameters
from codec.learn.arrays.objectives import OBJECTIVES, Objective, surrogate
from codec.learn.arrays.particles import Terms, draw_from_prior, draw_particles
from codec.learn.common import loop
from codec.learn.common.config import TrainingConfig, check_fractions
from codec.learn.common.data import LARGEST, LEVELS
from codec.learn.common.run import Family, Row, Run
from codec.learn.common.schedule import rise_and_fall, tempering

LAST_RATE = 0.01
ALL_PARTICLES = 0.85  # of the budget: from then on
VALIDATION_PARTICLES = 20
NATS = math.log(2.0) * PIXELS  # of one bit per dimension


@dataclass(frozen=True)
class DigitsTraining(TrainingConfig):
    """A training run of digits. Fractions are of the budget; `particles` is their number in the end, `early_particles` before `early`.

    groups: of particles, for the objectives that have them; share: of the ELBO, for ciwae. validation: images kept for the curve."""

    net: DigitsConfig = field(default_factory=DigitsConfig)
    objective: str = "iwae"
    particles: int = 50
    early_particles: int = 5
    early: float = 0.6
    groups: int = 5
    share: float = 0.5
    batch: int = 100
    warmup: float = 0.0
    top_warmup: float = 0.0
    tighten: float = 0.0
    precision: str = "bfloat16"
    validation: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.objective not in OBJECTIVES:
            raise BadConfig(f"no objective {self.objective!r}; there are {', '.join(OBJECTIVES)}")
        if self.precision not in ("bfloat16", "float32"):
            raise BadConfig(f"precision is bfloat16 or float32, not {self.precision!r}")
        if min(self.particles, self.early_particles, self.batch, self.groups) < 1:
            raise BadConfig("particles, batch and groups must be positive")
        check_fractions(early=self.early, share=self.share, warmup=self.warmup, top_warmup=self.top_warmup, tighten=self.tighten)


DigitsRun = Run[DigitsTraining, DigitsNet]


def digits_rate(config: DigitsTraining, progress: float, steps: int) -> float:
    """The learning rate: a short linear rise, then a cosine."""
    return rise_and_fall(config.rate, progress, 0.05, LAST_RATE)


DIGITS: Family[DigitsTraining, DigitsNet] = Family(
    "digits", DigitsTraining, lambda config: build_digits(config.net), digits_rate, light=True
)


def particles_at(config: DigitsTraining, progress: float) -> int:
    """`early_particles` until `early`, `particles` in the last 15 %, growing geometrically in between."""
    grown = min(1.0, max(0.0, progress - config.early) / max(ALL_PARTICLES - config.early, 1e-9))
    first = min(config.early_particles, config.particles)
    return round(first * math.pow(config.particles / first, grown))


class DigitsTask:
    """The images that a net of digits is trained on, and what the loop does with them.

    images: uint8 [n, 28, 28] (0 ... 255); validation: the net's inputs, float32 [m, 784] (0/1, or p/256). Raises BadData.
    """

    def __init__(self, run: DigitsRun, images: NDArray[np.uint8], validation: NDArray[np.float32]) -> None:
        if images.dtype != np.uint8 or images[0].size != PIXELS:
            raise BadData(f"a net of digits needs uint8 images of {PIXELS} pixels, not {images.dtype} {images.shape[1:]}")
        self.run = run
        self.images = torch.from_numpy(images.reshape(len(images), -1).copy()).to(run.device)
        self.held_out = torch.from_numpy(validation.copy()).to(run.device)

    @property
    def check_seconds(self) -> float:
        minutes = self.run.config.minutes
        return max(1.5 * minutes, min(15.0, 15.0 * minutes))

    def batches(self) -> Iterator[Tensor]:
        """Shuffled batches [images, 784]: binary pixels drawn anew each time, or gray values p/256."""
        generator, device = self.run.generator, self.run.device
        binary = self.run.config.net.likelihood == "bernoulli"
        while True:
            order = torch.randperm(len(self.images), generator=generator, device=device)
            for chosen in torch.split(order, self.run.config.batch):
                x = self.images[chosen].float()
                yield (torch.rand(x.shape, generator=generator, device=device) * LARGEST < x).float() if binary else x / LEVELS

    def loss(self, batch: Tensor) -> loop.Loss:
        """The objective's loss of images [images, 784]; the ELBO's while the posterior is tightened."""
        run, config, progress = self.run, self.run.config, self.run.progress
        tightening = progress >= 1.0 - config.tighten
        objective = OBJECTIVES["elbo" if tightening else config.objective]
        terms = self._terms(batch, objective, 1 if tightening else particles_at(config, progress))
        groups = config.groups if len(terms.log_likelihood) % config.groups == 0 else 1
        total, bound = surrogate(terms, objective, groups, config.share)
        still: list[nn.Parameter] = []
        if tightening or (objective.alternates and run.steps % 2 == 0):
            still = run.net.model_parameters()
        elif objective.alternates:
            still = posterior_parameters(run.net)
        divergence = terms.divergence.detach().mean().item()
        return loop.Loss(total / len(batch), -bound.mean().item() / NATS, divergence / NATS, still)

    def _terms(self, x: Tensor, objective: Objective, particles: int) -> Terms:
        run, config = self.run, self.run.config
        betas = tempering(config.warmup, run.progress), tempering(config.top_warmup, run.progress)
        with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=config.precision == "bfloat16"):
            if objective.from_prior:
                return draw_from_prior(run.net, x, particles, run.generator)
            return draw_particles(run.net, x, particles, run.generator, objective.frozen, betas)

    def evaluate(self) -> Row:
        """The loss of recent steps; ELBO, IWAE_20, rate and distortion of the validation images, with fixed noise."""
        run, generator = self.run, torch.Generator(self.run.device).manual_seed(1)
        if not len(self.held_out):
            return {}
        lower = tight = 0.0
        for part in torch.split(self.held_out, 100):
            weights = draw_particles(run.net, part, VALIDATION_PARTICLES, generator).log_weights
            lower += weights.mean(0).sum().item() / len(self.held_out)
            tight += (torch.logsumexp(weights, 0) - math.log(VALIDATION_PARTICLES)).sum().item() / len(self.held_out)
        rate, distortion = run.net(self.held_out, torch.Generator(run.device).manual_seed(2))
        nats = {"train_nats": -run.bits * NATS, "elbo_nats": lower, "iwae20_nats": tight}
        return {**nats, "rate_bits": rate.item(), "distortion_bits": distortion.item()}

    def describe(self, row: Row) -> str:
        nats = f"train {row['train_nats']:.2f}, validation ELBO {row['elbo_nats']:.2f}, IWAE_20 {row['iwae20_nats']:.2f} nats"
        return f"{nats} = {-row['iwae20_nats'] / NATS:.4f} bits/dim"
