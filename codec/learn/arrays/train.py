"""Train a digits model: codec train digits --data train-images-idx3-ubyte.gz --objective iwae --particles 50 --minutes 30

One plain loop. The minutes are the schedule: the learning rate falls as a cosine over them, the number of particles grows after
`early` of them, the posterior alone follows the ELBO in the last `tighten` of them, and in the last `quantise` of them the
weights are on the integer grid (validation then has all tensors on it). Time counts as the sum of min(step, 5 s), so a paused
process loses nothing. Weights are averaged exponentially; the average is what is validated and used. A step whose gradient is
not finite, or ten times as long as usual, is skipped and counted; one twice as long is shortened to that.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from codec.learn.arrays.likelihoods import PIXELS
from codec.learn.arrays.nets import BadConfig, Net, NetConfig, build, posterior_parameters
from codec.learn.arrays.objectives import OBJECTIVES, surrogate
from codec.learn.arrays.particles import draw, draw_from_prior
from codec.learn.common import quantise
from codec.learn.common.descent import LONGEST_STEP, TrainingFailed, copies, put_values, read_checkpoint, update, write_checkpoint
from codec.learn.common.progress import Meter, Row, describe, write_curve


@dataclass(frozen=True)
class TrainConfig:
    """A training run. Fractions are of the minutes; `particles` is their number in the end, `early_particles` before `early`.

    With `images` the budget is that many images (seen again and again) in place of the minutes.
    """

    net: NetConfig = field(default_factory=NetConfig)
    objective: str = "iwae"
    particles: int = 50
    early_particles: int = 5
    early: float = 0.6
    groups: int = 5
    share: float = 0.5
    minutes: float = 30.0
    images: int = 0
    batch: int = 100
    rate: float = 1e-3
    warmup: float = 0.0
    top_warmup: float = 0.0
    tighten: float = 0.0
    quantise: float = 0.0
    average: float = 0.9995
    precision: str = "bfloat16"
    seed: int = 0
    validation: int = 1000
    threads: int = 0

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise BadConfig(f"no objective {self.objective!r}; there are {', '.join(OBJECTIVES)}")
        if self.precision not in ("bfloat16", "float32"):
            raise BadConfig(f"precision is bfloat16 or float32, not {self.precision!r}")
        if min(self.particles, self.early_particles, self.batch, self.groups) < 1 or self.minutes <= 0:
            raise BadConfig("particles, batch, groups and minutes must be positive")
        if not all(0.0 <= part <= 1.0 for part in (self.early, self.share, self.warmup, self.top_warmup, self.tighten, self.quantise)):
            raise BadConfig("early, share, warmup, top_warmup, tighten and quantise are fractions between 0 and 1")


def config_from_json(text: str) -> TrainConfig:
    """The config that a checkpoint holds; an unknown setting is an error."""
    values = json.loads(text)
    unknown = set(values) - {known.name for known in fields(TrainConfig)}
    if unknown:
        raise BadConfig(f"unknown settings {sorted(unknown)}")
    return TrainConfig(**{**values, "net": NetConfig(**values["net"])})


@dataclass
class Run:
    """All that changes while training goes on."""

    config: TrainConfig
    net: Net
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    device: torch.device
    elapsed: float = 0.0
    steps: int = 0
    images: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    usual_norm: float = 0.0
    divergence: float = 0.0
    quantised: bool = False
    rows: list[Row] = field(default_factory=list)


def start(config: TrainConfig, device: str = "cpu", weights: dict[str, Tensor] | None = None) -> Run:
    """A fresh run, or one that continues from given weights."""
    torch.manual_seed(config.seed)
    net = build(config.net)
    if weights is not None:
        _put(net, weights)
    net.to(device)
    optimiser = torch.optim.Adam(net.parameters(), lr=config.rate, fused=True)
    average = copies(net)
    generator = torch.Generator(device).manual_seed(config.seed)
    return Run(config, net, average, optimiser, generator, torch.device(device))


def _put(net: Net, weights: dict[str, Tensor]) -> None:
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise TrainingFailed(
            f"the weights are not those of a net like {net.config}: give the settings that they were trained with"
        ) from error


def save(run: Run, path: Path) -> None:
    """Write a checkpoint: first beside the path, then renamed onto it."""
    weights = {**run.net.state_dict(), **run.average}
    state = {name: getattr(run, name) for name in ("elapsed", "steps", "images", "skipped", "usual_norm", "quantised", "rows")}
    content = {
        "config": json.dumps(asdict(run.config)),
        "state": json.dumps(state),
        "weights": weights,
        "raw": run.net.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "generator": run.generator.get_state(),
    }
    write_checkpoint(path, content)


def _read(path: Path, device: str) -> dict[str, Any]:
    content = read_checkpoint(path, device)
    if not {"config", "state", "weights", "raw", "optimiser", "generator"} <= set(content):
        raise TrainingFailed(f"{path}: not a checkpoint of this package")
    return content


def load_checkpoint(path: Path | str) -> tuple[Net, TrainConfig]:
    """The averaged net of a checkpoint (on the CPU, its quantisation switched as it was trained last) and its config."""
    content = _read(Path(path), "cpu")
    config = config_from_json(content["config"])
    net = build(config.net)
    _put(net, content["weights"])
    quantise.set_quantised(net, bool(json.loads(content["state"])["quantised"]))
    net.eval()
    return net, config


def resume(path: Path, device: str = "cpu") -> Run:
    """The run that a checkpoint holds, as it was after its last step."""
    content = _read(path, device)
    run = start(config_from_json(content["config"]), device, content["raw"])
    for name, value in json.loads(content["state"]).items():
        setattr(run, name, value)
    run.optimiser.load_state_dict(content["optimiser"])
    run.generator.set_state(content["generator"].cpu())
    run.average = {name: content["weights"][name].clone() for name in run.average}
    quantise.set_quantised(run.net, run.quantised, light=True)
    return run


def learning_rate(config: TrainConfig, progress: float) -> float:
    """A short linear rise, then a cosine down to 1 % of the rate."""
    rise = min(1.0, progress / 0.01 + 0.05)
    return config.rate * rise * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0))))


def particles_at(config: TrainConfig, progress: float) -> int:
    """`early_particles` until `early`, `particles` in the last 15 %, growing geometrically in between."""
    grown = min(1.0, max(0.0, progress - config.early) / max(0.85 - config.early, 1e-9))
    first = min(config.early_particles, config.particles)
    return round(first * (config.particles / first) ** grown)


def tempering(warmup: float, progress: float) -> float:
    """How much a layer's prior and posterior count: from 0.05 up to 1 at `warmup`."""
    return min(1.0, 0.05 + 0.95 * progress / warmup) if warmup else 1.0


