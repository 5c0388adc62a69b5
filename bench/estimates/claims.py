"""Measures the answers to the questions that the project began with: a function a question, a claim with figures that bear it out or not.

All but the trainings ask the embedded models, in the integers that code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.estimates.files import array_file
from bench.estimates.prior import prior_of_images
from bench.estimates.rows import estimates_of
from bench.measure.peer import Pixels
from bench.measure.results import Figures
from codec.density.estimates import NORMAL_95, cross_entropy
from codec.density.named_model import NamedModel

BITS = math.log(2.0)  # nats
REPEATS = 20  # independent estimates whose spread is measured
TOY = (3, 8)  # latents and dimensions of the model whose density is known
TRAINED_TEST, TRAINED_PARTICLES = 200, 1000


@dataclass(frozen=True)
class Claim:
    """An answer: the question, a sentence with its figures, the figures, and whether they bear it out."""

    question: str
    answer: str
    figures: Figures
    holds: bool


def prior_sampling(sets: Sequence[tuple[NamedModel, Pixels]], particles: int) -> Claim:
    """One sample of the posterior against many of the prior, on data that get richer."""
    rows = list[dict[str, float | str]]()
    for model, images in sets:
        flat, density = images.reshape(len(images), -1), model.images
        (one,) = estimates_of(flat, density, [1], 0)
        many = prior_of_images(flat, density, particles)
        posterior, prior = (-float(found.log_density.mean()) / BITS for found in (one, many))
        counted = float(many.effective_size.mean())
        rows.append({"model": model.title, "posterior_bits": posterior, "prior_bits": prior, "effective_particles": counted})
    lost = [float(row["prior_bits"]) - float(row["posterior_bits"]) for row in rows]
    told = "; ".join(
        f"{row['model']}: {row['posterior_bits']:,.0f} bits an image by one sample of the posterior, {row['prior_bits']:,.0f} by "
        f"{particles} of the prior, of which {row['effective_particles']:.1f} count"
        for row in rows
    )
    return Claim(
        "Does one sample of the posterior suffice, and does sampling the prior fail, the more so the richer the data are?",
        f"{told}. What the prior loses: {' and then '.join(f'{bits:,.0f}' for bits in lost)} bits an image.",
        {"particles": particles, "rows": rows, "lost_bits": lost},
        min(lost) > 0 and lost == sorted(lost),
    )


def estimator_spread(model: NamedModel, images: Pixels, counts: Sequence[int]) -> Claim:
    """The variance of the estimate of one image's density by k particles."""
    flat = images.reshape(len(images), -1)
    found = np.array([[one.log_density for one in estimates_of(flat, model.images, counts, seed)] for seed in range(REPEATS)])
    spread = np.sqrt(found.var(axis=0, ddof=1).mean(axis=1))  # by number of particles
    rows = [{"particles": count, "deviation_nats": float(value)} for count, value in zip(counts, spread, strict=True)]
    told = ", ".join(f"{row['deviation_nats']:.2f} with k = {row['particles']}" for row in rows)
    return Claim(
        "Does the variance of the estimator fall with k, that is, does IWAE lower it?",
        f"Standard deviation of log p of an image over {REPEATS} estimates ({model.title}), nats: {told}.",
        {"model": model.title, "images": len(images), "rows": rows},
        bool((np.diff(spread) < 0).all()),
    )


def bound_and_bytes(model: NamedModel, images: Pixels, counts: Sequence[int]) -> Claim:
    """How the bound tightens with particles, and files follow."""
    flat, rows = images.reshape(len(images), -1), list[dict[str, float]]()
    for count, estimate in zip(counts, estimates_of(flat, model.images, counts, 1), strict=True):
        _, info = array_file("the file", images, model, count)
        bound = -float(estimate.log_density.sum()) / BITS / flat.size
        rows.append({"particles": count, "bound": bound, "net": info.net_bits / flat.size, "total_bytes": info.total_bits / 8})
    told = ", ".join(f"{row['bound']:.4f} and {row['net']:.4f} (N = {row['particles']:.0f})" for row in rows)
    falls = all((np.diff([row[what] for row in rows]) < 0).all() for what in ("bound", "net"))
    return Claim(
        "Does the bound tighten with particles, and do the bytes follow it?",
        f"Bound and net file of {len(images)} images ({model.title}), bits/dim: {told}.",
        {"model": model.title, "images": len(images), "rows": rows},
        falls and all(abs(row["net"] / row["bound"] - 1.0) < 0.02 for row in rows),
    )


