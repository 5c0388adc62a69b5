"""Huffman tables of JPEG files, in the forms that kernels read and write by."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadInput
from codec.media.jpeg.bits import SHORT

Lookup = NDArray[np.uint16]  # by the next 10 bits, then by the next 16: length of the code << 8 | symbol; 0: no code begins so
Codes = NDArray[np.uint32]  # [256], by symbol: the code << 5 | its length; 0: it has none
LENGTHS = 16
SHORT_BITS = 10
KEPT = 64


def check_table(table: bytes) -> None:
    """A table is as it stands in a file: how many codes of 1 to 16 bits there are, then their symbols. Raises BadInput for any other."""
    counts = np.frombuffer(table[:LENGTHS], np.uint8).astype(np.int64)
    if len(table) != LENGTHS + counts.sum() or int((counts << (LENGTHS - 1 - np.arange(LENGTHS))).sum()) > 1 << LENGTHS:
        raise BadInput("a Huffman table that is none")


@lru_cache(KEPT)
def lookup_of(table: bytes) -> Lookup:
    """The symbols of a table by the bits that follow."""
    lengths = _lengths(table)
    entries = lengths << 8 | np.frombuffer(table[LENGTHS:], np.uint8)
    found = np.zeros(SHORT + (1 << LENGTHS), np.uint16)
    spread = np.repeat(entries, 1 << (LENGTHS - lengths))
    found[SHORT:][: len(spread)] = spread
    every = found[SHORT :: (1 << LENGTHS) // SHORT]
    found[:SHORT] = np.where(every >> 8 <= SHORT_BITS, every, 0)
    return found


@lru_cache(KEPT)
def codes_of(table: bytes) -> Codes:
    """The codes of a table by their symbols."""
    lengths = _lengths(table)
    ends = np.cumsum(1 << (LENGTHS - lengths))
    starts = np.concatenate([np.zeros(1, np.int64), ends])[: len(lengths)]
    found = np.zeros(256, np.uint32)
    found[np.frombuffer(table[LENGTHS:], np.uint8)] = (starts >> (LENGTHS - lengths)) << 5 | lengths
    return found


def _lengths(table: bytes) -> NDArray[np.int64]:
    """Of the code of each symbol, in the order of the table."""
    return np.repeat(np.arange(1, LENGTHS + 1), np.frombuffer(table[:LENGTHS], np.uint8))
