"""The sums with which small stripes begin: which there are, that they never change, and that they help."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from helpers.photo_planes import planes_of

from codec.density.photo.least_squares import ENTRIES, Predictor, workspace
from codec.density.photo.predictors import SETS, pad_values, predict_padded
from codec.density.photo.start import starting_sums
from codec.lanes.wavefront import pad

DIGEST = "3ecaa8a611f523d9"
every_set = pytest.mark.parametrize("name", SETS)
every_count = pytest.mark.parametrize("channels", [1, 3])


@every_set
@every_count
def test_all_predictors_have_sums_for_every_entry(name: str, channels: int) -> None:
    sums = starting_sums(SETS[name], channels)
    assert sums is not None and np.isfinite(sums).all() and sums.dtype == np.float64
    assert sums.shape == (workspace(SETS[name], channels, 1).plan[..., ENTRIES].sum(),)


def test_the_sums_never_change() -> None:
    digest = hashlib.sha256()
    for one in SETS.values():
        for channels in (1, 3):
            sums = starting_sums(one, channels)
            assert sums is not None
            digest.update(sums.astype("<f8").tobytes())
    assert digest.hexdigest()[:16] == DIGEST


def test_other_predictors_begin_with_nothing() -> None:
    assert starting_sums((Predictor(3, 1, 0.5, 0.5, 1.0, 1.0),), 1) is None


@every_set
@every_count
def test_a_small_picture_is_predicted_better_with_them(name: str, channels: int) -> None:
    y, x = np.mgrid[:16, :16]
    planes = planes_of("random walk", channels, 16, 16) // 4 + (6 * x + 2 * y).astype(np.int16)
    padded, errors = pad(planes.astype(np.int16), pad_values(channels)), list[float]()
    for start in (None, starting_sums(SETS[name], channels)):
        found = predict_padded(padded, SETS[name], start)[..., :-1, 4:-4]
        errors.append(float(np.abs(found[:, :, 1:, 1:].astype(np.float64)).mean()))
    assert errors[1] < errors[0]
