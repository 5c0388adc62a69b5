"""The message: words that any craystack-like coder would write, both inverse laws, and no wrong word on bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.coding.message import HEAD_LOW, WORD_BITS, Message, put, seed_bits, take
from codec.errors import BadInterval, BadMessage, EmptyMessage
from codec.system.kernels import kernel


def plain_push(heads: list[int], stack: list[int], intervals: list[tuple[int, int]], precision: int) -> None:
    """The format in plain whole numbers, independent of the code: stack[-1] is the top."""
    for i in reversed(range(len(intervals))):
        lane, (start, freq) = i % len(heads), intervals[i]
        if heads[lane] >= freq << (63 - precision):
            stack.append(heads[lane] & 0xFFFFFFFF)
            heads[lane] >>= 32
        heads[lane] = (heads[lane] // freq << precision) + heads[lane] % freq + start


def plain_words(heads: list[int], stack: list[int]) -> list[int]:
    return [head >> 32 for head in heads] + [head & 0xFFFFFFFF for head in heads] + stack[::-1]


@st.composite
def interval_lists(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    precision = draw(st.integers(1, 31))
    count = draw(st.integers(0, 40))
    cuts = [sorted(draw(st.tuples(st.integers(0, 1 << precision), st.integers(0, 1 << precision)))) for _ in range(count)]
    return [(low, high - low) if high > low else (0, 1 << precision) for low, high in cuts], precision


@given(interval_lists(), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_words_are_those_of_plain_integer_arithmetic(case: tuple[list[tuple[int, int]], int], lanes: int, seed: int) -> None:
    intervals, precision = case
    message = Message.random(5, np.random.default_rng(seed), lanes)
    heads, stack = [int(head) for head in message.heads], [int(word) for word in message.stack.words[: message.stack.size]]
    plain_push(heads, stack, intervals, precision)
    message.push([start for start, _ in intervals], [freq for _, freq in intervals], precision)
    assert message.to_words().tolist() == plain_words(heads, stack)


@given(interval_lists(), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_pop_undoes_push(case: tuple[list[tuple[int, int]], int], lanes: int, seed: int) -> None:
    intervals, precision = case
    starts, freqs = [start for start, _ in intervals], [freq for _, freq in intervals]
    message = Message.random(3, np.random.default_rng(seed), lanes)
    before = message.copy()
    message.push(starts, freqs, precision)
    message.pop(starts, freqs, precision)
    assert message == before


@given(st.integers(1, 31), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_push_undoes_pop_of_what_the_message_shows(precision: int, lanes: int, seed: int) -> None:
    message = Message.random(8, np.random.default_rng(seed), lanes)
    before = message.copy()
    points = message.peek(lanes, precision)
    message.pop(points, np.ones(lanes, np.int64), precision)
    message.push(points, np.ones(lanes, np.int64), precision)
    assert message == before


FROZEN = [8258, 1937, 656, 3200912128, 1750469121, 3442914310, 2713079092, 3272616512, 698978129]


def test_a_frozen_message_keeps_its_words() -> None:
    intervals = [(i * i % 200, i % 50 + 1) for i in range(30)]
    message = Message.empty(3)
    message.push([start for start, _ in intervals], [freq for _, freq in intervals], 8)
    heads, stack = [1 << 31] * 3, []
    plain_push(heads, stack, intervals, 8)
    assert message.to_words().tolist() == plain_words(heads, stack) == FROZEN


@pytest.mark.parametrize("lanes", [1, 2, 7])
def test_words_out_and_in_give_the_same_message(lanes: int, rng: np.random.Generator) -> None:
    message = Message.random(11, rng, lanes)
    assert Message.from_words(message.to_words(), lanes) == message


def test_a_frequency_of_the_whole_total_costs_nothing(rng: np.random.Generator) -> None:
    for precision in range(1, 32):
        message = Message.random(2, rng, 4)
        before = message.copy()
        message.push(np.zeros(9, np.int64), np.full(9, 1 << precision), precision)
        assert message == before


def test_empty_vectors_change_nothing(rng: np.random.Generator) -> None:
    message = Message.random(2, rng)
    before = message.copy()
    message.push([], [], 12)
    message.pop([], [], 12)
    assert message == before and message.peek(0, 12).size == 0


def test_popping_past_the_end_names_the_missing_bits_and_leaves_the_message_alone() -> None:
    message = Message.empty(2)
    before = message.copy()
    with pytest.raises(EmptyMessage, match="64 bits too early") as caught:
        message.pop([5, 6], [1, 1], 20)
    assert caught.value.missing_bits == 64
    assert message == before


def test_the_stack_grows_without_quadratic_copying() -> None:
    message, capacities = Message.empty(), set()
    for _ in range(2000):
        message.push(np.zeros(8, np.int64), np.ones(8, np.int64), 31)
        capacities.add(message.stack.words.size)
    assert len(capacities) < 16


def test_a_seed_comes_back_when_everything_is_popped(rng: np.random.Generator) -> None:
    seed = rng.bytes(16)
    assert seed_bits(seed) == 126
    message = Message.seeded(seed)
    assert message.initial_bits == message.bits == 128
    message.push([1, 2, 3], [1, 1, 1], 16)
    message.pop([1, 2, 3], [1, 1, 1], 16)
    assert message == Message.seeded(seed) != Message.seeded(rng.bytes(16))


def test_every_used_bit_of_a_seed_is_in_the_message(rng: np.random.Generator) -> None:
    for lanes, size in ((1, 16), (2, 24), (3, 40)):
        seed = rng.bytes(size)
        for bit in range(8 * size):
            other = bytearray(seed)
            other[bit // 8] ^= 128 >> bit % 8
            assert (Message.seeded(bytes(other), lanes) != Message.seeded(seed, lanes)) == (bit < seed_bits(seed, lanes))


def test_a_view_of_lanes_shares_heads_and_words(rng: np.random.Generator) -> None:
    message = Message.random(4, rng, 5)
    alone = message.copy()
    message.lanes(1, 3).push(np.arange(40), np.ones(40, np.int64), 30)
    assert np.array_equal(message.heads[[0, 3, 4]], alone.heads[[0, 3, 4]])
    assert message.stack.size > alone.stack.size
    message.lanes(1, 3).pop(np.arange(40), np.ones(40, np.int64), 30)
    assert message == alone


@kernel
def _there_and_back(head, words, size, starts, freqs, precision):  # type: ignore[no-untyped-def]
    """One symbol at a time inside a kernel of one's own: push all, then pop all."""
    for i in range(starts.size):
        head, words[size], emitted = put(head, starts[i], freqs[i], precision)
        size += emitted
    middle, most = head, size
    for i in range(starts.size - 1, -1, -1):
        head = take(head, starts[i], freqs[i], precision)
        if head < HEAD_LOW:
            size -= 1
            head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
    return middle, most, head, size


