"""The side from which a stripe is predicted best."""

from __future__ import annotations

import numpy as np
import pytest

from codec.density.density import Planes
from codec.density.photo.colour import to_planes
from codec.density.photo.side import best_side


def flashes(channels: int) -> Planes:
    """Flashes that fade to the right and downwards: what comes before a pixel tells it, what comes after does not."""
    rng, fading = np.random.default_rng(3), np.zeros((120, 160, channels))
    for y in range(1, 120):
        for x in range(1, 160):
            fading[y, x] = 0.49 * (fading[y - 1, x] + fading[y, x - 1]) + 200 * (rng.random(channels) < 0.01)
    return to_planes(np.clip(fading, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_side_turns_with_the_picture(channels: int) -> None:
    planes = flashes(channels)
    seen = planes, planes[..., ::-1], planes[..., ::-1, :], planes[..., ::-1, ::-1]
    sides = [best_side(one) for one in seen]
    assert sides == [sides[0] ^ side for side in range(4)]
