"""Groups of frames are seen as pictures, and give the frames again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from helpers.pictures import random_picture, same
from hypothesis import given
from hypothesis import strategies as st

from codec.errors import BadFile
from codec.kinds.frames.ways import (
    AGAIN,
    CHANGE,
    COLOURS,
    DIFFERENCE,
    STACK,
    THREE,
    Group,
    form_of_frames,
    frames_of,
    groups_of,
    picture_of,
)
from codec.media.form import Form
from codec.media.picture import Picture, form_of

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]


def varied(mode: str, changes: Sequence[int]) -> list[Picture]:
    """Frames, each the one before it changed: 0 not at all, 1 in a corner, 2 everywhere, 3 of another size, 4 back to the first."""
    found = [Picture(mode, random_picture(mode).pixels)]
    for number, change in enumerate(changes):
        pixels = found[-1].pixels.copy()
        other = np.roll(random_picture(mode, 0, *pixels.shape[:2]).pixels, number + 1, 0)
        if change == 1:
            pixels[1:3, 2:5] = other[1:3, 2:5]
        elif change == 2:
            pixels = other
        elif change == 3:
            pixels = random_picture(mode, 0, 5 + number, 8).pixels
        elif change == 4:
            pixels = found[0].pixels
        found.append(Picture(mode, pixels))
    return found


def restored(groups: Sequence[Group], frames: Sequence[Picture]) -> list[Picture]:
    """The frames, by way of the pictures of groups."""
    found, place = list[Picture](), 0
    for group in groups:
        some, before = frames[place : place + group.frames], found[-1] if found else None
        if group.way == AGAIN:
            for _ in some:
                found.append(found[-group.back])
        else:
            picture = picture_of(group, some, before)
            assert form_of_frames(group, form_of(picture), None if before is None else form_of(before)) == form_of(some[0])
            found += frames_of(group, picture, before)
        place += group.frames
    return found


@pytest.mark.parametrize("mode", MODES)
@given(changes=st.lists(st.integers(0, 4), max_size=9))
def test_groups_give_the_frames_again(mode: str, changes: list[int]) -> None:
    frames = varied(mode, changes)
    found = restored(groups_of(frames), frames)
    assert len(found) == len(frames) and all(same(*pair) for pair in zip(found, frames, strict=True))


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_differences_give_the_frames_again(mode: str) -> None:
    frames = varied(mode, [2, 2, 1])
    found = restored([Group(STACK, 1), Group(DIFFERENCE, 3)], frames)
    assert all(same(*pair) for pair in zip(found, frames, strict=True))


@pytest.mark.parametrize(("gray", "colours"), THREE.items())
def test_three_gray_frames_are_colours(gray: str, colours: str) -> None:
    frames = varied(gray, [2, 2, 2, 2, 2])
    picture = picture_of(Group(COLOURS, 6), frames, None)
    assert picture.mode == colours and picture.pixels.shape == (18, 13, 3)
    assert np.array_equal(picture.pixels[9:, :, 1], frames[4].pixels[:, :, 0])
    assert all(same(*pair) for pair in zip(restored([Group(COLOURS, 6)], frames), frames, strict=True))


def test_frames_that_are_there_again_have_no_picture() -> None:
    assert groups_of(varied("RGB", [0, 0, 2, 4])) == [Group(STACK, 1), Group(AGAIN, 2, 1), Group(STACK, 1), Group(AGAIN, 1, 2)]


def test_small_changes_are_rectangles() -> None:
    (first, second) = groups_of(varied("RGB", [1, 1]))
    assert (first, second.way, second.frames) == (Group(STACK, 1), CHANGE, 2)
    assert second.region is not None and second.region[2] * second.region[3] <= 6


def test_frames_of_other_sizes_are_groups_of_their_own() -> None:
    assert [group.frames for group in groups_of(varied("L", [2, 3, 3, 2]))] == [2, 1, 2]


PICTURE = Form("RGB", 8, 10, 12)


@pytest.mark.parametrize(
    ("group", "before"),
    [
        (Group(STACK, 5), None),
        (Group(STACK, 13), None),
        (Group(COLOURS, 4), None),
        (Group(DIFFERENCE, 1), None),
        (Group(DIFFERENCE, 1), Form("RGB", 8, 10, 13)),
        (Group(DIFFERENCE, 1), Form("RGBA", 8, 10, 12)),
        (Group(CHANGE, 1, 0, (0, 0, 0, 0)), None),
        (Group(CHANGE, 1, 0, (1, 0, 0, 0)), PICTURE),
        (Group(CHANGE, 1, 0, (0, 1, 0, 0)), PICTURE),
        (Group(CHANGE, 1, 0, (0, 0, 0, 0)), Form("L", 8, 99, 99)),
    ],
)
def test_groups_that_do_not_fit_their_picture_are_refused(group: Group, before: Form | None) -> None:
    with pytest.raises(BadFile):
        form_of_frames(group, PICTURE, before)


def test_colours_are_of_a_picture_of_colours() -> None:
    with pytest.raises(BadFile):
        form_of_frames(Group(COLOURS, 3), Form("L", 8, 10, 12), None)
