"""Sets up what graphics are coded with, and runs the coder over a picture, forwards and back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import Message
from codec.density.graphics.colours import CLASSES, COLOUR, SPLIT, code_tree, grow_tree
from codec.density.graphics.decisions import (
    CONTEXTS,
    COUNT,
    FREE,
    HEAD,
    HIGH,
    INPUTS,
    LOW,
    PRECISION,
    RATE,
    SIZE,
    Integers,
    decision_tables,
    push_to,
)
from codec.density.graphics.pixels import CANDIDATES, LEFT, RIGHT, TOP, code_rows
from codec.errors import BadFile

MOST_LEAVES, FEWEST_USES = 1 << 14, 3  # frequent colours: how many, and how often they come
COUNTERS, REMEMBERED = (1 << 12, 1 << 22), (1 << 8, 1 << 18)  # fewest and most
COUNTERS_PER_PIXEL = 8
AT_ONCE, PER_PIXEL = 1 << 14, 128  # pixels whose decisions are written down at once, and how many of one at most
LEAF_DECISIONS = 128
LINE = 64  # bytes


@dataclass(frozen=True)
class Coded:
    """The decisions about a picture, in their order, and how many there were once each pixel was coded, if that is known; leaves: of the
    tree."""

    decisions: NDArray[np.int32]
    leaves: int
    ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


class GraphicsCoder:
    """What changes while a picture [height, width] is coded. learnt: as the model has it, and changed; contexts: of each stage."""

    def __init__(self, learnt: Integers, contexts: tuple[int, ...], shape: tuple[int, int], channels: int, rate: int) -> None:
        self.height, self.width = shape
        self.channels, size = channels, self.height * self.width
        self.learnt, self.tables, self.inputs = learnt, decision_tables(), np.zeros(INPUTS, np.int32)
        self.counters = _in_lines(_power_of_two(size * COUNTERS_PER_PIXEL, COUNTERS))
        self.state = np.zeros(FREE + 8 + CANDIDATES, np.int64)
        self.state[CONTEXTS : CONTEXTS + len(contexts)], self.state[RATE] = contexts, rate
        self.pixels = np.zeros((TOP + self.height, LEFT + self.width + RIGHT), np.int64)
        self.equal = np.zeros(self.width, np.int64)
        self.memory = np.zeros((4, _power_of_two(size, REMEMBERED), 2), np.int64)

    @property
    def inner(self) -> NDArray[np.int64]:
        """The pixels, without what is around them."""
        return self.pixels[TOP:, LEFT : LEFT + self.width]

    def encode(self, colours: NDArray[np.int64], with_ends: bool = False) -> Coded:
        self.inner[:] = colours
        tree = frequent_colours(colours)
        leaves, found = len(tree), list[NDArray[np.int32]]()
        words = np.zeros(max(leaves * LEAF_DECISIONS, max(AT_ONCE, self.width) * PER_PIXEL), np.int64)
        self._code_tree(tree, words, False)
        found.append(self._written(words))
        ends = np.zeros(colours.size if with_ends else 0, np.int64)
        rows = max(1, AT_ONCE // self.width)
        for first in range(0, self.height, rows):
            last, before = min(first + rows, self.height), sum(len(part) for part in found)
            self._code_rows(tree, words, ends, first, last, False)
            found.append(self._written(words))
            part = ends[first * self.width : last * self.width]
            part[part > 0] += before
        return Coded(np.concatenate(found), leaves, ends)

    def decode(self, message: Message, leaves: int) -> NDArray[np.int64]:
        """The colours. Raises BadFile for a message that is none of such a picture."""
        words, tree = message.stack.words[: message.stack.size].astype(np.int64), np.zeros((leaves, 4), np.int64)
        words = words if words.size else np.zeros(1, np.int64)
        self.state[HEAD], self.state[SIZE] = int(message.heads[0]), message.stack.size
        if not self._code_tree(tree, words, True) or self._code_rows(tree, words, self.equal[:0], 0, self.height, True) < self.height:
            raise BadFile("a stripe is damaged: its message does not decode")
        if self.state[SIZE] != 0 or self.state[HEAD] != LOW:
            raise BadFile("a stripe is damaged: its message does not end as it began")
        return self.inner

    def _code_tree(self, tree: NDArray[np.int64], words: NDArray[np.int64], decoding: bool) -> bool:
        leaves = len(tree)
        arrays = self.learnt, self.counters, self.tables, self.inputs, self.state, words
        if leaves and code_tree(*arrays, tree, self.channels, leaves, decoding) < leaves:
            return False
        if leaves > 1:
            grow_tree(tree, np.zeros((leaves, 2), np.int64), np.zeros(leaves + 1, np.int64), leaves)
        return True

    def _code_rows(
        self, tree: NDArray[np.int64], words: NDArray[np.int64], ends: NDArray[np.int64], first: int, last: int, back: bool
    ) -> int:
        leaves, tree = len(tree), tree if len(tree) else np.zeros((1, 4), np.int64)
        arrays = self.learnt, self.counters, self.tables, self.inputs, self.state, words, self.pixels.reshape(-1), self.equal, self.memory
        return code_rows(*arrays, tree, ends, self.width, first, last, self.channels, leaves, back)

    def _written(self, words: NDArray[np.int64]) -> NDArray[np.int32]:
        """The decisions that were written down; what follows is written from the beginning again."""
        found = words[: self.state[COUNT]].astype(np.int32)
        self.state[COUNT] = 0
        return found


def frequent_colours(colours: NDArray[np.int64]) -> NDArray[np.int64]:
    """The leaves of the tree, int64 [leaves, 4], with the classes of how often they come; none if there are too many, or a single one."""
    found, uses = np.unique(colours.astype(np.uint32), return_counts=True)
    chosen = uses >= FEWEST_USES
    tree = np.zeros((int(chosen.sum()), 4), np.int64)
    if not 1 < len(tree) <= MOST_LEAVES:
        return tree[:0]
    tree[:, COLOUR] = found[chosen]
    tree[:, SPLIT] = np.minimum(np.frexp(uses[chosen].astype(np.float64))[1] - 1, CLASSES - 1)
    return tree


def push_decisions(message: Message, decisions: NDArray[np.int32]) -> None:
    """Push the decisions, the last one first."""
    message.stack.reserve(len(decisions))
    message.stack.size = push_to(message.heads, message.stack.words, message.stack.size, decisions)


def decision_costs(decisions: NDArray[np.int32]) -> NDArray[np.float64]:
    """Bits that each decision asks for."""
    chosen, ones = (decisions >> 16 & 1).astype(bool), decisions & HIGH
    costs: NDArray[np.float64] = PRECISION - np.log2(np.where(chosen, ones, HIGH + 1 - ones))
    return costs


def _in_lines(count: int) -> Integers:
    """So many zeros, that begin where one of the lines begins into which processors divide memory."""
    room = np.zeros(count + LINE // 4, np.int32)
    first = -room.ctypes.data % LINE // 4
    return room[first : first + count]


def _power_of_two(wanted: int, bounds: tuple[int, int]) -> int:
    """The least power of two that is not less, within bounds."""
    return int(min(max(1 << (wanted - 1).bit_length(), bounds[0]), bounds[1]))
