"""The pixels of a stripe: what a model codes, how they are cut into tiles, and the coders of their rows."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.coding.message import Message
from codec.coding.tables import COST_BITS
from codec.density.density import Planes
from codec.density.latents import FULL_BITS
from codec.density.photo.area import PhotoArea
from codec.density.photo.model import load_photo
from codec.density.shared.tiles import tile_columns
from codec.errors import BadInput
from codec.nets.model_file import read_model

MODELS = {channels: load_photo(read_model(small_photo_model(channels))) for channels in (1, 3)}
LEARNING = load_photo(read_model(small_photo_model(3, 0, "one", "heads")))
PLANES = planes_of("random walk", 3, 40, 700)
KNOWN = PhotoArea.known(MODELS[3], PLANES)


@pytest.mark.parametrize(
    "planes",
    [
        np.zeros((2, 5, 5), np.int16),
        np.zeros((3, 5, 5), np.int32),
        np.zeros((3, 0, 5), np.int16),
        np.zeros((3, 5), np.int16),
        np.full((3, 5, 5), 256, np.int16),
        np.full((3, 5, 5), -1, np.int16),
    ],
    ids=["channels", "type", "empty", "flat", "too high", "negative luma"],
)
def test_planes_that_are_not_the_models_are_refused(planes: Planes) -> None:
    with pytest.raises(BadInput):
        PhotoArea.known(MODELS[3], planes)


@pytest.mark.parametrize("shape", [(1, 5, 5), (3, 0, 5), (3, 5, 0), (3, 5), (3, -4, -4)])
def test_shapes_that_no_stripe_has_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="a stripe of shape"):
        PhotoArea.unknown(MODELS[3], shape)


def test_a_known_area_holds_the_planes_and_an_unknown_one_nothing() -> None:
    assert np.array_equal(KNOWN.inner(), PLANES) and (KNOWN.height, KNOWN.width) == (40, 700)
    empty = PhotoArea.unknown(MODELS[3], PLANES.shape)
    assert (empty.height, empty.width) == (40, 700) and not empty.inner().any()


def test_every_column_lies_in_a_tile_and_tiles_are_data_points() -> None:
    assert KNOWN.columns == tile_columns(700) and KNOWN.tiles == KNOWN.points == 3
    assert all((KNOWN.tile_of[part] == number).all() for number, part in enumerate(KNOWN.columns))


def test_what_is_learnt_along_the_way_makes_a_stripe_one_data_point() -> None:
    area = PhotoArea.known(LEARNING, PLANES)
    assert area.points == 1 and area.tiles == 3
    assert area.rows(0, 40).cost(area).shape == (1,) and KNOWN.rows(0, 40).cost(KNOWN).shape == (3,)


def test_rows_fund_others_only_if_every_tile_has_something_above_them_to_look_at() -> None:
    assert [rows for rows in range(41) if KNOWN.can_fund(rows)] == [*range(1, 36), 40]
    narrow = PhotoArea.known(MODELS[3], PLANES[:, :, :4])
    assert [rows for rows in range(41) if narrow.can_fund(rows)] == [40]


@pytest.mark.parametrize("first", [0, 7])
def test_rows_that_are_pushed_are_filled_by_a_pop(first: int) -> None:
    area = PhotoArea.unknown(MODELS[3], PLANES.shape)
    message = Message.random(3000, np.random.default_rng(0), 4)
    before = message.copy()
    if first:
        area.planes[:, :first], area.errors[:, :, :first] = KNOWN.planes[:, :first], KNOWN.errors[:, :, :first]
    KNOWN.rows(first, 40 - first).push(message, KNOWN)
    assert message != before
    if first == 0:
        area.rows(0, 40).pop(message)
        assert message == before and np.array_equal(area.inner(), PLANES)


def test_a_cost_is_what_a_push_takes_and_what_the_pixels_cost() -> None:
    coder, message = KNOWN.rows(0, 40), Message.random(10, np.random.default_rng(0), 8)
    before = message.content
    coder.push(message, KNOWN)
    bits = float(coder.cost(KNOWN).sum()) / (1 << COST_BITS)
    assert coder.total_bits == bits and message.content - before == pytest.approx(bits, rel=1e-4)
    assert coder.bits_of_pixels().shape == (40, 700) and coder.bits_of_pixels().sum() == pytest.approx(bits, rel=1e-6)


def test_the_cost_of_a_tile_is_that_of_its_columns() -> None:
    coder = KNOWN.rows(0, 40, np.full((3, MODELS[3].latents), 1000))
    costs, pixels = coder.cost(KNOWN) / (1 << COST_BITS), coder.bits_of_pixels()
    assert costs == pytest.approx([pixels[:, part].sum() for part in KNOWN.columns], rel=1e-6)


def test_latents_of_zero_are_those_that_are_fixed() -> None:
    middle = np.full((3, MODELS[3].latents), 1 << (FULL_BITS - 1))
    near, fixed = (coder.cost(KNOWN).sum() for coder in (KNOWN.rows(0, 40, middle), KNOWN.rows(0, 40)))
    far = KNOWN.rows(0, 40, np.full((3, MODELS[3].latents), 100)).cost(KNOWN).sum()
    assert abs(near / fixed - 1) < 1e-3 < abs(far / fixed - 1)


def test_the_posterior_sees_the_main_rows_only() -> None:
    other = PLANES.copy()
    other[:, 30:] = 7
    changed = PhotoArea.known(MODELS[3], other)
    assert np.array_equal(KNOWN.features(30), changed.features(30)) and not np.array_equal(KNOWN.features(40), changed.features(40))


def test_the_posterior_of_a_tile_is_that_of_its_pixels() -> None:
    other = PLANES.copy()
    other[:, :, KNOWN.columns[2]] = 7
    before, after = KNOWN.features(40), PhotoArea.known(MODELS[3], other).features(40)
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[2], after[2])


def test_a_posterior_codes_the_latents_of_all_tiles_as_so_many_data_points() -> None:
    latent = KNOWN.posterior(30, 3).pop(Message.random(500, np.random.default_rng(1)))
    assert latent.shape == (3, MODELS[3].latents)
    assert KNOWN.posterior(30, 1).cost(latent.reshape(1, -1)).sum() == KNOWN.posterior(30, 3).cost(latent).sum()
