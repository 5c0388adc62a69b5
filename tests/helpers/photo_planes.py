"""Makes planes of stripes, int16 [channels, h, w], of every kind that could trouble a codec."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

DEEP_TOP = (1 << 16) - 1
KINDS = ("random walk", "smooth", "noise", "flat", "black", "white", "checkerboard", "saturated", "extremes", "stripes")


def planes_of(kind: str, channels: int, height: int, width: int, seed: int = 0) -> NDArray[np.int16]:
    """Luma in 0 ... 255, the others in -255 ... 255."""
    rng = np.random.default_rng([seed, height, width, channels])
    shape = (channels, height, width)
    y, x = np.indices((height, width))
    walk = np.cumsum(rng.integers(-9, 10, shape), 2) + np.cumsum(rng.integers(-9, 10, shape), 1)
    contents: dict[str, Callable[[], NDArray[np.float64] | NDArray[np.int64]]] = {
        "random walk": lambda: 60 + walk,
        "smooth": lambda: np.stack([90 + 60 * np.sin(y / 7.0 + c) + 40 * np.cos(x / 5.0 - c) for c in range(channels)]),
        "noise": lambda: rng.integers(-255, 256, shape),
        "flat": lambda: np.full(shape, 77),
        "black": lambda: np.full(shape, -255),
        "white": lambda: np.full(shape, 255),
        "checkerboard": lambda: np.broadcast_to(np.where((x + y) % 2, 255, -255), shape),
        "saturated": lambda: 12 * walk,
        "extremes": lambda: rng.choice(np.array([-255, 255]), shape),
        "stripes": lambda: np.broadcast_to(np.where(x % 3, 200, 10), shape) + rng.integers(0, 2, shape),
    }
    lowest = np.array([0, -255, -255])[:channels, None, None]
    return np.clip(contents[kind](), lowest, 255).astype(np.int16)


def deep_planes_of(kind: str, channels: int, height: int, width: int, top: int = DEEP_TOP, seed: int = 0) -> NDArray[np.int32]:
    """Luma in 0 ... top, the others in -top ... top, with noise in the low bits of what has some above them."""
    wide, rng = planes_of(kind, channels, height, width, seed).astype(np.int64), np.random.default_rng([seed, top])
    noise = rng.integers(-99, 100, wide.shape) if kind in ("random walk", "smooth", "saturated") else 0
    lowest = np.array([0, -top, -top])[:channels, None, None]
    found: NDArray[np.int32] = np.clip(wide * top // 255 + noise, lowest, top).astype(np.int32)
    return found
