"""Coders of arrays that are put together of others: some columns by each, or data points a block at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Coder, Costs
from codec.coding.message import Message
from codec.system.records import record


@record(frozen=True)
class Columns:
    """Some columns of an array [points, columns] by each of several coders; columns that none codes are 0. Symbol: the array."""

    points: int
    width: int
    parts: tuple[tuple[NDArray[np.int64], Coder], ...]

    def push(self, message: Message, symbol: NDArray[np.int64]) -> None:
        for columns, coder in reversed(self.parts):
            coder.push(message, symbol[:, columns])

    def pop(self, message: Message) -> NDArray[np.int64]:
        symbol = np.zeros((self.points, self.width), np.int64)
        for columns, coder in self.parts:
            symbol[:, columns] = coder.pop(message)
        return symbol

    def cost(self, symbol: NDArray[np.int64]) -> Costs:
        costs = np.zeros(self.points, np.int64)
        for columns, coder in self.parts:
            costs += coder.cost(symbol[:, columns])
        return costs


@record(frozen=True)
class Blocks:
    """Many data points as blocks of a few, each with a coder that is made when it is needed: arrays that fit a cache.

    On a message of one lane it makes no difference how many points a block has. Symbol: an array [points, ...].
    """

    points: int
    rows: int
    coder_of: Callable[[slice], Coder]

    def push(self, message: Message, symbol: NDArray[np.integer]) -> None:
        for part in reversed(self._parts()):
            self.coder_of(part).push(message, symbol[part])

    def pop(self, message: Message) -> NDArray[np.integer]:
        return np.concatenate([self.coder_of(part).pop(message) for part in self._parts()])

    def cost(self, symbol: NDArray[np.integer]) -> Costs:
        return np.concatenate([self.coder_of(part).cost(symbol[part]) for part in self._parts()])

    def _parts(self) -> list[slice]:
        return [slice(first, first + self.rows) for first in range(0, max(self.points, 1), self.rows)]
