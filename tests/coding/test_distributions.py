"""Every distribution: intervals that tile, spans and finds that are inverse, both coding laws, and its ideal code length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.laws import check_cost, check_laws, check_pop_then_push, check_tiling
from hypothesis import given
from hypothesis import strategies as st

from codec.coding.coders import leaf
from codec.coding.distributions import Bernoulli, Table, Uniform, categorical
from codec.coding.message import Message
from codec.coding.mixture import Mixture, integer_weights
from codec.coding.tables import equal_mass_edges, exp2_table, grid_edges, log2_table, make_curve, make_scales
from codec.errors import BadInterval, EmptyMessage

UNIT = 256
SCALES = np.exp(np.linspace(-3, 5, 65))
CURVES = {kind: make_curve(kind) for kind in ("logistic", "normal")}
RECIPROCALS = make_scales(SCALES * UNIT)


def some_mixture(rng: np.random.Generator, shape: tuple[int, ...], bins: int, components: int, precision: int, kind: str) -> Mixture:
    spread = (*shape, components)
    return Mixture(
        CURVES[kind],
        grid_edges(bins, UNIT),
        RECIPROCALS,
        integer_weights(rng.integers(0, 1000, spread) + (np.arange(components) == 0)),
        rng.integers(-3 * UNIT, (bins + 3) * UNIT, spread),
        rng.integers(0, SCALES.size, spread),
        precision,
    )


def some_table(rng: np.random.Generator, shape: tuple[int, ...], alphabet: int, precision: int) -> Table:
    weights = rng.integers(0, 100, (4, alphabet)) ** 3
    weights[:, 0] += 1
    return Table(categorical(weights, precision).cdfs, rng.integers(0, 4, shape), precision)


@st.composite
def distributions(draw: st.DrawFn) -> tuple[Any, int]:
    """A distribution of a small random shape, and the least number of symbols that each of its alphabets has."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from([(0,), (1,), (5,), (3, 4), (2, 0), (2, 3, 2)]))
    kind = draw(st.sampled_from(["uniform", "bernoulli", "table", "categorical", "logistic", "normal", "latent"]))
    precision = draw(st.integers(1, 31))
    if kind == "uniform":
        top = draw(st.sampled_from([1, 2, 3, 257, 1 << 16, 1 << 24]))
        counts = rng.integers(1, top + 1, shape)
        return Uniform(counts), int(counts.min(initial=top))
    if kind == "bernoulli":
        return Bernoulli(rng.integers(1, 1 << precision, shape), precision), 2
    alphabet = draw(st.integers(1, min(1 << (precision - 1), 300)))
    if kind == "table":
        return some_table(rng, shape, alphabet, precision), alphabet
    if kind == "categorical":
        return categorical(rng.integers(0, 5, (*shape, alphabet)) + (np.arange(alphabet) == alphabet - 1), precision), alphabet
    if kind == "latent":
        bits = draw(st.integers(1, 8))
        spread = (*shape, 1)
        means, scales = rng.integers(-4 << 16, 4 << 16, spread), rng.integers(0, 30, spread)
        reciprocals = make_scales(np.exp(np.linspace(-5, 1, 30)) * (1 << 16))
        whole, enough = np.full(spread, 1 << 16), min(max(precision, bits + 1), 30)
        return Mixture(CURVES["normal"], equal_mass_edges(bits), reciprocals, whole, means, scales, enough), 1 << bits
    return some_mixture(rng, shape, alphabet, draw(st.integers(1, 4)), min(precision, 30), kind), alphabet


