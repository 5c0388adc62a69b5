"""Latents as the families code them: in units of their prior N(0, 1), as one of 2^bits bins of equal prior mass.

A model file stores the tables of their posteriors, discretised Gaussians on these bins:

    posterior    {"curve_shift", "mean_shift"}; tensors normal.curve, normal.edges (2^13 + 1), normal.reciprocals (for each log_sigma)

normal.edges are the edges of 2^13 bins: an edge of odd number is the middle of a bin of 2^12, which is its value, rounded to 10 fraction
bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codec.coding.mixture import Mixture
from codec.coding.tables import Curve
from codec.errors import BadModel
from codec.nets.json_fields import Fields
from codec.nets.model_file import ModelFile
from codec.nets.program import Program
from codec.system.records import record

PRECISION = 24  # of posteriors
FULL_BITS = 12  # of a latent's bin, at its finest
EDGE_FRACTION_BITS = 16
EPS_FRACTION_BITS = 10


@record(frozen=True)
class Normal:
    """The tables of the posteriors. values: int32[2^13 + 1], edges in the fraction bits of eps."""

    curve: Curve
    edges: NDArray[np.int64]
    reciprocals: NDArray[np.int64]
    lowest_scale: int
    mean_shift: int
    values: NDArray[np.int32]


def read_normal(fields: Fields, file: ModelFile, posteriors: Sequence[Program]) -> Normal:
    """The tables of posteriors, proved for what their programs give. Raises BadModel."""
    curve = Curve(file.tensor("normal.curve", 1).astype(np.int64), fields.integer("curve_shift", 1, 16))
    mean_shift = fields.integer("mean_shift", 0, 16)
    fields.finish()
    edges, reciprocals = file.tensor("normal.edges", 1).astype(np.int64), file.tensor("normal.reciprocals", 1).astype(np.int64)
    rounding = 1 << (EDGE_FRACTION_BITS - EPS_FRACTION_BITS)
    if edges.shape != ((2 << FULL_BITS) + 1,) or (np.diff(edges) < 0).any() or np.abs(edges).max() >= 1 << 27:
        raise BadModel("normal.edges are not 2^13 + 1 edges in ascending order")
    sigmas = [program.outputs.get("log_sigma") for program in posteriors]
    ranges = {(sigma.low, sigma.high) for sigma in sigmas if sigma is not None}
    if None in sigmas or len(ranges) != 1:
        raise BadModel("the posteriors' log_sigma are missing or differ in range")
    low, high = ranges.pop()
    if high - low + 1 != reciprocals.size:
        raise BadModel("normal.reciprocals has not one entry for each value of log_sigma")
    normal = Normal(curve, edges, reciprocals, low, mean_shift, ((edges + rounding // 2) // rounding).astype(np.int32))
    normal_bins(normal, np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int32), FULL_BITS)
    return normal


def normal_bins(normal: Normal, location: NDArray[np.int64], scale: NDArray[np.int32], bits: int) -> Mixture:
    edges = normal.edges[:: 1 << (FULL_BITS + 1 - bits)]
    weight = np.broadcast_to(1 << 16, (*location.shape, 1))
    return Mixture(normal.curve, edges, normal.reciprocals, weight, location[..., None], scale[..., None], PRECISION)
