"""How large a picture may be, and what is said of a larger one."""

from __future__ import annotations

import pytest

from codec.errors import BadInput
from codec.media.limits import MAX_PIXELS, check_pixels


def test_as_many_pixels_as_the_user_allows_are_fine() -> None:
    check_pixels(1 << 14, 1 << 14, MAX_PIXELS)
    check_pixels(10, 10, 100)


def test_more_pixels_are_refused_with_a_way_out() -> None:
    with pytest.raises(BadInput, match="allow more with --max-pixels, or cut the picture into parts"):
        check_pixels(1 << 15, 1 << 14, MAX_PIXELS)
