"""A file is removed only if what was made of it holds the same picture."""

from __future__ import annotations

import pytest
from helpers.pictures import random_picture

from codec.errors import BadFile
from codec.kinds.compare import check_picture
from codec.kinds.requests import Source
from codec.media.picture import Picture
from codec.media.write import fitting_ending, write_picture

PARTS = [slice(0, 4), slice(4, 9)]


def check(ours: Picture, theirs: Picture, ending: str = ".tif") -> None:
    check_picture(ours, PARTS, Source("x", write_picture(theirs, ending), ending), 1 << 28, None)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16", "F"])
@pytest.mark.parametrize("own", [True, False])
def test_the_same_picture_is_let_pass_in_whichever_format_it_stands(mode: str, own: bool) -> None:
    check(random_picture(mode), random_picture(mode), fitting_ending(mode) if own else ".tif")


@pytest.mark.parametrize("bits", [2, 4])
def test_samples_of_few_bits_are_the_levels_of_gray_that_they_stand_for(bits: int) -> None:
    few = random_picture("L", bits)
    check(few, Picture("L", few.pixels * (255 // ((1 << bits) - 1))))


@pytest.mark.parametrize("row", [0, 8])
def test_a_picture_of_which_a_pixel_differs_is_refused(row: int) -> None:
    changed = random_picture("RGB").pixels.copy()
    changed[row, 5, 1] ^= 1
    with pytest.raises(BadFile, match="pixels differ"):
        check(random_picture("RGB"), Picture("RGB", changed))


@pytest.mark.parametrize("other", [random_picture("RGB", 8, 9, 12), random_picture("L")], ids=["size", "mode"])
def test_a_picture_of_another_mode_or_size_is_refused(other: Picture) -> None:
    with pytest.raises(BadFile, match="mode or size"):
        check(random_picture("RGB"), other)


def test_progress_is_told_of_the_pixels_that_were_read() -> None:
    told, picture = list[tuple[str, int, int]](), random_picture("RGB")
    check_picture(picture, PARTS, None, 1 << 28, lambda *done: told.append(done))
    assert told == [("verifying", rows * picture.width, 9 * picture.width) for rows in (0, 4, 9)]
