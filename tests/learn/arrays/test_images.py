"""Images of digits: their size, and what the nets see of them."""

import numpy as np
import pytest

from codec.errors import BadData
from codec.learn.arrays.images import binarise, digits, net_inputs


def test_digits_must_be_28_by_28(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 32, 32), np.uint8))
    with pytest.raises(BadData, match="28x28"):
        digits(tmp_path / "a.npy")


def test_static_binarisation_is_the_same_for_ever_and_follows_the_gray_value():
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 400, 1)
    binary = binarise(gray, 0)
    np.testing.assert_array_equal(binary, binarise(gray, 0))
    assert (binarise(gray, 1) != binary).any()
    assert not binary[0].any() and binary[255].all()
    assert np.abs(binary.mean(1) - np.arange(256) / 255).max() < 0.1
    assert int(binarise(np.full((8,), 128, np.uint8), 0) @ (1 << np.arange(8))) == 14


def test_inputs_are_bits_or_multiples_of_a_256th(rng):
    images = rng.integers(0, 256, (5, 28, 28), dtype=np.uint8)
    assert set(np.unique(net_inputs(images, "bernoulli"))) == {0.0, 1.0}
    np.testing.assert_array_equal(net_inputs(images, "logistic") * 256, images.reshape(5, -1))
