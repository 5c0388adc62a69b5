"""Bits-back in every form: inverse laws, costs that are the sampled bounds, initial bits, and who pays for them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from bits_back import World
from helpers.laws import check_pop_then_push, check_push_then_pop
from hypothesis import given
from hypothesis import strategies as st

from codec.coding.bits_back import bit_swap, bits_back, chain, funded, growing, least_funding
from codec.coding.coders import autoregressive, leaf, serial
from codec.coding.distributions import Table, Uniform, categorical
from codec.coding.message import Message
from codec.coding.mixture import Mixture
from codec.coding.particles import MAX_PARTICLES, coupled, importance, relative_weights, shifts
from codec.coding.tables import equal_mass_edges, make_curve, make_scales
from codec.errors import BadInterval, EmptyMessage

WORLD = World()
CURVE = make_curve("normal")
RECIPROCALS = make_scales(np.exp(np.linspace(-4, 1, 41)) * (1 << 16))
BINS = 6


def gaussian_latents(pictures: np.ndarray, bits: int = BINS, width: int = 2, precision: int = 20) -> Any:
    """A posterior coder over bins of equal prior mass whose location and scale depend on the picture."""
    total = pictures.sum(1)[:, None, None] * np.ones((1, width, 1), np.int64)
    return leaf(
        Mixture(CURVE, equal_mass_edges(bits), RECIPROCALS, np.full(total.shape, 1 << 16), (total - 14) << 13, 5 + total % 20, precision)
    )


def bins_prior(points: int, bits: int = BINS, width: int = 2) -> Any:
    return leaf(Uniform(np.full((points, width), 1 << bits)))


def letters_given(latents: Any) -> Any:
    """Four letters out of eight from any latent array (points, ...)."""
    which = latents.reshape(len(latents), -1).sum(1) % 3
    return WORLD.likelihood(which[:, None])


def two_layer_coders(pictures: np.ndarray) -> Any:
    """A top-down posterior of two layers as one posterior coder."""
    points = len(pictures)

    def layer(i: int, known: tuple[Any, ...]) -> Any:
        return gaussian_latents(pictures + known[0][:, :1] % 3 if i else pictures)

    return autoregressive(2, layer, points=points, width=4, precision=20)


COUNT = 7
STEPS = {
    "one step": lambda first, count: bits_back(WORLD.prior(count), WORLD.likelihood, WORLD.posterior),
    "gaussian bins": lambda first, count: bits_back(bins_prior(count), letters_given, gaussian_latents),
    "importance": lambda first, count: importance(WORLD.prior(count), WORLD.likelihood, WORLD.posterior, 5),
    "coupled": lambda first, count: coupled(bins_prior(count), letters_given, gaussian_latents, 6, first),
    "coupled, one particle": lambda first, count: coupled(WORLD.prior(count), WORLD.likelihood, WORLD.posterior, 1, first),
    "two layers": lambda first, count: bits_back(
        serial(bins_prior(count), bins_prior(count)), lambda z: letters_given(z[0] + z[1]), two_layer_coders
    ),
    "two layers, importance": lambda first, count: importance(
        serial(bins_prior(count), bins_prior(count)), lambda z: letters_given(z[0] + z[1]), two_layer_coders, 3
    ),
    "two layers, coupled": lambda first, count: coupled(
        serial(bins_prior(count), bins_prior(count)), lambda z: letters_given(z[0] + z[1]), two_layer_coders, 4, first
    ),
    "Bit-Swap": lambda first, count: bit_swap(bins_prior(count), *markov_layers()),
}


def markov_layers() -> tuple[list[Any], list[Any]]:
    """p(x|z1), p(z1|z2) and q(z1|x), q(z2|z1): three states below, Gaussian bins above."""

    def states_given(above: np.ndarray) -> Any:
        return leaf(categorical(np.stack([above[:, :1] + 1, above[:, 1:] + 1, np.full((len(above), 1), 30)], -1), 16))

    return [WORLD.likelihood, states_given], [WORLD.posterior, lambda state: gaussian_latents(state * 5 + 9)]


@pytest.mark.parametrize("name", STEPS)
@given(st.integers(1, COUNT), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_both_inverse_laws_hold(name: str, count: int, lanes: int, seed: int) -> None:
    rng, step = np.random.default_rng(seed), STEPS[name](3, count)
    check_push_then_pop(step, WORLD.draw(count, rng), Message.random(120, rng, lanes))
    check_pop_then_push(step, Message.random(120, rng, lanes))


@pytest.mark.parametrize("particles", [2, 1000, MAX_PARTICLES])
def test_many_particles_come_back(particles: int, rng: np.random.Generator) -> None:
    for make in (coupled, importance):
        step = make(WORLD.prior(2), WORLD.likelihood, WORLD.posterior, particles)
        check_push_then_pop(step, WORLD.draw(2, rng), Message.random(2000, rng))


def log_weight(picture: np.ndarray, latent: np.ndarray) -> float:
    """log2 of p(x, z) / q(z|x), from the real-valued tables."""
    code = WORLD.codes(picture)
    return float(np.log2(WORLD.joint[code, latent[:, 0]] / WORLD.posterior_table[code, latent[:, 0]])[0])


def test_every_data_point_of_a_step_costs_its_own_log_weight() -> None:
    rng = np.random.default_rng(3)
    message = Message.random(10, rng)
    for picture in WORLD.draw(300, rng)[:, None]:
        latent = WORLD.posterior(picture).pop(message.copy())
        before = message.content
        bits_back(WORLD.prior(1), WORLD.likelihood, WORLD.posterior).push(message, picture)
        assert abs(message.content - before + log_weight(picture, latent)) < 0.01


@pytest.mark.parametrize("particles", [1, 3, 16])
def test_every_data_point_of_the_monte_carlo_steps_costs_its_own_sampled_bound(particles: int) -> None:
    rng = np.random.default_rng(4)
    message = Message.random(400, rng)
    for index, picture in enumerate(WORLD.draw(150, rng)[:, None]):
        posterior, trial = WORLD.posterior(picture), message.copy()
        independent = [posterior.pop(trial) for _ in range(particles)]
        common = Uniform(np.full((1, 1), 1 << 16), 16).pop(message.copy()).view(np.uint64)
        moved = [(common + shifts(index, np.array([i]), 1)) & np.uint64(0xFFFF) for i in range(particles)]
        together = [posterior.find(points) for points in moved]
        for make, latents in ((importance, independent), (coupled, together)):
            bound = -math.log2(np.mean([2 ** log_weight(picture, latent) for latent in latents]))
            once = message.copy()
            before = once.content
            step = make(WORLD.prior(1), WORLD.likelihood, WORLD.posterior, particles, **({"first": index} if make is coupled else {}))
            step.push(once, picture)
            assert abs(once.content - before - bound) < 0.01
        bits_back(WORLD.prior(1), WORLD.likelihood, WORLD.posterior).push(message, picture)


def initial_bits(make: Any, pictures: np.ndarray) -> float:
    """Bits per data point that a batch of these pictures needs on the message before it can be pushed."""

    def push(message: Message, words: int) -> None:
        given = Message.random(words, np.random.default_rng(5))
        make.push(given, pictures)

    words = least_funding(Message.empty(), range(100_000), push) if len(pictures) < 9 else least_by_halving(push)
    assert words is not None
    return 32 * words / len(pictures)


def least_by_halving(push: Any) -> int:
    low, high = 0, 1 << 14
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if least_funding(Message.empty(), [middle], push) is not None else (middle, high)
    return high


def test_initial_bits_of_coupled_particles_grow_by_log_n_at_most_and_of_independent_ones_with_n() -> None:
    pictures = WORLD.draw(400, np.random.default_rng(6))
    one = initial_bits(coupled(WORLD.prior(400), WORLD.likelihood, WORLD.posterior, 1), pictures)
    assert 15 < one < 17  # one dimension of precision 16
    for particles in (4, 16, 64):
        several = initial_bits(coupled(WORLD.prior(400), WORLD.likelihood, WORLD.posterior, particles), pictures)
        assert one - 0.2 <= several <= one + math.log2(particles) + 0.2
    single = initial_bits(importance(WORLD.prior(400), WORLD.likelihood, WORLD.posterior, 1), pictures)
    assert initial_bits(importance(WORLD.prior(400), WORLD.likelihood, WORLD.posterior, 16), pictures) > 10 * single


def test_bit_swap_needs_fewer_initial_bits_than_the_joint_order_at_the_same_cost() -> None:
    rng = np.random.default_rng(7)
    pictures, likelihoods, posteriors = WORLD.draw(500, rng), *markov_layers()
    points = len(pictures)
    swapped = bit_swap(bins_prior(points), likelihoods, posteriors)
    joint = bits_back(
        autoregressive(2, lambda i, known: likelihoods[1](known[0]) if i else bins_prior(points)),
        lambda z: likelihoods[0](z[1]),
        lambda x: Reversed(posteriors[0](x), posteriors[1]),
    )
    assert initial_bits(swapped, pictures) < 0.8 * initial_bits(joint, pictures)
    grown = []
    for coder in (swapped, joint):
        message = Message.random(4000, rng)
        before = message.content
        check_push_then_pop(coder, pictures, message.copy())
        coder.push(message, pictures)
        grown.append((message.content - before) / points)
    assert abs(grown[0] / grown[1] - 1) < 0.02


class Reversed:
    """The joint order of a bottom-up posterior: z1, then z2 given z1, as the tuple (z2, z1) that the prior speaks of."""

    def __init__(self, first: Any, second: Any) -> None:
        self.pair = autoregressive(2, lambda i, known: second(known[0]) if i else first)

    def push(self, message: Message, symbol: Any) -> None:
        self.pair.push(message, symbol[::-1])

    def pop(self, message: Message) -> Any:
        return self.pair.pop(message)[::-1]


@pytest.mark.parametrize("name", STEPS)
def test_a_chain_of_growing_batches_comes_back_and_gives_back_its_seed(name: str, rng: np.random.Generator) -> None:
    pictures, seed = WORLD.draw(61, rng), rng.bytes(400)
    message = Message.seeded(seed)
    coder = chain(STEPS[name], growing(61, largest=4))
    coder.push(message, pictures)
    assert np.array_equal(coder.pop(message), pictures)
    assert message == Message.seeded(seed)


def test_batches_grow_and_add_up() -> None:
    assert growing(20) == [1, 2, 4, 8, 5]
    assert growing(20, first=3, factor=1) == [3, 3, 3, 3, 3, 3, 2]
    assert growing(20, largest=5) == [1, 2, 4, 5, 5, 3]


def test_data_points_without_latents_fund_the_others() -> None:
    rng, pictures = np.random.default_rng(8), WORLD.draw(40, np.random.default_rng(9))

    def coder(paying: int) -> Any:
        fixed = WORLD.likelihood(np.zeros((paying, 1), np.int64))
        return funded(fixed, STEPS["one step"](0, len(pictures) - paying))

    def push(message: Message, paying: int) -> None:
        coder(paying).push(message, (pictures[:paying], pictures[paying:]))

    message = Message.empty()
    with pytest.raises(EmptyMessage):
        push(message.copy(), 0)
    paying = least_funding(message, range(41), push)
    assert paying is not None and 0 < paying < 12
    with pytest.raises(EmptyMessage):
        push(Message.empty(), paying - 1)
    first, rest = coder(paying).pop(message)
    assert np.array_equal(np.concatenate([first, rest]), pictures)
    assert message == Message.empty()
    assert least_funding(Message.empty(), [0], push) is None
    untouched = Message.random(0, rng)
    before = untouched.copy()
    assert least_funding(untouched, [], push) is None and untouched == before


def test_relative_weights_are_powers_of_two_of_the_cost_differences(rng: np.random.Generator) -> None:
    costs = rng.integers(0, 40 << 24, (200, 9))
    exact = np.exp2(26 - (costs - costs.min(1, keepdims=True)) / 2.0**24)
    assert (np.abs(relative_weights(costs) - exact) <= 1 + exact * 2.0**-24).all()
    assert relative_weights(np.array([[0, 1 << 62]])).tolist() == [[1 << 26, 0]]


def test_shifts_differ_by_data_point_particle_and_dimension_and_leave_particle_0_in_place() -> None:
    assert not shifts(5, np.zeros(4, np.int64), 3).any()
    values = np.concatenate([shifts(first, np.full(8, particle), 5).ravel() for particle in (1, 2, 3) for first in (0, 8)])
    assert np.unique(values).size == values.size
    assert np.array_equal(shifts(2, np.array([7]), 4), shifts(0, np.array([1, 1, 7]), 4)[2:])
    low = shifts(0, np.full(4000, 3), 4) & np.uint64(0xFFFF)
    assert abs(low.mean() / 32767.5 - 1) < 0.02


def test_the_hash_of_the_shifts_is_frozen() -> None:
    assert shifts(0, np.array([1, 2]), 2).tolist() == FROZEN_SHIFTS


FROZEN_SHIFTS = [[10705738211186751225, 12401259842959014280], [16613338946343043936, 937349279089814987]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: importance(None, None, None, 0),
        lambda: coupled(None, None, None, MAX_PARTICLES + 1),
        lambda: coupled(None, None, None, 2, -1),
        lambda: bit_swap(None, [], []),
        lambda: bit_swap(None, [None], []),
        lambda: chain(None, []),
        lambda: chain(None, [3, 0]),
        lambda: growing(0),
        lambda: growing(5, factor=0),
        lambda: chain(STEPS["one step"], [2]).push(Message.empty(), np.zeros((3, 4), int)),
    ],
)
def test_senseless_arguments_are_refused(make: Any) -> None:
    with pytest.raises(BadInterval):
        make()


def test_the_table_of_the_toy_world_is_what_it_says() -> None:
    assert isinstance(WORLD.prior(3).dist, Table)
    assert abs(WORLD.joint.sum() - 1) < 1e-9
