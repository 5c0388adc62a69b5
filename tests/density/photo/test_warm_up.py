"""Warming up compiles, or loads, all kernels that photos are coded with."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.processes import printed
from helpers.small_photos import small_photo_model

from codec.density.photo.model import load_photo
from codec.density.photo.pixels import make_intervals, pop_pixels
from codec.density.photo.predictors import fill_errors
from codec.density.photo.stripe import decode_stripe, encode_stripe
from codec.density.photo.warm_up import is_warm, warm_up
from codec.density.shared.intervals import push_intervals
from codec.nets.model_file import read_model
from codec.system.kernel_choice import way

KERNELS = (make_intervals, pop_pixels, push_intervals, fill_errors)


def versions() -> list[int]:
    """How often each kernel has been compiled or loaded: once for each set of types that it was called with."""
    return [len(kernel.signatures) for kernel in KERNELS]  # type: ignore[attr-defined]


@pytest.mark.skipif(way() != "jit", reason="nothing is compiled here")
@pytest.mark.parametrize("predictors", ["one", "two", "four"])
def test_nothing_is_left_to_compile_for_whatever_model(predictors: str) -> None:
    warm_up()
    before = versions()
    for learning in ("none", "heads"):
        model, planes = load_photo(read_model(small_photo_model(3, 0, predictors, learning))), planes_of("random walk", 3, 30, 40)
        assert np.array_equal(decode_stripe(model, encode_stripe(model, planes, 3).payload, planes.shape), planes)
    assert versions() == before == [1] * len(KERNELS)


def test_it_is_warm_afterwards() -> None:
    warm_up()
    assert is_warm()


def test_a_fresh_process_is_not_warm_unless_nothing_is_left_to_compile() -> None:
    assert printed("-m", "helpers.warm_worker", CODEC_KERNELS="python") == "True\n"
    assert printed("-m", "helpers.warm_worker") == f"{way() != 'jit'}\n"
