"""python -m bench density CHECKPOINT ...: -log p(x) of MNIST's test images under trained checkpoints.

    python -m bench density one.pt two.pt gray.pt --data FOLDER [--images 10000] [--particles 5000] [--threads N]

Binary models: all pixels statically binarised once (`binarise` of codec/learn/arrays/images.py, seed 0); gray ones: 8-bit pixels. For each
checkpoint: importance sampling with 1, 10, 50 ... particles of its own posterior out of one stream, the ELBO, active units, standard
errors (`standard_error` that of the images, `estimator_error` that of the particles), in nats per image and in bits per dimension;
if the checkpoint is quantised all of that is of the integer graph. The figures go to bench/results/digits-density.json, keyed by
the checkpoint's name; those of other checkpoints stay there.

The checkpoints that the results name were trained with `codec train digits --data train-images-idx3-ubyte.gz --threads 1` and

    binary-one-layer    --size 1.5 --warmup 0.02 --minutes 37                                             ended after 33, on a plateau
    lower               --layers 2 --size 1.4 --early-particles 4 --warmup 0.15 --minutes 43              ended after 11
    binary-two-layers   --layers 2 --size 1.4 --early-particles 4 --start lower.pt --renew-top --top-warmup 0.2 --minutes 36
    binary-integer      --layers 2 --size 1.4 --objective elbo --particles 1 --rate 6e-4 --quantise 1 --minutes 13
                        --start binary-two-layers.pt
    gray-lower          --likelihood logistic --layers 2 --objective elbo --particles 1 --warmup 0.2 --minutes 8
    gray-two-layers     --likelihood logistic --layers 2 --objective elbo --particles 1 --start gray-lower.pt --renew-top
                        --top-warmup 0.2 --minutes 30                                             ended after 25
    gray-integer        --likelihood logistic --layers 2 --objective elbo --particles 1 --rate 3e-4 --quantise 1 --minutes 8
                        --start gray-two-layers.pt

What failed on the way (validation images, nats): two layers of 50 and 100 latents: with one warm-up for both the upper one carried
all and the lower one nothing; with a warm-up for the lower one alone it was the other way round (KL 0.00 and 23.9; 90.2 after 11
minutes). A top of 10 latents, renewed when the lower layer lived, kept both alive (17.5 and 6.7) and gave 89.4 in 5 minutes more, 86.3
in the end. Logits of pixels that are never set: Adam makes an endless drift of their tiny gradients; weights reached 100, then one
such pixel blew up a run at 87.9, after 23 minutes; hence no gradient beyond logit 14, and shortened steps. Gray pixels with three
free components: the steep ones on black and white drown the rest, 1.88 bits/dim after 2.5 minutes (1.95 with locations added up
in bfloat16); with those two fixed for all pixels 1.39 after as long. On the integer grid the posterior alone, tightened on the ELBO after
training with 8 particles, gave an ELBO of 90.5 and 86.9 with 20 particles; the whole model on the ELBO 89.6 and 86.7.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bench.data.public_sets import TEST_IMAGES
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from codec.density.estimates import Estimate, cross_entropy, nats_to_bits
from codec.learn.arrays.images import PIXELS, digits, net_inputs

NAME = "digits-density"
COUNTS = (1, 10, 50, 500, 5000)


def measure(checkpoint: Path, data: Path, images: int, particles: int) -> Figures:
    """All figures of one checkpoint on the first `images` test images."""
    from codec.learn.arrays.estimate import active_units, estimate_with_net
    from codec.learn.arrays.train import DIGITS
    from codec.learn.common.run import load_checkpoint

    net, config = load_checkpoint(DIGITS, checkpoint)
    test = net_inputs(digits(data / TEST_IMAGES)[:images], config.net.likelihood)
    began = time.monotonic()
    found = estimate_with_net(net, test, [*(count for count in COUNTS if count < particles), particles])
    seconds = time.monotonic() - began
    lower = cross_entropy(found[-1].lower_bound, PIXELS)
    return {
        "net": asdict(config.net),
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "integer_graph": net.integral,
        "objective": config.objective,
        "binarisation": "static, seed 0" if config.net.likelihood == "bernoulli" else None,
        "elbo_nats": lower.nats,
        "elbo_bits_per_dimension": lower.bits_per_dimension,
        "elbo_standard_error": lower.standard_error,
        "active_units": [asdict(layer) for layer in active_units(net, test[:1000])],
        "seconds": seconds,
        "by_particles": [row_of(part) for part in found],
    }


def row_of(estimate: Estimate) -> Figures:
    """The figures of one number of particles."""
    error = math.sqrt(float(np.square(estimate.standard_error).sum())) / len(estimate.log_density) if estimate.particles > 1 else None
    return {
        "particles": estimate.particles,
        **asdict(cross_entropy(estimate.log_density, PIXELS)),
        "estimator_error": error,
        "estimator_error_bits": None if error is None else nats_to_bits(error, PIXELS),
        "effective_size": float(estimate.effective_size.mean()),
    }


def main(arguments: list[str]) -> int:
    """Measure checkpoints, each as it is done written to the result."""
    parser = argparse.ArgumentParser(prog="python -m bench density", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with MNIST's idx files, as `python -m bench datasets mnist` fetches them"
    )
    parser.add_argument("--images", type=int, default=10000)
    parser.add_argument("--particles", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=0, help="threads of torch (default: all cores)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help=f"where {NAME}.json is (bench/results)")
    options = parser.parse_args(arguments)
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    for checkpoint in options.checkpoints:
        print(f"{checkpoint}: {options.particles} particles for each of {options.images} images", file=sys.stderr)
        figures = {checkpoint.stem: measure(checkpoint, options.data, options.images, options.particles)}
        path = options.folder / f"{NAME}.json"
        kept = json.loads(path.read_text())["figures"] if path.exists() else {}
        record(NAME, {**kept, **figures}, "python -m bench density " + " ".join(arguments_named(options)), options.folder)
        show(checkpoint.stem, figures[checkpoint.stem])
    return 0


def show(name: str, found: Figures) -> None:
    """Print a checkpoint's figures with most particles."""
    best = found["by_particles"][-1]
    print(
        f"{name}: {best['nats']:.2f} ± {best['standard_error']:.2f} nats = {best['bits_per_dimension']:.4f} bits/dim"
        f" (k = {best['particles']}); -ELBO {found['elbo_nats']:.2f} = {found['elbo_bits_per_dimension']:.4f};"
        f" active units {[layer['active'] for layer in found['active_units']]}"
    )


def arguments_named(options: argparse.Namespace) -> list[str]:
    """The arguments that give the figures again, with file names instead of paths."""
    names = [checkpoint.name for checkpoint in options.checkpoints]
    return [*names, "--data", "FOLDER", "--images", str(options.images), "--particles", str(options.particles)]
