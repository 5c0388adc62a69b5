"""Files of pictures that were something else before: smaller for it, told of, and as exact as any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.cli import run
from helpers.traced import from_map, once_jpeg, photo_pixels
from PIL import Image

import codec
from codec.density import library
from codec.density.library import PHOTO_TITLES
from codec.kinds.picture.info import PictureBits, PictureInfo
from codec.kinds.picture.kind import PictureKind, compress_image, estimate_image
from codec.kinds.requests import Restoring, Settings, Source
from codec.kinds.table import open_file
from codec.media.picture import Picture
from codec.media.write import write_picture

QUICK = Settings(effort=1)
FRAME = from_map(photo_pixels(840, 100), 5, 1)
WAS = {
    "frame": (FRAME, {"BT.709 4:2:0": 2}),
    "field": (from_map(photo_pixels(60, 100), 11, 2), {"BT.709 full range 4:2:2": 1}),
    "photo-cd": (from_map(photo_pixels(60, 100), 0, 3), {"PhotoYCC 4:2:0 smoothed": 1}),
    "video": (from_map(photo_pixels(60, 100), 2), {"BT.601 4:4:4": 1}),
    "jpeg": (once_jpeg(photo_pixels(60, 100), quality=90), {"JPEG": 1}),
    "stretched": ((photo_pixels(60, 100) >> 1) * 2, {"levels": 1}),
}  # fmt: skip


def coded(pixels: np.ndarray, settings: Settings = QUICK) -> tuple[bytes, PictureInfo]:
    data, summary = compress_image(Picture("RGB", np.ascontiguousarray(pixels)), settings)
    assert isinstance(summary.info, PictureInfo)
    return data, summary.info


@pytest.mark.parametrize("name", WAS)
def test_what_a_picture_was_is_found_told_and_makes_its_file_smaller(name: str) -> None:
    pixels, traces = WAS[name]
    data, info = coded(pixels)
    assert info.stripes_by_trace == traces and codec.info(data) == info
    assert len(data) < 0.9 * len(coded(pixels, Settings(effort=1, traces=False))[0])
    assert np.array_equal(np.asarray(codec.decompress(data)), pixels)


@pytest.mark.parametrize("name", WAS)
def test_without_traces_none_is_found(name: str) -> None:
    image = Image.fromarray(WAS[name][0])
    data = codec.compress(image, effort=1, traces=False)
    info = codec.info(data)
    assert isinstance(info, PictureInfo) and info.stripes_by_trace == {} and codec.decompress(data) == image


def test_a_photo_that_was_nothing_else_has_the_same_file_with_and_without() -> None:
    assert coded(photo_pixels(60, 100))[0] == coded(photo_pixels(60, 100), Settings(effort=1, traces=False))[0]


def test_pictures_with_fewer_samples_are_coded_by_the_model_of_gray_ones() -> None:
    gray = library.planes_density(1, None, 1).file.name.hex()
    assert coded(FRAME)[1].model == gray and coded(WAS["video"][0])[1].model != gray


def test_black_bars_are_part_of_a_frame() -> None:
    barred = np.pad(FRAME[:300], ((260, 40), (0, 0), (0, 0)))
    assert coded(barred)[1].model == coded(FRAME)[1].model


def test_where_only_some_stripes_have_fewer_samples_all_are_coded_by_the_usual_model() -> None:
    mixed = np.concatenate([FRAME[:420], photo_pixels(420, 100)])
    data, info = coded(mixed)
    usual = library.planes_density(3, None, 1).file.name.hex()
    assert info.model == usual and info.stripes_by_trace == {"BT.709 4:4:4": 1}
    assert np.array_equal(np.asarray(codec.decompress(data)), mixed)


def test_a_model_that_is_named_is_obeyed() -> None:
    info = coded(FRAME, Settings(PHOTO_TITLES[3] + "-fast"))[1]
    assert info.model == library.planes_density(3, None, 1).file.name.hex() and info.stripes_by_trace == {"BT.709 4:4:4": 2}


def test_a_region_of_a_frame_is_decoded_alone() -> None:
    data, _ = coded(FRAME)
    found = open_file(data).restore(Restoring(region=(10, 190, 50, 40)))
    assert isinstance(found, Picture) and np.array_equal(found.pixels, FRAME[190:230, 10:60])


def test_alpha_goes_beside_a_frame() -> None:
    pixels = np.concatenate([FRAME[:60], np.full((60, 100, 1), 200, np.uint8)], axis=2)
    data = codec.compress(Image.fromarray(pixels), effort=1)
    info = codec.info(data)
    assert isinstance(info, PictureInfo) and info.stripes_by_trace == {"BT.709 4:2:0": 1}
    assert codec.decompress(data) == Image.fromarray(pixels)


@pytest.mark.parametrize("effort", [1, 9])
def test_the_map_of_where_bits_go_has_all_of_them(effort: int) -> None:
    settings, source = Settings(effort=effort, method="photo"), Source("x", write_picture(Picture("RGB", FRAME[:75]), ".png"), ".png")
    spent, drawn = PictureKind().compress(source, settings)[1].spent, PictureKind().heat_map(source, settings)
    assert isinstance(spent, PictureBits)
    asked = spent.likelihood_bits + spent.funding_bits + spent.prior_bits - spent.posterior_bits
    assert drawn.bits_of_pixels + sum(drawn.bits_of_tiles) == pytest.approx(asked, rel=0.005)


def test_what_a_frame_should_cost_is_what_it_does() -> None:
    _, info = coded(FRAME)
    (row,) = estimate_image(Picture("RGB", FRAME), QUICK, [1], 0).estimates
    assert info.total_bits == pytest.approx(row.bits, rel=0.02)


def test_commands_tell_of_traces_and_can_do_without(tmp_path: Path) -> None:
    place = tmp_path / "frame.png"
    place.write_bytes(write_picture(Picture("RGB", FRAME[:60]), ".png"))
    assert "traces: 1 BT.709 4:2:0, model" in run("compress", place, "-v", "-1").output
    assert "traces: 1 BT.709 4:2:0, model" in run("info", tmp_path / "frame.bb").output
    assert "traces:" not in run("compress", place, "-v", "-1", "-f", "--traces", "none").output
    assert "traces:" not in run("info", tmp_path / "frame.bb").output
    with_traces, without = (run("density", place, "-1", "--traces", how).output for how in ("auto", "none"))
    assert with_traces != without
