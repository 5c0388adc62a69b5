"""python -m bench digits: the digits models on the MNIST test images: what files cost against what the models estimate.

    python -m bench digits [--models digits-binary,digits-gray] [--images 10000] [--coupled 10000] [--particles 50] [--data FOLDER]

For each model: files of all test images with one particle and with --particles (of the first --coupled images), decoded and compared
before anything is reported. Binary images are the statically binarised test images (codec.learn.data.binarise, seed 0).

    net         bits of the images: payload less the digest that began the message        total: the whole file
    -ELBO       the mean cost of the very latents that the coder drew (same samples), and of independent ones
    -IWAE       by independent particles, with its standard error over the particles
    single      each of the first --single images in a file of its own: net bits over the same images' share in the chain
    quantised   -log p(x) of the exported model over that of its checkpoint (--checkpoint) with the same weights computed in floats,
                both estimated with 500 particles on the first --measured images; without one, what an older result has of the same model
    speed       with --speed only: images a second with one particle, compress and decompress, median of --runs

A file that is not near what the model says of it (bench/ranges.py) is an error. Finished parts are kept in --work.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.public_sets import load_mnist
from bench.estimates.ideal import ideal_bits, ideal_parts
from bench.measure.ranges import SIGMAS, Found, check
from bench.measure.record import RESULTS, record
from bench.measure.resume import Kept, digest_of, sources
from bench.measure.timing import RoundTripFailed
from codec.density import library
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_model
from codec.density.arrays.model import Model
from codec.density.estimates import nats_to_bits
from codec.kinds.array.stream import Report, compress_array, decompress_array, report
from codec.learn.common.data import binarise, read_idx

Images = NDArray[np.uint8]


def main(arguments: list[str]) -> int:
    """Measure the models and write bench/results/digits-codec.json."""
    parser = argparse.ArgumentParser(prog="python -m bench digits")
    parser.add_argument("--models", default="digits-binary,digits-gray", help="titles or files, separated by commas")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--coupled", type=int, default=10_000, help="images coded with several particles")
    parser.add_argument("--particles", type=int, default=50)
    parser.add_argument("--single", type=int, default=200)
    parser.add_argument("--checkpoint", action="append", default=[], metavar="TITLE=FILE", help="what a model was exported from")
    parser.add_argument("--measured", type=int, default=500, help="images for that comparison")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--speed", action="store_true", help="only speed with one particle and memory, to bench/results/digits-speed.json")
    parser.add_argument("--data", type=Path, help="folder with t10k-images-idx3-ubyte.gz; downloaded if not given")
    parser.add_argument("--work", type=Path, default=Path("runs/digits"), help="where finished parts are kept (runs/digits)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where the results go (bench/results)")
    options = parser.parse_args(arguments)
    test = read_idx(options.data / "t10k-images-idx3-ubyte.gz") if options.data else load_mnist("test")[0]
    figures: dict[str, Any] = {}
    if options.speed:
        for title in options.models.split(","):
            model, name = load_model(library.find_file(title)), Path(title).stem
            images = binarise(test[: options.images], 0) if model.levels == 2 else test[: options.images]
            figures[name] = speed(model, images, options.runs)
            show(model, "speed", figures[name])
        figures["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(record("digits-speed", figures, command(options), options.folder))
        return 0
    kept = Kept(options.work / "rows.jsonl")
    for title in options.models.split(","):
        model, name = load_model(library.find_file(title)), Path(title).stem
        figures[name] = measure(model, test[: options.images], options, kept)
        checkpoints = dict(pair.split("=", 1) for pair in options.checkpoint)
        if name in checkpoints:
            figures[name]["quantised"] = found = quantisation_cost(model, test[: options.measured], Path(checkpoints[name]))
            show(model, "quantisation", found)
        elif older := measured_before(options.folder / "digits-codec.json", name, figures[name]["model"]["sha256"]):
            figures[name]["quantised"] = older
    print(record("digits-codec", figures, command(options), options.folder))
    return 0


def measured_before(path: Path, name: str, sha256: str) -> dict[str, Any] | None:
    """What quantisation costs this very model by an older result, with "from": its date, commit and command. None if it has none.

    It is measured once, when a model is exported: the checkpoint that this needs is no part of the project."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"figures": {}}
    older = content["figures"].get(name, {})
    if "quantised" not in older or older["model"]["sha256"] != sha256:
        return None
    return {"from": {key: content[key] for key in ("date", "commit", "command")}, **older["quantised"]}


