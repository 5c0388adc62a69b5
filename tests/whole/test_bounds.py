"""Small files that ask for much: each gives one clean error, in little memory and time, before the work is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.processes import environment, python

import codec
from codec.container.container import NAME_BYTES, write_container
from codec.container.lzma2 import pack_bytes
from codec.container.numbers import write_length
from codec.density import library
from codec.density.shared.tiles import stripe_rows
from codec.kinds.picture.header import FORMS

MEGABYTES, SECONDS = 512, 10  # generous in time: machines are slow at times, and what is refused takes none


def numbers(*values: int) -> bytes:
    return b"".join(map(write_length, values))


def picture(mode: str, width: int, height: int, stripes: list[bytes], model: str, single: int = 0) -> bytes:
    """A file of a picture by a model, whose payloads are anything."""
    header = numbers(FORMS.index((mode, 8)), width, height, single, 0) + bytes(16)
    if len(stripes) > 1:
        header += b"".join(numbers(len(stripe)) + bytes(4) for stripe in stripes)
    return write_container("P", library.find(model).name, {"H": header, "S": b"".join(stripes)})


def photo(size: int, funding: int = 8, particles: int = 1) -> bytes:
    """A stripe by a model: plain, some funding rows and particles, and a message of eight lanes and random words."""
    start = bytes([1, 0]) + numbers(funding, particles) + bytes([0x44] * 4) + b"\xff\0\0\0" * 8
    return start + np.random.default_rng(1).bytes((size - len(start)) // 4 * 4)


def array(batches: list[tuple[int, int, int, int]], particles: int, payload: int, model: str = "digits-binary") -> bytes:
    """A file of digits in batches: how many, of how many images, at which depth, with particles or not."""
    images = sum(count * size for count, size, _, _ in batches)
    runs = b"".join(numbers(*batch) for batch in batches)
    header = numbers(0, 0, 3, images, 28, 28, particles, len(batches)) + runs
    return write_container("A", library.find(model).name, {"H": header, "P": b"\x80" * payload})


def kept(size: int) -> bytes:
    """A kept file that unpacks to zeros, with a digest that is wrong."""
    return write_container("P", bytes(NAME_BYTES), {"F": numbers(0, 0, size) + bytes(16) + pack_bytes(bytes(size))})


FILES = {
    "kept": lambda: kept(600 << 20),
    "particles of a photo": lambda: picture("RGB", 500, 256, [photo(40_000, particles=4096)], "photo"),
    "one column": lambda: picture("L", 1, 70_000, [photo(300) for _ in stripe_rows(70_000, 1)], "photo-gray"),
    "very wide": lambda: picture("RGB", 1 << 20, 8, [photo(200_000)], "photo"),
    "noise for the best model": lambda: picture("RGB", 1000, 256, [photo(6_100)], "photo-best"),
    "particles of digits": lambda: array([(400, 2, 0, 1)], 4096, 8_000),
    "particles of a hierarchy": lambda: array([(12, 1, 0, 1)], 100, 300, "mnist-binary"),
    "batches of one digit": lambda: array([(1 << 20, 1, 0, 0)], 1, 1 << 17),
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by what Linux has")
def test_files_that_ask_for_much_are_refused_in_little_time_and_memory(tmp_path: Path) -> None:
    for name, make in FILES.items():
        (tmp_path / f"{name.replace(' ', '-')}.bb").write_bytes(make())
    files = sorted(tmp_path.iterdir())
    command = python("-m", "helpers.bounded_worker", str(MEGABYTES), str(SECONDS), *map(str, files))
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(FILES)
    for line in lines:
        assert " in time Bad" in line, line


def test_salvage_of_a_file_of_which_nothing_is_left_takes_no_memory(tmp_path: Path) -> None:
    """A reader gives zeros for lost rows, but not for those of any size that a header claims."""
    from codec.errors import BadFile
    from codec.kinds.requests import Restoring
    from codec.kinds.table import open_file

    data = picture("RGB", 1 << 14, 1 << 14, [b"\1"], "photo", single=1)
    with pytest.raises(BadFile, match="bytes are left of"):
        open_file(data).restore(Restoring(salvage=True, max_pixels=1 << 40))


def test_what_is_kept_or_packed_may_take_more_if_the_user_says_so() -> None:
    data = kept(65 << 20)
    with pytest.raises(codec.BadInput, match="--max-bytes"):
        codec.decompress(data)
    with pytest.raises(codec.BadFile, match="digest"):
        codec.decompress(data, max_bytes=1 << 27)
