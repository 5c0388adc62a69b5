"""The laws of distributions and coders, once. Each test file brings the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from codec.coding.coders import COST_BOUND
from codec.coding.message import Message
from codec.coding.tables import COST_BITS


def same(left: Any, right: Any) -> bool:
    """Whether two symbols (arrays, tuples, lists of them) are equal."""
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return np.array_equal(left, right)


def check_push_then_pop(coder: Any, symbol: Any, message: Message) -> None:
    """pop(push(m, x)) = (m, x)"""
    before = message.copy()
    coder.push(message, symbol)
    assert same(coder.pop(message), symbol)
    assert message == before


def check_pop_then_push(coder: Any, message: Message) -> Any:
    """push(pop(m)) = m; the message needs enough random words."""
    before = message.copy()
    symbol = coder.pop(message)
    coder.push(message, symbol)
    assert message == before
    return symbol


def check_cost(coder: Any, symbol: Any) -> None:
    """The cost of each data point is -log2(freq / 2^precision), summed over its intervals, within the bound for each."""
    freqs = coder.span(symbol)[1]
    exact = (coder.precision - np.log2(freqs.astype(np.float64))).sum(1)
    assert coder.cost(symbol).dtype == np.int64
    assert (np.abs(coder.cost(symbol) / (1 << COST_BITS) - exact) <= freqs.shape[1] * (COST_BOUND + 2.0**-40)).all()


def check_tiling(dist: Any, alphabet: int) -> None:
    """All intervals of every symbol position, laid end to end, tile [0, 2^precision); find inverts span at their ends."""
    ends = np.zeros(dist.shape, np.uint64)
    for symbol in range(alphabet):
        starts, freqs = dist.span(np.full(dist.shape, symbol))
        assert (freqs >= 1).all()
        assert np.array_equal(starts, ends)
        ends = starts + freqs
        assert (dist.find(starts) == symbol).all()
        assert (dist.find(ends - np.uint64(1)) == symbol).all()
    assert (ends == np.uint64(1) << np.uint64(dist.precision)).all()


def check_laws(coder: Any, symbol: Any, rng: np.random.Generator, words: int, lanes: int = 1) -> None:
    """Both inverse laws on a random message."""
    check_push_then_pop(coder, symbol, Message.random(words, rng, lanes))
    check_pop_then_push(coder, Message.random(words, rng, lanes))
