"""Latents in bins of equal prior mass, and the tables of their posteriors."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from helpers.changed_models import Change, changed, gone, tensor, value
from helpers.laws import check_tiling
from helpers.small_models import small_model
from hypothesis import given
from hypothesis import strategies as st

from codec.density.latents import FULL_BITS, PRECISION, Normal, normal_bins, read_normal
from codec.errors import CodecError
from codec.nets.json_fields import Fields
from codec.nets.layers import NumpyEngine
from codec.nets.model_file import ModelFile, read_model
from codec.nets.program import make_program

SIGMA_1 = 192  # the entry of the scales whose log_sigma is 0


def normal_of(file: ModelFile) -> Normal:
    """The tables of a small model's posteriors."""
    names = [name for name in file.metadata["programs"] if name.startswith("posterior")]
    posteriors = [make_program(file.metadata["programs"][name], file.tensors, NumpyEngine()) for name in names]
    return read_normal(Fields(copy.deepcopy(file.metadata["posterior"]), "posterior"), file, posteriors)


NORMAL = normal_of(read_model(small_model(2, 2)))


def bins(location: int, scale: int, bits: int) -> np.ndarray:
    """The frequencies of all bins of one latent."""
    count = 1 << bits
    distribution = normal_bins(NORMAL, np.full((count, 1), location), np.full((count, 1), scale, np.int32), bits)
    return distribution.span(np.arange(count)[:, None])[1][:, 0].astype(np.float64) / (1 << PRECISION)


def test_bins_have_equal_mass_under_the_prior() -> None:
    for bits in (1, 4, FULL_BITS):
        assert np.allclose(bins(0, SIGMA_1, bits), 2.0**-bits, rtol=0.03)


def test_the_edges_are_those_of_the_normal_distribution() -> None:
    below = 0.5 + 0.5 * np.array([math.erf(edge / 65536 / math.sqrt(2)) for edge in NORMAL.edges[1:-1]])
    assert np.allclose(below, np.arange(1, 1 << 13) / (1 << 13), atol=1e-5)


def test_a_bin_has_the_value_of_its_middle() -> None:
    assert NORMAL.values.dtype == np.int32 and len(NORMAL.values) == (1 << 13) + 1
    assert np.allclose(NORMAL.values / 1024, NORMAL.edges / 65536, atol=1 / 2048)


def test_coarse_bins_are_fine_ones_together() -> None:
    fine, coarse = bins(40000, 100, FULL_BITS), bins(40000, 100, 5)
    assert np.allclose(fine.reshape(32, -1).sum(1), coarse, atol=2e-4)


@given(st.integers(-(1 << 20), 1 << 20), st.integers(0, 224), st.integers(1, 6))
def test_bins_tile_the_range_of_their_intervals(location: int, scale: int, bits: int) -> None:
    check_tiling(normal_bins(NORMAL, np.full((1, 1), location), np.full((1, 1), scale, np.int32), bits), 1 << bits)


WRONG = [
    value("posterior/mean_shift", 17),
    value("posterior/curve_shift", 0),
    value("posterior/more", 1),
    gone("posterior/mean_shift"),
    tensor("normal.curve", lambda curve: curve[1:]),
    tensor("normal.edges", lambda edges: edges[::-1].copy()),
    tensor("normal.edges", lambda edges: edges[:-1]),
    tensor("normal.edges", lambda edges: edges.astype(np.int64) << 20),
    tensor("normal.reciprocals", lambda reciprocals: reciprocals[1:]),
    tensor("normal.reciprocals", lambda reciprocals: reciprocals * 0),
    value("programs/posterior0/steps/1/low", -191),
    value("programs/posterior0/outputs", ["mean"]),
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_tables_that_do_not_fit_are_refused(change: Change) -> None:
    with pytest.raises(CodecError):
        normal_of(read_model(changed(small_model(2, 2), change)))
