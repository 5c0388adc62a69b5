"""Measures what models say that pictures and arrays cost, and what their files take: the rows of bench/estimate.py.

Any density will do: what is asked of it is in codec/density/density.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.data.pictures import NamedPicture
from bench.estimates.files import array_file, bits_by_part, picture_file
from bench.estimates.prior import prior_of_images, prior_of_picture
from bench.measure.peer import Pixels
from bench.measure.ranges import SIGMAS, Found, check
from bench.measure.results import Figures
from codec.density.density import ImagesDensity, ImagesForm
from codec.density.estimates import Estimate, cross_entropy
from codec.density.named_model import NamedModel
from codec.kinds.picture.density import estimate_picture
from codec.kinds.picture.heat_map import Heat
from codec.kinds.picture.write import Written

HEAT_COLUMNS = 24
PRIOR_IMAGES = 200
THREADS = 1  # of a picture: others are worked on beside it


def picture_row(named: NamedPicture, model: NamedModel, counts: Sequence[int], draws: int) -> Figures:
    """A picture's figures; bits/dim but where the name says otherwise. Raises RoundTripFailed, OutOfRange."""
    density, picture = model.planes, named.picture
    seeds = [estimate_picture(picture, density, counts, seed, THREADS).estimates for seed in range(draws)]
    bits = np.array([[one.bits for one in estimates] for estimates in seeds])
    files = [picture_file(named, model, count, places=count == counts[0]) for count in counts]
    rows = []
    for column, (count, file) in enumerate(zip(counts, files, strict=True)):
        found = judged(named, count, file, bits[:, column])
        if found.same is not None:  # else the model did not code all of it
            check(found)
        rows.append(figures_of(found, float(bits[:, column].std(ddof=1)) / draws**0.5, named.values))
    first, naive = files[0], prior_of_picture(picture, density, max(counts))
    assert first.heat is not None, "it was asked for"
    return {
        "name": named.name,
        "dimensions": named.values,
        "pixels": picture.width * picture.height,
        "stripes": first.info.stripes,
        "by_model_alone": not first.bits.stored_bits,
        "by_particles": rows,
        "parts": {name: value / named.values for name, value in bits_by_part(first.bits).items()},
        "prior_sampling": {"particles": max(counts), "estimate": naive / named.values},
        "container_bits": first.info.header_bits,
        "initial_bits": 0,  # a stripe's last rows, coded without latents, pay for the pops
        "heat": heat_grid(first.heat, picture.channels),
    }


def judged(named: NamedPicture, particles: int, file: Written, bits: NDArray[np.float64]) -> Found:
    """A picture's file beside draws of its estimate, in bits, as measure/ranges.py judges it."""
    same = None if file.bits.stored_bits else file.bits.estimate_bits
    pixels, net, total = named.picture.width * named.picture.height, file.info.payload_bits, file.info.total_bits
    spread = noise(float(bits.std(ddof=1)), len(bits))
    return Found(named.name, particles, net, total, float(bits.mean()), spread, same, file.info.stripes, pixels)


def heat_grid(heat: Heat, channels: int) -> list[list[float]]:
    """Mean bits/dim of blocks of a picture, HEAT_COLUMNS in a row or fewer; latents left out."""
    bits = heat.bits / channels
    side = max(1, -(-bits.shape[1] // HEAT_COLUMNS))
    rows = [bits[top : top + side] for top in range(0, len(bits), side)]
    return [[round(float(row[:, left : left + side].mean()), 3) for left in range(0, bits.shape[1], side)] for row in rows]


def array_row(name: str, images: Pixels, model: NamedModel, counts: Sequence[int], draws: int) -> Figures:
    """The figures of an array of images [n, height, width], coded together, as picture_row has them. Raises RoundTripFailed, OutOfRange."""
    flat, density = images.reshape(len(images), -1), model.images
    seeds = [estimates_of(flat, density, counts, seed) for seed in range(draws)]
    rows, infos = [], []
    for column, count in enumerate(counts):
        _, info = array_file(name, images, model, count)
        infos.append(info)
        bits = np.array([-one[column].log_density / np.log(2.0) for one in seeds])  # [draws, images]
        spread = float(np.sqrt(bits.var(axis=0, ddof=1).sum()))
        found = Found(name, count, info.net_bits, info.total_bits, float(bits.mean(axis=0).sum()), noise(spread, draws), None, 0, 0)
        check(found)
        rows.append(figures_of(found, spread / draws**0.5, flat.size))
    first = infos[0]
    parts = {"net": first.net_bits, "initial": first.initial_bits, "header": first.header_bits}
    return {
        "name": name,
        "dimensions": int(flat.size),
        "images": len(flat),
        "by_particles": rows,
        "parts": {part: bits / flat.size for part, bits in parts.items()},
        "prior_sampling": prior_figures(flat[:PRIOR_IMAGES], density, max(counts)),
        "container_bits": first.header_bits,
        "initial_bits": first.initial_bits,
    }


def estimates_of(images: Pixels, density: ImagesDensity, counts: Sequence[int], seed: int) -> list[Estimate]:
    """Estimates of log p of images [n, pixels], one for each number of particles."""
    rng, form = np.random.Generator(np.random.PCG64(seed)), ImagesForm(len(images), b"")
    return density.estimate(form, slice(0, len(images)), images, counts, rng)


def prior_figures(images: Pixels, density: ImagesDensity, particles: int, seed: int = 0) -> Figures:
    """-log p(x) of images [n, pixels] by latents from the prior, beside the posterior's estimate with as many: bits/dim, and the mean
    number of particles that count. The naive estimator: it needs a particle for every way that an image may look."""
    (good,) = estimates_of(images, density, [particles], seed)
    naive = prior_of_images(images, density, particles, seed)
    return {
        "images": len(images),
        "particles": particles,
        "estimate": cross_entropy(naive.log_density, density.pixels).bits_per_dimension,
        "by_posterior": cross_entropy(good.log_density, density.pixels).bits_per_dimension,
        "effective_particles": float(naive.effective_size.mean()),
        "effective_particles_by_posterior": float(good.effective_size.mean()),
    }


def noise(deviation: float, draws: int) -> float:
    """SIGMAS standard deviations of one draw less the mean of so many; the file is one more draw."""
    return SIGMAS * deviation * math.sqrt(1.0 + 1.0 / draws)


def figures_of(found: Found, error: float, dimensions: int) -> Figures:
    """A row for one number of particles: bits/dim and gaps."""
    return {
        "particles": found.particles,
        "estimate": found.bound / dimensions,
        "standard_error": error / dimensions,
        "net": found.net / dimensions,
        "total": found.total / dimensions,
        "net_gap_percent": 100.0 * (found.net / found.bound - 1.0),
        "total_gap_percent": 100.0 * (found.total / found.bound - 1.0),
        "same_samples_percent": None if found.same is None else 100.0 * (found.net / found.same - 1.0),
    }


def found_again(row: Figures, place: int) -> Found:
    """A picture's row as measure/ranges.py judges it; the noise from its standard error is that of the mean alone, as sets are judged."""
    one, dimensions = row["by_particles"][place], row["dimensions"]
    error = SIGMAS * one["standard_error"] * dimensions
    net, total, bound = (one[what] * dimensions for what in ("net", "total", "estimate"))
    return Found(row["name"], one["particles"], net, total, bound, error, None, row["stripes"], row["pixels"])
