"""bench/estimates/rows.py: bits that are called something else than they are, are out of range."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.small_photos import small_photo_model
from helpers.stand_in import smooth

from bench.data.pictures import NamedPicture
from bench.errors import OutOfRange
from bench.estimates.files import picture_file
from bench.estimates.rows import heat_grid, judged
from bench.measure.ranges import check
from codec.density.named_model import NamedModel
from codec.kinds.picture.density import estimate_picture
from codec.kinds.picture.heat_map import Heat

NAMED = NamedPicture("a.png", smooth("RGB", 120, 160))


@pytest.fixture(scope="module")
def model():
    return NamedModel("photo", small_photo_model(3))


@pytest.fixture(scope="module")
def file(model):
    return picture_file(NAMED, model, 1)


@pytest.fixture(scope="module")
def draws(model):
    seeds = [estimate_picture(NAMED.picture, model.planes, [1], seed, 1).estimates[0].bits for seed in range(3)]
    return np.array(seeds)


def test_a_file_is_near_its_estimate(file, draws):
    check(judged(NAMED, 1, file, draws))


@pytest.mark.parametrize("factor", [0.97, 1.05])
def test_latents_that_ask_for_something_else_are_noticed(file, draws, factor):
    bits = replace(file.bits, estimate_bits=factor * file.bits.estimate_bits)
    with pytest.raises(OutOfRange, match="what its latents ask for"):
        check(judged(NAMED, 1, replace(file, bits=bits), draws))


def test_an_estimate_of_something_else_is_noticed(file, draws):
    with pytest.raises(OutOfRange, match="-ELBO"):
        check(judged(NAMED, 1, file, 0.5 * draws))


def test_what_a_model_did_not_code_alone_has_no_latents_to_compare_with(file, draws):
    assert judged(NAMED, 1, replace(file, bits=replace(file.bits, stored_bits=8.0)), draws).same is None


def test_the_heat_of_a_picture_is_a_mean_of_its_blocks():
    bits = np.arange(30 * 100, dtype=np.float64).reshape(30, 100)
    grid = heat_grid(Heat(bits, ()), 3)
    assert len(grid) == 6 and {len(row) for row in grid} == {20}
    assert grid[0][0] == pytest.approx(bits[:5, :5].mean() / 3, abs=1e-3)
