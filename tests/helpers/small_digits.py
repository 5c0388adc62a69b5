"""Small nets of digits and images for them. Needs torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from codec.learn.arrays.images import PIXELS
from codec.learn.arrays.nets import DigitsConfig, DigitsNet, build_digits

SMALL = DigitsConfig(size=0.1, latents=6, top_latents=3)


def small_digits(likelihood: str = "bernoulli", layers: int = 1) -> DigitsNet:
    """A net with random weights, in double precision."""
    torch.manual_seed(0)
    return build_digits(DigitsConfig(likelihood, layers, SMALL.size, SMALL.latents, SMALL.top_latents)).double()


def digit_pixels(count: int, likelihood: str = "bernoulli") -> Tensor:
    """Random images [count, 784] as such a net takes them."""
    values = np.random.default_rng(1).integers(0, 256, (count, PIXELS))
    return torch.from_numpy(values / 256 if likelihood == "logistic" else (values > 200).astype(float))
