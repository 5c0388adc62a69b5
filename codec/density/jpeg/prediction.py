"""The learnt prediction of a coefficient: a linear one of sixteen numbers, by normalised least mean squares in ordered float32.

With x the numbers in 1/16 coefficient, w the weights of the place, v their running powers, and e what was coded less what was predicted:

    prediction    sum of w x, of eight pairs (i, i + 8) first, these as ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)); +-2047, rounded
    w             w + RATE e (x / v) / (sum of x (x / v) + REST), within +-LARGEST_WEIGHT
    v             v + (x x + LEAST_POWER - v) / 64
"""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.blocks import NUMBERS
from codec.density.jpeg.constants import LARGEST_PREDICTION, SIXTEENTH
from codec.density.jpeg.floats import kept_within, sum_of_eight
from codec.lanes.vectors import f32_i32, fill_f32, i32_f32, lane, load_f32, load_i32, put_i32, store_f32
from codec.system.kernels import kernel

RATE, REST, LEAST_POWER, LARGEST_WEIGHT = 0.02, 16.0, 16.0, 8.0


@kernel
def show_numbers(view, number, first, a, b, c, d):
    """Keep four of the numbers, in 1/16, that the learnt prediction is made of."""
    at = number * NUMBERS + first
    put_i32(view.scratch, at, a)
    put_i32(view.scratch, at + 1, b)
    put_i32(view.scratch, at + 2, c)
    put_i32(view.scratch, at + 3, d)


@kernel
def linear_prediction(view, number, place):
    """The sum of what was shown times the weights of a place, in 1/16."""
    near, far, weights = number * NUMBERS, number * NUMBERS + 8, place * NUMBERS
    total = i32_f32(load_i32(view.scratch, near)) * load_f32(view.weights, weights)
    total = total + i32_f32(load_i32(view.scratch, far)) * load_f32(view.weights, weights + 8)
    total = kept_within(sum_of_eight(total), LARGEST_PREDICTION * SIXTEENTH) + fill_f32(32768.5)
    return np.int64(lane(f32_i32(total), 0)) - 32768


@kernel
def learn_prediction(view, number, place, error):
    """Move the weights of a place; error: by how much, in 1/16, what was coded is more than what was predicted."""
    shown, weights = number * NUMBERS, place * NUMBERS
    near, far = i32_f32(load_i32(view.scratch, shown)), i32_f32(load_i32(view.scratch, shown + 8))
    near_power, far_power = load_f32(view.powers, weights), load_f32(view.powers, weights + 8)
    near_unit, far_unit = near / near_power, far / far_power
    total = sum_of_eight(near * near_unit + far * far_unit)
    step = fill_f32(RATE) * kept_within(fill_f32(np.float32(error)), LARGEST_PREDICTION * SIXTEENTH) / (total + fill_f32(REST))
    store_f32(view.weights, weights, kept_within(load_f32(view.weights, weights) + step * near_unit, LARGEST_WEIGHT))
    store_f32(view.weights, weights + 8, kept_within(load_f32(view.weights, weights + 8) + step * far_unit, LARGEST_WEIGHT))
    keep, least = fill_f32(1.0 / 64.0), fill_f32(LEAST_POWER)
    store_f32(view.powers, weights, near_power + (near * near + least - near_power) * keep)
    store_f32(view.powers, weights + 8, far_power + (far * far + least - far_power) * keep)