def one_density(model: NamedModel, image: Pixels, particles: int) -> Claim:
    """The density of one given image, with its interval."""
    (found,) = estimates_of(image.reshape(1, -1), model.images, [particles], 3)
    (again,) = estimates_of(image.reshape(1, -1), model.images, [particles], 4)
    value, error = float(found.log_density[0]), float(found.standard_error[0])
    low, high, other = value - NORMAL_95 * error, value + NORMAL_95 * error, float(again.log_density[0])
    both = math.hypot(error, float(again.standard_error[0]))
    return Claim(
        "What is the density of one given sample, and how sure is that?",
        f"log p(x) of the first test image ({model.title}, k = {particles}) is {value:.2f} nats, 95 % interval {low:.2f} to {high:.2f}; "
        f"another estimate says {other:.2f}.",
        {"model": model.title, "particles": particles, "nats": value, "interval_95": [low, high], "again": other},
        abs(other - value) < 3 * NORMAL_95 * both + 0.05,
    )


def entropy_of_sets(sets: Sequence[tuple[NamedModel, Pixels]], particles: int) -> Claim:
    """The cross-entropy of data sets, which their entropy is at most."""
    rows, told = list[dict[str, float | str]](), list[str]()
    for model, images in sets:
        count = particles if model.images.latents else 1
        (found,) = estimates_of(images.reshape(len(images), -1), model.images, [count], 5)
        entropy = cross_entropy(found.log_density, model.images.pixels)
        bits, error = entropy.nats / BITS, entropy.standard_error / BITS
        rows.append({"model": model.title, "images": len(images), "bits_of_image": bits, "standard_error": error})
        told.append(f"{bits:,.1f} +- {error:.1f} bits an image ({model.title}, {len(images)} test images)")
    return Claim(
        "What is the entropy of a data set?",
        f"At most {'; '.join(told)}: the cross-entropy under a model.",
        {"particles": particles, "rows": rows},
        all(0 < float(row["standard_error"]) < 0.1 * float(row["bits_of_image"]) for row in rows),
    )


def identity_of_toy(particles: int = 200_000) -> Claim:
    """ELBO + KL = log p of a linear model with Gaussian noise, where all three are known, and a long estimate beside them."""
    rng = np.random.default_rng(0)
    latents, dimensions = TOY
    weight, noise = rng.normal(size=(dimensions, latents)), 0.5
    x = weight @ rng.normal(size=latents) + noise * rng.normal(size=dimensions)
    marginal = weight @ weight.T + noise**2 * np.eye(dimensions)
    known = _log_normal(x[None], np.zeros(dimensions), marginal)[0]
    precision = np.eye(latents) + weight.T @ weight / noise**2
    mean, covariance = np.linalg.solve(precision, weight.T @ x / noise**2), np.linalg.inv(precision)
    own_mean = np.array(mean + 0.3, np.float64)  # a posterior that is wrong
    own = np.array(np.diag(1.5 * np.diag(covariance)), np.float64)
    shift, ratio = mean - own_mean, np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(own)[1]
    divergence = 0.5 * (np.trace(precision @ own) + shift @ precision @ shift - latents + ratio)
    z = own_mean + rng.normal(size=(particles, latents)) * np.sqrt(np.diag(own))
    likelihood = _log_normal(x - z @ weight.T, np.zeros(dimensions), noise**2 * np.eye(dimensions))
    logs = likelihood + _log_normal(z, np.zeros(latents), np.eye(latents)) - _log_normal(z, own_mean, own)
    lower, peak = float(logs.mean()), float(logs.max())
    long = peak + math.log(float(np.exp(logs - peak).mean()))
    error = float(logs.std() / math.sqrt(particles))
    return Claim(
        "Is ELBO + KL = log p?",
        f"Of a linear model with Gaussian noise: ELBO {lower:.3f} + KL {divergence:.3f} = {lower + divergence:.3f}; log p is {known:.3f}; "
        f"{particles:,} particles say {long:.3f}.",
        {"elbo": lower, "divergence": float(divergence), "log_density": float(known), "estimate": long, "error": error},
        abs(lower + divergence - known) < 5 * error and abs(long - known) < 0.02,
    )


