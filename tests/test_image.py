"""Picture files: the very same pixels, or one clear error."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from codec.errors import BadInput
from codec.image import ENDINGS, check_ending, parse_picture, picture_bytes, read_picture
from codec.planes import Picture

MODES = {"L": 1, "RGB": 3}


def picture(mode: str, height: int = 9, width: int = 13) -> Picture:
    rng = np.random.default_rng(height * width)
    return Picture(mode, rng.integers(0, 256, (height, width, MODES[mode])).astype(np.uint8))


def saved(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int = 8, colour: int = 2, extra: bytes = b"", rows: bytes | None = None) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    samples = {0: 1, 2: 3}[colour] * depth // 8
    content = (b"\0" + bytes(width * samples)) * height if rows is None else rows
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("ending", "mode"), [(ending, mode) for ending, (_, modes, _) in ENDINGS.items() for mode in modes])
def test_what_is_written_is_read_back_in_the_same_mode(ending: str, mode: str) -> None:
    for height, width in [(1, 1), (9, 13), (300, 2)]:
        before = picture(mode, height, width)
        after, dropped = parse_picture(picture_bytes(before, Path(f"x{ending.upper()}")))
        assert after.mode == mode and np.array_equal(after.pixels, before.pixels)
        assert set(dropped) <= {"dpi", "timestamp"}


def test_a_picture_that_needs_several_bands_is_read_whole() -> None:
    before = picture("RGB", 700, 5)
    assert np.array_equal(parse_picture(picture_bytes(before, Path("x.png")))[0].pixels, before.pixels)


def test_metadata_that_is_left_behind_is_named() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a title")
    data = saved(Image.new("RGB", (3, 2), (1, 2, 3)), pnginfo=text, icc_profile=b"profile", dpi=(300, 300))
    found, dropped = parse_picture(data)
    assert dropped == ["Title", "dpi", "icc_profile"] and found.pixels[0, 0].tolist() == [1, 2, 3]


def refused() -> dict[str, bytes]:
    deep = chunk(b"tRNS", bytes(6))
    frames = [Image.new("RGB", (4, 4), (index, 0, 0)) for index in range(3)]
    return {
        "mode RGBA": saved(Image.new("RGBA", (4, 4))),
        "mode LA": saved(Image.new("LA", (4, 4))),
        "mode P": saved(Image.new("P", (4, 4))),
        "mode 1": saved(Image.new("1", (4, 4))),
        "mode CMYK": saved(Image.new("CMYK", (4, 4)), "TIFF"),
        "mode I;16": saved(Image.new("I;16", (4, 4))),
        "mode F": saved(Image.new("F", (4, 4)), "TIFF"),
        "more than 8 bits": png(4, 4, depth=16),
        "more than 8 bits a": b"P6 1 1 65535\n" + bytes(6),
        "more than 8 bits a channel": b"P3 1 1 1000\n 1 2 3\n",
        "transparent": png(4, 4, extra=deep),
        "3 frames": saved(frames[0], save_all=True, append_images=frames[1:]),
        "3 frames are": saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]),
        "more than 268435456 pixels": png(1 << 16, 1 << 16, rows=b""),
        "not a picture": b"some text",
        "known format": saved(Image.new("L", (4, 4)), "GIF"),
        "an empty file": b"",
        "truncated": png(40, 40)[:-30],
        "cannot read it": png(40, 40, rows=bytes(20)),
    }


@pytest.mark.parametrize("reason", refused())
def test_what_cannot_be_kept_is_refused_with_its_reason(reason: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(refused()[reason])
    with pytest.raises(BadInput, match=reason) as caught:
        read_picture(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_pillows_own_bound_on_pixels_is_neither_used_nor_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert parse_picture(png(40, 40))[0].width == 40
    assert Image.MAX_IMAGE_PIXELS == 10


def test_mutated_files_give_a_picture_or_an_error() -> None:
    rng = np.random.default_rng(4)
    whole = [picture_bytes(picture("RGB"), Path(f"x{ending}")) for ending in (".png", ".webp", ".tif", ".bmp", ".ppm")]
    for data in whole:
        for _ in range(60):
            mutant = bytearray(data)
            mutant[rng.integers(len(mutant))] ^= int(rng.integers(1, 256))
            try:
                found, _ = parse_picture(bytes(mutant[: rng.integers(1, len(mutant) + 1)]) if rng.random() < 0.5 else bytes(mutant))
            except BadInput:
                continue
            assert found.pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("name", "mode", "reason"),
    [("x.jpg", "RGB", "no format that keeps every pixel"), ("x", "L", "no ending"), ("x.webp", "L", "mode L"), ("x.pgm", "RGB", ".png")],
)
def test_a_format_that_would_lose_something_is_refused(name: str, mode: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        check_ending(Path(name), mode)
    with pytest.raises(BadInput, match=reason):
        picture_bytes(picture(mode), Path(name))


def test_a_format_too_small_for_the_picture_says_so() -> None:
    with pytest.raises(BadInput, match="cannot write wide"):
        picture_bytes(picture("RGB", 1, 20000), Path("wide.webp"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing\.png: cannot read"):
        read_picture(tmp_path / "nothing.png")


def test_every_robust_picture_is_read_or_refused(shared_data: Path) -> None:
    for path in sorted((shared_data / "robust").rglob("*.*")):
        try:
            found, _ = read_picture(path)
        except BadInput as error:
            assert str(error).startswith(f"{path}: ")
            continue
        with Image.open(path) as image:
            assert found.mode == image.mode and np.array_equal(found.pixels.squeeze(), np.asarray(image).squeeze())