@given(distributions(), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_both_inverse_laws_hold(case: tuple[Any, int], lanes: int, seed: int) -> None:
    dist, alphabet = case
    rng = np.random.default_rng(seed)
    check_laws(leaf(dist), rng.integers(0, alphabet, dist.shape), rng, words=40, lanes=lanes)


@given(distributions(), st.integers(0, 2**32 - 1))
def test_find_inverts_span_at_every_point(case: tuple[Any, int], seed: int) -> None:
    dist, _ = case
    points = np.random.default_rng(seed).integers(0, 1 << dist.precision, dist.shape, dtype=np.uint64)
    starts, freqs = dist.span(dist.find(points))
    assert ((starts <= points) & (points - starts < freqs)).all()


@given(distributions(), st.integers(0, 2**32 - 1))
def test_the_cost_is_within_its_bound(case: tuple[Any, int], seed: int) -> None:
    dist, alphabet = case
    check_cost(leaf(dist), np.random.default_rng(seed).integers(0, alphabet, dist.shape))


@pytest.mark.parametrize(
    ("dist", "alphabet"),
    [
        (Uniform(np.full(3, 7)), 7),
        (Uniform(np.ones(2, np.int64)), 1),
        (Bernoulli([1, 5, 255], 8), 2),
        (categorical(np.array([[0, 0, 1], [5, 0, 0], [1, 2, 3]]), 4), 3),
        (categorical(np.ones((2, 16), np.int64), 4), 16),
        (categorical(np.full((1, 1), 9), 31), 1),
        (some_table(np.random.default_rng(1), (6,), 200, 12), 200),
        (some_mixture(np.random.default_rng(2), (20,), 511, 3, 22, "logistic"), 511),
        (some_mixture(np.random.default_rng(3), (20,), 64, 1, 16, "normal"), 64),
        (some_mixture(np.random.default_rng(4), (5,), 1, 2, 1, "logistic"), 1),
        (some_mixture(np.random.default_rng(5), (2,), 1 << 16, 2, 24, "logistic"), 1 << 16),
    ],
)
def test_the_intervals_tile_the_whole_range(dist: Any, alphabet: int) -> None:
    if alphabet <= 1 << 10:
        check_tiling(dist, alphabet)
    else:
        ends = np.zeros(dist.shape, np.uint64)
        for symbol in range(alphabet):
            starts, freqs = dist.span(np.full(dist.shape, symbol))
            assert np.array_equal(starts, ends) and (freqs >= 1).all()
            ends = starts + freqs
        assert (ends == 1 << dist.precision).all()


def test_the_largest_uniform_finds_its_symbols(rng: np.random.Generator) -> None:
    dist = Uniform(np.full(1000, 1 << 24))
    symbols = rng.integers(0, 1 << 24, 1000)
    starts, freqs = dist.span(symbols)
    assert np.array_equal(starts, symbols << 7) and (freqs == 128).all()
    assert np.array_equal(dist.find(starts + np.uint64(127)), symbols)


def test_uniform_starts_are_the_floors_of_the_contract(rng: np.random.Generator) -> None:
    counts = rng.integers(1, (1 << 24) + 1, 500)
    symbols = rng.integers(0, counts)
    starts, freqs = Uniform(counts).span(symbols)
    assert starts.tolist() == [int(i) * 2**31 // int(n) for i, n in zip(symbols, counts, strict=True)]
    assert (starts + freqs).tolist() == [(int(i) + 1) * 2**31 // int(n) for i, n in zip(symbols, counts, strict=True)]


def test_coding_costs_no_more_than_a_hundredth_of_a_percent_over_the_information() -> None:
    rng = np.random.default_rng(9)
    for precision in (20, 24):
        dist = some_table(rng, (1_000_000,), 200, precision)
        message = Message.random(400_000, rng, 8)
        symbols = dist.pop(message)
        message, before = Message.empty(8), Message.empty(8).bits
        leaf(dist).push(message, symbols)
        ideal = -np.log2(dist.span(symbols)[1] / 2.0**precision).sum()
        assert message.bits - before <= ideal * 1.0001 + 32 * 8


def test_the_logistic_mixture_costs_less_than_a_twentieth_of_a_percent_over_real_arithmetic() -> None:
    rng, count, components = np.random.default_rng(10), 1_000_000, 3
    weights = integer_weights(rng.integers(1, 1000, (count, components)))
    means = rng.uniform(30, 480, (count, 1)) + rng.normal(0, 6, (count, components))
    locations, scales = np.rint(means * UNIT).astype(np.int64), rng.integers(20, 50, (count, components))
    dist = Mixture(CURVES["logistic"], grid_edges(511, UNIT), RECIPROCALS, weights, locations, scales, 24)
    which = (rng.random((count, 1)) > np.cumsum(weights / 65536, 1)).sum(1).clip(0, components - 1)
    row, uniform = np.arange(count), rng.random(count)
    drawn = locations[row, which] / UNIT + SCALES[scales[row, which]] * np.log(uniform / (1 - uniform))
    symbols = np.clip(np.rint(drawn), 0, 510).astype(np.int64)
    freqs = dist.span(symbols)[1]

    def below(edge: np.ndarray, sign: int) -> np.ndarray:
        position = np.clip(sign * ((edge - 0.5)[:, None] - locations / UNIT) / SCALES[scales], -700, 700)
        return (weights / 65536 / (1 + np.exp(-position))).sum(1)

    left = np.where(symbols == 0, 0, below(symbols, 1)), np.where(symbols == 510, 1, below(symbols + 1, 1))
    right = np.where(symbols == 0, 1, below(symbols, -1)), np.where(symbols == 510, 0, below(symbols + 1, -1))
    mass = np.where(left[0] < 0.5, left[1] - left[0], right[0] - right[1])
    ideal, actual = -np.log2(mass).sum(), -np.log2(freqs / 2.0**24).sum()
    assert abs(actual / ideal - 1) <= 0.0005


@pytest.mark.parametrize("table", [log2_table(), exp2_table()])
def test_the_format_tables_are_strictly_monotone(table: np.ndarray) -> None:
    assert (np.diff(table) > 0).all() or (np.diff(table) < 0).all()


def test_the_format_tables_hold_what_they_say() -> None:
    steps = np.arange(4097) / 4096
    assert np.abs(log2_table() / 2.0**32 - np.log2(1 + steps)).max() < 2.0**-30
    assert np.abs(exp2_table() - np.exp2(30 - steps)).max() <= 0.51


def test_bins_of_equal_mass_nest_and_are_equally_likely() -> None:
    fine, coarse = equal_mass_edges(12), equal_mass_edges(5)
    assert np.array_equal(fine[::128][1:-1], coarse[1:-1])
    zero = np.zeros((1, 1), int)
    prior = Mixture(CURVES["normal"], coarse, make_scales([1 << 16]), zero + (1 << 16), zero, zero, 24)
    freqs = np.array([prior.span(np.array([i]))[1][0] for i in range(32)], np.int64)
    assert np.abs(freqs - (1 << 19)).max() < 200


def test_integer_weights_add_up_exactly(rng: np.random.Generator) -> None:
    raw = rng.integers(0, 1 << 40, (1000, 5))
    weights = integer_weights(raw)
    assert (weights.sum(-1) == 1 << 16).all()
    assert np.abs(weights / 65536 - raw / raw.sum(-1, keepdims=True)).max() < 2 / 65536


def test_popping_from_too_short_a_message_is_an_error_that_leaves_it_alone(rng: np.random.Generator) -> None:
    simple = Uniform(np.full(50, 1 << 20)), Bernoulli(np.full(500, 7), 4)
    for dist in (*simple, some_table(rng, (90,), 100, 12), some_mixture(rng, (90,), 500, 3, 22, "logistic")):
        message = Message.random(2, rng, 3)
        before = message.copy()
        with pytest.raises(EmptyMessage):
            dist.pop(message)
        assert message == before


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_a_vector_longer_than_the_lanes_comes_back(count: int, rng: np.random.Generator) -> None:
    check_pop_then_push(leaf(some_mixture(rng, (count,), 300, 2, 20, "logistic")), Message.random(300, rng, 64))


GOOD = {"weights": np.full((1, 1), 1 << 16), "locations": np.zeros((1, 1), int), "scales": np.zeros((1, 1), int), "precision": 16}
BAD_MIXTURES = [
    ({"weights": np.full((1, 1), 1 << 15)}, "add up"),
    ({"weights": np.full((1, 2), 1 << 15)}, "differ"),
    ({"locations": np.full((1, 1), 1 << 28)}, "locations"),
    ({"scales": np.full((1, 1), SCALES.size)}, "alphabet"),
    ({"scales": np.full((1, 1), 0.5)}, "integers"),
    ({"precision": 3}, "bins"),
    ({"precision": 31}, "bins"),
]


@pytest.mark.parametrize(("change", "reason"), BAD_MIXTURES)
def test_a_bad_mixture_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInterval, match=reason):
        Mixture(CURVES["normal"], grid_edges(10, UNIT), RECIPROCALS, **{**GOOD, **change})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Uniform([0]), "1 to"),
        (lambda: Uniform([(1 << 24) + 1]), "1 to"),
        (lambda: Uniform([1.5]), "integers"),
        (lambda: Bernoulli([0], 8), "frequency of a 1"),
        (lambda: Bernoulli([256], 8), "frequency of a 1"),
        (lambda: Bernoulli([1], 32), "precision"),
        (lambda: categorical([[0, 0]], 8), "all be 0"),
        (lambda: categorical([[1, 1, 1]], 1), "fit"),
        (lambda: categorical([[-1, 1]], 8), "negative"),
        (lambda: categorical([[1 << 45, 1]], 24), "at most"),
        (lambda: Table([[0, 3, 3, 4]], [0], 2), "rise"),
        (lambda: Table([[0, 3]], [0], 2), "rise"),
        (lambda: Table([[0, 4]], [1], 2), "alphabet"),
        (lambda: Table([[0.0, 4.0]], [0], 2), "integers"),
        (lambda: make_scales([1.0]), "scales"),
        (lambda: make_curve("cauchy"), "cauchy"),
        (lambda: equal_mass_edges(21), "bins"),
        (lambda: grid_edges(4, 3), "even"),
        (lambda: integer_weights([[0, 0]]), "all be 0"),
    ],
)
def test_a_bad_parameter_is_refused(make: Any, reason: str) -> None:
    with pytest.raises(BadInterval, match=reason):
        make()


@pytest.mark.parametrize("dist", [Uniform([3, 3]), Bernoulli([3, 3], 4), categorical(np.ones((2, 3), int), 4)])
def test_a_symbol_or_point_outside_is_refused(dist: Any) -> None:
    for symbols in ([0, 3], [0, -1], [0.0, 1.0], [0]):
        with pytest.raises(BadInterval):
            dist.span(np.array(symbols))
    for points in ([0, 1 << 31], [0]):
        with pytest.raises(BadInterval):
            dist.find(np.array(points))