def _log_normal(x: NDArray[np.float64], mean: NDArray[np.float64], covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log-density of rows under a normal distribution."""
    offsets = x - mean
    squares = np.einsum("ni,ij,nj->n", offsets, np.linalg.inv(covariance), offsets)
    found: NDArray[np.float64] = -0.5 * (squares + np.linalg.slogdet(2.0 * math.pi * covariance)[1])
    return found


# ---------------------------------------------------------------- trainings


@dataclass(frozen=True)
class Stage:
    """A short training: its objective and particles, steps, and whether the posterior alone is trained."""

    objective: str
    particles: int
    steps: int
    posterior_alone: bool = False


def trained(stage: Stage, data: Pixels, test: Pixels, folder: Path, name: str, start: str | None = None) -> Figures:
    """ELBO and log p (nats) of test images under a small net after a stage that begins with the weights of another. Kept in the folder."""
    import torch

    from codec.learn.arrays.estimate import estimate_with_net
    from codec.learn.arrays.images import PIXELS, net_inputs
    from codec.learn.arrays.train import DIGITS, DigitsTask, DigitsTraining
    from codec.learn.common.config import config_from_settings
    from codec.learn.common.loop import train_net
    from codec.learn.common.run import load_checkpoint
    from codec.learn.common.run import start as begin

    torch.set_num_threads(1)
    checkpoint = folder / f"{name}.pt"
    if not checkpoint.exists():
        weights = None if start is None else load_checkpoint(DIGITS, folder / f"{start}.pt")[0].state_dict()
        settings = {"objective": stage.objective, "particles": stage.particles, "early_particles": stage.particles, "steps": stage.steps}
        settings |= {"size": 0.5, "latents": 20, "rate": 1e-3, "precision": "float32", "tighten": float(stage.posterior_alone)}
        run = begin(DIGITS, config_from_settings(DigitsTraining, settings), weights=weights)
        train_net(run, DigitsTask(run, data, np.zeros((0, PIXELS), np.float32)), checkpoint)
    net, _ = load_checkpoint(DIGITS, checkpoint)
    (found,) = estimate_with_net(net, net_inputs(test, "bernoulli"), [TRAINED_PARTICLES])
    lower, density = float(found.lower_bound.mean()), float(found.log_density.mean())
    return {"steps": stage.steps, "elbo_nats": lower, "density_nats": density, "gap_nats": density - lower}


def weakened_encoder(data: Pixels, test: Pixels, folder: Path, steps: int) -> Claim:
    """The gap between bound and density after IWAE with many particles, and after the posterior was trained again."""
    before = trained(Stage("elbo", 1, 5 * steps), data, test, folder, "start")
    weak = trained(Stage("iwae-plain", 30, steps), data, test, folder, "weak", "start")
    control = trained(Stage("elbo", 1, steps), data, test, folder, "control", "start")
    repaired = trained(Stage("elbo", 1, steps, posterior_alone=True), data, test, folder, "repaired", "weak")
    known = max(weak["density_nats"], repaired["density_nats"])  # both of one likelihood
    gaps = {"elbo": control["gap_nats"], "iwae": known - weak["elbo_nats"], "repaired": known - repaired["elbo_nats"]}
    return Claim(
        "Does IWAE weaken the encoder, and can it be repaired?",
        f"Gap from the ELBO to log p of a small net, nats: {gaps['elbo']:.2f} trained by the ELBO, {gaps['iwae']:.2f} by IWAE with 30 "
        f"particles, {gaps['repaired']:.2f} after the posterior alone was trained on by the ELBO. IWAE's likelihood is the better one: "
        f"-log p {-known:.1f} against {-control['density_nats']:.1f}.",
        {"start": before, "elbo": control, "iwae": weak, "repaired": repaired, "gaps": gaps},
        gaps["iwae"] > gaps["elbo"] and gaps["repaired"] < gaps["iwae"],
    )


def alternation(data: Pixels, test: Pixels, folder: Path, steps: int) -> Claim:
    """E and M steps in turn, and both at once, from one start, for as many steps."""
    before = trained(Stage("elbo", 1, 5 * steps), data, test, folder, "start")
    together = trained(Stage("elbo", 1, steps), data, test, folder, "control", "start")
    turns = trained(Stage("em", 1, steps), data, test, folder, "em", "start")
    return Claim(
        "Does a model learn by alternating E and M steps?",
        f"Yes: -log p of test images falls from {-before['density_nats']:.2f} nats to {-turns['density_nats']:.2f} in {steps} steps in "
        f"turns, where each half sees half of the steps; both at once reach {-together['density_nats']:.2f} in as many steps.",
        {"start": before, "at_once": together, "in_turns": turns},
        turns["density_nats"] > before["density_nats"],
    )
