"""Writes the tables of likelihoods of pixels into a model file: frequencies by logit, and a logistic mixture's curve, edges and scales."""

from __future__ import annotations

import math

import numpy as np

from codec.coding.tables import grid_edges, make_curve, make_scales
from codec.density.latents import PRECISION
from codec.learn.arrays import likelihoods
from codec.learn.common.data import LEVELS
from codec.learn.common.programs import ProgramWriter, exponentials

PIXEL_FRACTION_BITS = 8  # of the edges between gray values
WEIGHT_FRACTION_BITS = 24  # of the table exp(component logit)


def bernoulli_tables(writer: ProgramWriter) -> None:
    """The frequency of a 1 for every logit."""
    low, high = likelihoods.LOGIT.limits
    scale = 2**likelihoods.LOGIT.fraction_bits
    ones = [round(2**PRECISION / (1.0 + math.exp(-value / scale))) for value in range(low, high + 1)]
    writer.tensors["bernoulli.ones"] = np.array(ones, np.int32)


def logistic_tables(writer: ProgramWriter) -> int:
    """The tables of mixtures of logistics; the shift of their curve."""
    curve, unit = make_curve("logistic"), 2**PIXEL_FRACTION_BITS
    writer.tensors["logistic.curve"] = curve.values.astype(np.int32)
    writer.tensors["logistic.edges"] = grid_edges(LEVELS, unit).astype(np.int32)
    writer.tensors["logistic.reciprocals"] = make_scales(exponentials(likelihoods.LOG_SCALE) * unit)
    weights = np.maximum(np.rint(exponentials(likelihoods.COMPONENT) * 2**WEIGHT_FRACTION_BITS), 1)
    writer.tensors["logistic.weights"] = weights.astype(np.int64)
    return curve.shift