def command(options: argparse.Namespace) -> str:
    """What to type to get the figures again; of files only the names, as folders differ."""
    threads = os.environ.get("OPENBLAS_NUM_THREADS")
    words = [f"OPENBLAS_NUM_THREADS={threads}"] if threads else []
    if options.speed:
        words += [f"python -m bench digits --speed --models {options.models} --images {options.images} --runs {options.runs}"]
        return " ".join(words)
    words += ["python -m bench digits", f"--models {options.models}", f"--images {options.images} --coupled {options.coupled}"]
    words += [f"--particles {options.particles} --single {options.single} --measured {options.measured}"]
    return " ".join([*words, *(f"--checkpoint {pair.split('=')[0]}={Path(pair.split('=')[1]).name}" for pair in options.checkpoint)])


def measure(model: Model, test: Images, options: argparse.Namespace, kept: Kept) -> dict[str, Any]:
    """All figures of one model on images uint8 [n, 28, 28]; parts that were finished before are taken from there."""
    images = binarise(test, 0) if model.levels == 2 else test
    few, count = images[: options.coupled], options.particles
    key = "|".join([digest_of(images), model.file.name.hex(), sources("bench.digits")])
    figures: dict[str, Any] = {"model": library.facts(model.file), "images": len(images)}
    for name, settings, work in (
        ("one_particle", "", partial(one_particle, model, images)),
        ("coupled", f"{len(few)} {count}", partial(several_particles, model, few, count)),
        ("single", f"{options.single}", partial(single_images, model, images, options.single)),
    ):
        row = kept.get(f"{key}|{name}|{settings}", work)
        figures[name] = {what: value for what, value in row.items() if what != "key"}
        show(model, name.replace("_", " "), figures[name])
    return figures


def one_particle(model: Model, images: Images) -> dict[str, float]:
    """A file of plain bits-back beside what its own latents ask for, and beside independent ones. Raises RoundTripFailed, OutOfRange."""
    found, flat = report(coded(model, images, 1)), images.reshape(len(images), -1)
    same = ideal_bits(ideal_parts(model, images, found))
    (estimate,) = log_densities(model, flat, [1])
    check(Found("the file", 1, found.net_bits, found.total_bits, same, 0.0, same, 0, 0))
    return costs(found) | {
        "elbo_same_samples": same / flat.size,
        "elbo_independent": -float(estimate.log_density.sum()) / math.log(2.0) / flat.size,
        "net_over_elbo_percent": percent(found.net_bits, same),
        "total_over_net_percent": percent(found.total_bits, found.net_bits),
    }


def several_particles(model: Model, images: Images, count: int) -> dict[str, float]:
    """A file of coupled particles beside as many independent ones. Raises RoundTripFailed, OutOfRange."""
    found, flat = report(coded(model, images, count)), images.reshape(len(images), -1)
    (estimate,) = log_densities(model, flat, [count], seed=1)
    error = float(np.sqrt(np.square(estimate.standard_error).sum())) / math.log(2.0)
    iwae = -float(estimate.log_density.sum()) / math.log(2.0)
    check(Found("the file", count, found.net_bits, found.total_bits, iwae, 2**0.5 * SIGMAS * error, None, 0, 0))
    return costs(found) | {
        "images": len(images),
        "particles": count,
        "iwae_independent": iwae / flat.size,
        "iwae_standard_error": error / flat.size,
        "net_over_iwae_percent": percent(found.net_bits, iwae),
        "total_over_net_percent": percent(found.total_bits, found.net_bits),
    }


