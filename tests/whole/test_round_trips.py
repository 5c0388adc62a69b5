"""Files of pictures to files of this codec and back: pixels, mode, palette, transparency, metadata, never larger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers.compare_pictures import differences
from helpers.deep_files import deep_pixels_of, interlaced_file, pnm_file, tiff_file
from helpers.pictures import LAYOUTS, png_file, random_picture, same, saved
from PIL import Image

from codec.errors import BadFile
from codec.kinds.kind import Summary
from codec.kinds.original import OriginalInfo
from codec.kinds.picture.info import PictureInfo
from codec.kinds.picture.kind import PictureKind, compress_image
from codec.kinds.requests import Restoring, Settings, Source
from codec.kinds.table import kind_of_source, open_file
from codec.media.picture import Picture
from codec.media.pillow import from_pillow, to_pillow
from codec.media.write import FORMATS, fitting_ending, write_picture

pytestmark = pytest.mark.usefixtures("tiny_photos")
PICTURES, ALL = PictureKind(), Restoring()


def check(data: bytes, ending: str, method: str = "auto") -> Summary:
    """Compress and restore a file, and compare all that Pillow says of both. Returns what was said of it."""
    compressed, summary = PICTURES.compress(Source("x", data, ending, 1_600_000_000), Settings(method=method))
    opened = open_file(compressed)
    restored = opened.decompress(ALL)
    assert restored.modified == 1_600_000_000 and restored.ending == opened.ending() and not restored.lost
    assert len(compressed) <= len(data) + 64 or method != "auto"
    opened.verify(ALL, Source("x", data, ending))
    opened.verify(ALL, Source("y", restored.content, restored.ending))
    assert summary.info == opened.info()
    if isinstance(summary.info, OriginalInfo):
        assert restored.content == data and restored.ending == ending
    else:
        assert differences(data, restored.content) == []
    return summary


def info_of(summary: Summary) -> PictureInfo:
    """What is told of a picture that was coded."""
    assert isinstance(summary.info, PictureInfo)
    return summary.info


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
@pytest.mark.parametrize("size", [(1, 1), (30, 33), (420, 5)])
def test_pictures_of_every_mode_and_format_come_back(mode: str, bits: int, size: tuple[int, int]) -> None:
    before = random_picture(mode, bits, *size)
    walk = np.cumsum(np.random.default_rng(0).integers(-2, 3, before.pixels.shape), axis=0) + 60
    smooth = Picture(mode, (walk % (1 << min(bits, 7))).astype(before.pixels.dtype), before.metadata, bits)
    endings = [ending for ending, known in FORMATS.items() if mode in known.modes and ending != ".tiff"]
    for ending in endings if size == (30, 33) else [fitting_ending(mode)]:
        check(write_picture(before, ending), ending)
        check(write_picture(smooth, ending), ending)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"])
@pytest.mark.parametrize("method", ["photo", "graphics", "planes"])
def test_a_method_that_is_asked_for_is_taken_or_samples_are_raw(mode: str, method: str) -> None:
    picture = random_picture(mode, 8, 40, 33)
    smooth = Picture(mode, (np.indices(picture.pixels.shape).sum(0) + picture.pixels % 3).astype(np.uint8))
    found = info_of(check(write_picture(smooth, ".tif"), ".tif", method))
    assert any(method in name for name in found.stripes_by_method)


@pytest.mark.parametrize(("mode", "bits"), [("L", 4), ("L", 8), ("RGB", 8), ("F", 32), ("P", 2)])
@pytest.mark.parametrize("method", ["auto", "stored"])
def test_what_was_written_in_another_format_is_verified_against_the_file(mode: str, bits: int, method: str) -> None:
    picture, other = random_picture(mode, bits, 30, 20), random_picture(mode, bits, 20, 30)
    opened = open_file(PICTURES.compress(Source("x", write_picture(picture, fitting_ending(mode))), Settings(method=method))[0])
    content = opened.decompress(Restoring(ending=".tif")).content
    opened.verify(ALL, Source("y", content, ".tif"))
    changed = Picture(mode, picture.pixels ^ 1 if mode != "F" else picture.pixels[::-1], picture.metadata, bits)
    for wrong, reason in ((other, "mode or size"), (changed, "pixels differ")):
        with pytest.raises(BadFile, match=reason):
            opened.verify(ALL, Source("y", write_picture(wrong, ".tif"), ".tif"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_images_in_memory_come_back(mode: str) -> None:
    picture = random_picture(mode, 0, 40, 33)
    data, summary = compress_image(from_pillow(to_pillow(picture)), Settings())
    found, part = (open_file(data).restore(Restoring(region=region)) for region in (None, (3, 2, 10, 20)))
    assert isinstance(found, Picture) and same(found, picture)
    assert isinstance(part, Picture) and np.array_equal(part.pixels, picture.pixels[2:22, 3:13]) and summary.verified


def test_small_photos_have_at_most_64_bytes_beside_the_model() -> None:
    y, x, c = np.indices((60, 80, 3))
    pixels = 120 + 60 * np.sin(x / 9 + c) + 50 * np.cos(y / 14) + np.random.default_rng(0).normal(0, 1.5, x.shape)
    found = info_of(check(write_picture(Picture("RGB", pixels.astype(np.uint8)), ".png"), ".png", "photo"))
    assert found.header_bits <= 8 * 64 and found.method == "photo"


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_and_pages_are_left_to_their_kind_or_stored_with_all_their_frames(form: str) -> None:
    frames = [Image.fromarray(random_picture("RGB", 8, 20, 20).pixels + np.uint8(index)) for index in range(3)]
    settings = {"duration": [10, 20, 30], "loop": 2} if form != "TIFF" else {}
    data = saved(frames[0], form, save_all=True, append_images=frames[1:], **settings)
    assert check(data, f".{form.lower()}").notes == ("stored as it is: more than one frame or page",)
    assert not isinstance(kind_of_source(Source("x", data)), PictureKind)


@pytest.mark.parametrize("mode", ["1", "P"])
def test_large_flat_pictures_of_few_bits_come_back(mode: str) -> None:
    picture = Picture(mode, np.zeros((1100, 4096, 1), np.uint8), ((b"PLTE", bytes(6)),) if mode == "P" else (), 1)
    assert len(compress_image(picture, Settings())[0]) < 4000


def test_sixteen_bits_of_colour_are_coded_and_never_cut() -> None:
    pixels, rows = deep_pixels_of(3, 40, 40), (b"\0" + bytes(range(240))) * 40
    for data in (png_file(40, 40, depth=16, rows=rows), interlaced_file("RGB;16", pixels)):
        assert info_of(check(data, ".png")).mode == "RGB;16"
    for data in (tiff_file(pixels), pnm_file(pixels)):  # of which Pillow gives 8
        found = open_file(PICTURES.compress(Source("x", data), Settings())[0]).restore(ALL)
        assert isinstance(found, Picture) and same(found, Picture("RGB;16", pixels))


def test_files_compressed_side_by_side_are_those_compressed_alone() -> None:
    pictures = [random_picture(mode, 0, 300, 20) for mode in ("RGB", "L", "P", "RGBA", "I;16", "1")]
    smooth = [Picture("RGB", np.indices((420, side, 3)).sum(0).astype(np.uint8)) for side in (20, 30)]
    sources = [Source("x", write_picture(picture, ".png"), ".png") for picture in pictures + smooth]

    def work(source: Source) -> bytes:
        return PICTURES.compress(source, Settings(threads=2))[0]

    alone = [work(source) for source in sources]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, sources * 2)) == alone * 2
