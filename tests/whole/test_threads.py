"""The library in many threads at once: every one gets its own bytes, and they are those of one thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import codec

THREADS = 200


@pytest.mark.usefixtures("tiny_photos")
def test_200_threads_at_once_give_what_one_gives() -> None:
    rng = np.random.default_rng(3)
    pictures = [Image.fromarray(rng.integers(0, 9 + number, (20, 31, 3)).astype(np.uint8)) for number in range(8)]
    alone = [codec.compress(picture, threads=1) for picture in pictures]

    def work(number: int) -> bool:
        picture, expected = pictures[number % 8], alone[number % 8]
        data = codec.compress(picture, threads=1)
        return data == expected and np.array_equal(codec.decompress(data, threads=1), picture)

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(2 * THREADS)))
