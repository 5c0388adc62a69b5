"""Picture files: the very same pixels and metadata, a reason to keep the file, or one clear error."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers.deep_files import changed_tag
from helpers.pictures import png_chunk, png_file, random_picture, same, saved
from PIL import ExifTags, Image, TiffImagePlugin

from codec.errors import BadInput
from codec.media import png
from codec.media.formats import readable_endings
from codec.media.picture import whole
from codec.media.pillow import to_pillow
from codec.media.read import PlainRows, open_picture, read_picture
from codec.media.write import write_picture


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_a_tiffs_tags_come_back_but_those_of_its_structure() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Artist] = "someone", "me"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
    settings = {"exif": exif.tobytes(), "dpi": (300, 72), "icc_profile": b"profile"}
    data = saved(Image.new("CMYK", (5, 4), (1, 2, 3, 4)), "TIFF", **settings)
    before, found = opened(data), open_picture(data, ".tif")
    assert found.rows is not None and not found.left
    picture = whole(found.rows)
    after = opened(write_picture(picture, ".tif"))
    assert after.mode == "CMYK" and after.info["dpi"] == (300, 72) and after.info["icc_profile"] == b"profile"
    for tag in (ExifTags.Base.Make, ExifTags.Base.Artist):
        assert after.getexif()[tag] == before.getexif()[tag]
    assert after.getexif().get_ifd(ExifTags.IFD.Exif) == before.getexif().get_ifd(ExifTags.IFD.Exif) != {}


def test_a_tiff_whose_tags_no_exif_can_say_is_kept() -> None:
    for folder, tag, value in ((None, 40000, b"private"), (ExifTags.IFD.Exif, ExifTags.IFD.Interop, 8), (None, ExifTags.Base.SubIFDs, 8)):
        info = TiffImagePlugin.ImageFileDirectory_v2()
        exif = Image.Exif()
        if folder is None:
            info[tag] = value
        else:
            exif.get_ifd(folder)[tag] = value
        data = saved(Image.new("RGB", (5, 4)), "TIFF", **({"tiffinfo": info} if folder is None else {"exif": exif.tobytes()}))
        found = open_picture(data, ".tif")
        assert found.keep or (found.rows is not None and b"private" in dict(found.rows.metadata)[b"eXIf"])


def test_a_damaged_chunk_costs_only_itself() -> None:
    data = png_file(4, 4, extra=png_chunk(b"gAMA", bytes(4))[:-1] + b"x" + png_chunk(b"tEXt", b"a\0b"))
    assert png.metadata(data) == ((b"tEXt", b"a\0b"),)


def test_hidden_colours_under_alpha_0_are_pixels_like_others() -> None:
    pixels = random_picture("RGBA").pixels.copy()
    pixels[:, :, 3] = 0
    found = open_picture(saved(Image.fromarray(pixels)))
    assert found.rows is not None and np.array_equal(whole(found.rows).pixels, pixels)


def inks_of_16_bits() -> bytes:
    """A TIFF of one pixel of four inks."""
    tags = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 4, 122), (259, 3, 1, 1), (262, 3, 1, 5), (273, 4, 1, 130), (277, 3, 1, 4)]
    folder = b"".join(struct.pack("<HHII", *tag) for tag in [*tags, (278, 3, 1, 1), (279, 4, 1, 8)])
    return b"II*\0" + struct.pack("<IH", 8, 9) + folder + bytes(4) + struct.pack("<8H", *[16] * 4, *range(4))


def kept() -> dict[str, tuple[bytes, str]]:
    frames = [Image.new("RGB", (4, 4), (index, 0, 0)) for index in range(3)]
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    return {
        "more than 8 bits a channel": (inks_of_16_bits(), ".tif"),
        "more than one frame": (saved(frames[0], save_all=True, append_images=frames[1:]), ".png"),
        "one frame or page": (saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]), ".tif"),
        "JPEG is already small": (saved(frames[0], "JPEG"), ".jpg"),
        "WEBP is already small": (saved(frames[0], "WEBP"), ".webp"),
        "ICO": (saved(Image.new("RGBA", (16, 16)), "ICO"), ".ico"),
        "turns": (saved(frames[0], "TIFF", exif=turned), ".tif"),
    }


@pytest.mark.parametrize("reason", kept())
def test_what_would_lose_something_has_a_reason_to_be_kept(reason: str) -> None:
    found = open_picture(*kept()[reason])
    assert reason in found.keep


def test_what_no_format_would_hold_has_a_reason_to_be_kept_and_is_named() -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[ExifTags.Base.ResolutionUnit], tags[ExifTags.Base.XResolution], tags[ExifTags.Base.YResolution] = 1, 1.5, 1
    for mode in ("PA", "RGB"):
        found = open_picture(saved(to_pillow(random_picture(mode)), "TIFF", tiffinfo=tags), ".tif")
        assert found.keep == "a picture would lose aspect" and found.left == ("aspect",)
    chunks = b"".join(png_chunk(b"tEXt", b"a\0b") for _ in range(10_001))
    found = open_picture(png_file(4, 4, extra=chunks), ".png")
    assert found.keep == "no format would hold a with it" and found.left == ("a",) and found.rows is not None and not found.rows.metadata


@pytest.mark.parametrize("kind", ["JPEG", "PCX", "SGI", "QOI"])
def test_what_is_kept_is_not_decoded_unless_its_picture_is_needed(kind: str) -> None:
    data = saved(Image.effect_noise((64, 64), 99).convert("RGB"), kind)[:-2000]
    assert open_picture(data, "", needed=False).keep
    with pytest.raises(BadInput, match="cannot read it"):
        open_picture(data, "", needed=True)


def icon(kind: str, picture: bytes) -> bytes:
    """An icon that says it has 512x512 or 256x256 pixels, and holds this PNG."""
    if kind == "ICNS":
        return b"icns" + struct.pack(">I", 16 + len(picture)) + b"ic09" + struct.pack(">I", 8 + len(picture)) + picture
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(picture), 22) + picture


@pytest.mark.parametrize("kind", ["ICNS", "ICO"])
def test_the_bound_on_pixels_holds_for_pictures_inside_of_pictures(kind: str) -> None:
    began = time.perf_counter()
    with pytest.raises(BadInput, match="a picture in it has more than 268435456 pixels: allow more with --max-pixels"):
        open_picture(icon(kind, png_file(510_000, 510_000, rows=b"")))
    inside = saved(Image.new("RGBA", (600, 600)))
    with pytest.raises(BadInput, match="more than 300000 pixels" if kind == "ICO" else "cannot read it"):  # an ICNS says how large it is
        open_picture(icon(kind, inside), max_pixels=300_000)
    assert time.perf_counter() - began < 2


def test_the_bound_on_pixels_holds_for_frames() -> None:
    data = bytearray(saved(Image.new("P", (10, 10)), "GIF"))
    place = data.index(b",\0\0\0\0\x0a\0\x0a\0")
    data[place + 5 : place + 9] = b"\xff" * 4
    with pytest.raises(BadInput, match="more than 268435456 pixels"):
        open_picture(bytes(data))


@pytest.mark.parametrize("extra", [png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 22))), png_chunk(b"gAMA", bytes(4))[:-1] + b"x"])
def test_a_png_whose_metadata_pillow_does_not_read_is_kept(extra: bytes) -> None:
    found = open_picture(png_file(4, 4, extra=extra))
    assert found.keep == "a PNG whose metadata cannot be read" and found.rows is not None and "metadata" in found.left
    with pytest.raises(BadInput, match="cut off"):
        open_picture(png_file(40, 40, extra=extra)[:-30])


@pytest.mark.parametrize("settings", [{"duration": 100}, {"loop": 0}])
def test_a_gif_of_one_frame_keeps_its_time(settings: dict[str, int]) -> None:
    assert open_picture(saved(Image.new("P", (4, 4)), "GIF", **settings)).keep == "a GIF of one frame with a time"


def test_a_bmp_keeps_its_profile() -> None:
    data = bytearray(saved(Image.new("RGB", (4, 4)), "BMP"))
    header = struct.pack("<I", 124) + data[18:54] + bytes(12) + bytes(4) + b"DEBM" + bytes(64)
    data[14:54] = header
    data[10:14] = struct.pack("<I", 14 + len(header))
    assert open_picture(bytes(data)).keep == "a BMP with a colour profile"


def test_pillows_formats_are_taken_by_their_endings_and_kept() -> None:
    assert {".png", ".apng", ".jpg", ".mpo", ".fli", ".fits", ".im", ".avif", ".jp2", ".icns", ".tga"} <= readable_endings()
    assert not {".bb", ".pdf", ".palm", ".mpg", ".h5", ".txt", ""} & readable_endings()
    data = saved(Image.new("1", (4, 4)), "MSP")
    found = open_picture(data, ".msp")
    assert found.rows is None and found.format == "MSP" and "rare" in found.keep
    with pytest.raises(BadInput, match="not a picture of a known format"):
        open_picture(data, ".png")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM", "WEBP", "GIF", "TGA"])
def test_what_is_coded_has_none(kind: str) -> None:
    settings = {"lossless": True, "icc_profile": b"profile" * 99} if kind == "WEBP" else {}
    found = open_picture(saved(Image.new("P" if kind == "GIF" else "RGB", (4, 4)), kind, **settings), f".{kind.lower()}")
    assert (found.keep, found.left, found.format) == ("", (), kind) and found.rows is not None


def refused() -> dict[str, bytes]:
    return {
        "an empty file": b"",
        "not a picture": b"some text",
        "known format": bytes(500),
        "more than 268435456 pixels": png_file(1 << 16, 1 << 16, rows=b""),
        "cut off": png_file(40, 40)[:-30],
        "cannot read it": png_file(40, 40, rows=bytes(20)),
        "unrecognized|not a picture": b"\x89PNG\r\n\x1a\n",
    }


@pytest.mark.parametrize("reason", refused())
def test_what_is_no_picture_is_refused_with_its_reason(reason: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(refused()[reason])
    with pytest.raises(BadInput, match=reason) as caught:
        read_picture(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_reading_as_one_picture_refuses_frames_and_names_what_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "frames.tif").write_bytes(kept()["one frame or page"][0])
    with pytest.raises(BadInput, match=r"frames\.tif: .*more than one frame"):
        read_picture(tmp_path / "frames.tif")
    (tmp_path / "photo.jpg").write_bytes(saved(Image.new("RGB", (4, 4)), "JPEG", comment=b"a comment", dpi=(72, 72)))
    picture, left = read_picture(tmp_path / "photo.jpg")
    assert picture.mode == "RGB" and left == [] and dict(picture.metadata)[b"tEXt"] == b"comment\0a comment"
    with pytest.raises(BadInput, match=r"nothing\.png: cannot read"):
        read_picture(tmp_path / "nothing.png")


def test_a_large_png_is_read_in_bands_to_the_same_pixels() -> None:
    before = random_picture("RGB", 8, 70, 30)
    rows = open_picture(write_picture(before, ".png"), large=100).rows
    assert isinstance(rows, png.PngRows) and same(whole(rows), before)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("ending", [".ppm", ".tif", ".bmp"])
@pytest.mark.parametrize("width", [29, 30, 32])
def test_large_files_that_hold_plain_rows_are_not_copied(mode: str, ending: str, width: int) -> None:
    before = random_picture(mode, 8, 70, width)
    data = saved(to_pillow(before), {".ppm": "PPM", ".tif": "TIFF", ".bmp": "BMP"}[ending])
    rows = open_picture(data, ending, large=100).rows
    assert isinstance(rows, PlainRows) and np.array_equal(whole(rows).pixels, before.pixels)
    assert np.array_equal(next(rows.bands([slice(5, 9)])), before.pixels[5:9])
    with pytest.raises(BadInput, match="cut off"):
        open_picture(data[:900] if ending == ".tif" else data[:-20], ending, large=100)


def test_what_follows_the_end_of_a_png_is_no_metadata() -> None:
    data = png_file(4, 4, extra=png_chunk(b"gAMA", bytes(4)))
    rows = open_picture(data + b"junk" + png_chunk(b"tEXt", b"a\0b")).rows
    assert rows is not None and rows.metadata == ((b"gAMA", bytes(4)),)


def test_mutated_files_give_a_picture_or_an_error() -> None:
    rng = np.random.default_rng(4)
    whole_files = [write_picture(random_picture("RGB"), ending) for ending in (".png", ".webp", ".tif", ".bmp", ".ppm")]
    for data in whole_files:
        for _ in range(60):
            mutant = bytearray(data)
            mutant[rng.integers(len(mutant))] ^= int(rng.integers(1, 256))
            try:
                found = open_picture(bytes(mutant[: rng.integers(1, len(mutant) + 1)]) if rng.random() < 0.5 else bytes(mutant), ".tga")
            except BadInput as error:
                assert "\n" not in str(error)
                continue
            assert found.rows is None or whole(found.rows).pixels.size


@pytest.mark.parametrize(
    ("mode", "value", "tag", "reason"),
    [("L", 200, (339, 2), "sign"), ("I;16", 200, (262, 0), "white is 0"), ("I", -5, (339, 1), "2^31"), ("I", -5, (339, 2), "")],
    ids=["signed bytes", "inverted", "large", "signed"],
)
def test_a_tiff_of_numbers_that_pillow_takes_for_others_is_kept(mode: str, value: int, tag: tuple[int, int], reason: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (9, 7), value).save(file, "TIFF")
    found = open_picture(changed_tag(file.getvalue(), *tag), ".tif")
    assert reason in found.keep and (reason or not found.keep)
