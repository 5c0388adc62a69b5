"""What models say that pictures and arrays cost, and what their files take, with each number of particles: rows of bench/estimate.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.pictures import Named
from bench.estimates.ideal import ideal_bits, ideal_parts
from bench.estimates.photos import File, coded, part_rates
from bench.estimates.prior import prior_picture
from bench.measure.ranges import SIGMAS, Found, check
from bench.measure.timing import RoundTripFailed
from codec.container.container import read_container
from codec.density.arrays.estimate import NATS, ROWS, log_densities
from codec.density.arrays.model import Model, likelihood_coder
from codec.density.estimates import cross_entropy, estimate
from codec.density.photo.model import PhotoModel
from codec.kinds.array.stream import compress_array, decompress_array, report
from codec.kinds.picture.heat_map import heat_picture
from codec.kinds.picture.write import density_picture

HEAT_COLUMNS = 24
PRIOR_IMAGES = 200


def picture_row(named: Named, model: PhotoModel, counts: Sequence[int], draws: int) -> dict[str, Any]:
    """A picture's figures; bits/dim but where the name says otherwise. Raises RoundTripFailed, OutOfRange."""
    bits = np.array([density_picture(named.picture, model, counts, seed) for seed in range(draws)])
    rows, files, pixels = list[dict[str, Any]](), list[File](), named.values // named.picture.channels
    for column, count in enumerate(counts):
        file = coded(named, model, count)
        files.append(file)
        same = None if file.sizes.stored_bits else file.sizes.parts["estimate"]
        mean, spread = float(bits[:, column].mean()), float(bits[:, column].std(ddof=1))
        found = Found(named.name, count, file.payload_bits, 8 * file.total_bytes, mean, noise(spread, draws), same, file.stripes, pixels)
        if same is not None:  # else the model did not code all of it
            check(found)
        rows.append(_figures(found, spread / draws**0.5, named.values))
    first = files[0]
    return {
        "name": named.name,
        "dimensions": named.values,
        "pixels": pixels,
        "stripes": first.stripes,
        "by_model_alone": not first.sizes.stored_bits,
        "by_particles": rows,
        "parts": part_rates(first),
        "prior_sampling": {"particles": max(counts), "estimate": prior_picture(named.picture, model, max(counts)) / named.values},
        "container_bits": first.sizes.header_bits,
        "initial_bits": 0,  # a stripe's last rows, coded without latents, pay for the pops
        "heat": heat_grid(named, model),
    }