def progress_of(run: Run) -> float:
    """The share of the budget that is used up."""
    return run.images / run.config.images if run.config.images else run.elapsed / (60.0 * run.config.minutes)


def step(run: Run, x: Tensor) -> float:
    """One update on images x [images, 784]; returns the mean bound in nats. Counts, and does nothing else, if the gradient is bad."""
    config, progress = run.config, progress_of(run)
    objective = OBJECTIVES[config.objective]
    particles = particles_at(config, progress)
    tightening = progress >= 1.0 - config.tighten
    if tightening:
        objective, particles = OBJECTIVES["elbo"], 1
    for group in run.optimiser.param_groups:
        group["lr"] = learning_rate(config, progress)
    betas = tempering(config.warmup, progress), tempering(config.top_warmup, progress)
    with torch.autocast(run.device.type, dtype=torch.bfloat16, enabled=config.precision == "bfloat16"):
        if objective.from_prior:
            terms = draw_from_prior(run.net, x, particles, run.generator)
        else:
            terms = draw(run.net, x, particles, run.generator, objective.frozen, betas)
    loss, bound = surrogate(terms, objective, config.groups if particles % config.groups == 0 else 1, config.share)
    run.optimiser.zero_grad(set_to_none=True)
    (loss / len(x)).backward()
    if tightening or (objective.alternates and run.steps % 2 == 0):
        _forget(run.net.model_parameters())
    elif objective.alternates:
        _forget(posterior_parameters(run.net))
    update(run)
    run.steps += 1
    run.images += len(x)
    run.divergence = 0.99 * run.divergence + 0.01 * terms.divergence.detach().mean().item() if run.steps > 1 else 0.0
    return bound.mean().item()


def _forget(parameters: list[nn.Parameter]) -> None:
    for parameter in parameters:
        parameter.grad = None


def _begin_quantised(run: Run) -> None:
    """From the averaged weights on, on the integer grid."""
    put_values(run.net, run.average)
    quantise.calibrate(run.net)
    quantise.set_quantised(run.net, True, light=True)
    run.average = copies(run.net)
    run.quantised = True


