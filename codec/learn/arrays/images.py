"""Images that models of arrays are trained on: of any shape, or the 28x28 pixels of digits, gray or binary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.arrays.neighbours import MAX_CHANNELS, MAX_SIDE
from codec.errors import BadData
from codec.learn.common.data import LARGEST, LEVELS, Pictures, load_images

SIDE = 28
PIXELS = SIDE * SIDE


def digits(path: Path | str) -> Pictures:
    """Images for the digits models, uint8 [n, 28, 28]. Raises BadData."""
    images = load_images(path)
    if images.shape[1:] != (SIDE, SIDE):
        raise BadData(f"{path}: the digits models need gray images of {SIDE}x{SIDE}, not {' x '.join(map(str, images.shape[1:]))}")
    return images


def data_set(path: Path | str) -> Pictures:
    """Images of one size, uint8 [n, height, width, channels]: gray values, or 0 and 1. Raises BadData."""
    return checked_set(load_images(path, MAX_CHANNELS), str(path))


def checked_set(images: Pictures, name: str) -> Pictures:
    """data_set, of images that are already there, uint8 [n, height, width(, channels)]; name: for errors."""
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or not images.size:
        raise BadData(f"{name}: images are uint8 [n, height, width(, channels)], not {images.dtype} {list(images.shape)}")
    if max(images.shape[1:3]) > MAX_SIDE:
        size = f"{images.shape[1]}x{images.shape[2]}"
        raise BadData(f"{name}: images of {size}: a model of arrays codes at most {MAX_SIDE}x{MAX_SIDE}; cut them")
    return images.reshape(*images.shape[:3], -1)


def binarise(images: Pictures, seed: int) -> Pictures:
    """Static binarisation: each pixel is 1 with probability value/255, drawn once from `seed` (PCG64, one double per pixel in C order).

    For evaluation; training draws anew in every batch (dynamic binarisation).
    """
    draws = np.random.Generator(np.random.PCG64(seed)).random(images.shape, dtype=np.float64)
    return (draws * LARGEST < images).astype(np.uint8)


def random_images(images: Pictures, count: int, flips: bool, is_drawn: bool, rng: np.random.Generator) -> Pictures:
    """Some random images [count, height, width, channels]; flips: some of them mirrored; is_drawn: gray ones binarised anew."""
    chosen = images[np.sort(rng.choice(len(images), count))]
    if flips:
        turned = rng.random(count) < 0.5
        chosen[turned] = chosen[turned, :, ::-1]
    return (rng.random(chosen.shape, dtype=np.float32) * LARGEST < chosen).astype(np.uint8) if is_drawn else chosen


def net_inputs(images: Pictures, likelihood: str, seed: int = 0) -> NDArray[np.float32]:
    """What a net of that likelihood takes, float32 [n, 784]: statically binarised 0/1 for "bernoulli", else p/256."""
    flat = images.reshape(len(images), -1)
    return binarise(flat, seed).astype(np.float32) if likelihood == "bernoulli" else flat.astype(np.float32) / np.float32(LEVELS)
