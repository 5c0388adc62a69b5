"""Decisions: tables are inverse to each other, hashes and histories stay within bounds."""

from __future__ import annotations

import numpy as np

from codec.density.graphics.decisions import (
    HISTORY_AT,
    LARGEST,
    LEARNT,
    RATE_AT,
    STRETCH_AT,
    decision_tables,
    length,
    mix,
    untrained,
)

TABLES = decision_tables()


def test_squash_rises_and_is_the_logistic_function() -> None:
    squash = TABLES[: 2 * LARGEST + 1]
    exact = 65536 / (1 + np.exp(-np.arange(-LARGEST, LARGEST + 1) / 256))
    assert (np.diff(squash) >= 0).all() and squash[0] == 1 and squash[-1] == 65535
    assert np.abs(squash - exact)[1:-1].max() <= 1


def test_stretch_is_the_inverse_of_squash() -> None:
    stretch = TABLES[STRETCH_AT:HISTORY_AT]
    assert (np.diff(stretch) >= 0).all()
    assert np.abs(TABLES[stretch + LARGEST] - (16 * np.arange(4096) + 8)).max() <= 70


def test_a_history_counts_the_bit_that_came_and_forgets_some_of_the_other() -> None:
    histories = np.arange(256)
    for bit in range(2):
        after = TABLES[HISTORY_AT + 256 * bit : HISTORY_AT + 256 * (bit + 1)]
        same, other = ((after >> 4, after & 15), (histories >> 4, histories & 15))
        assert (same[bit] == np.minimum(other[bit] + 1, 15)).all() and (same[1 - bit] <= other[1 - bit]).all()


def test_rates_fall_with_what_was_seen() -> None:
    rates = TABLES[RATE_AT:]
    assert rates[0] == 43690 and rates.min() == rates[255] > 0


def test_hashes_have_32_bits_and_depend_on_the_order() -> None:
    values = [mix(a, b) for a in (0, 1, 2**32 - 1) for b in (0, 5, 2**32 - 1)]
    assert all(0 <= value < 2**32 for value in values)
    assert mix(mix(7, 1), 2) != mix(mix(7, 2), 1)


def test_length_is_the_number_of_bits() -> None:
    assert [length(value) for value in (0, 1, 2, 3, 4, 255, 256)] == [0, 1, 2, 2, 3, 8, 9]


def test_nothing_was_learnt_says_what_counts_say() -> None:
    learnt = untrained()
    assert learnt.size == LEARNT and learnt[0] == 1 << 21 and learnt[0x0F] > learnt[0xF0]
