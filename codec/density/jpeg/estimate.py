"""What a JPEG model says that a part costs: exactly, as it has no latents, and about, from a share of its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from codec.coding.tables import COST_BITS
from codec.density.density import Coefficients
from codec.density.estimates import Estimate
from codec.density.jpeg.form import JpegForm
from codec.density.jpeg.model import Model
from codec.density.jpeg.part import run_passes

FEWEST_UNITS = 4  # rows of units that a price is judged by, if there are so many
NATS = math.log(2.0)  # of a bit


def part_bits(model: Model, form: JpegForm, part: slice, data: Coefficients) -> float:
    """What the coefficients of a part cost."""
    return sum(float(one.costs().sum()) for one in run_passes(model, form, part, data, places=True)) / (1 << COST_BITS)


def estimate_part(model: Model, form: JpegForm, part: slice, data: Coefficients, particles: Sequence[int]) -> list[Estimate]:
    """log p of a part, a single data point, which no number of particles changes."""
    log = np.array([-part_bits(model, form, part, data) * NATS])
    return [Estimate(count, log, np.zeros(1), np.array([float(count)]), log) for count in particles]


def price_part(model: Model, form: JpegForm, part: slice, data: Coefficients, share: float) -> float:
    """About how many bits a part costs, judged by so large a share of it, from its middle."""
    units = part.stop - part.start
    count = min(units, max(FEWEST_UNITS, round(units * share)))
    first = part.start + (units - count) // 2
    tried = slice(first, first + count)
    chosen: Coefficients = []
    for one, whole in zip(form.components, data, strict=True):
        rows, begin = one.rows_of(tried), one.rows_of(part).start
        chosen.append(np.ascontiguousarray(whole[rows.start - begin : rows.stop - begin]))
    return float(part_bits(model, form, tried, chosen) * units / count)