def heat_grid(named: Named, model: PhotoModel) -> list[list[float]]:
    """Mean bits/dim of blocks of the picture, HEAT_COLUMNS in a row or fewer; latents left out."""
    bits = heat_picture(named.picture, model).bits / named.picture.channels
    side = max(1, -(-bits.shape[1] // HEAT_COLUMNS))
    rows = [bits[top : top + side] for top in range(0, len(bits), side)]
    return [[round(float(row[:, left : left + side].mean()), 3) for left in range(0, bits.shape[1], side)] for row in rows]


def array_row(name: str, images: NDArray[np.uint8], model: Model, counts: Sequence[int], draws: int) -> dict[str, Any]:
    """The same of an array of images [n, height, width], coded together. Raises RoundTripFailed, OutOfRange."""
    flat = images.reshape(len(images), -1)
    found_bits = [[part.log_density / -np.log(2.0) for part in log_densities(model, flat, counts, seed)] for seed in range(draws)]
    bits = np.array(found_bits)  # [draws, counts, images]
    rows, container, initial, parts = [], [], [], dict[str, float]()
    for column, count in enumerate(counts):
        (net, start, total), asked = array_file(name, images, model, count)
        same = None if asked is None else ideal_bits(asked)
        if asked is not None and same is not None:
            parts = {**asked, "coder": net - same, "initial": start, "header": total - net - start}
        spread = float(np.sqrt(bits[:, column].var(axis=0, ddof=1).sum()))
        found = Found(name, count, net, total, float(bits[:, column].mean(axis=0).sum()), noise(spread, draws), same, 0, 0)
        check(found)
        rows.append(_figures(found, spread / draws**0.5, flat.size))
        container.append(total - net - start)
        initial.append(start)
    return {
        "name": name,
        "dimensions": int(flat.size),
        "images": len(flat),
        "by_particles": rows,
        "parts": {part: value / flat.size for part, value in parts.items()},
        "prior_sampling": prior_figures(flat[:PRIOR_IMAGES], model, max(counts)),
        "container_bits": container[0],
        "initial_bits": initial[0],
    }


def prior_figures(flat: NDArray[np.uint8], model: Model, particles: int, seed: int = 0) -> dict[str, Any]:
    """-log p(x) of images [n, pixels] by latents from the prior, beside the posterior's estimate with as many: bits/dim, and the mean
    number of particles that count. The naive estimator: it needs a particle for every way that an image may look."""
    rng, depth = np.random.Generator(np.random.PCG64(seed)), model.depths[0]

    def draw(first: int, count: int) -> NDArray[np.float64]:
        rows = np.tile(flat, (count, 1))
        latent = tuple(rng.integers(0, 1 << np.broadcast_to(bits, (len(rows), len(bits)))) for bits in depth)
        costs: NDArray[np.int64] = likelihood_coder(model, latent, depth).cost(rows)
        return -NATS * costs.reshape(count, len(flat)).astype(np.float64)

    (naive,) = estimate(draw, len(flat), [particles], max(1, ROWS // len(flat)))
    (good,) = log_densities(model, flat, [particles], seed)
    rates = [cross_entropy(found.log_density, flat.shape[1]).bits_per_dimension for found in (naive, good)]
    counting = [float(found.effective_size.mean()) for found in (naive, good)]
    names = ("estimate", "by_posterior", "effective_particles", "effective_particles_by_posterior")
    return {"images": len(flat), "particles": particles, **dict(zip(names, [*rates, *counting], strict=True))}


def array_file(name: str, images: NDArray[np.uint8], model: Model, particles: int) -> tuple[tuple[int, int, int], dict[str, float] | None]:
    """Net, initial and total bits of an array's file, decoded and compared, and what its very latents ask for, by parts, which is known of
    one particle. Raises RoundTripFailed."""
    data = compress_array(images, model, particles)
    told = read_container(data).model
    if told != model.file.name:
        raise RoundTripFailed(f"{name}: the file names the model {told.hex()}, not {model.file.name.hex()}")
    if not np.array_equal(decompress_array(data, lambda _: model), images):
        raise RoundTripFailed(f"{name}: the file does not decode to the array that it was made from")
    found = report(data)
    if found.total_bits != 8 * len(data) or found.net_bits + found.initial_bits + found.header_bits != found.total_bits:
        raise RoundTripFailed(f"{name}: its parts are not its {8 * len(data)} bits")
    asked = ideal_parts(model, images, found) if particles == 1 else None
    return (found.net_bits, found.initial_bits, found.total_bits), asked


def noise(deviation: float, draws: int) -> float:
    """SIGMAS standard deviations of one draw less the mean of so many; the file is one more draw."""
    return SIGMAS * deviation * (1.0 + 1.0 / draws) ** 0.5


def _figures(found: Found, error: float, dimensions: int) -> dict[str, Any]:
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


def found_again(row: dict[str, Any], place: int) -> Found:
    """A picture's row as what ranges.py judges; the noise from its standard error is that of the mean alone, as sets are judged."""
    one, dimensions = row["by_particles"][place], row["dimensions"]
    error = SIGMAS * one["standard_error"] * dimensions
    net, total, bound = (one[what] * dimensions for what in ("net", "total", "estimate"))
    return Found(row["name"], one["particles"], net, total, bound, error, None, row["stripes"], row["pixels"])
