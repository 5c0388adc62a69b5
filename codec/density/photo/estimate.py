"""What a photo model says that a stripe costs: estimates of its density, a quick price, and where its bits went."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codec.density.density import PlaceCosts, Planes, TileCost
from codec.density.estimates import Estimate, LogMean
from codec.density.photo.area import PhotoArea
from codec.density.photo.model import PhotoModel
from codec.density.shared.step import BIT, FundedMessage, Step, trial_rows

DRAWS = 8  # of latents, for their mean cost
NATS = math.log(2.0)  # of a bit


def estimate_stripe(
    area: PhotoArea, rows: int, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
) -> list[Estimate]:
    """Estimates of log p(stripe), a single data point, with each number of particles; rows: those that fund, as the codec has them.

    from_prior: the particles are drawn from the prior, not from the posterior."""
    fixed = float(area.rows(area.height - rows, rows).cost(area).sum()) / BIT
    if rows == area.height:
        return [_of_one(count, -fixed, 0.0, float(count), -fixed) for count in particles]
    step = Step(area, area.height - rows)
    proposal, state, found = step.prior if from_prior else step.posterior(area), LogMean(step.shape[0]), dict[int, Estimate]()
    for count in range(1, max(particles) + 1):
        latent = proposal.find(rng.integers(0, 1 << proposal.precision, step.shape, dtype=np.uint64))
        bits = (proposal.cost(latent) - step.prior.cost(latent) - step.likelihood(latent).cost(area)) / BIT
        state.add(bits[None] * NATS)
        if count in particles:
            log, lower = float(state.log_mean().sum()) / NATS, float(state.lower_bound().sum()) / NATS
            error = float(np.sqrt(np.square(state.standard_error()).sum())) / NATS
            found[count] = _of_one(count, log - fixed, error, float(state.effective_size().mean()), lower - fixed)
    return [found[count] for count in particles]


def _of_one(particles: int, bits: float, error: float, effective: float, lower: float) -> Estimate:
    """The estimate of one data point, given log2 p."""
    return Estimate(particles, *(np.array([value]) for value in (bits * NATS, error * NATS, effective, lower * NATS)))


def price_stripe(model: PhotoModel, planes: Planes, share: float) -> float:
    """About how many bits a stripe costs, judged by so large a share of its rows, with z = 0; of the others nothing is predicted."""
    height = planes.shape[1]
    trials = trial_rows(height, max(8, round(8 / share)))
    area = PhotoArea.known(model, np.concatenate([planes[:, first : first + count] for first, count in trials], 1))
    return float(area.rows(0, area.height).cost(area).sum() / BIT * height / area.height)


def place_costs(area: PhotoArea, coded: FundedMessage) -> PlaceCosts:
    """What each pixel cost where it was coded, and the latents of each tile, less what the posterior gives back, in the mean."""
    parts = [coded.funding.bits_of_pixels()]
    if coded.main is not None:
        parts.insert(0, coded.main.bits_of_pixels())
    latents = _bits_of_tiles(area, area.height - coded.funding_rows)
    tiles = [TileCost(part.start, part.stop - part.start, float(bits)) for part, bits in zip(area.columns, latents, strict=True)]
    return PlaceCosts(np.concatenate(parts), tuple(tiles))


def _bits_of_tiles(area: PhotoArea, main: int) -> NDArray[np.float64]:
    """What the latents of each tile cost in the mean over some draws; 0 where there are none."""
    if not main:
        return np.zeros(area.tiles)
    step, rng = Step(area, main, area.tiles), np.random.Generator(np.random.PCG64(0))
    posterior = step.posterior(area)
    points = rng.integers(0, 1 << posterior.precision, (DRAWS, *step.shape), dtype=np.uint64)
    drawn = [posterior.find(point) for point in points]
    means: NDArray[np.float64] = np.mean([(step.prior.cost(latent) - posterior.cost(latent)) / BIT for latent in drawn], 0)
    return means
