"""Cuts a picture into stripes, and stripes into tiles: its size says where, and how high its stripes are meant to be."""

from __future__ import annotations

STRIPE_ROWS = TILE_COLUMNS = 256
STRIPE_PIXELS = 1 << 21  # of wider stripes there are more, so that a few of them fit into memory
FEWEST_ROWS = 8  # of a stripe, however wide


def stripe_rows(height: int, width: int, times: int = 1) -> list[slice]:
    """The rows of a picture's stripes; times: how many times STRIPE_ROWS they have, where that is not too many pixels."""
    return _parts(height, max(FEWEST_ROWS, min(times * STRIPE_ROWS, STRIPE_PIXELS // width)))


def tile_columns(width: int) -> list[slice]:
    """The columns of a stripe's tiles."""
    return _parts(width, TILE_COLUMNS)


def _parts(length: int, size: int) -> list[slice]:
    """Equal parts of about this size: one more of them from 0.61 of it beyond a multiple on."""
    count = max(1, (length + size * 25 // 64) // size)
    return [slice(i * length // count, (i + 1) * length // count) for i in range(count)]
