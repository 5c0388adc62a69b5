"""Train a photo model: codec train photo --data FOLDER --minutes 60 --latents 0 -o photo.pt

One plain loop over random pixels of random tiles (photo_batches.py). What a step minimises are bits per dimension, tile by tile,

    ELBO      -log p(x|z) + KL(q(z|x) || p(z))                       one or more z from the posterior
    IWAE_k    -log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)              k of them

with log p(x|z) of the whole tile estimated from some of its pixels, and z from other pixels of it. KL or log p(z) - log q(z|x) count
little at first (`warmup`). On a share of the tiles (`fixed`) z is 0, which is what the codec uses where it has no z. A net without
latents (`latents` = 0) is the same net with z = 0 everywhere; one with latents may `start` from it.

The minutes are the schedule: the learning rate falls as a cosine over them, and in the last `quantise` of them every number is on its
integer grid. Time counts as the sum of min(step, 5 s). Weights are averaged exponentially; the average is what is validated and used.
A step whose gradient is not finite, or ten times as long as usual, is skipped and counted; one twice as long is shortened to that.
"""

from __future__ import annotations

import functools
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from codec.learn.arrays.nets import BadConfig, log_standard_normal
from codec.learn.arrays.train import tempering
from codec.learn.common import quantise
from codec.learn.common.descent import LONGEST_STEP, TrainingFailed, copies, put_values, read_checkpoint, update, write_checkpoint
from codec.learn.photo.batches import Batch, draw, gather, prefetch, sample_grid
from codec.learn.photo.data import MOST_TILES, Tiles
from codec.learn.photo.layers import Modulations
from codec.learn.photo.nets import PhotoConfig, PhotoNet, Pixels, calibrate

SAVE_SECONDS = 180.0
LOG_STEPS = 500
LAST_RATE = 0.003
LN2 = math.log(2.0)
PARTS = ("config", "state", "weights", "raw", "optimiser")


@dataclass(frozen=True)
class PhotoTrainConfig:
    """A training run. A step sees `pixels` of each of `tiles` tiles, and `samples` more for the posterior. Fractions are of the minutes;
    with `steps` the budget is that many steps in place of them. validation: the share of a validation tile's pixels that is looked at."""

    net: PhotoConfig = field(default_factory=PhotoConfig)
    objective: str = "elbo"
    particles: int = 1
    minutes: float = 30.0
    steps: int = 0
    tiles: int = 32
    pixels: int = 512
    samples: int = 256
    fixed: float = 0.15
    rate: float = 3e-3
    warmup: float = 0.2
    quantise: float = 0.25
    average: float = 0.999
    validation: float = 0.125
    most_tiles: int = MOST_TILES
    seed: int = 0

    def __post_init__(self) -> None:
        if self.objective not in ("elbo", "iwae"):
            raise BadConfig(f"the objective is elbo or iwae, not {self.objective!r}")
        if min(self.particles, self.tiles, self.pixels, self.samples, self.most_tiles) < 1 or self.minutes <= 0.0 or self.steps < 0:
            raise BadConfig("particles, tiles, pixels, samples, most_tiles and minutes must be positive")
        if not all(0.0 <= part <= 1.0 for part in (self.fixed, self.warmup, self.quantise, self.validation)):
            raise BadConfig("fixed, warmup, quantise and validation are fractions between 0 and 1")


def config_from_json(text: str) -> PhotoTrainConfig:
    """The config that a checkpoint holds; an unknown setting is an error."""
    values = json.loads(text)
    unknown = set(values) - {known.name for known in fields(PhotoTrainConfig)}
    if unknown:
        raise BadConfig(f"unknown settings {sorted(unknown)}")
    net: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values["net"].items()}
    return PhotoTrainConfig(**{**values, "net": PhotoConfig(**net)})


@dataclass
class Run:
    """All that changes while training goes on."""

    config: PhotoTrainConfig
    net: PhotoNet
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    device: torch.device
    elapsed: float = 0.0
    steps: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    usual_norm: float = 0.0
    quantised: bool = False
    rows: list[dict[str, float]] = field(default_factory=list)

    @property
    def progress(self) -> float:
        """The share of the budget that is used up."""
        return self.steps / self.config.steps if self.config.steps else self.elapsed / (60.0 * self.config.minutes)


STATE = ("elapsed", "steps", "skipped", "skipped_in_a_row", "usual_norm", "quantised", "rows")


def start(config: PhotoTrainConfig, device: str = "cpu", weights: dict[str, Tensor] | None = None) -> Run:
    """A fresh run, or one that begins with the given weights; of what concerns z there may be none."""
    torch.manual_seed(config.seed)
    net = PhotoNet(config.net)
    if weights is not None:
        _put(net, weights)
    net.to(device)
    optimiser = torch.optim.Adam(net.parameters(), lr=config.rate, betas=(0.9, 0.99), fused=True)
    return Run(config, net, copies(net), optimiser, torch.device(device))


