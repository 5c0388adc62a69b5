"""Batches: what the net sees of pixels, and that seed and step alone decide which."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from codec.density.photo.surroundings import gather_inputs  # noqa: E402
from codec.density.shared.scales import make_tables  # noqa: E402
from codec.learn.photo.batches import BatchSizes, PhotoBatch, draw_batch, gather  # noqa: E402
from codec.learn.photo.data import Tiles  # noqa: E402

LOGS = make_tables()["log"].astype(np.int64)


def test_what_a_head_knows_is_what_the_kernels_compute(tiles: Tiles) -> None:
    positions = np.array([[0, 5, 7], [3, 70, 20], [4, 0, 0]])
    pixels = gather(tiles, positions)
    _, facts = gather_inputs(tiles.planes, tiles.errors, positions)
    for i in range(len(positions)):
        for channel in range(3):
            pixel, q, first, second = (int(fact) for fact in facts[i, channel])
            reciprocal = round(2**12 * 32 * 2 ** (-q / 32) / 64)
            error = 64 * pixel - first
            ratio = max(-256, min(256, (error * reciprocal + 2048) >> 12))
            apart = max(-192, min(192, ((second - first) * reciprocal + 2048) >> 12))
            expected = [apart, ratio, abs(ratio), LOGS[max(1, abs(error))]]
            assert (pixels.known[i, channel] * 32).tolist() == expected
            end = (pixel == 255) - (pixel == (-255 if channel else 0))
            assert pixels.facts[i, channel].tolist() == pytest.approx([error / 64, q / 32, end, (second - first) / 64])


def test_a_batch_depends_on_seed_and_step_alone(tiles: Tiles) -> None:
    def batch(step: int) -> PhotoBatch:
        return draw_batch(tiles, BatchSizes(3, 20, 8, 2, 4, 0.5), (1, step))

    assert torch.equal(batch(5).pixels.inputs, batch(5).pixels.inputs)
    assert torch.equal(batch(5).noise, batch(5).noise)
    assert not torch.equal(batch(5).pixels.inputs, batch(6).pixels.inputs)
