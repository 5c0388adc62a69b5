"""python -m bench objectives: the same net trained on by every objective for as many images, and what came of it.

    python -m bench objectives --data FOLDER [--images 600000] [--start 1800000] [--arms elbo,iwae-50,...] [--threads N]

The model: binarised MNIST, one layer, 784-200-200-50, dynamically binarised training images. All arms begin with the same net, which
the ELBO has trained on `--start` images, and go on with an optimiser of their own for `--images` (ten epochs; ten minutes of 50
particles on two cores), under the same schedule. An equal number of images, because at equal minutes an arm with 50 particles sees a
thirtieth of what one with a single particle sees: in ten minutes from nothing that compares speeds, not objectives.
The measure: the first 1,000 test images, statically binarised (seed 0), -log p(x) with k = 5,000 particles of the arm's own posterior
(of the prior where there is no posterior), the ELBO with 50 samples, the gap between them, active units. Arms run one after
another; each leaves its checkpoint and figures in --work and is not run again, so several processes can share the work. The
figures of all arms found there go to bench/results/objectives.json and .png.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.data.public_sets import TEST_IMAGES, TRAIN_IMAGES
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from codec.density.estimates import cross_entropy
from codec.learn.arrays.images import PIXELS, digits, net_inputs

if TYPE_CHECKING:
    from codec.learn.common.run import Weights

TESTED = 1000  # test images
PARTICLES = 5000
OF_ELBO = 50  # samples for the ELBO
LEFT, RIGHT = 80.0, 115.0  # nats: where the bars of the plot begin and end


@dataclass(frozen=True)
class Arm:
    """An objective with its particles; `groups` of PIWAE."""

    title: str
    objective: str
    particles: int
    groups: int = 1


ARMS = {
    "elbo": Arm("ELBO, analytic KL, 1 sample", "elbo", 1),
    "elbo-sampled": Arm("ELBO, sampled KL, 1 sample", "elbo-sampled", 1),
    "iwae-5": Arm("IWAE, k = 5", "iwae-plain", 5),
    "iwae-50": Arm("IWAE, k = 50", "iwae-plain", 50),
    "iwae-50-dreg": Arm("IWAE, k = 50, DReG", "iwae", 50),
    "piwae": Arm("PIWAE, M = 5, K = 10", "piwae", 50, 5),
    "prior": Arm("prior sampling, k = 50", "prior", 50),
    "em": Arm("EM, alternating steps", "em", 1),
}


START = Arm("the common start: ELBO, 1 sample", "elbo", 1)


def run_arm(name: str, budget: int, data: Path, folder: Path, weights: Weights | None, particles: int) -> Figures:
    """Train (or go on with) one arm from given weights, and measure it with so many particles."""
    from codec.learn.arrays.train import DIGITS, DigitsTask, DigitsTraining
    from codec.learn.common.config import config_from_settings
    from codec.learn.common.loop import train_net
    from codec.learn.common.run import resume, start

    arm, batch = ARMS.get(name, START), DigitsTraining().batch
    particular = {"objective": arm.objective, "particles": arm.particles, "early_particles": arm.particles, "groups": arm.groups}
    config = config_from_settings(DigitsTraining, {**particular, "steps": budget // batch, "seed": 1})
    checkpoint = folder / f"{name}.pt"
    run = resume(DIGITS, checkpoint) if checkpoint.exists() else start(DIGITS, config, weights=weights)
    training = digits(data / TRAIN_IMAGES)
    kept = len(training) - config.validation
    print(f"{arm.title}: {budget:,} images", file=sys.stderr)
    train_net(run, DigitsTask(run, training[:kept], net_inputs(training[kept:], "bernoulli")), checkpoint)
    test = net_inputs(digits(data / TEST_IMAGES)[:TESTED], "bernoulli")
    seen = run.steps * batch
    figures = {"title": arm.title, "minutes": run.elapsed / 60.0, "steps": run.steps, "images": seen, "skipped": run.skipped}
    found = measure(checkpoint, test, arm.objective == "prior", particles)
    return {**figures, "images_per_second": seen / run.elapsed, **found, "curve": run.rows}


def measure(checkpoint: Path, test: NDArray[np.float32], from_prior: bool, particles: int) -> Figures:
    """Density, ELBO, gap and active units of a checkpoint on the test images; from_prior: it has no posterior."""
    from codec.learn.arrays.estimate import active_units, estimate_with_net
    from codec.learn.arrays.train import DIGITS
    from codec.learn.common.run import load_checkpoint

    net, _ = load_checkpoint(DIGITS, checkpoint)
    lower, tight = estimate_with_net(net, test, [OF_ELBO, particles], from_prior=from_prior)
    density = cross_entropy(tight.log_density, PIXELS)
    elbo = None if from_prior else -float(lower.lower_bound.mean())
    return {
        "nats": density.nats,
        "bits_per_dimension": density.bits_per_dimension,
        "standard_error": density.standard_error,
        "estimator_error": math.sqrt(float(np.square(tight.standard_error).sum())) / len(test),
        "effective_size": float(tight.effective_size.mean()),
        "elbo_nats": elbo,
        "gap": None if elbo is None else elbo - density.nats,
        "active_units": None if from_prior else active_units(net, test)[0].active,
    }


def weights_of(checkpoint: Path) -> Weights:
    """The averaged weights of a checkpoint."""
    from codec.learn.arrays.train import DIGITS
    from codec.learn.common.run import load_checkpoint

    return load_checkpoint(DIGITS, checkpoint)[0].state_dict()


def plot(figures: Mapping[str, Figures], path: Path) -> None:
    """-log p(x) and -ELBO of every arm, and the validation curves."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    canvas, (left, right) = pyplot.subplots(1, 2, figsize=(13, 4.5), constrained_layout=True)
    for place, (name, arm) in enumerate(figures.items()):
        left.barh(place, (arm["elbo_nats"] or arm["nats"]) - LEFT, left=LEFT, color="lightgrey")
        left.barh(place, arm["nats"] - LEFT, left=LEFT, height=0.5)
        if name not in ("start", "prior"):
            right.plot([row["steps"] for row in arm["curve"]], [-row["iwae20_nats"] for row in arm["curve"]], label=arm["title"])
    left.set_yticks(range(len(figures)), [arm["title"] for arm in figures.values()])
    left.set_xlim(LEFT, RIGHT)
    left.set_xlabel(f"test nats: -log p(x) (colour); -ELBO (grey); cut at {RIGHT:.0f}")
    right.set_xlabel("steps after the common start")
    right.set_ylabel("validation -IWAE_20, nats")
    right.legend(fontsize=8)
    canvas.savefig(path, dpi=110)
    pyplot.close(canvas)