class Averaged:
    """Within the `with` block the net holds the averaged weights, and is the whole integer graph if it is quantised."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> Net:
        self.held = copies(self.run.net)
        put_values(self.run.net, self.run.average)
        quantise.set_quantised(self.run.net, self.run.quantised)
        return self.run.net

    def __exit__(self, *exception: object) -> None:
        put_values(self.run.net, self.held)
        quantise.set_quantised(self.run.net, self.run.quantised, light=True)


def validate(run: Run, x: Tensor, particles: int = 20) -> tuple[float, float]:
    """(ELBO, IWAE_20) in nats per image, of the averaged net on images x, with fixed noise."""
    generator = torch.Generator(run.device).manual_seed(1)
    lower = tight = 0.0
    with Averaged(run) as net, torch.no_grad():
        for part in x.split(100):
            weights = draw(net, part, particles, generator).log_weights
            lower += weights.mean(0).sum().item()
            tight += (torch.logsumexp(weights, 0) - math.log(particles)).sum().item()
    return lower / len(x), tight / len(x)


class Batches:
    """Endless shuffled batches: binary pixels drawn anew each time, or gray values p/256."""

    def __init__(self, images: NDArray[np.uint8], run: Run) -> None:
        self.images = torch.from_numpy(images.reshape(len(images), -1).copy()).to(run.device)
        self.binary = run.config.net.likelihood == "bernoulli"
        self.run = run

    def __iter__(self) -> Iterator[Tensor]:
        generator, size, device = self.run.generator, self.run.config.batch, self.run.device
        while True:
            order = torch.randperm(len(self.images), generator=generator, device=device)
            for chosen in order.split(size):
                x = self.images[chosen].float()
                yield (torch.rand(x.shape, generator=generator, device=device) * 255.0 < x).float() if self.binary else x / 256.0


def train(run: Run, images: NDArray[np.uint8], validation: NDArray[np.float32], path: Path, quiet: bool = False) -> Run:
    """Train until the minutes are over; Ctrl-C stops early. The checkpoint is written at least once a minute and at the end.

    images: uint8 [n, 28, 28] (0 ... 255); validation: the net's inputs, float32 [m, 784] (0/1, or p/256).
    """
    if images.dtype != np.uint8 or images[0].size != PIXELS:
        raise BadConfig(f"the digits models need uint8 images of 28x28, not {images.dtype} {images.shape[1:]}")
    config = run.config
    held_out = torch.from_numpy(validation.copy()).to(run.device)
    every = max(1.5 * config.minutes, min(15.0, 15.0 * config.minutes))
    next_check, next_save, mean = run.elapsed + every / 4.0, run.elapsed + 60.0, 0.0
    meter = Meter(quiet)
    try:
        for x in Batches(images, run):
            began = time.monotonic()
            if not run.quantised and progress_of(run) >= 1.0 - config.quantise and config.quantise > 0.0:
                _begin_quantised(run)
            bound = step(run, x)
            mean = bound if mean == 0.0 else 0.99 * mean + 0.01 * bound
            run.elapsed += min(time.monotonic() - began, LONGEST_STEP)
            done = progress_of(run)
            meter.show(run.elapsed, run.elapsed / max(done, 1e-9), run.images, mean, run.divergence)
            if run.elapsed >= next_check or done >= 1.0:
                next_check = run.elapsed + every
                _check(run, held_out, mean, path, meter)
            if done >= 1.0:
                break
            if run.elapsed >= next_save:
                next_save = run.elapsed + 60.0
                save(run, path)
    except KeyboardInterrupt:
        meter.line("stopped by the user; the checkpoint holds everything so far")
    save(run, path)
    return run


def _check(run: Run, held_out: Tensor, mean: float, path: Path, meter: Meter) -> None:
    if not len(held_out):
        return
    lower, tight = validate(run, held_out)
    with Averaged(run) as net, torch.no_grad():
        rate, distortion = net(held_out, torch.Generator(run.device).manual_seed(2))
    row = {"minutes": run.elapsed / 60.0, "steps": float(run.steps), "train_nats": mean, "elbo_nats": lower, "iwae20_nats": tight}
    row |= {"rate_bits": rate.item(), "distortion_bits": distortion.item()}
    run.rows.append(row)
    write_curve(run.rows, path.with_suffix(".csv"))
    meter.line(describe(row, run.skipped))
