"""python -m bench objectives: the same net trained on by every objective for as many images, and what came of it.

    python -m bench objectives --data FOLDER [--images 600000] [--start 1800000] [--arms elbo,iwae-50,...] [--threads N]

The model: binarised MNIST, one layer, 784-200-200-50, dynamically binarised training images. All arms begin with the same net, which
the ELBO has trained on `--start` images, and go on with an optimiser of their own for `--images` (ten epochs; ten minutes of 50
particles on two cores), under the same schedule. An equal number of images, because at equal minutes an arm with 50 particles sees a
thirtieth of what one with a single particle sees: in ten minutes from nothing that compares speeds, not objectives.
The measure: the first 1,000 test images, statically binarised (seed 0), -log p(x) with k = 5,000 particles of the arm's own posterior
(of the prior where there is no posterior), the ELBO with 50 samples, the gap between them, active units. Arms run one after
another; each leaves its checkpoint and figures in the folder and is not run again, so several processes can share the work. The
figures of all arms found there go to bench/results/objectives.json and .png.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.measure.record import record
from bench.measure.results import RESULTS

PIXELS = 784
TEST_IMAGES = 1000
PARTICLES = 5000


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


def run_arm(name: str, budget: int, data: Path, folder: Path, weights: dict[str, Any] | None) -> dict[str, Any]:
    """Train (or go on with) one arm from given weights and measure it."""
    from codec.learn.arrays import images
    from codec.learn.arrays.train import DIGITS, DigitsTask, DigitsTraining
    from codec.learn.common.loop import train
    from codec.learn.common.run import resume, start

    arm = ARMS.get(name, START)
    config = DigitsTraining(objective=arm.objective, particles=arm.particles, early_particles=arm.particles, groups=arm.groups, seed=1)
    config = replace(config, steps=budget // config.batch)
    checkpoint = folder / f"{name}.pt"
    run = resume(DIGITS, checkpoint) if checkpoint.exists() else start(DIGITS, config, weights=weights)
    training = images.digits(data / "train-images-idx3-ubyte.gz")
    kept = len(training) - config.validation
    print(f"{arm.title}: {budget:,} images", file=sys.stderr)
    train(run, DigitsTask(run, training[:kept], images.inputs(training[kept:], "bernoulli")), checkpoint)
    test = images.inputs(images.digits(data / "t10k-images-idx3-ubyte.gz")[:TEST_IMAGES], "bernoulli")
    seen = run.steps * config.batch
    figures = {"title": arm.title, "minutes": run.elapsed / 60.0, "steps": run.steps, "images": seen, "skipped": run.skipped}
    return {**figures, "images_per_second": seen / run.elapsed, **measure(checkpoint, test, arm), "curve": run.rows}


def measure(checkpoint: Path, test: Any, arm: Arm) -> dict[str, Any]:
    """Density, ELBO, gap and active units of a checkpoint on the test images."""
    from codec.density.estimates import cross_entropy
    from codec.learn.arrays.estimate import active_units, estimate_images
    from codec.learn.arrays.train import DIGITS
    from codec.learn.common.run import load_checkpoint

    net, _ = load_checkpoint(DIGITS, checkpoint)
    from_prior = arm.objective == "prior"
    lower, tight = estimate_images(net, test, [50, PARTICLES], from_prior=from_prior)
    density = cross_entropy(tight.log_density, PIXELS)
    elbo = None if from_prior else -float(lower.lower_bound.mean())
    return {
        "nats": density.nats,
        "bits_per_dimension": density.bits_per_dimension,
        "standard_error": density.standard_error,
        "estimator_error": float((tight.standard_error**2).sum() ** 0.5 / len(test)),
        "effective_size": float(tight.effective_size.mean()),
        "elbo_nats": elbo,
        "gap": None if elbo is None else elbo - density.nats,
        "active_units": None if from_prior else active_units(net, test)[0].active,
    }


def _weights(checkpoint: Path) -> dict[str, Any]:
    """The averaged weights of a checkpoint."""
    from codec.learn.arrays.train import DIGITS
    from codec.learn.common.run import load_checkpoint

    return load_checkpoint(DIGITS, checkpoint)[0].state_dict()


def plot(figures: dict[str, Any], path: Path) -> None:
    """-log p(x) and -ELBO of every arm, and the validation curves."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    canvas, (left, right) = pyplot.subplots(1, 2, figsize=(13, 4.5), constrained_layout=True)
    for place, (name, arm) in enumerate(figures.items()):
        left.barh(place, (arm["elbo_nats"] or arm["nats"]) - 80.0, left=80.0, color="lightgrey")
        left.barh(place, arm["nats"] - 80.0, left=80.0, height=0.5)
        if name not in ("start", "prior"):
            right.plot([row["steps"] for row in arm["curve"]], [-row["iwae20_nats"] for row in arm["curve"]], label=arm["title"])
    left.set_yticks(range(len(figures)), [arm["title"] for arm in figures.values()])
    left.set_xlim(80.0, 115.0)
    left.set_xlabel("test nats: -log p(x), k = 5,000 (colour); -ELBO (grey); cut at 115")
    right.set_xlabel("steps after the common start")
    right.set_ylabel("validation -IWAE_20, nats")
    right.legend(fontsize=8)
    canvas.savefig(path, dpi=110)
    pyplot.close(canvas)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench objectives", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--images", type=int, default=600_000, help="images that an arm is trained on (default 600,000)")
    parser.add_argument("--start", type=int, default=1_800_000, help="images that the common start is trained on (default 1,800,000)")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"some of {','.join(ARMS)}")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with MNIST's idx files, as `python -m bench datasets mnist` fetches them"
    )
    parser.add_argument("--folder", type=Path, default=Path("runs/objectives"), help="where checkpoints and figures of arms are kept")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch (default: all cores)")
    options = parser.parse_args(arguments)
    arms = options.arms.split(",")
    if unknown := set(arms) - set(ARMS):
        parser.error(f"no arm is called {', '.join(sorted(unknown))}")
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in ("start", *arms):
        found = options.folder / f"{name}.json"
        if not found.exists():
            budget, weights = (options.start, None) if name == "start" else (options.images, _weights(options.folder / "start.pt"))
            result = run_arm(name, budget, options.data, options.folder, weights)
            found.write_text(json.dumps({"objective": ARMS.get(name, START).objective, **result}))
    files = [options.folder / f"{name}.json" for name in ("start", *ARMS)]
    figures = {file.stem: json.loads(file.read_text()) for file in files if file.exists()}
    path = record("objectives", figures, f"python -m bench objectives --images {options.images} --start {options.start} --data FOLDER")
    plot(figures, RESULTS / "objectives.png")
    for name, arm in figures.items():
        lower = (
            "no posterior"
            if arm["elbo_nats"] is None
            else f"-ELBO {arm['elbo_nats']:.2f}, gap {arm['gap']:.2f}, {arm['active_units']} active"
        )
        print(f"{name:14}{arm['nats']:8.2f} ± {arm['standard_error']:.2f} nats = {arm['bits_per_dimension']:.4f} bits/dim; {lower}")
    print(path)
    return 0
