"""Files come back equal in everything, or are refused in one line, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.compare_pictures import compared, differences
from helpers.pictures import png_chunk, png_file, random_picture, saved
from PIL import Image

from codec.kinds.requests import Settings
from codec.media.apart import OpenerApart
from codec.media.pillow import to_pillow

pytestmark = pytest.mark.usefixtures("tiny_photos")


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """Those of a run over many files."""
    with OpenerApart() as opener:
        yield Settings(opener=opener)


@pytest.mark.parametrize(("folder", "least"), [("pngsuite", 160), ("generated", 108), ("generated_broken", 5)])
def test_every_picture_comes_back_equal_or_is_refused_in_one_line(shared_data: Path, folder: str, least: int, settings: Settings) -> None:
    place = shared_data / "robust" / folder
    if not place.is_dir():
        pytest.skip(f"no pictures in {place}")
    outcomes = list(compared([place], settings))
    assert not [one for one in outcomes if one.what == "differs" or "\n" in one.reason]
    refused = [one.name for one in outcomes if one.what == "refused"]
    assert len(outcomes) - len(refused) >= least
    for name in refused:
        with pytest.raises(Exception, match=r"."), Image.open(name) as image:
            image.load()


def test_files_of_pillows_formats_come_back_equal(tmp_path: Path, settings: Settings) -> None:
    image = to_pillow(random_picture("RGB", 8, 40, 30))
    kinds = {"PNG": image, "TIFF": image, "BMP": image, "PPM": image, "TGA": image, "JPEG": image, "GIF": image.quantize(20), "PCX": image,
             "ICO": image, "ICNS": image, "SGI": image, "DDS": image, "MSP": image.convert("1"), "XBM": image.convert("1")}  # fmt: skip
    for kind, picture in kinds.items():
        (tmp_path / f"picture.{kind.lower()}").write_bytes(saved(picture, kind))
    outcomes = {Path(one.name).suffix: one.what for one in compared([tmp_path], settings)}
    coded = {".png", ".tiff", ".bmp", ".ppm", ".tga", ".gif"}
    assert {ending for ending, what in outcomes.items() if what == "coded"} <= coded
    assert set(outcomes.values()) == {"coded", "kept"} and len(outcomes) == len(kinds)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"pixel": (1, 2, 4)}, "pixels"),
        ({"dpi": (300, 71)}, "dpi"),
        ({"icc_profile": b"another"}, "icc_profile"),
        ({"transparency": (1, 2, 3)}, "transparency"),
        ({"mode": "L", "transparency": 7}, "mode"),
        ({"size": (9, 8)}, "size"),
    ],
)
def test_the_comparer_sees_every_difference(change: dict[str, object], name: str) -> None:
    assert differences(file_of(), file_of()) == [] and name in differences(file_of(), file_of(**change))


def file_of(**change: object) -> bytes:
    """A PNG with all kinds of metadata, one of them changed."""
    told: dict[str, object] = {"pixel": (1, 2, 3), "mode": "RGB", "size": (8, 8), "dpi": (300, 72), "icc_profile": b"profile"}
    told |= {"transparency": (7, 8, 9)} | change
    image = Image.new("RGB", told.pop("size"), told.pop("pixel")).convert(told.pop("mode"))  # type: ignore[arg-type]
    return saved(image, "PNG", **told)


def test_the_comparer_sees_palettes_and_backgrounds() -> None:
    image = Image.new("P", (4, 4))
    image.putpalette(bytes(range(30)))
    other = Image.new("P", (4, 4))
    other.putpalette(bytes(range(1, 31)))
    assert differences(saved(image), saved(other)) == ["palette"]
    assert differences(saved(image, "GIF", background=1), saved(image, "GIF", background=2)) == ["background"]


def test_the_comparer_sees_texts_and_exif() -> None:
    exif = Image.Exif()
    exif[271] = "someone"
    assert differences(png_file(4, 4), png_file(4, 4, extra=png_chunk(b"tEXt", b"a\0b"))) == ["a"]
    assert differences(png_file(4, 4), png_file(4, 4, extra=png_chunk(b"eXIf", exif.tobytes()[6:]))) == ["exif"]
