"""Trains a photo net: codec train photo --data FOLDER --minutes 60 --latents 0 -o photo.pt

What is its own beside the common loop: batches are random pixels of random tiles (batches.py); prior and posterior count little at first
(`warmup`), as loss.py has them; a net with latents may begin with the weights of one without. In the last `quantise` of the budget every
number is on its integer grid.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from codec.density.shared.learning import PACES
from codec.errors import BadCheckpoint, BadConfig
from codec.learn.common import loop
from codec.learn.common.ahead import ahead
from codec.learn.common.config import TrainingConfig, check_fractions
from codec.learn.common.run import Family, Row, Run, Weights
from codec.learn.common.schedule import cosine, tempering
from codec.learn.photo.adapting import Taught, adapting_loss
from codec.learn.photo.batches import BatchSizes, PhotoBatch, draw_batch
from codec.learn.photo.data import MOST_TILES, Tiles
from codec.learn.photo.evaluate import evaluate_tiles, hold_tiles
from codec.learn.photo.loss import photo_loss
from codec.learn.photo.nets import PhotoConfig, PhotoNet

CHECK_SECONDS = 180.0
RISE_STEPS = 100
LAST_RATE = 0.003
OF_LATENTS = ("modulate.", "encoder.")  # beginnings of names of weights


@dataclass(frozen=True)
class PhotoTraining(TrainingConfig):
    """A training run of photos. A step sees `pixels` of each of `tiles` tiles, and `samples` more for the posterior; `fixed` is the share
    of tiles without z, `warmup` a fraction of the budget. validation: the share of a validation tile's pixels that is looked at."""

    net: PhotoConfig = field(default_factory=PhotoConfig)
    rate: float = 3e-3
    quantise: float = 0.25
    average: float = 0.999
    objective: str = "elbo"
    particles: int = 1
    tiles: int = 32
    pixels: int = 512
    samples: int = 256
    fixed: float = 0.15
    warmup: float = 0.2
    validation: float = 0.125
    most_tiles: int = MOST_TILES
    turned: int = 0
    learning: str = "none"
    cold: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.objective not in ("elbo", "iwae"):
            raise BadConfig(f"the objective is elbo or iwae, not {self.objective!r}")
        if min(self.particles, self.tiles, self.pixels, self.samples, self.most_tiles) < 1:
            raise BadConfig("particles, tiles, pixels, samples and most_tiles must be positive")
        if self.learning not in PACES or PACES[self.learning].directed:
            known = ", ".join(name for name, pace in PACES.items() if not pace.directed)
            raise BadConfig(f"layers learn, while a net is trained, as one of {known} says, not {self.learning!r}")
        check_fractions(fixed=self.fixed, warmup=self.warmup, validation=self.validation)

    @property
    def batch(self) -> BatchSizes:
        samples = self.samples if self.net.latents else 0
        pace = PACES[self.learning].pixels if self.learning != "none" else 0
        return BatchSizes(self.tiles, self.pixels, samples, self.particles, self.net.latents, self.fixed, pace, self.cold)


PhotoRun = Run[PhotoTraining, PhotoNet]


def photo_rate(config: PhotoTraining, progress: float, steps: int) -> float:
    """The learning rate: a rise over 100 steps, then a cosine."""
    return config.rate * min(1.0, (steps + 1) / RISE_STEPS) * cosine(progress, LAST_RATE)


def put_photo_weights(net: PhotoNet, weights: Weights) -> None:
    """Load weights; those of z may be missing as a whole, and are left out for a net without z. Raises BadCheckpoint."""
    of_latents = {name for name in net.state_dict() if name.startswith(OF_LATENTS)}
    wanted = {name: value for name, value in weights.items() if of_latents or not name.startswith(OF_LATENTS)}
    try:
        missing, unexpected = net.load_state_dict(wanted, strict=False)
    except RuntimeError as error:
        raise BadCheckpoint(f"the weights are not those of a net like {net.config}") from error
    if unexpected or (missing and set(missing) != of_latents):
        raise BadCheckpoint(f"the weights are not those of a net like {net.config}")


PHOTO: Family[PhotoTraining, PhotoNet] = Family(
    "photo", PhotoTraining, lambda config: PhotoNet(config.net), photo_rate, put_photo_weights, betas=(0.9, 0.99)
)


class PhotoTask:
    """The tiles that a photo net is trained on, and what the loop does with them."""

    check_seconds = CHECK_SECONDS

    def __init__(self, run: PhotoRun, tiles: Tiles) -> None:
        self.run, self.tiles = run, tiles
        self.held = hold_tiles(tiles, run.config.validation)
        self.taught = Taught(run.net, len(tiles.sizes), run.config.learning) if run.config.learning != "none" else None

    def batches(self) -> Iterator[PhotoBatch]:
        """Batches of the run's next steps, computed ahead."""
        return ahead(functools.partial(_batch, self.tiles, self.run.config), self.run.steps)

    def loss(self, batch: PhotoBatch) -> loop.Loss:
        """The loss of a batch, prior and posterior tempered."""
        run, config = self.run, self.run.config
        weight = tempering(config.warmup, run.progress)
        if self.taught is None:
            loss = photo_loss(run.net, batch.to(run.device), config.objective, weight)
        else:
            loss = adapting_loss(run.net, batch.to(run.device), self.taught, weight)
        divergence = loss.divergence.item()
        return loop.Loss(loss.total, loss.pixels.item() + divergence, divergence)

    def evaluate(self) -> Row:
        """The rates of the validation tiles."""
        if not self.held:
            return {}
        return {"quantised": float(self.run.quantised), **evaluate_tiles(self.run.net, self.held)._asdict()}

    def describe(self, row: Row) -> str:
        grid = "on the grid" if row["quantised"] else "in floats"
        return f"validation {row['free']:.5f} bits/dim (KL {row['divergence']:.6f}), z fixed {row['fixed']:.5f}, {grid}"


def _batch(tiles: Tiles, config: PhotoTraining, step: int) -> PhotoBatch:
    return draw_batch(tiles, config.batch, (config.seed, step))
