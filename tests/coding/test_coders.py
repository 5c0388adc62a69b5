"""Every combinator keeps both inverse laws, and its cost is the sum of its parts' costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.laws import check_cost, check_laws, check_pop_then_push, same
from hypothesis import given
from hypothesis import strategies as st

from codec.coding.coders import autoregressive, conditional, leaf, on_lanes, repeat, serial
from codec.coding.distributions import Bernoulli, Uniform, categorical
from codec.coding.message import Message
from codec.errors import BadInterval

POINTS = 4


def letters(points: int = POINTS, width: int = 3) -> Any:
    return leaf(categorical(np.random.default_rng(width).integers(1, 90, (points, width, 11)), 14))


def bits(points: int = POINTS, width: int = 5) -> Any:
    return leaf(Bernoulli(np.random.default_rng(width).integers(1, 1 << 14, (points, width)), 14))


def dependent(i: int, known: tuple[Any, ...]) -> Any:
    """Part i: categorical over 6 letters, the weights moved by the sum of what is known."""
    total = np.sum(known, axis=0) if known else np.zeros((POINTS, 2), np.int64)
    return leaf(categorical(1 + (np.arange(6) * (total[..., None] + i)) % 7, 14))


CODERS = {
    "leaf": letters(),
    "serial": serial(letters(), bits(), letters(width=2)),
    "serial of none": serial(),
    "repeat": repeat(letters(), 5),
    "repeat of none": repeat(letters(), 0),
    "lanes": on_lanes(letters(), 1, 3),
    "autoregressive": autoregressive(6, dependent),
    "conditional": conditional(bits(width=2), lambda first: leaf(Uniform(first + 1 + np.arange(2), 20))),
    "nested": serial(repeat(conditional(bits(width=2), lambda first: leaf(Uniform(first * 9 + 1))), 2), autoregressive(3, dependent)),
}


@pytest.mark.parametrize("name", CODERS)
@given(st.integers(3, 8), st.integers(0, 2**32 - 1))
def test_both_inverse_laws_hold(name: str, count: int, seed: int) -> None:
    rng, coder = np.random.default_rng(seed), CODERS[name]
    symbol = check_pop_then_push(coder, Message.random(60, rng, count))
    check_laws(coder, symbol, rng, words=60, lanes=count)


@pytest.mark.parametrize("name", [name for name in CODERS if "none" not in name])
def test_the_cost_is_what_the_message_grows_by(name: str, rng: np.random.Generator) -> None:
    coder = CODERS[name]
    message = Message.random(3000, rng, 3)
    symbols = [coder.pop(message) for _ in range(50)]
    message = Message.random(0, rng, 3)
    before = message.content
    for symbol in symbols:
        coder.push(message, symbol)
    costs = np.sum([coder.cost(symbol) for symbol in symbols], 0) / (1 << 24)
    assert costs.shape == (POINTS,)
    assert abs(costs.sum() / (message.content - before) - 1) < 1e-3


def test_a_cost_leaves_the_message_untouched_and_has_one_entry_a_data_point(rng: np.random.Generator) -> None:
    coder = letters()
    symbol = coder.pop(Message.random(20, rng))
    check_cost(coder, symbol)
    one = [letters().cost(np.where(np.arange(POINTS)[:, None] == i, symbol, 0))[i] for i in range(POINTS)]
    assert coder.cost(symbol).tolist() == one


def test_lanes_leave_the_other_heads_alone(rng: np.random.Generator) -> None:
    message = Message.random(30, rng, 4)
    heads = message.heads.copy()
    on_lanes(letters(), 1, 3).pop(message)
    assert message.heads[0] == heads[0] and message.heads[3] == heads[3] and message.heads[1] != heads[1]


def test_parts_of_posterior_coders_are_a_posterior_coder(rng: np.random.Generator) -> None:
    coder = autoregressive(3, dependent, points=POINTS, width=6, precision=14)
    points = rng.integers(0, 1 << 14, (POINTS, 6), dtype=np.uint64)
    symbol = coder.find(points)
    starts, freqs = coder.span(symbol)
    assert starts.shape == freqs.shape == (POINTS, 6)
    assert ((starts <= points) & (points < starts + freqs)).all()
    again = coder.find(starts)
    assert same(symbol, again)
    check_cost(coder, symbol)


def test_a_symbol_of_the_wrong_length_is_refused(rng: np.random.Generator) -> None:
    message = Message.random(9, rng)
    before = message.copy()
    for coder in (repeat(letters(), 2), autoregressive(2, dependent)):
        with pytest.raises(BadInterval):
            coder.push(message, (np.zeros((POINTS, 3), int),) * 3)
    with pytest.raises(BadInterval, match="first axis"):
        leaf(Uniform(5))
    assert message == before
