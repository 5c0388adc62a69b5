"""The least-squares predictors: bit for bit those of a plain reference, and in range whatever they see."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.photo_planes import KINDS, planes_of
from reference import predictors as reference

from codec.density.photo.least_squares import workspace
from codec.density.photo.predictors import NO_ERROR, SETS, fill_errors, pad_values, predict
from codec.lanes.wavefront import NEAR, PAD, pad

SIZES = [(1, 1), (1, 2), (1, 29), (29, 1), (2, 8), (9, 7), (17, 16), (20, 30), (10, 203)]
ABSURD = [[0.0, 1e308, -1e308], [np.nan, np.inf, -np.inf, 0.0, 1.0], [-1e30, 1e30], [1e-320, -1e-320], [-1.0], [1e200]]


@pytest.mark.parametrize("predictors", SETS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("height, width", SIZES)
def test_predictions_are_those_of_a_plain_reference_bit_for_bit(height: int, width: int, channels: int, predictors: str) -> None:
    planes = planes_of("random walk", channels, height, width)
    assert np.array_equal(predict(planes, SETS[predictors]), reference.errors_of(planes, predictors))


@pytest.mark.parametrize("predictors", SETS)
@pytest.mark.parametrize("channels, height, width", [(1, 1, 1), (3, 9, 17), (1, 20, 30), (3, 10, 43)])
def test_in_singles_they_are_those_of_single_numbers(height: int, width: int, channels: int, predictors: str) -> None:
    planes = planes_of("random walk", channels, height, width)
    assert np.array_equal(predict(planes, SETS[predictors], True), reference.errors_of(planes, predictors, np.float32))


@pytest.mark.parametrize("predictors", SETS)
@pytest.mark.parametrize("kind", KINDS)
def test_so_they_are_on_every_kind_of_picture(kind: str, predictors: str) -> None:
    planes = planes_of(kind, 3, 11, 21)
    assert np.array_equal(predict(planes, SETS[predictors]), reference.errors_of(planes, predictors))


def test_sums_of_decades_of_rows_stay_those_of_the_reference() -> None:
    """Noise that ends in a flat picture: sums decay through all of the doubles' exponents that they may have, then become 0."""
    planes = np.full((1, 300, 9), 128, np.int16)
    planes[:, :3] = planes_of("extremes", 1, 3, 9)
    assert np.array_equal(predict(planes, SETS["four"]), reference.errors_of(planes, "four"))
    assert np.array_equal(predict(planes, SETS["four"], True), reference.errors_of(planes, "four", np.float32))


def guesses(planes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    return 64 * planes.astype(np.int64) - errors


def check_range(planes: np.ndarray, errors: np.ndarray) -> None:
    """Also shows that no error has wrapped around in its 16 bits."""
    found = guesses(planes, errors)
    assert found[:, 0].min() >= 0 and found[:, 0].max() <= 255 * 64
    assert np.abs(found).max() <= 255 * 64


@pytest.mark.parametrize("in_singles", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_predictions_stay_in_range_on_large_pictures(kind: str, in_singles: bool) -> None:
    planes = planes_of(kind, 3, 70, 250)
    check_range(planes, predict(planes, SETS["four"], in_singles))


@pytest.mark.parametrize("kind", KINDS)
def test_sums_in_singles_predict_as_well(kind: str) -> None:
    """Also where there is no noise, and roundings show most: errors are in 1/64 level."""
    planes = planes_of(kind, 3, 70, 250)
    errors = [np.log2(1.0 + np.abs(predict(planes, SETS["four"], in_singles).astype(np.float64))).mean() for in_singles in (False, True)]
    assert errors[1] < 1.01 * errors[0] + 0.3


def test_noise_after_a_large_flat_area_stays_in_range() -> None:
    planes = np.concatenate([planes_of("flat", 3, 150, 40), planes_of("extremes", 3, 50, 40)], 1)
    check_range(planes, predict(planes, SETS["four"]))
    planes = np.concatenate([planes_of("flat", 3, 40, 150), planes_of("extremes", 3, 40, 50)], 2)
    check_range(planes, predict(planes, SETS["four"]))


def test_stripes_do_not_depend_on_what_is_above_or_below() -> None:
    planes = planes_of("random walk", 3, 40, 30)
    assert np.array_equal(predict(planes, SETS["four"])[:, :, :23], predict(planes[:, :23], SETS["four"]))


def predict_from(planes: np.ndarray, values: list[float]) -> np.ndarray:
    """What predict gives if all sums begin with nonsense."""
    padded, work, rng = pad(planes, pad_values(3)), workspace(SETS["four"], 3, planes.shape[2]), np.random.default_rng(5)
    for array in (work.doubles, work.last):
        array[:] = rng.choice(values, array.size)
    errors = np.zeros((len(SETS["four"]), *padded.shape), np.int16)
    errors[..., 0, :PAD] = NO_ERROR
    fill_errors(padded, errors, work)
    return errors[..., :-1, PAD:-PAD]


def west_of(planes: np.ndarray) -> np.ndarray:
    """The pixel to the left: of the first in a row, the first of the row above."""
    west = np.roll(planes, 1, 2)
    west[:, 1:, 0] = planes[:, :-1, 0]
    west[:, 0, 0] = [128, 0, 0][: len(planes)]
    return west


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_sums_that_are_no_numbers_make_every_prediction_the_pixel_to_the_left(value: float) -> None:
    planes = planes_of("random walk", 3, 20, 30)
    found = guesses(planes, predict_from(planes, [value]))
    assert np.array_equal(found, np.broadcast_to(64 * west_of(planes), found.shape))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("values", ABSURD, ids=str)
def test_absurd_sums_leave_predictions_in_range(values: list[float]) -> None:
    for kind in ("random walk", "extremes", "flat"):
        planes = planes_of(kind, 3, 20, 200)
        check_range(planes, predict_from(planes, values))


def test_the_neighbours_of_the_reference_are_those_of_the_wavefront() -> None:
    assert NEAR.tolist() == [list(place) for place in reference.NEAR]
