"""python -m bench estimate: what the models say that data cost, beside what their files take.

    python -m bench estimate [NAME=]DIR|FILE|DATASET ... [--model M | --effort 5] [--particles 1,4,16,64] [--draws 3] [--quick]

Each folder is a set of pictures: its PNGs, or, where it has a manifest.csv, those of one split; a file is a picture, or an array of
images (.npy, or .gz of MNIST), binarised (seed 0) for a model of two levels; kodak, mnist and fashion-mnist are fetched (bench/datasets.py)
where nothing else is called so. For each picture or array and each number of particles N:

    estimate      -ELBO (N = 1) or -IWAE_N of the integer model: mean of --draws independent draws, with its standard error
    net           bits that the data took in a file, which is decoded and compared first; total: the whole file
    gaps          net and total against the estimate; of pictures also net against what the very latents of the coder ask for
    parts         of a picture: prior, posterior (given back), likelihood, funding rows, ends of messages, container; of an array: net
                  bits, initial bits, container (of the digits models the digits bench has more)
    prior         -log p(x) by latents from the prior: the naive estimator, to be compared with (of the first 200 images of an array)
    heat          bits/dim of blocks of the picture, for the report
    quantisation  -ELBO of the floats that were trained beside that of the integers made of them. It is measured when a photo model is
                  exported, on the validation tiles of its training, and the model's file has it; of the digits models the digits bench
                  measures it, on test images

A gap outside of the ranges of bench/measure/ranges.py is an error: nothing is then reported. Finished pictures are kept in --work, so
that a run that was interrupted goes on there.

Photos gain next to nothing by particles, as one stripe is one data point of some 1.5 million bits: on the first four pictures of Kodak
IWAE_16 is 0.007 % below the ELBO, and files with 16 particles are 0.009 % smaller, for 16 times the work. So `bench all` takes one
particle on all photos, and 1, 4 and 16 on the first four of each set, under names of their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.pictures import cropped, read_set
from bench.data.places import named_sets, read_images
from bench.estimates.models import facts, images_model, picture_model, quantisation
from bench.estimates.rows import array_row, found_again, picture_row
from bench.measure.ranges import check_set
from bench.measure.record import record
from bench.measure.results import Figures
from bench.measure.resume import Kept, digest_of, sources
from bench.measure.set_options import command_of, parsed, set_parser
from codec.coding.particles import MAX_PARTICLES
from codec.kinds.requests import EFFORTS
from codec.learn.arrays.images import binarise
from codec.system.executor import cores

QUICK_PICTURES, QUICK_SIDE, QUICK_IMAGES = 2, 192, 200
PARTICLES = (1, 4, 16, 64)


def main(arguments: list[str]) -> int:
    """Measure all sets, print the figures and write estimate.json."""
    parser = set_parser("estimate", __doc__ or "")
    parser.add_argument("--model", help="title or file of a model (the embedded one that fits)")
    parser.add_argument("--effort", type=int, choices=EFFORTS, default=5, help="of the embedded models of pictures (default 5)")
    parser.add_argument("--particles", type=_counts, default=PARTICLES, metavar="N,N,...", help="default 1,4,16,64")
    parser.add_argument("--draws", type=int, default=3, help="independent estimates (default 3)")
    chosen = parsed(parser, arguments, "estimate")
    if chosen.draws < 2:
        parser.error("--draws: at least 2, or nothing is known of the error")
    kept = Kept(chosen.work / "rows.jsonl")
    sets: dict[str, Figures] = {}
    for name, place in named_sets(chosen.sets, chosen.split):
        print(name, flush=True)
        sets[name] = array_figures(place.path, chosen, kept) if place.is_array else picture_figures(place.path, chosen, kept)
        show(sets[name])
    figures = {"quick": chosen.quick, "draws": chosen.draws, "sets": sets}
    print(f"written to {record(chosen.name, figures, command(chosen), chosen.folder)}")
    return 0


def picture_figures(folder: Path, chosen: argparse.Namespace, kept: Kept) -> Figures:
    """A row for each picture of a folder, and means over them. Raises OutOfRange."""
    named, left_out = read_set(folder, chosen.split, QUICK_PICTURES if chosen.quick else chosen.most)
    pictures = [cropped(one, QUICK_SIDE) if chosen.quick else one for one in named]
    model = picture_model(pictures[0].picture.channels, chosen.model, chosen.effort)
    work = [
        (_key(one.picture.pixels, model.name, chosen), partial(picture_row, one, model, chosen.particles, chosen.draws)) for one in pictures
    ]
    rows = list[Figures]()
    for number, (one, row) in enumerate(zip(pictures, kept.all(work, cores()), strict=True), 1):
        rows.append({**row, "name": one.name})
        first = row["by_particles"][0]
        gap = first["net_gap_percent"]
        print(f"  {number:3} of {len(pictures)}  {one.name:<24} {first['estimate']:.5f} bits/dim, file {gap:+.3f} %", flush=True)
    judged = [row for row in rows if row["by_model_alone"]]
    for place in range(len(chosen.particles) if len(judged) > 1 else 0):
        check_set(folder.name, [found_again(row, place) for row in judged])
    said = {"model": facts(model), "left_out": left_out, "quantisation": quantisation(model.file)}
    return {"kind": "pictures", **said, "by_particles": means(rows), "rows": [_without_key(row) for row in rows]}


def array_figures(path: Path, chosen: argparse.Namespace, kept: Kept) -> Figures:
    """An array's only row, as its set has it. Raises OutOfRange, Unusable."""
    images = read_images(path)[: QUICK_IMAGES if chosen.quick else chosen.most]
    model = images_model(2 if images.max() <= 1 else 256, chosen.model)
    if model.images.levels == 2 and images.max(initial=0) > 1:
        images = binarise(images, 0)
    work = partial(array_row, path.name, images, model, chosen.particles, chosen.draws)
    row = kept.get(_key(images, model.name, chosen), work)
    return {"kind": "array", "model": facts(model), "by_particles": means([row]), "rows": [_without_key(row)]}


