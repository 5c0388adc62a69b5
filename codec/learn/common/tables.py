"""The tables of mixtures of logistics, made once, when a model is exported. With o an output in 1/64 and j a component's log2 scale in
1/32:

    exponential   round(2^12 exp(o / 64)) of o = -512 ... 511            sigmoid   round(2^8 / (1 + exp(-o / 64))) of the same o
    curve         round(2^24 / (1 + exp(-x))) of x = -16, -16 + 1/32 ... 16, its ends 0 and 2^24
    precision     round(2^25 / (64 2^(j / 32))) of j = -160 ... 352
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density.shared.network import HIGHEST_COMPONENT, LOWEST_COMPONENT

CURVE_REACH, CURVE_STEPS = 16, 32


def likelihood_tables() -> dict[str, NDArray[np.generic]]:
    """The tables by name."""
    outputs = np.arange(-512, 512) / 64.0
    curve = 2.0**24 / (1.0 + np.exp(-np.arange(-CURVE_REACH * CURVE_STEPS, CURVE_REACH * CURVE_STEPS + 1) / CURVE_STEPS))
    curve[[0, -1]] = 0.0, 2.0**24
    return {
        "exponential": np.rint(2.0**12 * np.exp(outputs)).astype(np.int32),
        "sigmoid": np.rint(256.0 / (1.0 + np.exp(-outputs))).astype(np.int32),
        "curve": np.rint(curve).astype(np.int32),
        "precision": np.rint(2.0**25 / (64.0 * 2.0 ** (np.arange(LOWEST_COMPONENT, HIGHEST_COMPONENT + 1) / 32))).astype(np.int64),
    }
