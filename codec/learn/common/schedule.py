"""What changes over a training run by plan: the learning rate, and how much prior and posterior count."""

from __future__ import annotations

import math


def cosine(progress: float, last: float) -> float:
    """The share of the highest learning rate that is left: from 1 at the beginning of a run to `last` at its end."""
    return last + (1.0 - last) * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))


def rise_and_fall(rate: float, progress: float, first: float, last: float) -> float:
    """A learning rate: from `first` of the highest one a linear rise in a hundredth of the run, then a cosine, to `last` of it."""
    return rate * min(1.0, progress / 0.01 + first) * cosine(progress, last)


def tempering(warmup: float, progress: float) -> float:
    """How much a layer's prior and posterior count: from 0.05 up to 1 at `warmup`."""
    return min(1.0, 0.05 + 0.95 * progress / warmup) if warmup else 1.0
