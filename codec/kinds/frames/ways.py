"""Ways to see frames as pictures: groups of frames that are alike, one picture for each; and the frames again, from these.

    again        the frame is that of so many frames before: there is no picture
    stack        frames of one form, one below the other
    change       frames that differ from the one before only in a rectangle, the same for all: these rectangles, one below the other
    difference   frames of one form, each less the one before it, plus half of the range of samples, modulo that: one below the other
    colours      three gray frames are red, green and blue of one picture; several such, one below the other

Every group but one that begins with a whole frame is given the frame before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.media.frames.series import are_equal
from codec.media.picture import Picture, Region

AGAIN, STACK, CHANGE, DIFFERENCE, COLOURS = WAYS = ("again", "stack", "change", "difference", "colours")  # places stand in files
DIFFER = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16")  # modes whose samples may be subtracted
THREE = {"L": "RGB", "I;16": "RGB;16"}  # modes of which three frames are the colours of another
SMALL_CHANGE, MERGED = 0.5, 1.25  # shares: of a frame that a change takes at most; of two changes that the one around both takes at most


@dataclass(frozen=True)
class Group:
    """Frames in a row, and the way to code them. back: of what is there again, how many frames before; region: of changes, of which a
    reader looks at the left and upper edge alone."""

    way: str
    frames: int
    back: int = 0
    region: Region | None = None


def groups_of(frames: Sequence[Picture]) -> list[Group]:
    """Groups of all frames: those that are there again, those that change little, and stacks of the others."""
    groups, places = list[Group](), dict[tuple[object, ...], int]()
    for number, frame in enumerate(frames):
        key = frame.mode, frame.bits, frame.pixels.shape, hash(frame.pixels.tobytes())
        same = places.get(key, number)
        places[key] = number
        if same < number and are_equal(frames[same], frame):
            found = Group(AGAIN, 1, number - same)
        else:
            change = _change(frames[number - 1], frame) if number else None
            found = Group(CHANGE, 1, 0, change) if change is not None else Group(STACK, 1)
        merged = _merged(groups[-1], found, frames[number - 1], frame) if groups else None
        if merged is not None:
            groups.pop()
        groups.append(merged or found)
    return groups


def picture_of(group: Group, frames: Sequence[Picture], before: Picture | None) -> Picture:
    """The picture of a group of these frames, after the one before it."""
    first = frames[0]
    if group.way == CHANGE and group.region is not None:
        left, top, width, height = group.region
        stacked = np.concatenate([frame.pixels[top : top + height, left : left + width] for frame in frames])
        return Picture(first.mode, stacked, bits=first.bits)
    stacked = np.concatenate([frame.pixels for frame in frames])
    if group.way == DIFFERENCE and before is not None:
        others = np.concatenate([frame.pixels for frame in (before, *frames[:-1])])
        return Picture(first.mode, stacked - others + _half(stacked), bits=first.bits)
    if group.way == COLOURS:
        height, width, _ = first.pixels.shape
        three = stacked.reshape(len(frames) // 3, 3, height, width).transpose(0, 2, 3, 1)
        return Picture(THREE[first.mode], np.ascontiguousarray(three).reshape(-1, width, 3), bits=first.bits)
    return Picture(first.mode, stacked, bits=first.bits)


def frames_of(group: Group, picture: Picture, before: Picture | None) -> Iterator[Picture]:
    """The frames of a group, from its picture, whose form form_of_frames has let pass."""
    mode = next((mode for mode, one in THREE.items() if one == picture.mode), "") if group.way == COLOURS else picture.mode
    count = group.frames // 3 if group.way == COLOURS else group.frames
    pieces = picture.pixels.reshape(count, picture.height // count, picture.width, -1)
    if group.way == COLOURS:
        three = np.ascontiguousarray(pieces.transpose(0, 3, 1, 2)).reshape(group.frames, *pieces.shape[1:3], 1)
        yield from (Picture(mode, frame) for frame in three)
    elif group.way == STACK:
        yield from (Picture(mode, frame, bits=picture.bits) for frame in pieces)
    else:
        assert before is not None, "form_of_frames has looked"
        pixels, (left, top, _, _) = before.pixels, group.region or (0, 0, 0, 0)
        for piece in pieces:
            if group.way == CHANGE:
                pixels = pixels.copy()
                pixels[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
            else:
                pixels = piece + pixels - _half(piece)
            yield Picture(mode, pixels, bits=picture.bits)


def form_of_frames(group: Group, picture: Form, before: Form | None) -> Form:
    """The form of each frame of a group, by that of its picture and that of the frame before. Raises BadFile where they do not fit."""
    count, mode = group.frames, picture.mode
    if group.way == COLOURS:
        mode = next((mode for mode, one in THREE.items() if one == picture.mode), "")
        count = group.frames // 3 if group.frames % 3 == 0 and mode else 0
    if not count or picture.height % count:
        raise BadFile("the file's header is damaged: frames that do not fit their picture")
    form = Form(mode, picture.bits, picture.width, picture.height // count)
    if group.way not in (CHANGE, DIFFERENCE):
        return form
    left, top, _, _ = group.region or (0, 0, 0, 0)
    if before is None or (before.mode, before.bits) != (form.mode, form.bits) or (group.way == DIFFERENCE and before != form):
        raise BadFile("the file's header is damaged: frames after one of another form")
    if left + form.width > before.width or top + form.height > before.height:
        raise BadFile("the file's header is damaged: a change outside of its frame")
    return before


def _half(pixels: Pixels) -> Pixels:
    """Half of the range of these samples, in their type."""
    return np.array(1 << 8 * pixels.dtype.itemsize - 1, pixels.dtype)


def _is_form(one: Picture, other: Picture) -> bool:
    return (one.mode, one.bits, one.pixels.shape) == (other.mode, other.bits, other.pixels.shape)


def _change(before: Picture, frame: Picture) -> Region | None:
    """The rectangle in which a frame differs from the one before, if that is a small one."""
    if not _is_form(before, frame):
        return None
    differs = (before.pixels != frame.pixels).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    width, height = int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
    return (left, top, width, height) if width * height <= SMALL_CHANGE * differs.size else None


def _merged(last: Group, found: Group, before: Picture, frame: Picture) -> Group | None:
    """The group of the last frames and one more, if they are of one way."""
    frames = last.frames + found.frames
    if last.way != found.way or not _is_form(before, frame):
        return None
    if found.way == AGAIN:
        return Group(AGAIN, frames, last.back) if last.back == found.back else None
    region = _around(last.region, found.region)
    height, width, _ = frame.pixels.shape
    area = region[2] * region[3] if region else width * height
    largest = max((one.region[2] * one.region[3] for one in (last, found) if one.region), default=area)
    if area > MERGED * largest:
        return None
    return Group(found.way, frames, 0, region)


def _around(one: Region | None, other: Region | None) -> Region | None:
    """The rectangle around two."""
    if one is None or other is None:
        return None
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