def coded(model: Model, images: Images, particles: int) -> bytes:
    """The file, after it was decoded and compared. Raises RoundTripFailed."""
    data = compress_array(images, model, particles)
    _compare(images, decompress_array(data, lambda name: model))
    return data


def speed(model: Model, images: Images, runs: int) -> dict[str, float]:
    """Images a second both ways with one particle, medians. Raises RoundTripFailed."""
    compress_array(images[:100], model)  # kernels are loaded
    seconds: dict[str, list[float]] = {"compress": [], "decompress": []}
    for _ in range(runs):
        began = time.perf_counter()
        data = compress_array(images, model)
        middle = time.perf_counter()
        decoded = decompress_array(data, lambda name: model)
        seconds["compress"].append(middle - began)
        seconds["decompress"].append(time.perf_counter() - middle)
        _compare(images, decoded)
    return {f"{way}_images_per_second": len(images) / statistics.median(times) for way, times in seconds.items()}


def _compare(images: Images, decoded: Images) -> None:
    if not np.array_equal(decoded, images):
        raise RoundTripFailed("the file does not decode to what it was made from")


def single_images(model: Model, images: Images, count: int) -> dict[str, Any]:
    """What images cost in files of their own, against their share in one file of all of them."""
    count = min(count, len(images))
    alone = [report(compress_array(images[i : i + 1], model)) for i in range(count)]
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


def quantisation_cost(model: Model, test: Images, checkpoint: Path) -> dict[str, float]:
    """-log p(x) of the exported model against that of its weights in floats, in bits a pixel; and the same for the ELBO."""
    import torch

    from codec.learn.arrays.particles import draw
    from codec.learn.arrays.train import load_checkpoint
    from codec.learn.common.quantise import set_quantised

    flat = (binarise(test, 0) if model.levels == 2 else test).reshape(len(test), -1)
    (exported,) = log_densities(model, flat, [500])
    net, config = load_checkpoint(checkpoint)
    set_quantised(net, False)
    x = torch.from_numpy(flat.astype(np.float32) / 2**config.net.input_bits)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        weights = torch.cat([draw(net, part, 500, generator).log_weights.double() for part in x.split(10)], 1)
    before, lower = float((torch.logsumexp(weights, 0) - float(np.log(500.0))).mean()), float(weights.mean())
    after, after_lower = float(exported.log_density.mean()), float(exported.lower_bound.mean())
    return {
        "images": len(flat),
        "float": rate(-before),
        "exported": rate(-after),
        "standard_error": rate(float(np.sqrt(np.square(exported.standard_error).sum())) / len(flat)),
        "cost_percent": percent(-after, -before),
        "float_elbo": rate(-lower),
        "exported_elbo": rate(-after_lower),
        "cost_elbo_percent": percent(-after_lower, -lower),
    }


def mean_bits(model: Model, image: Images, samples: int = 200) -> float:
    """What an image costs in a long chain: the mean of its cost over latents, in bits."""
    (estimate,) = log_densities(model, image.reshape(1, -1), [samples])
    return float(-estimate.lower_bound[0]) / float(np.log(2.0))


def costs(found: Report) -> dict[str, float]:
    return {"net": found.net_rate, "total": found.total_rate, "header_bytes": found.header_bits / 8, "batches": len(found.batches)}


def rate(nats: float) -> float:
    """Nats per image -> bits per pixel."""
    return nats_to_bits(float(nats), 784)


def percent(value: float, reference: float) -> float:
    return 100.0 * (value / reference - 1.0)


def show(model: Model, what: str, figures: dict[str, Any]) -> None:
    print(f"{model.levels} levels, {what}: " + ", ".join(f"{name} {value:.6g}" for name, value in figures.items()), flush=True)