def test_kernels_can_push_and_pop_one_symbol_at_a_time(rng: np.random.Generator) -> None:
    starts, precision = rng.integers(0, 1 << 16, 200, dtype=np.uint64), np.uint64(17)
    freqs, message = rng.integers(1, 1 << 16, 200, dtype=np.uint64), Message.empty()
    words = np.zeros(201, np.uint32)
    middle, most, head, size = _there_and_back(message.heads[0], words, 0, starts, freqs, precision)
    message.push(starts[::-1], freqs[::-1], 17)
    assert message.heads[0] == middle
    assert np.array_equal(message.stack.words[: message.stack.size], words[:most])
    assert (head, size) == (HEAD_LOW, 0)


BAD_INTERVALS = [
    ([1], [0], 8, "is empty or leaves"),
    ([200], [57], 8, "is empty or leaves"),
    ([256], [1], 8, "is empty or leaves"),
    ([-1], [2], 8, "must not be negative"),
    ([0], [2**40], 8, "is empty or leaves"),
    ([2**64 - 1], [2], 8, "is empty or leaves"),
    ([0.5], [1], 8, "must be integers"),
    ([0], [1.0], 8, "must be integers"),
    ([True], [1], 8, "must be integers"),
    ([0], [1], 0, "precision"),
    ([0], [1], 32, "precision"),
    ([0], [1], 8.0, "precision"),
    ([0, 1], [1], 8, "do not go together"),
]


@pytest.mark.parametrize(("starts", "freqs", "precision", "reason"), BAD_INTERVALS)
def test_a_bad_interval_is_an_error_and_no_word(starts: list, freqs: list, precision: int, reason: str, rng: np.random.Generator) -> None:
    message = Message.random(3, rng)
    before = message.copy()
    for call in (message.push, message.pop):
        with pytest.raises(BadInterval, match=reason):
            call(np.array(starts), np.array(freqs), precision)
    assert message == before


def test_words_that_are_no_message_are_refused(rng: np.random.Generator) -> None:
    words = Message.random(3, rng, 2).to_words()
    low, high = words.copy(), words.copy()
    low[[0, 2]], high[1] = 0, 1 << 31
    for bad, reason in [
        (words[:3], "cut off"),
        (words.astype(np.int64), "uint32"),
        (words.reshape(1, -1), "uint32"),
        (low, "outside"),
        (high, "outside"),
    ]:
        with pytest.raises(BadMessage, match=reason):
            Message.from_words(bad, 2)
    for lanes in (0, -1, 1.5, True):
        with pytest.raises(BadMessage, match="lane"):
            Message.empty(lanes)  # type: ignore[arg-type]
    with pytest.raises(BadMessage, match="seed"):
        Message.seeded(b"short")
