"""Files that are opened in a child process are the same there; whatever happens to the child is one error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, png_chunk, png_file, random_picture, same, saved
from PIL import Image

from codec.errors import BadInput
from codec.media import apart
from codec.media.apart import OpenerApart
from codec.media.limits import MAX_PIXELS
from codec.media.picture import whole
from codec.media.png import PngRows
from codec.media.read import open_picture
from codec.media.write import fitting_ending, write_picture


@pytest.fixture(scope="module")
def opener() -> Iterator[OpenerApart]:
    with OpenerApart() as one:
        yield one


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
@pytest.mark.parametrize("size", [(1, 1), (70, 50)])
def test_a_picture_is_the_one_that_is_opened_here(opener: OpenerApart, mode: str, bits: int, size: tuple[int, int]) -> None:
    data = write_picture(random_picture(mode, bits, *size), fitting_ending(mode))
    here, there = (one(data, fitting_ending(mode), MAX_PIXELS, True) for one in (open_picture, opener))
    assert here.rows is not None and there.rows is not None and same(whole(here.rows), whole(there.rows))
    assert (here.left, here.keep, here.format) == (there.left, there.keep, there.format)


def test_a_picture_comes_in_several_bands(opener: OpenerApart) -> None:
    pixels = np.random.default_rng(0).integers(0, 4, (2100, 3000, 3), np.uint8)
    found = opener(saved(Image.fromarray(pixels), "PPM"), ".ppm", MAX_PIXELS, True)
    assert found.rows is not None and np.array_equal(whole(found.rows).pixels, pixels)


def test_metadata_and_reasons_come_too(opener: OpenerApart) -> None:
    data = png_file(4, 4, extra=png_chunk(b"gAMA", bytes(4)) + png_chunk(b"tEXt", b"a\0b"))
    found = opener(data, ".png", MAX_PIXELS, True)
    assert found.rows is not None and found.rows.metadata == ((b"gAMA", bytes(4)), (b"tEXt", b"a\0b"))
    kept = opener(saved(Image.new("RGB", (4, 4)), "JPEG"), ".jpg", MAX_PIXELS, False)
    assert kept.rows is None and kept.keep == "JPEG is already small" and kept.format == "JPEG"


@pytest.mark.parametrize("data", [b"", b"some text", png_file(40, 40)[:-30], png_file(1 << 16, 1 << 16, rows=b"")])
def test_errors_are_those_of_here(opener: OpenerApart, data: bytes) -> None:
    told = list[str]()
    for one in (open_picture, opener):
        with pytest.raises(BadInput) as caught:
            one(data, ".png", MAX_PIXELS, True)
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_what_is_refused_costs_no_child(opener: OpenerApart) -> None:
    opener(png_file(4, 4), ".png", MAX_PIXELS, True)
    before = opener.child.process
    with pytest.raises(BadInput):
        opener(b"some text", ".png", MAX_PIXELS, True)
    assert opener.child.process is before


def test_a_crash_is_one_error_of_one_file(opener: OpenerApart) -> None:
    opener(png_file(4, 4), ".png", MAX_PIXELS, True)
    assert opener.child.process is not None
    opener.child.process.kill()
    opener.child.process.poll = lambda: None  # type: ignore[method-assign]  # dead, and nobody has noticed
    with pytest.raises(BadInput, match=r"^cannot read it: its decoder crashed \(SIGKILL\)$"):
        opener(png_file(4, 4), ".png", MAX_PIXELS, True)
    assert opener(png_file(4, 4), ".png", MAX_PIXELS, True).rows is not None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resource")
    monkeypatch.setattr(apart, "BYTES_PER_PIXEL", 0)
    data = saved(Image.new("L", (20_000, 20_000)), "TIFF", compression="tiff_adobe_deflate")
    with OpenerApart(1 << 29) as opener:
        with pytest.raises(BadInput, match="there is not enough memory"):
            opener(data, ".tif", 1 << 29, True)
        assert opener(png_file(4, 4), ".png", MAX_PIXELS, True).rows is not None


def test_a_large_png_is_opened_here(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.new("L", (5000, 4000)))
    with OpenerApart() as opener:
        assert isinstance(opener(data, ".png", MAX_PIXELS, True).rows, PngRows) and opener.child.process is None
