"""Gray pixels: the very intervals of a mixture, and the laws."""

import numpy as np
import pytest
from helpers.laws import check_pop_then_push, check_push_then_pop, check_tiling
from hypothesis import given
from hypothesis import strategies as st

from codec.coding.coders import leaf
from codec.coding.indexed_mixture import IndexedMixture, check_tables
from codec.coding.message import Message
from codec.coding.mixture import Mixture, integer_weights
from codec.coding.tables import grid_edges, make_curve, make_scales
from codec.errors import BadInterval

CURVE, EDGES = make_curve("logistic"), grid_edges(256, 256)
RECIPROCALS = make_scales(np.exp(np.arange(-48, 97) / 16) * 256)
TABLE = np.rint(np.exp(np.arange(-256, 257) / 32) * 2**24).astype(np.int64)


def both(rng: np.random.Generator, shape: tuple[int, ...], components: int, precision: int = 24) -> tuple[IndexedMixture, Mixture]:
    """The same random pixels, as IndexedMixture and as a Mixture; half of the components sit beyond the ends."""
    size = (*shape, components)
    indices, scales = rng.integers(0, TABLE.size, size).astype(np.int32), rng.integers(0, RECIPROCALS.size, size).astype(np.int32)
    locations = rng.integers(-4096, 8193, size).astype(np.int32) << 4
    pixels = IndexedMixture(CURVE, EDGES, RECIPROCALS, TABLE, precision, indices, locations, scales)
    return pixels, Mixture(CURVE, EDGES, RECIPROCALS, integer_weights(TABLE[indices]), locations, scales, precision)


@given(st.integers(0, 2**32), st.integers(1, 5), st.sampled_from([9, 16, 24, 30]))
def test_intervals_and_symbols_are_those_of_a_mixture(seed: int, components: int, precision: int) -> None:
    rng = np.random.default_rng(seed)
    pixels, mixture = both(rng, (4, 30), components, precision)
    symbols = rng.integers(0, 256, (4, 30))
    points = rng.integers(0, 1 << precision, (4, 30))
    assert all(np.array_equal(a, b) for a, b in zip(pixels.span(symbols), mixture.span(symbols), strict=True))
    assert np.array_equal(pixels.find(points), mixture.find(points))


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_pixels_obey_the_laws_on_any_number_of_lanes(seed: int, lanes: int) -> None:
    rng = np.random.default_rng(seed)
    pixels, mixture = both(rng, (3, 20), 3)
    message = Message.random(400, rng, lanes)
    assert np.array_equal(check_pop_then_push(leaf(pixels), message), mixture.pop(message.copy()))
    check_push_then_pop(leaf(pixels), rng.integers(0, 256, (3, 20)), message)


def test_the_intervals_tile_the_total(rng: np.random.Generator) -> None:
    check_tiling(both(rng, (2, 3), 2)[0], 256)


def test_no_pixels_are_no_trouble(rng: np.random.Generator) -> None:
    pixels, _ = both(rng, (0, 5), 2)
    message = Message.random(3, rng)
    before = message.copy()
    assert pixels.pop(message).shape == (0, 5) and message == before
    assert pixels.find(np.zeros((0, 5), np.int64)).shape == (0, 5)


def test_tables_beyond_the_limits_are_refused() -> None:
    check_tables(CURVE, EDGES, RECIPROCALS, TABLE, 24, 3, 1 << 20)
    for changes in (
        {"table": TABLE * 0},
        {"table": TABLE << 10},
        {"components": 65},
        {"components": 0},
        {"location": 1 << 28},
        {"edges": EDGES[::-1]},
    ):
        arguments = {
            "curve": CURVE,
            "edges": EDGES,
            "reciprocals": RECIPROCALS,
            "table": TABLE,
            "precision": 24,
            "components": 3,
            "location": 9,
        }
        with pytest.raises(BadInterval):
            check_tables(**{**arguments, **changes})
