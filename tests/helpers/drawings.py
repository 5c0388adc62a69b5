"""Pictures as people draw them: flat areas, text that repeats, few colours; and what is none."""

from __future__ import annotations

import numpy as np

from codec.density.density import Samples


def drawing(height: int, width: int, channels: int = 3, seed: int = 0) -> Samples:
    """Glyphs of three kinds in lines on a flat ground, a frame, and a gradient."""
    rng = np.random.default_rng(seed)
    pixels = np.full((height, width, channels), 250, np.uint8)
    glyphs = rng.integers(0, 2, (3, 6, 5)).astype(bool)
    for top in range(2, height - 8, 9):
        for left in range(2, width - 8, 7):
            if rng.random() < 0.6:
                pixels[top : top + 6, left : left + 5][glyphs[rng.integers(3)]] = 40 + np.arange(channels) * 9
    pixels[:1], pixels[:, :1] = 90, 90
    pixels[height // 2 :, width * 3 // 4 :, 0] = np.arange(width - width * 3 // 4)
    return pixels


def noise(height: int, width: int, channels: int = 3) -> Samples:
    return np.random.default_rng(1).integers(0, 256, (height, width, channels)).astype(np.uint8)
