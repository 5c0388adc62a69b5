"""Files that are kept as they are: byte for byte, with their ending and time, at most 64 bytes larger."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from helpers.pictures import random_picture, saved

from codec.container.container import read_container, write_container
from codec.container.lzma2 import pack_bytes
from codec.container.numbers import write_length
from codec.errors import BadFile, BadInput
from codec.kinds.original import OriginalFile, keep
from codec.kinds.requests import Restoring, Source
from codec.media.picture import Picture
from codec.media.pillow import to_pillow
from codec.nets.model_file import NAME_BYTES

NOISE = np.random.default_rng(0).bytes(5000)
CONTENTS = {"empty": b"", "byte": b"x", "noise": NOISE, "zeros": bytes(100_000)}
PICTURE = random_picture("RGB")
TIFF = saved(to_pillow(PICTURE), "TIFF")


def opened(data: bytes) -> OriginalFile:
    return OriginalFile(read_container(data))


def kept(content: bytes = NOISE, ending: str = ".jpg", modified: int | None = None) -> bytes:
    return keep(content, ending, modified)[0]


@pytest.mark.parametrize("ending", ["", ".jpg", ".jpeg2000xyz"])
@pytest.mark.parametrize("modified", [None, 0, 1_600_000_000, (1 << 40) - 1])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))
def test_a_file_comes_back_with_its_ending_and_time(ending: str, modified: int | None, content: bytes) -> None:
    found = opened(kept(content, ending, modified)).decompress(Restoring())
    assert (found.content, found.ending, found.modified, found.lost) == (content, ending, modified, ())


@pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))
def test_a_file_is_at_most_64_bytes_larger_and_smaller_where_it_can_be(content: bytes) -> None:
    size = len(kept(content, ".jpeg2000xyz", (1 << 40) - 1))
    assert size <= len(content) + 64 and (size < 200 or content == NOISE)


@pytest.mark.parametrize("modified", [None, 1_600_000_000, -1, 1 << 40])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))
def test_what_is_said_of_a_file_that_was_just_kept_is_what_the_file_says(content: bytes, modified: int | None) -> None:
    data, info = keep(content, ".jpg", modified)
    assert info == opened(data).info() and info.original_bytes == len(content) and info.total_bits == 8 * len(data)


def test_a_large_file_is_packed_only_if_its_middle_becomes_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    noise, packed = np.random.default_rng(1).bytes(300_000), list[int]()
    monkeypatch.setattr("codec.kinds.original.pack_bytes", lambda data: (packed.append(len(data)), pack_bytes(data))[1])
    assert len(kept(noise)) <= len(noise) + 64 and packed == [1 << 16]
    assert len(kept(noise[:100] * 3000)) < 1000 and packed[-1] == 300_000


@pytest.mark.parametrize("ending", [".a b", "jpg", ".jpg/../x", ".ünï", ".much-too-long", "."])
def test_an_ending_that_is_none_is_left_out(ending: str) -> None:
    data, info = keep(NOISE, ending)
    assert info.ending == opened(data).ending() == ""


@pytest.mark.parametrize("modified", [-1, 1 << 40])
def test_times_that_a_file_cannot_hold_are_left_out(modified: int) -> None:
    data, info = keep(NOISE, ".jpg", modified)
    assert info.modified is None and opened(data).header.modified is None


def test_what_does_not_come_back_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OriginalFile, "content", lambda *given: b"something else")
    with pytest.raises(BadInput, match="nothing was written"):
        keep(NOISE, ".jpg")
    keep(NOISE, ".jpg", verify=False)


# ---------------------------------------------------------------- asked for in another way


@pytest.mark.parametrize("ending", [".tif", ".TIFF", ".tiff"])
def test_another_ending_of_its_own_format_gives_the_file_as_it_is(ending: str) -> None:
    found = opened(kept(TIFF, ".tif", 7)).decompress(Restoring(ending))
    assert (found.content, found.ending, found.modified) == (TIFF, ".tif", 7)


def test_another_format_gives_its_picture() -> None:
    found = opened(kept(TIFF, ".tif", 7)).decompress(Restoring(".png"))
    assert found.content.startswith(b"\x89PNG") and (found.ending, found.modified) == (".png", 7)


def test_a_part_of_it_needs_a_format_to_be_written_in() -> None:
    with pytest.raises(BadInput, match="say with -o"):
        opened(kept(TIFF, ".tif")).decompress(Restoring(region=(0, 0, 3, 2)))


def test_a_part_of_it_is_a_picture_in_memory() -> None:
    found = opened(kept(TIFF, ".tif")).restore(Restoring(region=(3, 2, 5, 4)))
    assert isinstance(found, Picture) and np.array_equal(found.pixels, PICTURE.pixels[2:6, 3:8])


def test_all_of_it_is_its_bytes() -> None:
    assert opened(kept(TIFF, ".tif")).restore(Restoring()) == TIFF


def test_what_is_no_picture_comes_back_in_no_other_format() -> None:
    with pytest.raises(BadInput, match=r"^not a picture"):
        opened(kept()).decompress(Restoring(".png"))


def test_what_is_several_pictures_comes_back_in_no_other_format() -> None:
    pages = saved(to_pillow(PICTURE), "TIFF", save_all=True, append_images=[to_pillow(PICTURE)])
    with pytest.raises(BadInput, match=r"stored as it is \(more than one frame or page\): take its own ending, .tif"):
        opened(kept(pages, ".tif")).decompress(Restoring(".png"))


# ---------------------------------------------------------------- verified


def test_it_is_verified_against_the_file_that_it_was_made_from() -> None:
    opened(kept(TIFF, ".tif")).verify(Restoring(), Source("x", TIFF, ".tif"))


def test_it_is_verified_against_its_picture_in_another_format() -> None:
    opened(kept(TIFF, ".tif")).verify(Restoring(), Source("x", saved(to_pillow(PICTURE)), ".png"))


def test_another_picture_does_not_verify_it() -> None:
    other = saved(to_pillow(Picture("RGB", PICTURE.pixels ^ 1)))
    with pytest.raises(BadFile, match="pixels differ"):
        opened(kept(TIFF, ".tif")).verify(Restoring(), Source("x", other, ".png"))


# ---------------------------------------------------------------- hostile files


def forged(start: bytes, content: bytes = NOISE, model: bytes = bytes(NAME_BYTES)) -> bytes:
    return write_container("P", model, {"F": start + content})


NUMBERS = b"".join(map(write_length, (0, 0, 0)))
HEADERS = {
    "too long an ending": (write_length(13) + b"." + bytes(40), NOISE, "header of the kept file"),
    "an ending that is a path": (write_length(4) + b".j/g" + NUMBERS[1:] + bytes(16), NOISE, "header of the kept file"),
    "a digest that is cut off": (NUMBERS + bytes(15), b"", "header of the kept file"),
    "another digest": (NUMBERS + bytes(16), NOISE, "digest"),
    "too large a file": (write_length(0) * 2 + write_length(1 << 34) + bytes(16), NOISE, "header of the kept file"),
    "a packed file that is none": (write_length(0) * 2 + write_length(99) + bytes(16), NOISE, "LZMA"),
}


@pytest.mark.parametrize(("start", "content", "reason"), HEADERS.values(), ids=list(HEADERS))
def test_forged_headers_are_refused(start: bytes, content: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        opened(forged(start, content)).content()


def test_a_file_that_names_a_model_is_refused() -> None:
    with pytest.raises(BadFile, match="header of the kept file"):
        opened(forged(read_container(kept()).section("F"), b"", bytes(range(8)))).content()


def test_other_sections_are_refused() -> None:
    with pytest.raises(BadFile, match="does not know"):
        opened(write_container("P", bytes(NAME_BYTES), {"F": read_container(kept()).section("F"), "X": b""}))


@pytest.mark.parametrize("what", ["content", "info"])
def test_every_flipped_byte_is_found(what: str) -> None:
    data = kept(NOISE[:100], ".jpg", 5)
    assert zlib.crc32(opened(data).content()) == zlib.crc32(NOISE[:100])
    for place in range(len(data)):
        mutant = bytearray(data)
        mutant[place] ^= 1
        with pytest.raises(BadFile):
            getattr(opened(bytes(mutant)), what)()