def _put(net: PhotoNet, weights: dict[str, Tensor]) -> None:
    """Load weights; those of z may be missing as a whole, and are left out for a net without z."""
    of_latents = {name for name in net.state_dict() if name.startswith(("modulate.", "encoder."))}
    wanted = {name: value for name, value in weights.items() if of_latents or not name.startswith(("modulate.", "encoder."))}
    try:
        missing, unexpected = net.load_state_dict(wanted, strict=False)
    except RuntimeError as error:
        raise TrainingFailed(f"the weights are not those of a net like {net.config}") from error
    if unexpected or (missing and set(missing) != of_latents):
        raise TrainingFailed(f"the weights are not those of a net like {net.config}")


def save(run: Run, path: Path) -> None:
    """Write a checkpoint: first beside the path, then renamed onto it."""
    content = {
        "config": json.dumps(asdict(run.config)),
        "state": json.dumps({name: getattr(run, name) for name in STATE}),
        "weights": {**run.net.state_dict(), **run.average},
        "raw": run.net.state_dict(),
        "optimiser": run.optimiser.state_dict(),
    }
    write_checkpoint(path, content)


def _read(path: Path, device: str) -> dict[str, Any]:
    content = read_checkpoint(path, device)
    if set(PARTS) != set(content):
        raise TrainingFailed(f"{path}: not a checkpoint of a photo model")
    return content


def holds_photo(path: Path) -> bool:
    """Whether a file is a checkpoint of a photo model."""
    try:
        _read(path, "cpu")
    except TrainingFailed:
        return False
    return True


def load_checkpoint(path: Path) -> tuple[PhotoNet, PhotoTrainConfig, dict[str, Any]]:
    """The averaged net of a checkpoint (on the CPU, its quantisation switched as it was trained last), its config, its state."""
    content = _read(path, "cpu")
    config, state = config_from_json(content["config"]), json.loads(content["state"])
    net = PhotoNet(config.net)
    _put(net, content["weights"])
    quantise.set_quantised(net, bool(state["quantised"]))
    return net, config, state


def resume(path: Path, device: str = "cpu") -> Run:
    """The run that a checkpoint holds, as it was after its last step."""
    content = _read(path, device)
    run = start(config_from_json(content["config"]), device, content["raw"])
    for name, value in json.loads(content["state"]).items():
        setattr(run, name, value)
    run.optimiser.load_state_dict(content["optimiser"])
    run.average = {name: content["weights"][name].clone() for name in run.average}
    quantise.set_quantised(run.net, run.quantised)
    return run


def learning_rate(config: PhotoTrainConfig, progress: float, steps: int) -> float:
    """A rise over 100 steps, then a cosine."""
    fallen = 0.5 + 0.5 * math.cos(math.pi * min(progress, 1.0))
    return config.rate * min(1.0, (steps + 1) / 100) * (LAST_RATE + (1.0 - LAST_RATE) * fallen)


class Loss(NamedTuple):
    """Bits per dimension, means over tiles: what is minimised, its part of the pixels, its KL."""

    total: Tensor
    pixels: Tensor
    divergence: Tensor


def loss_of(net: PhotoNet, batch: Batch, objective: str = "elbo", weight: float = 1.0) -> Loss:
    """The loss of a batch; prior and posterior count `weight`."""
    channels = net.config.channels
    if not net.config.latents:
        bits = net.bits(batch.pixels).mean()
        return Loss(bits, bits.detach(), torch.zeros_like(bits))
    free = 1.0 - batch.fixed
    posterior = net.posterior(batch.samples)
    eps = posterior.sample(batch.noise) * free.unsqueeze(-1)
    bits = net.bits(batch.pixels, net.modulations(eps)).sum(-1).mean(-1)
    divergence = free * posterior.divergence() / (LN2 * batch.areas)
    if objective == "elbo":
        total = bits.mean(0) + weight * divergence
    else:
        ratio = weight * free * (log_standard_normal(eps) - posterior.log_density(eps))
        log_weights = ratio - LN2 * batch.areas * bits
        total = (math.log(len(bits)) - torch.logsumexp(log_weights, 0)) / (LN2 * batch.areas)
    return Loss(total.mean() / channels, bits.detach().mean() / channels, divergence.detach().mean() / channels)


def step(run: Run, batch: Batch) -> Loss:
    """One update. Counts, and does nothing else, if the gradient is bad."""
    config = run.config
    for group in run.optimiser.param_groups:
        group["lr"] = learning_rate(config, run.progress, run.steps)
    loss = loss_of(run.net, batch, config.objective, tempering(config.warmup, run.progress))
    run.optimiser.zero_grad(set_to_none=True)
    loss.total.backward()
    update(run)
    run.steps += 1
    return loss


def _begin_quantised(run: Run) -> None:
    """From the averaged weights on, on the integer grid."""
    put_values(run.net, run.average)
    calibrate(run.net)
    quantise.set_quantised(run.net, True)
    run.average = copies(run.net)
    run.quantised = True


