"""Images side by side give the intervals that the model's own programs give."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.small_contexts import small_context

from codec.coding.coders import Leaf
from codec.density.arrays.context import ContextLikelihood, PixelBatch, PlainBatch
from codec.density.arrays.context_lanes import LaneBatch
from codec.density.arrays.load_context import load_context
from codec.density.library import MODELS
from codec.nets.json_fields import Fields
from codec.nets.layers import NumpyEngine
from codec.nets.model_file import ModelFile, load_model_file, read_model
from codec.nets.program import make_program
from codec.system.kernel_choice import way

pytestmark = pytest.mark.skipif(way() == "python", reason="plain Python runs the programs themselves")


def likelihood_of(file: ModelFile, shape: tuple[int, int, int], levels: int) -> ContextLikelihood:
    specs = file.metadata["programs"]
    programs = {name: make_program(spec, file.tensors, NumpyEngine()) for name, spec in specs.items()}
    return load_context(Fields(file.metadata["likelihood"], "likelihood"), shape, file, programs, levels)


def spans(batch: PixelBatch, pixel: int, channel: int, values: np.ndarray) -> np.ndarray:
    leaf = batch.leaf(pixel, channel)
    assert isinstance(leaf, Leaf)
    return np.stack(leaf.dist.span(values.astype(np.int64).reshape(leaf.dist.shape)))


def check(likelihood: ContextLikelihood, images: np.ndarray, pixels: list[int]) -> None:
    """The same intervals of some pixels of images [n, pixels * channels], known or told one by one."""
    hood, lanes = likelihood.hood, likelihood.lanes
    assert lanes is not None
    canvas, values = hood.canvas_of(images), images.reshape(len(images), hood.pixels, hood.channels)
    batches = (PlainBatch(likelihood, canvas, None, None), LaneBatch(lanes, hood, likelihood.tables, canvas))
    for pixel in pixels:
        for batch in batches:
            batch.look(pixel)
        for channel in range(hood.channels):
            wanted, found = (spans(batch, pixel, channel, values[:, pixel, channel]) for batch in batches)
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(("levels", "channels"), [(2, 1), (256, 1), (256, 3)])
@pytest.mark.parametrize("count", [1, 16, 35])
def test_small_nets_give_the_intervals_of_their_programs(levels: int, channels: int, count: int) -> None:
    likelihood = likelihood_of(read_model(small_context(levels, channels)), (4, 4, channels), levels)
    images = np.random.default_rng(count).integers(0, levels, (count, 16 * channels)).astype(np.uint8)
    check(likelihood, images, list(range(16)))


def test_the_embedded_model_gives_the_intervals_of_its_programs() -> None:
    likelihood = likelihood_of(load_model_file(MODELS / "cifar.bbm"), (32, 32, 3), 256)
    rng = np.random.default_rng(0)
    smooth = (np.add.outer(np.arange(32), np.arange(32)) * 3)[None, :, :, None] + rng.integers(0, 9, (20, 32, 32, 3))
    smooth[:, 10:20, 10:20] = rng.integers(0, 2, (20, 10, 10, 3)) * 255  # of large values, beyond 16 bits
    check(likelihood, np.clip(smooth, 0, 255).astype(np.uint8).reshape(20, -1), [0, 31, 32, 340, 362, 363, 365, 395, 1023])
