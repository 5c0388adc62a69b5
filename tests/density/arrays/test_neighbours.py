"""What is seen of a pixel: neighbours coded before it alone, as the docstring of neighbours.py says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.density.arrays.neighbours import LIMIT, PLACE, Contrasts, Neighbourhood, Seen, look_around
from codec.errors import BadModel

HOODS = [
    Neighbourhood(5, 6, 3, (2, 3, 1), True, 128),
    Neighbourhood(4, 4, 1, (5, 4, 4, 3, 2), True, 128),
    Neighbourhood(3, 7, 2, (2, 1, 1), False, 0),
    Neighbourhood(1, 1, 1, (2, 1, 1), True, 128),
]


def tables_of(hood: Neighbourhood) -> Contrasts:
    spread = np.maximum(np.arange(hood.contrasts) / (6 * hood.channels), 1.0)
    tables = (2**15 / spread, 128 * np.log(spread), 256 * spread)
    return Contrasts(*(np.rint(table).astype(np.int64) for table in tables))


def images_of(hood: Neighbourhood, count: int, seed: int) -> np.ndarray:
    levels = 256 if hood.centred else 2
    return np.random.default_rng(seed).integers(0, levels, (count, hood.pixels * hood.channels)).astype(np.uint8)


def seen_of(hood: Neighbourhood, canvas: np.ndarray, pixel: int) -> Seen:
    return look_around(hood, tables_of(hood), canvas, np.arange(len(canvas)), np.full(len(canvas), pixel))


@pytest.mark.parametrize("hood", HOODS, ids=str)
def test_what_is_seen_does_not_depend_on_pixels_that_come_later(hood: Neighbourhood) -> None:
    images, others = images_of(hood, 2, 0), images_of(hood, 2, 1)
    for pixel in range(hood.pixels):
        mixed = others.copy()
        mixed[:, : pixel * hood.channels] = images[:, : pixel * hood.channels]
        one, other = (seen_of(hood, hood.canvas_of(part), pixel) for part in (images, mixed))
        assert np.array_equal(one.inputs, other.inputs) and np.array_equal(one.centres, other.centres)


@pytest.mark.parametrize("hood", HOODS, ids=str)
def test_a_canvas_filled_pixel_by_pixel_shows_what_a_whole_one_shows(hood: Neighbourhood) -> None:
    images = images_of(hood, 3, 2)
    whole, canvas = hood.canvas_of(images), hood.empty_canvas(3)
    for pixel in range(hood.pixels):
        if pixel % hood.width == 0:
            hood.begin_row(canvas, pixel // hood.width)
        assert np.array_equal(seen_of(hood, canvas, pixel).inputs, seen_of(hood, whole, pixel).inputs)
        cell, first = int(hood.cells[pixel]), pixel * hood.channels
        canvas[:, cell : cell + hood.channels] = images[:, first : first + hood.channels]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), pixel=st.integers(0, 29))
def test_inputs_are_those_of_the_specification(seed: int, pixel: int) -> None:
    hood, height, width = HOODS[0], 5, 6
    tables, image = tables_of(hood), images_of(hood, 1, seed).reshape(5, 6, 3).astype(np.int64)

    def value(row: int, column: int, channel: int) -> int:
        if row < 0:
            return 128
        if column < 0:
            return int(image[row - 1, 0, channel]) if row else 128
        return int(image[row, min(column, width - 1), channel])

    row, column = divmod(pixel, width)
    found, centres, contrast = seen_of(hood, hood.canvas_of(image.astype(np.uint8).reshape(1, -1)), pixel), [], 0
    for c in range(3):
        places = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-2, 1))
        w, n, nw, ne, ww, nn, nne = (value(row + y, column + x, c) for y, x in places)
        centres.append((3 * w + 3 * n + nw + ne + 4) >> 3)
        contrast += abs(w - nw) + abs(n - nw) + abs(n - ne) + abs(w - ww) + abs(n - nn) + abs(ne - nne)
    around = [(0, -1), (0, -2), *((-1, x) for x in range(-3, 4)), *((-2, x) for x in range(-1, 2))]
    scaled = [(value(row + y, column + x, c) - centres[c]) * int(tables.factors[contrast]) + 128 >> 8 for y, x in around for c in range(3)]
    expected = [*np.clip(scaled, -LIMIT, LIMIT), *(4 * (centre - 128) for centre in centres), tables.levels[contrast]]
    assert found.inputs[0, :-PLACE].tolist() == expected and found.centres[0].tolist() == centres and found.contrast[0] == contrast
    assert np.array_equal(found.inputs[0, -PLACE:], hood.places[pixel]) and hood.places[pixel, 0] == (2 * row + 1 - height) * 128 // height


@pytest.mark.parametrize("change", [{"height": 0}, {"width": 257}, {"channels": 17}, {"reach": (2, 1)}, {"reach": (1, 1, 1)}])
def test_shapes_beyond_the_limits_are_refused(change: dict[str, object]) -> None:
    settings: dict[str, object] = {"height": 4, "width": 4, "channels": 1, "reach": (2, 1, 1), **change}
    with pytest.raises(BadModel):
        Neighbourhood(**settings, centred=True, fill=128)  # type: ignore[arg-type]
