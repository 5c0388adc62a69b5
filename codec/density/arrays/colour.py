"""Colours as differences from green: red - green, green, blue - green, modulo 256, zero at 128.

A bijection of three bytes, so that a density of its images is one of the pixels: what a likelihood whose channels are independent of each
other cannot say, that the colours of natural pictures rise and fall together, is in the pixels' new values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Coder, Costs
from codec.coding.message import Message
from codec.system.records import record

MIDDLE = 128


def to_differences(pixels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """[n, pixels] of three channels each, red, green, blue."""
    return _moved(pixels, -1)


def from_differences(pixels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """The way back."""
    return _moved(pixels, 1)


def _moved(pixels: NDArray[np.integer], sign: int) -> NDArray[np.uint8]:
    colours = pixels.astype(np.int16).reshape(len(pixels), -1, 3)
    colours[..., ::2] += sign * (colours[..., 1:2] - MIDDLE)
    return (colours & 255).astype(np.uint8).reshape(pixels.shape)


@record(frozen=True)
class Recoloured:
    """Codes images [points, pixels] as differences, by a coder of these."""

    coder: Coder

    def push(self, message: Message, symbol: NDArray[np.integer]) -> None:
        self.coder.push(message, to_differences(symbol))

    def pop(self, message: Message) -> NDArray[np.uint8]:
        return from_differences(self.coder.pop(message))

    def cost(self, symbol: NDArray[np.integer]) -> Costs:
        return self.coder.cost(to_differences(symbol))
