"""Trains a context net: codec train arrays --data images.npy --context 1 --minutes 30 -o mine.pt

Batches are random pixels of random images, with what is seen of them (density/arrays/neighbours.py), and of binary images drawn anew from
gray ones. The learning rate rises over 1 % of the budget and falls as a cosine; in the last `quantise` of it weights and biases are on the
integer grid, and validation has all tensors on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from codec.density.arrays.neighbours import look_around
from codec.errors import BadConfig
from codec.learn.arrays.context_net import ContextConfig, ContextNet, Views, make_contrasts, views_of
from codec.learn.arrays.images import binarise
from codec.learn.arrays.likelihoods import LOGIT, log_mixture
from codec.learn.common import loop
from codec.learn.common.config import TrainingConfig
from codec.learn.common.data import LEVELS
from codec.learn.common.quantise import wide
from codec.learn.common.run import Family, Row, Run
from codec.learn.common.schedule import rise_and_fall

LAST_RATE = 0.003
HELD_PIXELS = 40000
SEEDS = 1 << 20  # of binary images, between two seeds of runs


@dataclass(frozen=True)
class ContextTraining(TrainingConfig):
    """A training run of a context net. batch: pixels of a step, each with all its channels; flips: whether images are seen mirrored, too;
    validation: images kept from the end of the data for the validation curve."""

    net: ContextConfig = field(default_factory=lambda: ContextConfig(32, 32, 3))
    rate: float = 5e-3
    quantise: float = 0.15
    average: float = 0.999
    batch: int = 4096
    flips: bool = False
    precision: str = "bfloat16"
    validation: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch < 1 or self.precision not in ("bfloat16", "float32"):
            raise BadConfig("batch must be positive, and precision bfloat16 or float32")


ContextRun = Run[ContextTraining, ContextNet]


def context_rate(config: ContextTraining, progress: float, steps: int) -> float:
    """The learning rate: a short linear rise, then a cosine."""
    return rise_and_fall(config.rate, progress, 0.05, LAST_RATE)


CONTEXT: Family[ContextTraining, ContextNet] = Family(
    "context", ContextTraining, lambda config: ContextNet(config.net), context_rate, betas=(0.9, 0.99), light=True
)


class PixelSource:
    """Images uint8 [n, height, width(, channels)] on their canvas, of which batches are drawn. Gray images of a binary net are drawn as
    binary ones, and drawn anew when an eighth of their pixels were seen."""

    def __init__(self, config: ContextConfig, images: NDArray[np.uint8], flips: bool = False) -> None:
        self.hood = hood = config.hood
        images = images.reshape(len(images), hood.height, hood.width, hood.channels)
        self.images = np.concatenate([images, images[:, :, ::-1]]) if flips else images
        self.tables, self.is_drawn = make_contrasts(hood), bool(config.is_binary and images.max(initial=0) > 1)
        self.turn = -1

    def draw(self, count: int, seed: int, step: int, device: torch.device | str = "cpu") -> Views:
        """Random pixels of random images, the same ones for a seed and step."""
        pixels = self.hood.pixels
        turn = 8 * step * count // (len(self.images) * pixels) if self.is_drawn else 0
        if turn != self.turn:
            levels = binarise(self.images, SEEDS * seed + turn) if self.is_drawn else self.images
            self.canvas, self.turn = self.hood.canvas_of(levels.reshape(len(levels), -1)), turn
            self.values = levels.reshape(len(levels), pixels, self.hood.channels)
        rng = np.random.default_rng([seed, step])
        images, places = rng.integers(0, len(self.images), count), rng.integers(0, pixels, count)
        seen = look_around(self.hood, self.tables, self.canvas, images, places)
        return views_of(seen, self.tables, self.values[images, places], device)


def log_likelihood(net: ContextNet, views: Views) -> Tensor:
    """log p of each pixel in nats."""
    if net.config.is_binary:
        logits = net.binary_logits(views)
        logits = logits.to(wide(logits)).clamp(LOGIT.low, LOGIT.high)
        return -functional.binary_cross_entropy_with_logits(logits, views.values, reduction="none").sum(-1)
    return log_mixture(net.mixtures(views), views.values / LEVELS)


class ContextTask:
    """The images that a context net is trained on, and what the loop does with them."""

    def __init__(self, run: ContextRun, images: NDArray[np.uint8], validation: NDArray[np.uint8]) -> None:
        config = run.config
        self.run = run
        self.source = PixelSource(config.net, images, config.flips)
        self.held = PixelSource(config.net, validation).draw(HELD_PIXELS, 1, 0, run.device) if len(validation) else None

    @property
    def check_seconds(self) -> float:
        return max(15.0, 1.5 * self.run.config.minutes)

    def batches(self) -> Iterator[Views]:
        """Batches of the run's next steps."""
        config, step = self.run.config, self.run.steps
        while True:
            yield self.source.draw(config.batch, config.seed, step, self.run.device)
            step += 1

    def loss(self, batch: Views) -> loop.Loss:
        """Nats of a channel in the mean."""
        with torch.autocast(self.run.device.type, dtype=torch.bfloat16, enabled=self.run.config.precision == "bfloat16"):
            total = -log_likelihood(self.run.net, batch).mean() / self.run.config.net.channels
        return loop.Loss(total, total.item() / math.log(2.0), 0.0)

    def evaluate(self) -> Row:
        """Bits per dimension of recent steps, and of the validation images' pixels."""
        if self.held is None:
            return {}
        bits = -log_likelihood(self.run.net, self.held).mean().item() / self.run.config.net.channels / math.log(2.0)
        return {"train_bits": self.run.bits, "bits": bits}

    def describe(self, row: Row) -> str:
        return f"train {row['train_bits']:.4f}, validation {row['bits']:.4f} bits/dim"
