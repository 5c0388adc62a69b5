"""python -m bench digits: the digits models on the MNIST test images: what files cost against what the models estimate.

    python -m bench digits [--models digits-binary,digits-gray] [--images 10000] [--coupled 10000] [--particles 50] [--data FOLDER]

For each model: files of all test images with one particle and with --particles (of the first --coupled images), decoded and compared
before anything is reported. Binary images are the statically binarised test images (codec.learn.arrays.images.binarise, seed 0).

    net         bits of the images: payload less the digest that began the message        total: the whole file
    -ELBO       the mean cost of the very latents that the coder drew (same samples), and of independent ones
    parts       where the bits go: prior, posterior (given back), likelihood, what the coder adds, initial bits, header
    -IWAE       by independent particles, with its standard error over the particles
    single      each of the first --single images in a file of its own: net bits over the same images' share in the chain
    quantised   -log p(x) of the exported model over that of its checkpoint (--checkpoint) with the same weights computed in floats,
                both estimated with 500 particles on the first --measured images; without one, what an older result has of the same model
    speed       with --speed only: images a second with one particle, compress and decompress, median of --runs

A file that is not near what the model says of it (bench/measure/ranges.py) is an error. Finished parts are kept in --work.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from bench.data.public_sets import TEST_IMAGES, load_mnist
from bench.estimates.files import array_file
from bench.estimates.ideal import ideal_bits, ideal_parts
from bench.estimates.models import facts
from bench.estimates.quantised import quantisation_cost
from bench.estimates.rows import estimates_of
from bench.measure.peer import Pixels
from bench.measure.ranges import SIGMAS, Found, check
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from bench.measure.resume import Kept, digest_of, sources
from codec.density import library
from codec.density.arrays.load import load_arrays
from codec.density.named_model import NamedModel
from codec.kinds import table
from codec.kinds.array.stream import ArrayInfo, write_array
from codec.kinds.requests import Restoring
from codec.learn.arrays.images import binarise
from codec.learn.common.data import read_idx

CHAIN_SAMPLES = 200  # of an image's latents, for its share in a long chain


def main(arguments: list[str]) -> int:
    """Measure the models and write bench/results/digits-codec.json, or digits-speed.json."""
    chosen = _parser().parse_args(arguments)
    test = read_idx(chosen.data / TEST_IMAGES) if chosen.data else load_mnist("test")[0]
    models = [library.find(title) for title in chosen.models.split(",")]
    name = "digits-speed" if chosen.speed else "digits-codec"
    figures = speeds(models, test, chosen) if chosen.speed else all_figures(models, test, chosen)
    print(record(name, figures, command(chosen), chosen.folder))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench digits", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--models", default="digits-binary,digits-gray", help="titles or files, separated by commas")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--coupled", type=int, default=10_000, help="images coded with several particles")
    parser.add_argument("--particles", type=int, default=50)
    parser.add_argument("--single", type=int, default=200)
    parser.add_argument("--checkpoint", action="append", default=[], metavar="TITLE=FILE", help="what a model was exported from")
    parser.add_argument("--measured", type=int, default=500, help="images for that comparison")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--speed", action="store_true", help="only speed with one particle and memory, to bench/results/digits-speed.json")
    parser.add_argument("--data", type=Path, help=f"folder with {TEST_IMAGES}; downloaded if not given")
    parser.add_argument("--work", type=Path, default=Path("runs/digits"), help="where finished parts are kept (runs/digits)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where the results go (bench/results)")
    return parser


def titled(model: NamedModel) -> str:
    """A model's title; of a file its name without ending."""
    return str(facts(model)["title"])


def images_for(model: NamedModel, images: Pixels) -> Pixels:
    """The images as a model codes them: binarised for one of two levels."""
    return binarise(images, 0) if model.images.levels == 2 and images.max(initial=0) > 1 else images


