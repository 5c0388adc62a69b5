"""How pictures are divided."""

from __future__ import annotations

import itertools

import pytest

from codec.density.shared.tiles import FEWEST_ROWS, STRIPE_PIXELS, stripe_rows, tile_columns


def check(parts: list[slice], length: int) -> set[int]:
    """That parts are about equal and follow each other from 0 to length. Their sizes."""
    assert parts[0].start == 0 and parts[-1].stop == length
    assert all(a.stop == b.start for a, b in itertools.pairwise(parts))
    sizes = {part.stop - part.start for part in parts}
    assert max(sizes) - min(sizes) <= 1
    return sizes


def test_stripes_and_tiles_divide_a_picture_into_about_equal_parts() -> None:
    for length in range(1, 3000):
        for parts in (stripe_rows(length, 8192), tile_columns(length)):
            sizes = check(parts, length)
            assert max(sizes) < 412 and (min(sizes) > 177 or len(parts) == 1)


@pytest.mark.parametrize("width", [8193, 10_000, 100_000, 1_000_000, 1 << 34])
def test_stripes_of_wide_pictures_have_fewer_rows(width: int) -> None:
    for height in (1, 2, 9, 100, 1000, 10_000):
        sizes = check(stripe_rows(height, width), height)
        assert max(sizes) < 1.62 * max(FEWEST_ROWS, STRIPE_PIXELS / width)
        assert min(sizes) >= min(height, FEWEST_ROWS // 2)
