"""Pixels on the lattice of a known map: found, coded as its planes, and back again; forged traces are refused."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import deflated, found, from_map, once_jpeg, photo_pixels

from codec.container.numbers import write_length
from codec.density.photo.colour import to_planes
from codec.errors import BadFile, NotOnePlane
from codec.methods.traces.lattice import WHOLE
from codec.methods.traces.layouts import chroma_layout, layout_codes
from codec.methods.traces.maps import MAPS
from codec.methods.traces.trace import LATTICE, PLAIN, YCBCR, read_trace, trace_names
from codec.methods.traces.traces import find_trace, part_shapes, restore_pixels

AS_JPEG = (4, 13)  # BT.601 of full range is nearly what JFIF has


@pytest.mark.parametrize("number", range(len(MAPS)))
def test_every_map_is_found(number: int) -> None:
    pixels = from_map(photo_pixels(), number)
    kind, planes = found(pixels)
    assert kind == YCBCR if number in AS_JPEG else find_trace(pixels, 3)[0][:3] == bytes([LATTICE, number, WHOLE])
    assert np.abs(planes[1:]).max() < 256 and planes[0].min() >= 0 and planes[0].max() < 256


@pytest.mark.parametrize("code", layout_codes())
@pytest.mark.parametrize("number", [0, 1, 6, 11])
def test_every_layout_of_fewer_samples_is_found(number: int, code: int) -> None:
    pixels = from_map(photo_pixels(), number, code)
    trace, parts = find_trace(pixels, 1)
    assert trace[:3] == bytes([LATTICE, number, code])
    few = chroma_layout(code, 120, 160).shape
    assert [plane.shape[1:] for plane in parts] == part_shapes(trace, 1, 120, 160) == [(120, 160), few, few]
    assert all(plane.min() >= 0 and plane.max() <= 255 for plane in parts) and np.array_equal(restore_pixels(trace, parts), pixels)


def test_pixels_that_were_changed_since_are_listed() -> None:
    rng = np.random.default_rng(1)
    pixels = from_map(photo_pixels(), 1)
    pixels[rng.integers(0, 120, 40), rng.integers(0, 160, 40)] = rng.integers(0, 256, (40, 3))
    assert found(pixels)[0] == LATTICE
    smoothed = from_map(photo_pixels(), 0, 3)
    smoothed[30:38, 50:60] = 200
    trace, parts = find_trace(smoothed, 1)
    assert trace[0] == LATTICE and np.array_equal(restore_pixels(trace, parts), smoothed)


def test_where_half_of_the_pixels_were_changed_it_does_not_pay() -> None:
    pixels = from_map(photo_pixels(), 1)
    pixels[::2] ^= 3
    assert found(pixels)[0] == PLAIN


@pytest.mark.parametrize("pixels", [photo_pixels(), once_jpeg(photo_pixels(), quality=90)], ids=["photo", "jpeg"])
def test_what_is_on_no_known_lattice_is_not_one_of_fewer_samples(pixels: np.ndarray) -> None:
    with pytest.raises(NotOnePlane):
        find_trace(pixels, 1)


def test_samples_at_every_pixel_are_coded_by_three_channels_alone() -> None:
    with pytest.raises(NotOnePlane):
        find_trace(from_map(photo_pixels(), 1), 1)


def test_planes_are_luma_then_red_then_blue_about_gray() -> None:
    reddish = np.broadcast_to(np.array([150, 90, 80], np.uint8), (80, 80, 3)) + photo_pixels(80, 80) // 16
    planes = found(from_map(reddish, 1))[1]
    assert planes[1].mean() > 10 and planes[2].mean() < 0
    assert np.abs(np.corrcoef(planes[0].ravel(), to_planes(reddish)[0].ravel())[0, 1]) > 0.9


def test_a_lattice_has_a_name() -> None:
    assert trace_names(find_trace(from_map(photo_pixels(), 0, 3), 1)[0]) == ["PhotoYCC 4:2:0 smoothed"]
    assert trace_names(bytes([LATTICE, 200, 99])) == ["an unknown lattice"]


@pytest.mark.parametrize(("number", "code"), [(len(MAPS), 0), (1, 4), (1, 1), (1, 0x42), (255, 255)])
def test_an_unknown_lattice_is_refused(number: int, code: int) -> None:
    with pytest.raises(BadFile, match="lattice"):
        part_shapes(bytes([LATTICE, number, code]), 3, 80, 80)


def test_samples_for_each_pixel_are_refused_in_three_parts() -> None:
    with pytest.raises(BadFile, match="lattice"):
        part_shapes(bytes([LATTICE, 1, WHOLE]), 1, 80, 80)


START = bytes([LATTICE, 1, 0])
DAMAGED = {
    "no deflated bytes": START + write_length(4) + b"1234",
    "a pixel beyond": deflated(START, write_length(1) + write_length(1 << 20) + b"abc"),
    "more pixels than there are": deflated(START, write_length(1 << 40)),
    "a cut pixel": deflated(START, write_length(1) + write_length(5) + b"ab"),
    "more than it says": deflated(START, write_length(0) + b"a"),
    "a bomb": deflated(START, bytes(1 << 22)),
}


@pytest.mark.parametrize("trace", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_lists_are_refused(trace: bytes) -> None:
    with pytest.raises(BadFile):
        restore_pixels(read_trace(trace)[0], [np.full((3, 20, 30), 3, np.int16)])


@pytest.mark.parametrize("value", [-200, 200])
def test_colours_beyond_the_tables_are_refused(value: int) -> None:
    with pytest.raises(BadFile, match="does not have"):
        restore_pixels(deflated(START, write_length(0)), [np.full((3, 20, 30), value, np.int16)])
