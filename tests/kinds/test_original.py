"""Files that are kept as they are: byte for byte, with their ending and time, at most 64 bytes larger."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from codec.container.container import NAME_BYTES, read_container, write_container, write_length
from codec.errors import BadFile
from codec.kinds.original import is_kept, keep, kept_header, restore_kept
from codec.methods.lzma import pack_bytes

NOISE = np.random.default_rng(0).bytes(5000)


@pytest.mark.parametrize("ending", ["", ".jpg", ".jpeg2000xyz"])
@pytest.mark.parametrize("modified", [None, 0, 1_600_000_000, (1 << 40) - 1])
@pytest.mark.parametrize("content", [b"", b"x", NOISE, bytes(100_000)], ids=["empty", "byte", "noise", "zeros"])
def test_a_file_comes_back_with_its_ending_and_time(ending: str, modified: int | None, content: bytes) -> None:
    data = keep(content, ending, modified)
    header, found = restore_kept(data)
    assert found == content and header.ending == ending and header.modified == modified and kept_header(data) == header
    assert is_kept(data) and len(data) <= len(content) + 64
    assert len(data) < 200 or content == NOISE


def test_large_files_are_packed_where_a_trial_says_that_it_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    noise, packed = np.random.default_rng(1).bytes(300_000), list[int]()
    monkeypatch.setattr("codec.kinds.original.pack_bytes", lambda data: (packed.append(len(data)), pack_bytes(data))[1])
    assert len(keep(noise, ".jpg")) <= len(noise) + 64 and packed == [1 << 16]
    assert len(keep(noise[:100] * 3000, ".tif")) < 1000 and packed[-1] == 300_000


@pytest.mark.parametrize("ending", [".a b", "jpg", ".jpg/../x", ".ünï", ".much-too-long", "."])
def test_an_ending_that_is_none_is_left_out(ending: str) -> None:
    assert kept_header(keep(NOISE, ending)).ending == ""


def test_times_that_a_file_cannot_hold_are_left_out() -> None:
    for modified in (-1, 1 << 40):
        assert kept_header(keep(NOISE, ".jpg", modified)).modified is None


def forged(start: bytes, content: bytes = NOISE, model: bytes = bytes(NAME_BYTES)) -> bytes:
    return write_container("P", model, {"F": start + content})


def test_forged_headers_are_refused() -> None:
    numbers = b"".join(map(write_length, (0, 0, 0)))
    for wrong, reason in {
        write_length(13) + b"." + bytes(40): "header of the kept file",
        write_length(4) + b".j/g" + numbers[1:] + bytes(16): "header of the kept file",
        numbers + bytes(15): "header of the kept file",
        numbers + bytes(16): "digest",
        write_length(0) * 2 + write_length(1 << 34) + bytes(16): "header of the kept file",
        write_length(0) * 2 + write_length(99) + bytes(16): "LZMA",
    }.items():
        with pytest.raises(BadFile, match=reason):
            restore_kept(forged(wrong, b"" if len(wrong) == 18 else NOISE))
    data = keep(NOISE, ".jpg")
    with pytest.raises(BadFile, match="header of the kept file"):
        restore_kept(forged(read_container(data).section("F"), b"", bytes(range(8))))
    with pytest.raises(BadFile, match="does not know"):
        restore_kept(write_container("P", bytes(NAME_BYTES), {"F": read_container(data).section("F"), "X": b""}))


def test_every_flipped_byte_is_found() -> None:
    data = keep(NOISE[:100], ".jpg", 5)
    assert zlib.crc32(restore_kept(data)[1]) == zlib.crc32(NOISE[:100])
    for place in range(len(data)):
        mutant = bytearray(data)
        mutant[place] ^= 1
        with pytest.raises(BadFile):
            restore_kept(bytes(mutant))