def main(arguments: list[str]) -> int:
    """Train and measure the arms that have not been, and write objectives.json and .png of all that are there."""
    parser = argparse.ArgumentParser(prog="python -m bench objectives", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--images", type=int, default=600_000, help="images that an arm is trained on (default 600,000)")
    parser.add_argument("--start", type=int, default=1_800_000, help="images that the common start is trained on (default 1,800,000)")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"some of {','.join(ARMS)}")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with MNIST's idx files, as `python -m bench datasets mnist` fetches them"
    )
    parser.add_argument("--particles", type=int, default=PARTICLES, help=f"that arms are measured with (default {PARTICLES:,})")
    parser.add_argument("--work", type=Path, default=Path("runs/objectives"), help="where checkpoints and figures of arms are kept")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch (default: all cores)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where objectives.json goes (bench/results)")
    chosen = parser.parse_args(arguments)
    arms = chosen.arms.split(",")
    if unknown := set(arms) - set(ARMS):
        parser.error(f"no arm is called {', '.join(sorted(unknown))}")
    if chosen.threads:
        import torch

        torch.set_num_threads(chosen.threads)
    figures = figures_of(arms, chosen)
    command = f"python -m bench objectives --images {chosen.images} --start {chosen.start} --data FOLDER"
    path = record("objectives", figures, command, chosen.folder)
    plot(figures, path.with_suffix(".png"))
    show(figures)
    print(path)
    return 0


def figures_of(arms: list[str], chosen: argparse.Namespace) -> dict[str, Figures]:
    """The figures of the start and of all arms that are there, after these have been trained and measured, where they had not been."""
    chosen.work.mkdir(parents=True, exist_ok=True)
    for name in ("start", *arms):
        file = chosen.work / f"{name}.json"
        if not file.exists():
            budget, weights = (chosen.start, None) if name == "start" else (chosen.images, weights_of(chosen.work / "start.pt"))
            found = run_arm(name, budget, chosen.data, chosen.work, weights, chosen.particles)
            file.write_text(json.dumps({"objective": ARMS.get(name, START).objective, **found}))
    files = [chosen.work / f"{name}.json" for name in ("start", *ARMS)]
    return {file.stem: json.loads(file.read_text()) for file in files if file.exists()}


def show(figures: Mapping[str, Figures]) -> None:
    """Print a line for each arm."""
    for name, arm in figures.items():
        lower = "no posterior"
        if arm["elbo_nats"] is not None:
            lower = f"-ELBO {arm['elbo_nats']:.2f}, gap {arm['gap']:.2f}, {arm['active_units']} active"
        print(f"{name:14}{arm['nats']:8.2f} ± {arm['standard_error']:.2f} nats = {arm['bits_per_dimension']:.4f} bits/dim; {lower}")