def means(rows: Sequence[Figures]) -> list[Figures]:
    """By number of particles: means over the rows; gaps are those of the means, beside the rows' extremes."""
    result = list[Figures]()
    for place, first in enumerate(rows[0]["by_particles"]):
        some = [row["by_particles"][place] for row in rows]
        estimate, net, total = (float(np.mean([one[what] for one in some])) for what in ("estimate", "net", "total"))
        result.append(
            {
                "particles": first["particles"],
                "estimate": estimate,
                "standard_error": float(np.sqrt(np.sum([one["standard_error"] ** 2 for one in some]))) / len(some),
                "net": net,
                "total": total,
                "net_gap_percent": 100.0 * (net / estimate - 1.0),
                "total_gap_percent": 100.0 * (total / estimate - 1.0),
                "worst_net_gap_percent": max(one["net_gap_percent"] for one in some),
                "worst_total_gap_percent": max(one["total_gap_percent"] for one in some),
            }
        )
    return result


def show(figures: Figures) -> None:
    """Print a set's means."""
    for row in figures["by_particles"]:
        print(
            f"  N = {row['particles']:<4} estimate {row['estimate']:.5f} +- {row['standard_error']:.5f} bits/dim, "
            f"net {row['net']:.5f} ({row['net_gap_percent']:+.3f} %), total {row['total']:.5f} ({row['total_gap_percent']:+.3f} %)"
        )


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of a model's file only the name, as places differ."""
    own = [f"--model {Path(chosen.model).name}"] if chosen.model else []
    own += [f"--effort {chosen.effort}"] if chosen.effort != 5 else []
    own += [f"--particles {','.join(map(str, chosen.particles))}"] if chosen.particles != PARTICLES else []
    own += [f"--draws {chosen.draws}"] if chosen.draws != 3 else []
    return command_of(chosen, "estimate", own)


def _counts(text: str) -> tuple[int, ...]:
    counts = tuple(int(word) for word in text.split(","))
    if not counts or not all(1 <= count <= MAX_PARTICLES for count in counts):
        raise ValueError
    return counts


def _key(samples: NDArray[np.uint8], model: bytes, chosen: argparse.Namespace) -> str:
    particles = ",".join(map(str, chosen.particles))
    return "|".join([digest_of(samples), model.hex(), sources("bench.estimates.rows"), particles, str(chosen.draws)])


def _without_key(row: Figures) -> Figures:
    return {name: value for name, value in row.items() if name != "key"}