@contextmanager
def averaged(run: Run) -> Iterator[PhotoNet]:
    """Within the `with` block the net holds the averaged weights."""
    held = copies(run.net)
    put_values(run.net, run.average)
    with torch.no_grad():
        yield run.net
    put_values(run.net, held)


class Held(NamedTuple):
    """A validation tile: some of its pixels, all samples of the posterior, its number of pixels."""

    pixels: Pixels
    samples: Pixels
    area: int


def hold(tiles: Tiles, share: float) -> list[Held]:
    """The validation tiles with a fixed random share of their pixels."""
    held = []
    for tile in tiles.validation:
        height, width = (int(side) for side in tiles.sizes[tile])
        chosen = np.random.default_rng(int(tile)).permutation(height * width)[: max(1, round(share * height * width))]
        grid = sample_grid(height, width)
        where = (np.stack(np.divmod(np.sort(chosen), width), -1), grid)
        pixels, samples = (gather(tiles, np.insert(part, 0, tile, axis=1).astype(np.int64)) for part in where)
        held.append(Held(pixels, samples, height * width))
    return held


class Rates(NamedTuple):
    """Bits per dimension, means over tiles: `free` with z at the posterior's mean, KL included; `fixed` with z at 0; the KL alone."""

    free: float
    fixed: float
    divergence: float


def evaluate(net: PhotoNet, held: list[Held]) -> Rates:
    """The rates of validation tiles."""
    device, channels = next(net.parameters()).device, net.config.channels
    sums = np.zeros(3)
    with torch.no_grad():
        for tile in held:
            pixels, samples = (Pixels(*(part.to(device).unsqueeze(0) for part in group)) for group in tile[:2])
            if not net.config.latents:
                sums[:2] += net.bits(pixels).mean().item()
                continue
            posterior = net.posterior(samples)
            cost = posterior.divergence().item() / (LN2 * channels * tile.area)
            rates = [_bits(net, pixels, net.modulations(eps)) for eps in (posterior.mean, torch.zeros_like(posterior.mean))]
            sums += (rates[0] + cost, rates[1], cost)
    return Rates(*(sums / len(held)).tolist()) if held else Rates(math.nan, math.nan, math.nan)


def _bits(net: PhotoNet, pixels: Pixels, modulations: Modulations) -> float:
    return net.bits(pixels, modulations).mean().item()


def train(run: Run, tiles: Tiles, path: Path, quiet: bool = False) -> Run:
    """Train until the budget is used up; Ctrl-C stops early. The checkpoint is written every 3 minutes and at the end."""
    config = run.config
    samples, latents = (config.samples, config.net.latents) if config.net.latents else (0, 0)
    make = functools.partial(_draw, tiles, config, samples, latents)
    held = hold(tiles, config.validation)
    next_save, total, count, began_at = run.elapsed + SAVE_SECONDS, torch.zeros(2), 0, run.elapsed
    try:
        for batch in prefetch(make, run.steps):
            if run.progress >= 1.0:
                break
            began = time.monotonic()
            if not run.quantised and config.quantise > 0.0 and run.progress >= 1.0 - config.quantise:
                _begin_quantised(run)
            loss = step(run, batch.to(run.device))
            total, count = total + torch.stack([loss.pixels, loss.divergence]).cpu(), count + 1
            run.elapsed += min(time.monotonic() - began, LONGEST_STEP)
            if run.steps % LOG_STEPS == 0 and not quiet:
                pixels, divergence = (total / count).tolist()
                speed = count / max(run.elapsed - began_at, 1e-9)
                _print(f"{run.elapsed / 60:7.2f} min, step {run.steps}: {pixels:.5f} + {divergence:.5f} bits/dim, {speed:.1f} steps/s")
                total, count, began_at = torch.zeros(2), 0, run.elapsed
            if run.elapsed >= next_save:
                next_save = run.elapsed + SAVE_SECONDS
                _check(run, held, path, quiet)
    except KeyboardInterrupt:
        _print("stopped by the user; the checkpoint holds everything so far")
    _check(run, held, path, quiet)
    return run


def _draw(tiles: Tiles, config: PhotoTrainConfig, samples: int, latents: int, step: int) -> Batch:
    return draw(tiles, config.tiles, config.pixels, samples, config.particles, latents, config.fixed, (config.seed, step))


def _check(run: Run, held: list[Held], path: Path, quiet: bool) -> None:
    with averaged(run) as net:
        rates = evaluate(net, held)
    run.rows.append({"minutes": run.elapsed / 60.0, "steps": float(run.steps), "quantised": float(run.quantised), **rates._asdict()})
    save(run, path)
    if not quiet:
        kind = "on the grid" if run.quantised else "in floats"
        text = f"validation {rates.free:.5f} bits/dim (KL {rates.divergence:.6f}), z fixed {rates.fixed:.5f}, {kind}"
        _print(f"{run.elapsed / 60:7.2f} min, step {run.steps}: {text}; {run.skipped} skipped")


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
