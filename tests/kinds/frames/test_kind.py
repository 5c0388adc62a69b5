"""Files of several frames become files, and come back."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from helpers.deep_files import deep_pixels_of
from helpers.frame_files import FORMATS, frames_file, pages_file, seen
from helpers.pictures import random_picture
from PIL import Image

import codec
from codec.container.container import read_container, write_container
from codec.errors import BadFile, BadInput
from codec.kinds import table
from codec.kinds.frames.header import frames_header_bytes, read_frames_header
from codec.kinds.frames.kind import FramesEstimates, FramesInfo, OpenedFrames
from codec.kinds.kind import Summary
from codec.kinds.original import OriginalInfo
from codec.kinds.requests import Restoring, Settings, Source
from codec.media.form import Pixels
from codec.media.frames.tiff import join_tiff, write_pages
from codec.media.picture import Picture


def compressed(data: bytes, ending: str = "", **settings: object) -> tuple[bytes, Summary]:
    source = Source("a file", data, ending, 10**9)
    return table.kind_of_source(source).compress(source, Settings(**settings))  # type: ignore[arg-type]


def restored(data: bytes, **settings: object) -> bytes:
    return table.open_file(data).decompress(Restoring(**settings)).content  # type: ignore[arg-type]


def slices(count: int = 6, side: int = 70) -> list[Pixels]:
    """Gray pictures that change slowly, as those of a volume."""
    y, x = np.mgrid[:side, :side]
    rng = np.random.default_rng(3)
    shape = 60 * np.sin(x / 9) * np.cos(y / 13)
    return [(120 + shape * (1 + number / 40) + rng.normal(0, 1, shape.shape)).astype(np.uint8) for number in range(count)]


@pytest.mark.parametrize("form", FORMATS)
def test_what_pillow_reads_of_a_file_comes_back(form: str) -> None:
    data = frames_file(form, "P" if form == "GIF" else "RGB")
    file, summary = compressed(data, FORMATS[form])
    assert isinstance(summary.info, FramesInfo) and summary.info.format == form and summary.info.total_bits == 8 * len(file)
    assert seen(restored(file)) == seen(data)
    found = table.open_file(file).decompress(Restoring())
    assert (found.ending, found.modified) == (FORMATS[form], 10**9)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_takes_less_than_it_did(form: str) -> None:
    data = frames_file(form)
    assert len(compressed(data)[0]) < 0.9 * len(data)


def test_a_frame_that_is_there_again_takes_some_bytes() -> None:
    pages = slices(2)
    once, twice = (compressed(pages_file(some))[0] for some in (pages, pages * 4))
    assert len(twice) < len(once) + 60


def test_slices_of_a_volume_are_coded_by_those_beside_them() -> None:
    pages = slices()
    alone = sum(len(codec.compress(page)) for page in pages)
    file, summary = compressed(pages_file(pages))
    assert isinstance(summary.info, FramesInfo) and len(file) < alone
    assert [page[2] for page in seen(restored(file))] == [page.tobytes() for page in pages]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_file_does_not_depend_on_threads(threads: int) -> None:
    data = pages_file([random_picture("RGB", 8, 40, 50 + number).pixels // 4 for number in range(5)])
    assert compressed(data, threads=threads)[0] == compressed(data)[0]
    assert restored(compressed(data)[0], threads=threads) == restored(compressed(data)[0])


def test_what_would_not_come_back_is_stored_with_the_reason() -> None:
    data = frames_file("WEBP", lossless=False, exact=False, quality=50)
    file, summary = compressed(data, ".webp")
    assert isinstance(summary.info, OriginalInfo) and restored(file) == data
    assert summary.notes == ("stored as it is: more than one frame or page (its frames are lossy ones, which are small already)",)


def test_noise_is_stored_where_that_is_smaller() -> None:
    data = pages_file([random_picture("RGB", 8, 9, 13).pixels] * 2, compression="tiff_lzw")
    assert len(compressed(data)[0]) <= len(data) + 64


@pytest.mark.parametrize("method", ["stored", "photo"])
def test_a_method_that_is_asked_for_is_left_to_pictures(method: str) -> None:
    data = frames_file("GIF")
    if method == "stored":
        assert isinstance(compressed(data, ".gif", method=method)[1].info, OriginalInfo)
    else:
        with pytest.raises(BadInput, match="more than one frame"):
            compressed(data, ".gif", method=method)


def test_several_frames_come_back_in_no_other_format() -> None:
    file, _ = compressed(frames_file("GIF"), ".gif")
    with pytest.raises(BadInput, match=r"take their own ending, \.gif"):
        restored(file, ending=".png")
    assert restored(file, ending=".GIF") == restored(file)


@pytest.mark.parametrize("asked", [{"region": (0, 0, 2, 2)}, {"salvage": True}])
def test_there_are_no_parts(asked: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="as a whole"):
        restored(compressed(frames_file("GIF"))[0], **asked)


def test_a_file_is_verified_against_the_one_it_was_made_from() -> None:
    data = frames_file("PNG")
    opened = table.open_file(compressed(data)[0])
    opened.verify(Restoring(), Source("x", data, ".png"))
    opened.verify(Restoring(), Source("x", restored(compressed(data)[0]), ".png"))
    for other in (frames_file("PNG", "RGB", 3), frames_file("GIF")):
        with pytest.raises(BadFile, match="frames differ"):
            opened.verify(Restoring(), Source("x", other, ".png"))


def test_programs_get_an_image_of_all_frames() -> None:
    image = codec.decompress(codec.compress(frames_file("GIF")))
    assert isinstance(image, Image.Image) and getattr(image, "n_frames", 1) == 3


def test_pages_of_colours_of_16_bits_are_coded() -> None:
    pages = [Picture("RGB;16", deep_pixels_of(3) + np.uint16(9 * number)) for number in range(3)]
    data = join_tiff(write_pages([()] * 3), pages)
    packed, summary = compressed(data, effort=1)
    assert isinstance(summary.info, FramesInfo) and summary.info.mode == "RGB;16" and len(packed) < 0.6 * len(data)
    assert restored(packed) == data


def test_a_volume_has_a_density_near_its_size() -> None:
    data = pages_file(slices(3))
    _, summary = compressed(data)
    source = Source("x", data, ".tif")
    found = table.kind_of_source(source).density(source, Settings(), (1,), 0)
    assert isinstance(found, FramesEstimates) and isinstance(summary.info, FramesInfo)
    assert 0 <= summary.info.payload_bits - found.estimates[0].bits < 0.001 * summary.info.payload_bits + 8 * 64 and found.model


def test_what_is_stored_has_no_density() -> None:
    source = Source("x", frames_file("WEBP", lossless=False, quality=50), ".webp")
    with pytest.raises(BadInput, match="it has no density: more than one frame"):
        table.kind_of_source(source).density(source, Settings(), (1,), 0)
    with pytest.raises(BadInput, match="single pictures"):
        table.kind_of_source(source).heat_map(source, Settings())


def test_frames_that_are_more_than_a_file_bears_out_are_refused() -> None:
    file = compressed(pages_file([np.zeros((700, 1000), np.uint8) + number for number in (0, 0)]))[0]
    container = read_container(file)
    header = read_frames_header(container.section("H"))
    last = header.groups[-1]
    many = replace(last, group=replace(last.group, frames=60000))
    forged = frames_header_bytes(replace(header, groups=(*header.groups[:-1], many)))
    sections = {"H": forged, "M": container.section("M"), "S": container.section("S")}
    with pytest.raises(BadInput, match="max-bytes"):
        restored(write_container("F", bytes(8), sections))


def test_a_file_that_names_a_model_is_refused() -> None:
    container = read_container(compressed(frames_file("GIF"))[0])
    with pytest.raises(BadFile, match="of a model"):
        OpenedFrames(read_container(write_container("F", b"12345678", {tag: container.section(tag) for tag in container.spans})))


def test_progress_ends_with_all_pixels() -> None:
    told = list[tuple[str, int, int]]()
    data = frames_file("TIFF")
    file, _ = compressed(data, progress=lambda *now: told.append(now))
    with Image.open(io.BytesIO(data)) as image:
        total = 4 * image.width * image.height
    assert told[0] == ("compressing", 0, total) and told[-1] == ("compressing", total, total)
    table.open_file(file).decompress(Restoring(progress=lambda *now: told.append(now)))
    assert told[-1] == ("decompressing", total, total)
