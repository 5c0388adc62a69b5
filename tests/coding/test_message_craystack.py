"""A message is interchangeable with craystack's: runs where its rans module can be imported (its folder on PYTHONPATH), skips elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.codecs.entropy import craystack_rans
from codec.coding.message import Message

rans = craystack_rans()
pytestmark = pytest.mark.skipif(rans is None, reason="craystack is not installed: put its folder on PYTHONPATH")

LANES = st.integers(1, 40)
PRECISION = st.integers(1, 30)
SEED = st.integers(0, 2**32 - 1)


def vectors(rng, lanes, precision, count):
    """`count` pairs (starts, freqs) of one interval per lane, narrow and wide ones mixed."""
    total = 1 << precision
    for _ in range(count):
        ends = np.sort(rng.integers(0, total + 1, (2, lanes)), axis=0)
        narrow = rng.random(lanes) < 0.5
        freqs = np.where(narrow, 1, np.maximum(ends[1] - ends[0], 1))
        yield np.minimum(ends[0], total - freqs).astype(np.uint64), freqs.astype(np.uint64)


@settings(max_examples=40, deadline=None)
@given(LANES, PRECISION, SEED)
def test_both_write_the_same_words(lanes, precision, seed):
    rng = np.random.default_rng(seed)
    ours, theirs = Message.empty(lanes), rans.base_message(lanes)
    for starts, freqs in vectors(rng, lanes, precision, 30):
        ours.push(starts, freqs, precision)
        theirs = rans.push(theirs, starts, freqs, precision)
    np.testing.assert_array_equal(ours.to_words(), rans.flatten(theirs))


@settings(max_examples=40, deadline=None)
@given(LANES, PRECISION, SEED)
def test_craystack_pops_what_was_pushed_here(lanes, precision, seed):
    rng = np.random.default_rng(seed)
    ours = Message.random(5, rng, lanes)
    before = ours.to_words()
    pushed = list(vectors(rng, lanes, precision, 30))
    for starts, freqs in pushed:
        ours.push(starts, freqs, precision)
    theirs = rans.unflatten(ours.to_words(), (lanes,))
    for starts, freqs in reversed(pushed):
        points, finish = rans.pop(theirs, precision)
        assert ((starts <= points) & (points < starts + freqs)).all()
        theirs = finish(starts, freqs)
    np.testing.assert_array_equal(rans.flatten(theirs), before)


@settings(max_examples=40, deadline=None)
@given(LANES, PRECISION, SEED)
def test_what_craystack_pushed_pops_here(lanes, precision, seed):
    rng = np.random.default_rng(seed)
    before = Message.random(5, rng, lanes).to_words()
    theirs = rans.unflatten(before, (lanes,))
    pushed = list(vectors(rng, lanes, precision, 30))
    for starts, freqs in pushed:
        theirs = rans.push(theirs, starts, freqs, precision)
    ours = Message.from_words(rans.flatten(theirs), lanes)
    for starts, freqs in reversed(pushed):
        points = ours.peek(lanes, precision)
        assert ((starts <= points) & (points < starts + freqs)).all()
        ours.pop(starts, freqs, precision)
    np.testing.assert_array_equal(ours.to_words(), before)


def test_a_long_vector_is_craystacks_vectors_of_one_symbol_per_lane():
    rng = np.random.default_rng(3)
    lanes, precision, rounds = 64, 16, 50
    pushed = list(vectors(rng, lanes, precision, rounds))
    ours, theirs = Message.empty(lanes), rans.base_message(lanes)
    ours.push(np.concatenate([starts for starts, _ in pushed]), np.concatenate([freqs for _, freqs in pushed]), precision)
    for starts, freqs in reversed(pushed):
        theirs = rans.push(theirs, starts, freqs, precision)
    np.testing.assert_array_equal(ours.to_words(), rans.flatten(theirs))
