"""Small pictures of compressed ones, and what desktops read of them."""

from __future__ import annotations

import configparser
import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from helpers import cli
from helpers.processes import ROOT
from PIL import Image

import codec
from codec.container.archive import MAGIC as ARCHIVE_MAGIC
from codec.container.container import MAGIC
from codec.errors import BadInput
from codec.pillow_plugin import ENDING, MIME

SHARE = ROOT / "share"


def compressed(mode: str, size: tuple[int, int] = (40, 20)) -> bytes:
    return codec.compress(Image.new(mode, size))


@pytest.mark.parametrize(("mode", "shown"), [("RGB", "RGB"), ("1", "L"), ("RGBA", "RGBA"), ("LA", "RGBA"), ("CMYK", "RGB"), ("I;16", "L")])
def test_pictures_of_all_modes_have_small_ones(mode: str, shown: str) -> None:
    small = codec.thumbnail(compressed(mode), 10)
    assert small.size == (10, 5) and small.mode == shown


def test_pictures_of_16_bits_and_arrays_of_pixels_have_small_ones() -> None:
    assert codec.thumbnail(codec.compress(np.full((6, 8, 3), 700, np.uint16)), 4).getpixel((0, 0)) == (2, 2, 2)
    for array in (np.zeros((2, 3, 5, 6), np.uint8), np.zeros((9, 9), np.float32)):
        with pytest.raises(BadInput, match="there is no picture in it"):
            codec.thumbnail(codec.compress(array))


def test_the_command_writes_a_png(tmp_path: Path) -> None:
    (tmp_path / "x.bb").write_bytes(compressed("RGB", (300, 600)))
    assert cli.run("thumbnail", tmp_path / "x.bb", "-o", tmp_path / "x.png", "--size", 128).exit_code == 0
    with Image.open(io.BytesIO((tmp_path / "x.png").read_bytes())) as found:
        assert found.format == "PNG" and found.size == (64, 128)
    again = cli.run("thumbnail", tmp_path / "x.bb", "-o", tmp_path / "x.png")
    assert again.exit_code == 1 and "already there" in again.stderr
    (tmp_path / "y.bb").write_bytes(b"nothing")
    assert cli.run("thumbnail", tmp_path / "y.bb", "-o", tmp_path / "y.png").exit_code == 1 and not (tmp_path / "y.png").exists()


def test_the_entry_for_desktops_is_a_command_that_works(tmp_path: Path) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(SHARE / "thumbnailers" / "codec.thumbnailer")
    section = entry["Thumbnailer Entry"]
    assert section["MimeType"] == f"{MIME};"
    (tmp_path / "x.bb").write_bytes(compressed("RGB"))
    values = {"%i": tmp_path / "x.bb", "%o": tmp_path / "x.png", "%s": 32}
    program, *words = section["Exec"].split()
    assert program == "codec" and cli.run(*(values.get(word, word) for word in words)).exit_code == 0
    assert (tmp_path / "x.png").exists()


def test_desktops_know_files_by_their_magic_and_their_ending() -> None:
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    types = ElementTree.parse(SHARE / "mime" / "packages" / "codec.xml").getroot().findall(f"{space}mime-type")
    found = {}
    for one in types:
        match, glob = one.find(f"{space}magic/{space}match"), one.find(f"{space}glob")
        assert match is not None and glob is not None
        found[one.get("type")] = match.get("value", "").encode().decode("unicode_escape").encode("latin-1"), glob.get("pattern")
    assert found == {MIME: (MAGIC, f"*{ENDING}"), "application/x-bba": (ARCHIVE_MAGIC, "*.bba")}
