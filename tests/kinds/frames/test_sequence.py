"""Sequences of frames are coded, also those of arrays."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import random_picture

import codec
from codec.container.container import read_container, write_container
from codec.container.numbers import read_length, write_length
from codec.errors import BadFile
from codec.kinds import table
from codec.kinds.array.kind import compress_array
from codec.kinds.array.plain import PlainInfo
from codec.kinds.frames.header import CodedGroup, table_bytes
from codec.kinds.frames.sequence import forms_of, read_sequence, write_sequence
from codec.kinds.frames.ways import STACK, Group
from codec.kinds.requests import Restoring, Settings
from codec.media.form import Pixels
from codec.media.picture import Picture


def volume(frames: int = 7, side: int = 48) -> Pixels:
    """Gray pictures, each nearly the one before."""
    rng = np.random.default_rng(3)
    start = 120 + np.cumsum(rng.normal(0, 3, (side, side)), 1)
    return np.clip(start + np.cumsum(rng.normal(0, 0.4, (frames, side, side)), 0), 0, 255).astype(np.uint8)


def frames_of(pixels: Pixels) -> list[Picture]:
    return [Picture("L", frame[:, :, None]) for frame in pixels]


def test_a_sequence_comes_back() -> None:
    data = write_sequence(frames_of(volume()), Settings(threads=1))
    assert data is not None
    found = read_sequence(data, volume().size, Restoring())
    assert np.array_equal(np.stack([frame.pixels[:, :, 0] for frame in found]), volume())


def test_frames_that_have_nothing_to_do_with_each_other_are_no_sequence() -> None:
    assert write_sequence([Picture("P", random_picture("P").pixels ^ number) for number in range(3)], Settings(threads=1)) is None


def test_a_volume_is_smaller_than_its_slices() -> None:
    data, summary = compress_array(volume(), Settings())
    assert isinstance(summary.info, PlainInfo) and summary.info.method == "frames"
    assert len(data) < 0.8 * sum(len(codec.compress(frame)) for frame in volume())
    assert np.array_equal(np.asarray(codec.decompress(data)), volume())
    assert table.open_file(data).info() == summary.info


@pytest.mark.parametrize("samples", [0, volume().size - 1, 2 * volume().size])
def test_another_size_than_that_of_the_array_is_refused(samples: int) -> None:
    data = write_sequence(frames_of(volume()), Settings(threads=1))
    assert data is not None
    with pytest.raises(BadFile, match="another size"):
        read_sequence(data, samples, Restoring())


def test_something_else_in_the_place_of_a_picture_is_refused() -> None:
    other = codec.compress(np.arange(9, dtype=np.float64))
    with pytest.raises(BadFile, match="something else"):
        forms_of([CodedGroup(Group(STACK, 1), len(other) - 4)], memoryview(other[4:]))


def test_pictures_of_another_length_are_refused() -> None:
    data = write_sequence(frames_of(volume()), Settings(threads=1))
    assert data is not None
    length, position = read_length(data, 0)
    groups = table_bytes([CodedGroup(Group(STACK, 1), 1 << 20)])
    for forged in (data + b"x", data[:-1], write_length(len(groups)) + groups + data[position + length :]):
        with pytest.raises(BadFile):
            read_sequence(forged, volume().size, Restoring())


def test_an_array_of_more_samples_than_its_frames_is_refused() -> None:
    container = read_container(compress_array(volume(), Settings())[0])
    sections = {tag: container.section(tag) for tag in container.spans}
    forged = sections["D"].replace(write_length(48), write_length(49))
    with pytest.raises(BadFile):
        codec.decompress(write_container("A", bytes(8), sections | {"D": forged}))
