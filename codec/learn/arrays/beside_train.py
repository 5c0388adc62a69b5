"""Trains latents beside a context net: codec train arrays --data images.npy --layers 2 --context 1 --minutes 30 -o mine.pt

A step takes a few images, draws their latents, and prices some of their pixels, which stand for all of them. Warm-up and free bits are a
hierarchy's (hierarchy_train.py), the learning rate is a context net's (context_train.py), and so is the end of the budget on the integer
grid: the context net's layers are on it then, the convolutions are rounded when the net is exported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.density.arrays.neighbours import look_around
from codec.errors import BadConfig
from codec.learn.arrays.beside_net import Beside, BesideConfig
from codec.learn.arrays.context_net import Views, make_contrasts, views_of
from codec.learn.arrays.context_train import LAST_RATE
from codec.learn.arrays.context_train import log_likelihood as log_likelihood_of_pixels
from codec.learn.arrays.hierarchy_particles import Sampled, draw_particles
from codec.learn.arrays.images import binarise, random_images
from codec.learn.common import loop
from codec.learn.common.config import TrainingConfig, check_fractions
from codec.learn.common.run import Family, Row, Run
from codec.learn.common.schedule import rise_and_fall, tempering

CHECKED = 50  # images at a time
HELD_PLACES = 160  # pixels of each validation image


@dataclass(frozen=True)
class BesideTraining(TrainingConfig):
    """A training run of latents beside a context net, on the ELBO. batch: images of a step; places: pixels of each image that are priced.

    free_bits: of each layer, in bits per dimension; warmup: a fraction of the budget; flips: whether images are seen mirrored, too;
    validation: images kept from the end of the data for the validation curve."""

    net: BesideConfig = field(default_factory=lambda: BesideConfig(32, 32, 3))
    rate: float = 5e-3
    quantise: float = 0.15
    average: float = 0.999
    batch: int = 32
    places: int = 128
    warmup: float = 0.05
    free_bits: float = 0.0
    flips: bool = False
    precision: str = "bfloat16"
    validation: int = 500

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.batch, self.places) < 1 or self.free_bits < 0.0 or self.precision not in ("bfloat16", "float32"):
            raise BadConfig("batch and places must be positive, free bits not negative, and precision bfloat16 or float32")
        check_fractions(warmup=self.warmup)


BesideRun = Run[BesideTraining, Beside]


def beside_rate(config: BesideTraining, progress: float, steps: int) -> float:
    """The learning rate: a short linear rise, then a cosine."""
    return rise_and_fall(config.rate, progress, 0.05, LAST_RATE)


BESIDE: Family[BesideTraining, Beside] = Family(
    "beside", BesideTraining, lambda config: Beside(config.net), beside_rate, betas=(0.9, 0.99), light=True
)


class Glimpses(NamedTuple):
    """A batch: images [images, pixels * channels], and what is seen at some places of each of them, int64 [images, places]."""

    pixels: Tensor
    views: Views
    places: Tensor


class BesideTask:
    """The images that both nets are trained on, uint8 [n, height, width, channels], and what the loop does with them."""

    def __init__(self, run: BesideRun, images: NDArray[np.uint8], validation: NDArray[np.uint8]) -> None:
        config = run.config.net
        self.run, self.images, self.hood, self.tables = run, images, config.context.hood, make_contrasts(config.context.hood)
        self.is_drawn = config.context.is_binary and bool(images.max(initial=0) > 1)
        self.held = binarise(validation, 0) if self.is_drawn else validation
        self.nats = math.log(2.0) * math.prod(images.shape[1:])  # of one bit per dimension

    @property
    def check_seconds(self) -> float:
        return max(15.0, 1.5 * self.run.config.minutes)

    def batches(self) -> Iterator[Glimpses]:
        """Random images and places, the same ones for a seed and step; gray images of a binary net are drawn as binary ones."""
        config, step = self.run.config, self.run.steps
        while True:
            rng = np.random.default_rng([config.seed, step])
            images = random_images(self.images, config.batch, config.flips, self.is_drawn, rng)
            yield self.seen(images, config.places, rng)
            step += 1

    def seen(self, images: NDArray[np.uint8], places: int, rng: np.random.Generator) -> Glimpses:
        """What the nets take of images, and of so many places in each."""
        count, hood, device = len(images), self.hood, self.run.device
        flat = np.ascontiguousarray(images).reshape(count, -1)
        chosen = rng.integers(0, hood.pixels, (count, places))
        rows = np.repeat(np.arange(count), places)
        seen = look_around(hood, self.tables, hood.canvas_of(flat), rows, chosen.ravel())
        values = flat.reshape(count, hood.pixels, hood.channels)[rows, chosen.ravel()]
        pixels = torch.from_numpy(flat.astype(np.float32)).to(device)
        return Glimpses(pixels, views_of(seen, self.tables, values, device), torch.from_numpy(chosen).to(device))

    def draw(self, batch: Glimpses, generator: torch.Generator, weight: float = 1.0) -> Sampled:
        """One sample of each image's latents, with the likelihood that its places stand for."""
        net, (count, places) = self.run.net, batch.places.shape

        def likelihood(h: Tensor | None) -> Tensor:
            told = net.hierarchy.told_to_pixels(h)
            at = batch.places.unsqueeze(-1).expand(-1, -1, told.shape[-1])
            views = replace(batch.views, told=told.gather(1, at).reshape(count * places, -1))
            found = log_likelihood_of_pixels(net.context, views).reshape(count, places)
            return found.sum(1) * (self.hood.pixels / places)

        return draw_particles(net.hierarchy, batch.pixels, 1, generator, weight=weight, likelihood=likelihood)

    def loss(self, batch: Glimpses) -> loop.Loss:
        """Bits per dimension in the mean."""
        run, config = self.run, self.run.config
        weight = tempering(config.warmup, run.progress)
        with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=config.precision == "bfloat16"):
            drawn = self.draw(batch, run.generator, weight)
        rates, distortion = drawn.rates.mean(1) / self.nats, -drawn.terms.log_likelihood.mean() / self.nats
        total = distortion + weight * rates.clamp_min(config.free_bits).sum()
        return loop.Loss(total, distortion.item() + rates.sum().item(), rates.sum().item())

    def evaluate(self) -> Row:
        """Bits per dimension of recent steps, and of some pixels of the validation images with one sample of fixed noise, by layer too."""
        if not len(self.held):
            return {}
        generator, rng = torch.Generator(self.run.device).manual_seed(1), np.random.default_rng(1)
        parts = [self.held[first : first + CHECKED] for first in range(0, len(self.held), CHECKED)]
        drawn = [self.draw(self.seen(part, HELD_PLACES, rng), generator) for part in parts]
        distortion = -torch.cat([part.terms.log_likelihood[0] for part in drawn]).mean().item() / self.nats
        rates = (torch.cat([part.rates for part in drawn], 1).mean(1) / self.nats).tolist()
        by_layer = {f"layer{i}_bits": rate for i, rate in enumerate(rates)}
        return {"train_bits": self.run.bits, "bits": distortion + sum(rates), "distortion_bits": distortion, **by_layer}

    def describe(self, row: Row) -> str:
        rates = " + ".join(f"{row[f'layer{i}_bits']:.4f}" for i in range(self.run.config.net.layers))
        figures = f"train {row['train_bits']:.4f}, validation {row['bits']:.4f} bits/dim"
        return f"{figures} = {row['distortion_bits']:.4f} + layers {rates}"
