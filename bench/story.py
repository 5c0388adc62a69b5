"""python -m bench story: one page that answers the questions the project began with, each claim with its figure.

    python -m bench story --data FOLDER [--cifar FILE.npy] [--quick] [--work FOLDER]

FOLDER has MNIST's idx files; --cifar CIFAR-10's test images, for the entropy of a richer set. The page goes to bench/results/story.md,
its figures to story.json. Small nets are trained for the questions about training, with one thread (a few minutes; --work keeps them); all
other answers come from the embedded models. A claim that its figures do not bear out is printed as such.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bench.data.public_sets import TEST_IMAGES, TRAIN_IMAGES
from bench.estimates import claims
from bench.estimates.claims import Claim
from bench.measure.record import commit, processor, record
from bench.measure.results import RESULTS
from codec.density import library
from codec.learn.arrays.images import binarise, digits

NAME = "story"
FEW, SOME, MANY = 20, 200, 1000  # images


def main(arguments: list[str]) -> int:
    """Measure all claims, print them, write the page and its figures; 1 if one does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench story", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with MNIST's idx files")
    parser.add_argument("--cifar", type=Path, help="CIFAR-10's test images, .npy")
    parser.add_argument("--quick", action="store_true", help="few images, short trainings: to see that it runs, not to report")
    parser.add_argument("--work", type=Path, default=Path("runs", NAME), help=f"where trained nets are kept (runs/{NAME})")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where story.md and story.json go (bench/results)")
    chosen = parser.parse_args(arguments)
    began, found = time.process_time(), list[Claim]()
    for ask in questions(chosen):
        found.append(ask())
        print(f"{'holds' if found[-1].holds else 'DOES NOT HOLD'}: {found[-1].question}\n  {found[-1].answer}", flush=True)
    command = "python -m bench story --data FOLDER" + " --cifar FILE.npy" * (chosen.cifar is not None) + " --quick" * chosen.quick
    seconds = round(time.process_time() - began)
    record(NAME, {"quick": chosen.quick, "seconds": seconds, "claims": [asdict(one) for one in found]}, command, chosen.folder)
    (chosen.folder / "story.md").write_text(page(found, command, seconds), encoding="utf-8")
    return 0 if all(one.holds for one in found) else 1


def questions(chosen: argparse.Namespace) -> list[Callable[[], Claim]]:
    """What measures each claim, in the order of the page."""
    part = 5 if chosen.quick else 1
    train, test = digits(chosen.data / TRAIN_IMAGES), digits(chosen.data / TEST_IMAGES)
    bits = binarise(test, 0)
    binary, gray = (library.find(title) for title in ("digits-binary", "digits-gray"))
    sets = [(binary, bits[: MANY // part]), (gray, test[: MANY // part])]
    richer = [] if chosen.cifar is None else [(library.find("cifar"), np.load(chosen.cifar)[: MANY // part])]
    steps, data = 600 // (part * part), train[:-1000]
    return [
        lambda: claims.prior_sampling([(model, images[: SOME // part]) for model, images in sets], 256 // part),
        lambda: claims.estimator_spread(binary, bits[:FEW], (1, 4, 16, 64)),
        lambda: claims.weakened_encoder(data, test[: SOME // part], chosen.work, steps),
        claims.identity_of_toy,
        lambda: claims.alternation(data, test[: SOME // part], chosen.work, steps),
        lambda: claims.one_density(binary, bits[:1], 4096 // part),
        lambda: claims.entropy_of_sets([*sets, *richer], 16),
        lambda: claims.bound_and_bytes(binary, bits[: MANY // part], (1, 4, 16)),
    ]


def page(found: list[Claim], command: str, seconds: int) -> str:
    """The page, in Markdown."""
    lines = ["# The questions, and what was measured", ""]
    lines += [f"Made by `{command}` in {seconds} seconds of processor time ({processor()}), commit {commit()}.", ""]
    for number, one in enumerate(found, 1):
        lines += [f"{number}. **{one.question}** {'' if one.holds else '(Not borne out here.) '}{one.answer}", ""]
    return "\n".join(lines)