def all_figures(models: list[NamedModel], test: Pixels, chosen: argparse.Namespace) -> Figures:
    """Everything but speed, by the title of the model."""
    kept, checkpoints = Kept(chosen.work / "rows.jsonl"), dict(pair.split("=", 1) for pair in chosen.checkpoint)
    figures: dict[str, dict[str, object]] = {}
    for model in models:
        name = titled(model)
        figures[name] = measure(model, images_for(model, test[: chosen.images]), chosen, kept)
        if name in checkpoints:
            figures[name]["quantised"] = found = quantisation_cost(
                model, images_for(model, test[: chosen.measured]), Path(checkpoints[name])
            )
            show(model, "quantisation", found)
        elif older := measured_before(chosen.folder / "digits-codec.json", name, model.file.sha256):
            figures[name]["quantised"] = older
    return figures


def measured_before(path: Path, name: str, sha256: str) -> Figures | None:
    """What quantisation costs this very model by an older result, with "from": its date, commit and command. None if it has none.

    It is measured once, when a model is exported: the checkpoint that this needs is no part of the project."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"figures": {}}
    older = content["figures"].get(name, {})
    if "quantised" not in older or older["model"]["sha256"] != sha256:
        return None
    return {"from": {key: content[key] for key in ("date", "commit", "command")}, **older["quantised"]}


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of files only the names, as folders differ."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS")
    words = [f"OPENBLAS_NUM_THREADS={threads}"] if threads else []
    if chosen.speed:
        words += [f"python -m bench digits --speed --models {chosen.models} --images {chosen.images} --runs {chosen.runs}"]
        return " ".join(words)
    words += ["python -m bench digits", f"--models {chosen.models}", f"--images {chosen.images} --coupled {chosen.coupled}"]
    words += [f"--particles {chosen.particles} --single {chosen.single} --measured {chosen.measured}"]
    return " ".join([*words, *(f"--checkpoint {pair.split('=')[0]}={Path(pair.split('=')[1]).name}" for pair in chosen.checkpoint)])


# ---------------------------------------------------------------- files beside estimates


def measure(model: NamedModel, images: Pixels, chosen: argparse.Namespace, kept: Kept) -> dict[str, object]:
    """The figures of one model on images uint8 [n, 28, 28]; parts that were finished before are taken from there."""
    few, count = images[: chosen.coupled], chosen.particles
    key = "|".join([digest_of(images), model.name.hex(), sources("bench.digits")])
    figures: dict[str, object] = {"model": facts(model), "images": len(images)}
    for name, settings, work in (
        ("one_particle", "", partial(one_particle, model, images)),
        ("coupled", f"{len(few)} {count}", partial(several_particles, model, few, count)),
        ("single", f"{chosen.single}", partial(single_images, model, images, chosen.single)),
    ):
        row = kept.get(f"{key}|{name}|{settings}", work)
        found = {what: value for what, value in row.items() if what != "key"}
        figures[name] = found
        show(model, name.replace("_", " "), found)
    return figures


def one_particle(model: NamedModel, images: Pixels) -> Figures:
    """A file of plain bits-back beside what its own latents ask for, and beside independent ones. Raises RoundTripFailed, OutOfRange."""
    data, info = array_file("the file", images, model, 1)
    parts = ideal_parts(load_arrays(model.file), images, data)
    same = ideal_bits(parts)
    (estimate,) = estimates_of(images.reshape(len(images), -1), model.images, [1], 0)
    check(Found("the file", 1, info.net_bits, info.total_bits, same, 0.0, same, 0, 0))
    spent = {**parts, "coder": info.net_bits - same, "initial": info.initial_bits, "header": info.header_bits}
    return {
        **costs(info),
        "elbo_same_samples": same / images.size,
        "elbo_independent": -estimate.bits / images.size,
        "net_over_elbo_percent": percent(info.net_bits, same),
        "total_over_net_percent": percent(info.total_bits, info.net_bits),
        "parts": {part: bits / images.size for part, bits in spent.items()},
    }


def several_particles(model: NamedModel, images: Pixels, count: int) -> Figures:
    """A file of coupled particles beside as many independent ones. Raises RoundTripFailed, OutOfRange."""
    _, info = array_file("the file", images, model, count)
    (estimate,) = estimates_of(images.reshape(len(images), -1), model.images, [count], 1)
    iwae, error = -estimate.bits, estimate.bits_error
    check(Found("the file", count, info.net_bits, info.total_bits, iwae, math.sqrt(2.0) * SIGMAS * error, None, 0, 0))
    return {
        **costs(info),
        "images": len(images),
        "particles": count,
        "iwae_independent": iwae / images.size,
        "iwae_standard_error": error / images.size,
        "net_over_iwae_percent": percent(info.net_bits, iwae),
        "total_over_net_percent": percent(info.total_bits, info.net_bits),
    }


def single_images(model: NamedModel, images: Pixels, count: int) -> Figures:
    """What images cost in files of their own, against their share in one file of all of them."""
    count = min(count, len(images))
    alone = [write_array(images[i : i + 1], model.images)[1] for i in range(count)]
    share = [mean_bits(model, images[i : i + 1]) for i in range(count)]
    net = np.array([found.net_bits for found in alone])
    return {
        "images": count,
        "share_bits": float(np.mean(share)),
        "net_bits": float(net.mean()),
        "over_share_bits": float(net.mean() - np.mean(share)),
        "over_share_percent": percent(float(net.mean()), float(np.mean(share))),
        "within_16_bits_or_5_percent": float(np.mean(net - share <= np.maximum(16, 0.05 * np.array(share)))),
        "header_bytes": float(np.mean([found.header_bits for found in alone])) / 8,
        "file_bytes": float(np.mean([found.total_bits for found in alone])) / 8,
    }


def mean_bits(model: NamedModel, image: Pixels) -> float:
    """What an image costs in a long chain: the mean of its cost over latents, in bits."""
    (estimate,) = estimates_of(image.reshape(1, -1), model.images, [CHAIN_SAMPLES], 0)
    return float(-estimate.lower_bound[0]) / math.log(2.0)


def costs(info: ArrayInfo) -> dict[str, float]:
    """Rates of a file, bits/dim."""
    pixels = info.images * info.pixels
    return {
        "net": info.net_bits / pixels,
        "total": info.total_bits / pixels,
        "header_bytes": info.header_bits / 8,
        "batches": info.batches,
    }


# ---------------------------------------------------------------- speed


def speeds(models: list[NamedModel], test: Pixels, chosen: argparse.Namespace) -> Figures:
    """Speed by the title of the model, and the memory of this process."""
    figures: dict[str, object] = {}
    for model in models:
        found = speed(model, images_for(model, test[: chosen.images]), chosen.runs)
        figures[titled(model)] = found
        show(model, "speed", found)
    return {**figures, "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


def speed(model: NamedModel, images: Pixels, runs: int) -> dict[str, float]:
    """Images a second both ways with one particle, medians. Raises RoundTripFailed."""
    array_file("the file", images, model, 1)  # which comes back; and kernels are loaded
    seconds: dict[str, list[float]] = {"compress": [], "decompress": []}
    for _ in range(runs):
        began = time.perf_counter()
        data, _ = write_array(images, model.images)
        middle = time.perf_counter()
        table.open_file(data).restore(Restoring(model=model))
        seconds["compress"].append(middle - began)
        seconds["decompress"].append(time.perf_counter() - middle)
    return {f"{way}_images_per_second": len(images) / statistics.median(times) for way, times in seconds.items()}


def percent(value: float, reference: float) -> float:
    """By how much a value exceeds a reference."""
    return 100.0 * (value / reference - 1.0)


def show(model: NamedModel, what: str, figures: Mapping[str, object]) -> None:
    """Print the numbers among the figures of a part."""
    numbers = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    print(f"{titled(model)}, {what}: " + ", ".join(f"{name} {value:.6g}" for name, value in numbers.items()), flush=True)
