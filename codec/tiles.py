"""Stripes of a picture, and tiles of a stripe: where they lie is a function of the picture's size alone."""

from __future__ import annotations

STRIPE_ROWS = TILE_COLUMNS = 256
ROUND_UP = 100  # pixels beyond a multiple of 256 from which there is one stripe or tile more


def stripe_rows(height: int) -> list[slice]:
    """The rows of a picture's stripes."""
    return _parts(height, STRIPE_ROWS)


def tile_columns(width: int) -> list[slice]:
    """The columns of a stripe's tiles."""
    return _parts(width, TILE_COLUMNS)


def _parts(length: int, size: int) -> list[slice]:
    count = max(1, (length + ROUND_UP) // size)
    return [slice(i * length // count, (i + 1) * length // count) for i in range(count)]
