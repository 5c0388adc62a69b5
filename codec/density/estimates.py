"""Estimates of -log p(x) from log-weights, in constant memory. No torch, no nets: whoever has log-weights brings them.

With particles z_i ~ q(z|x) and w_i = p(x|z_i) p(z_i) / q(z_i|x) (or z_i ~ p(z) and w_i = p(x|z_i): sampling the prior),

    log p(x)  is estimated by  L_k = log (1/k) sum_i w_i        E L_k <= log p(x), rising with k
    standard error of L_k      s_k = sqrt((sum w^2 / (sum w)^2 - 1/k) k / (k - 1))          (delta method)
    effective sample size      (sum w)^2 / sum w^2                                          between 1 and k
    ELBO                       (1/k) sum_i log w_i

All of it in nats. `nats_to_bits` turns nats per image into bits per dimension.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codec.errors import BadEstimate
from codec.system.records import record

NORMAL_95 = 1.959963984540054

Floats = NDArray[np.float64]


class LogMean:
    """Streamed log-mean-exp of log-weights for each of n images: three sums each, whatever the number of particles."""

    def __init__(self, images: int) -> None:
        if images < 1:
            raise BadEstimate("an estimate needs at least one image")
        self.count = 0
        self._peak = np.full(images, -np.inf)
        self._sum, self._squares, self._logs = np.zeros((3, images))

    def add(self, log_weights: ArrayLike) -> None:
        """Take in log-weights [particles, images]. -inf is a weight of 0; NaN and +inf are errors."""
        values = np.asarray(log_weights, np.float64)
        if values.ndim != 2 or values.shape[1] != self._peak.size:
            raise BadEstimate(f"log-weights must have shape [particles, {self._peak.size}], not {list(values.shape)}")
        if np.isnan(values).any() or (values == np.inf).any():
            raise BadEstimate("a log-weight is not a number: the model's outputs overflow on this image")
        peak = np.maximum(self._peak, values.max(0, initial=-np.inf))
        level = np.where(np.isfinite(peak), peak, 0.0)
        old = np.exp(np.where(self._sum > 0.0, self._peak, -np.inf) - level)
        weights = np.exp(values - level)
        self._sum = self._sum * old + weights.sum(0)
        self._squares = self._squares * old**2 + np.square(weights).sum(0)
        self._logs += values.sum(0)
        self._peak, self.count = peak, self.count + len(values)

    def _checked(self) -> int:
        if not self.count:
            raise BadEstimate("no particles have been added")
        return self.count

    def log_mean(self) -> Floats:
        """L_k for each image."""
        count = self._checked()
        with np.errstate(divide="ignore"):
            return np.where(np.isfinite(self._peak), self._peak, 0.0) + np.log(self._sum) - math.log(count)

    def lower_bound(self) -> Floats:
        """The ELBO's sample mean for each image."""
        lower: Floats = self._logs / self._checked()
        return lower

    def standard_error(self) -> Floats:
        """Standard error of L_k for each image; infinite for one particle, which says nothing about its own spread."""
        count = self._checked()
        if count == 1:
            return np.full(self._peak.size, np.inf)
        relative = 1.0 / np.maximum(self.effective_size(), 1.0) - 1.0 / count
        return np.sqrt(np.maximum(relative, 0.0) * count / (count - 1.0))

    def effective_size(self) -> Floats:
        """Effective sample size for each image; 0 where all weights are 0."""
        self._checked()
        return np.divide(np.square(self._sum), self._squares, out=np.zeros_like(self._sum), where=self._squares > 0.0)


@record(frozen=True)
class Estimate:
    """L_k with k particles of every image, float64 [images] each, in nats."""

    particles: int
    log_density: Floats
    standard_error: Floats
    effective_size: Floats
    lower_bound: Floats

    @property
    def bits(self) -> float:
        """The estimate of log2 p of all images together."""
        return float(self.log_density.sum()) / math.log(2.0)

    @property
    def bits_error(self) -> float:
        """The standard error of `bits`."""
        return math.sqrt(float(np.square(self.standard_error).sum())) / math.log(2.0)


Draw = Callable[[int, int], ArrayLike]


def estimate(draw: Draw, images: int, counts: Sequence[int], chunk: int = 50) -> list[Estimate]:
    """Estimates with each number of particles in `counts`, all from one stream of the largest of them.

    `draw(first, count)` gives log-weights [count, images] of the particles first ... first + count - 1, fresh ones each time;
    count is at most `chunk`.
    """
    wanted = sorted(set(counts))
    if not wanted or wanted[0] < 1 or chunk < 1:
        raise BadEstimate(f"numbers of particles must be positive, not {list(counts)}")
    state, found = LogMean(images), []
    for count in wanted:
        while state.count < count:
            state.add(draw(state.count, min(chunk, count - state.count)))
        found.append(Estimate(count, state.log_mean(), state.standard_error(), state.effective_size(), state.lower_bound()))
    return found


def nats_to_bits(nats: float, dimensions: int) -> float:
    """Nats per image -> bits per dimension."""
    return nats / (math.log(2.0) * dimensions)


@record(frozen=True)
class CrossEntropy:
    """The mean of -log p(x) over a data set: an upper bound of the source's entropy. `low` and `high` are its 95 % interval.

    The standard error is that of the images (how far another sample of as many images would lie), the estimator's own included.
    """

    images: int
    nats: float
    standard_error: float
    bits_per_dimension: float
    low: float
    high: float


def cross_entropy(log_density: ArrayLike, dimensions: int) -> CrossEntropy:
    """From log p(x) of each image (or a bound of it) [images], with `dimensions` sub-pixels each; low and high in bits/dim."""
    values = -np.asarray(log_density, np.float64)
    if values.ndim != 1 or not values.size or dimensions < 1:
        raise BadEstimate(f"a cross-entropy needs the log-densities of at least one image, not shape {list(values.shape)}")
    mean = float(values.mean())
    error = float(values.std(ddof=1) / math.sqrt(values.size)) if values.size > 1 else math.inf
    bits = nats_to_bits(1.0, dimensions)
    reach = NORMAL_95 * error
    return CrossEntropy(values.size, mean, error, mean * bits, (mean - reach) * bits, (mean + reach) * bits)
