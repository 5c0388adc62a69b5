"""The message: a vectorised rANS stack of bits.

Read me first, three surprises:

1. A message is a stack. What is pushed last is popped first; so a vector is pushed from its last element
   to its first, and popped from the first to the last.
2. A message of L lanes has L independent heads over one shared stack of 32-bit words. Element i of a
   vector of any length goes through lane i mod L.
3. All operands are uint64. freq = 2^precision makes the threshold 2^63, and uint64 mixed with int64
   becomes float64, in numba and in numpy: every number in a kernel is cast before it is used.

One head, 2^31 <= head < 2^63, and an interval [start, start + freq) of [0, 2^precision):

    push   if head >= freq * 2^(63 - precision): its low 32 bits go to the stack, head >>= 32
           head = (head // freq) * 2^precision + head % freq + start
    pop    the point head mod 2^precision lies in the symbol's interval
           head = freq * (head // 2^precision) + point - start
           if head < 2^31: head = head * 2^32 + a word from the stack

Of the lanes that emit a word in one push the last emits first, so lane 0's word ends on top, and in a pop the
lanes take their words from the top in ascending order. As words (`to_words`): the high halves of all heads,
the low halves of all heads, then the stack from the top down. The arithmetic and this order are craystack's.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codec.errors import BadInterval, BadMessage, EmptyMessage
from codec.system.array_types import Array1
from codec.system.kernels import entry, kernel

HEAD_LOW = np.uint64(1 << 31)
HEAD_HIGH = np.uint64(1 << 63)
WORD_BITS = np.uint64(32)
WORD_MASK = np.uint64((1 << 32) - 1)
ONE = np.uint64(1)
MAX_PRECISION = 31
PRECISIONS = tuple(np.uint64(precision) for precision in range(MAX_PRECISION + 1))
SEED_HEAD_BITS = 62  # how many bits of a seed one head holds
Vector = Array1[np.uint64]


# The kernels below, and those of other modules, hand scalars to these two and keep the arrays to themselves: an
# array passed to an inner function costs two atomic operations, more than the coding itself.


@kernel
def put(head, start, freq, precision):
    """Push one symbol (all uint64): the new head, a word, and whether the word goes to the stack (1 or 0).

    words[size] = word; size += emitted
    """
    word, emitted = head & WORD_MASK, 0
    if head >= ((HEAD_LOW >> precision) << WORD_BITS) * freq:
        head, emitted = head >> WORD_BITS, 1
    quotient = head // freq
    return (quotient << precision) + (head - quotient * freq) + start, word, emitted


@kernel
def take(head, start, freq, precision):
    """Pop one symbol (all uint64): the head; if it is below HEAD_LOW, the top word of the stack refills it.

    size -= 1; head = (head << WORD_BITS) | words[max(size, 0)]        a final size < 0: so many words were missing
    """
    return freq * (head >> precision) + (head & ((ONE << precision) - ONE)) - start


@entry(brief=True)
def _first_bad(starts: Vector, freqs: Vector, precision: np.uint64) -> int:
    """Index of the first interval that is empty or leaves [0, 2^precision), or -1."""
    total = ONE << precision
    for i in range(starts.size):
        if starts[i] >= total or freqs[i] == 0 or freqs[i] > total - starts[i]:
            return i
    return -1


@entry(brief=True)
def _push(heads: Vector, words: Array1[np.uint32], size: int, starts: Vector, freqs: Vector, precision: np.uint64) -> int:
    """The new size; or -1 - i, and nothing done, where interval i is bad: the same check without a call of its own."""
    total = ONE << precision
    for i in range(starts.size):
        if starts[i] >= total or freqs[i] == 0 or freqs[i] > total - starts[i]:
            return -1 - i
    lane = (starts.size - 1) % heads.size
    for i in range(starts.size - 1, -1, -1):
        heads[lane], words[size], emitted = put(heads[lane], starts[i], freqs[i], precision)
        size += emitted
        lane = lane - 1 if lane > 0 else heads.size - 1
    return size


@entry(brief=True)
def _pop(heads: Vector, words: Array1[np.uint32], size: int, starts: Vector, freqs: Vector, precision: np.uint64) -> int:
    lane = 0
    for i in range(starts.size):
        head = take(heads[lane], starts[i], freqs[i], precision)
        if head < HEAD_LOW:
            size -= 1
            head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
        heads[lane] = head
        lane = lane + 1 if lane + 1 < heads.size else 0
    return size


class Stack:
    """32-bit words; `words[:size]` are in use, the top is `words[size - 1]`."""

    __slots__ = ("size", "words")

    def __init__(self, words: NDArray[np.uint32]) -> None:
        self.words = words
        self.size = words.size

    def reserve(self, more: int) -> None:
        """Make room for more than `more` words above the top; the capacity at least doubles when it grows."""
        if self.size + more >= self.words.size:
            grown = np.empty(max(self.size + more + 1, 2 * self.words.size), np.uint32)
            grown[: self.size] = self.words[: self.size]
            self.words = grown


class Message:
    """L heads over a stack of words.

    heads: uint64[L], each in [2^31, 2^63). A view of some lanes (`lanes`) shares heads and stack with its parent.
    initial_bits: the length in bits that the message had when it was made, to be told apart from what was coded.
    """

    __slots__ = ("heads", "initial_bits", "stack")

    def __init__(self, heads: Vector, stack: Stack) -> None:
        self.heads = heads
        self.stack = stack
        self.initial_bits = self.bits

    @classmethod
    def empty(cls, lanes: int = 1) -> Message:
        """No words, all heads at 2^31."""
        return cls(np.full(_lane_count(lanes), HEAD_LOW), Stack(np.empty(0, np.uint32)))

    @classmethod
    def from_words(cls, words: ArrayLike, lanes: int = 1) -> Message:
        """The inverse of `to_words`. words: uint32[at least 2 * lanes]."""
        flat = np.asarray(words)
        lanes = _lane_count(lanes)
        if flat.ndim != 1 or flat.dtype != np.uint32:
            raise BadMessage(f"a message is a vector of uint32 words, not {flat.dtype} of shape {flat.shape}")
        if flat.size < 2 * lanes:
            raise BadMessage(f"the message has {flat.size} words, but the heads of {lanes} lanes alone take {2 * lanes}: it is cut off")
        heads = (flat[:lanes].astype(np.uint64) << WORD_BITS) | flat[lanes : 2 * lanes]
        if (heads < HEAD_LOW).any() or (heads >= HEAD_HIGH).any():
            raise BadMessage("a head of the message lies outside [2^31, 2^63): these words are no message")
        return cls(heads, Stack(flat[2 * lanes :][::-1].copy()))

    @classmethod
    def seeded(cls, seed: bytes, lanes: int = 1) -> Message:
        """A message that carries the bits of `seed`: they pay for the first pops, and come back when all is popped.

        The first 62 bits for each lane go into its head (below a leading one), then every 32 bits are a word, first
        words on top; what is left at the end (fewer than 32 bits) is not used. `seed_bits` gives their number.
        """
        lanes = _lane_count(lanes)
        used = seed_bits(seed, lanes)
        bits = int.from_bytes(seed, "big") >> (8 * len(seed) - used)
        count = (used - SEED_HEAD_BITS * lanes) // 32
        heads = np.empty(lanes, np.uint64)
        stack = np.empty(count, np.uint32)
        for i in range(count):
            bits, stack[i] = bits >> 32, bits & 0xFFFFFFFF
        for lane in reversed(range(lanes)):
            heads[lane] = (1 << SEED_HEAD_BITS) | (bits & ((1 << SEED_HEAD_BITS) - 1))
            bits >>= SEED_HEAD_BITS
        return cls(heads, Stack(stack))

    @classmethod
    def random(cls, words: int, rng: np.random.Generator, lanes: int = 1) -> Message:
        """Random heads over `words` random words: initial bits for experiments."""
        heads = rng.integers(1 << 31, 1 << 63, _lane_count(lanes), dtype=np.uint64)
        return cls(heads, Stack(rng.integers(0, 1 << 32, words, dtype=np.uint32)))

    def to_words(self) -> NDArray[np.uint32]:
        """uint32[2 * lanes + stack]: high halves, low halves, then the stack from the top down."""
        high, low = self.heads >> WORD_BITS, self.heads & WORD_MASK
        return np.concatenate([high.astype(np.uint32), low.astype(np.uint32), self.stack.words[: self.stack.size][::-1]])

    def copy(self) -> Message:
        """An independent message with the same content (and the same count of initial bits)."""
        twin = Message(self.heads.copy(), Stack(self.stack.words[: self.stack.size].copy()))
        twin.initial_bits = self.initial_bits
        return twin

    def lanes(self, start: int, stop: int) -> Message:
        """A view of lanes start ... stop - 1: pushes and pops through it change this message."""
        if not 0 <= start < stop <= self.heads.size:
            raise BadMessage(f"lanes {start} to {stop} of a message that has {self.heads.size}")
        return Message(self.heads[start:stop], self.stack)

    @property
    def bits(self) -> int:
        """Length of the flattened message in bits."""
        return 64 * self.heads.size + 32 * self.stack.size

    @property
    def content(self) -> float:
        """Information in the message in bits, fractions of a word included (for reports; 0 when empty)."""
        return 32.0 * self.stack.size + sum(math.log2(int(head)) - 31 for head in self.heads)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and np.array_equal(self.heads, other.heads) and np.array_equal(self.to_words(), other.to_words())

    __hash__ = None  # type: ignore[assignment]

    def push(self, starts: ArrayLike, freqs: ArrayLike, precision: int) -> None:
        """Push one interval per element. starts, freqs: integers of one shape, freq >= 1, start + freq <= 2^precision."""
        first, second, bits = _operands(starts, freqs, precision)
        self.stack.reserve(first.size)
        size = _push(self.heads, self.stack.words, self.stack.size, first, second, bits)
        if size < 0:
            raise _bad(first, second, precision, -1 - size)
        self.stack.size = size

    def pop(self, starts: ArrayLike, freqs: ArrayLike, precision: int) -> None:
        """Undo the push of the same intervals."""
        first, second, bits = _operands(starts, freqs, precision)
        bad = _first_bad(first, second, bits)
        if bad >= 0:
            raise _bad(first, second, precision, bad)
        self.run_pop(_pop, first, second, bits)

    def peek(self, count: int, precision: int) -> Vector:
        """The points in [0, 2^precision) that lanes 0 ... count - 1 show: each lies in the interval of the symbol to pop."""
        if not 0 <= count <= self.heads.size:
            raise BadMessage(f"a peek at {count} lanes of a message that has {self.heads.size}")
        return self.heads[:count] & ((ONE << checked_precision(precision)) - ONE)

    def run_pop(self, kernel: Callable[..., int], *arguments: object) -> None:
        """Run kernel(heads, words, size, *arguments) -> size; if it finds too few words, restore the message and raise."""
        heads = self.heads.copy()
        self.stack.reserve(0)
        size = kernel(self.heads, self.stack.words, self.stack.size, *arguments)
        if size < 0:
            self.heads[:] = heads
            raise EmptyMessage(missing_bits=32 * -int(size))
        self.stack.size = size


def seed_bits(seed: bytes, lanes: int = 1) -> int:
    """How many bits of the seed `Message.seeded` uses."""
    spare = 8 * len(seed) - SEED_HEAD_BITS * lanes
    if spare < 0:
        raise BadMessage(f"a seed of {len(seed)} bytes cannot fill the heads of {lanes} lanes: {SEED_HEAD_BITS} bits each")
    return SEED_HEAD_BITS * lanes + spare // 32 * 32


def checked_precision(precision: int) -> np.uint64:
    """The precision as a kernel wants it, if it is one."""
    if isinstance(precision, bool) or not isinstance(precision, (int, np.integer)) or not 1 <= precision <= MAX_PRECISION:
        raise BadInterval(f"precision {precision!r} is not a whole number from 1 to {MAX_PRECISION}")
    return PRECISIONS[precision]


def unsigned(values: ArrayLike, what: str) -> Vector:
    """A flat uint64 vector of non-negative integers, without a copy where none is needed."""
    array = np.asarray(values)
    if array.dtype == np.uint64 and array.flags.c_contiguous:
        return array.reshape(-1)
    if array.dtype.kind not in "iu":
        if array.size:
            raise BadInterval(f"{what} must be integers, not {array.dtype}")
        array = array.astype(np.uint64)
    if array.dtype.kind == "i" and array.size and array.min() < 0:
        raise BadInterval(f"{what} must not be negative, but one is {array.min()}")
    return np.ascontiguousarray(array, np.uint64).reshape(-1)


def _operands(starts: ArrayLike, freqs: ArrayLike, precision: int) -> tuple[Vector, Vector, np.uint64]:
    bits, one, two = checked_precision(precision), np.asarray(starts), np.asarray(freqs)
    if one.shape != two.shape:
        raise BadInterval(f"starts of shape {one.shape} and frequencies of shape {two.shape} do not go together")
    return unsigned(one, "starts"), unsigned(two, "frequencies"), bits


def _bad(starts: Vector, freqs: Vector, precision: int, where: int) -> BadInterval:
    return BadInterval(
        f"interval {where}, start {starts[where]} and frequency {freqs[where]}, is empty or leaves [0, 2^{precision}): "
        "every symbol needs a frequency of at least 1 inside the total"
    )


def _lane_count(lanes: int) -> int:
    if isinstance(lanes, bool) or not isinstance(lanes, (int, np.integer)) or lanes < 1:
        raise BadMessage(f"a message has at least one lane, not {lanes!r}")
    return int(lanes)
