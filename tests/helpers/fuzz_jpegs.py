"""Makes broken JPEG files by the million, as input: each is coded exactly or stored, soon, and without much memory.

    PYTHONPATH=tests python -m helpers.fuzz_jpegs [mutants] [processes]        1000000 mutants in one process if nothing is said

A mutant is a file of a few kilobytes with something wrong: bits flipped, bytes cut, repeated or overwritten, two files spliced, markers
written where they do not belong, bytes and lengths of segments forged, tables exchanged. Some are right all the same. What a mutant becomes
has to give it back, byte for byte. The density is the stand-in, so the time goes into reading and writing JPEG files.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np

from codec.container.container import read_container
from codec.density.density import Options
from codec.errors import BadInput
from codec.kinds.jpeg.pictures import take_apart
from codec.kinds.jpeg.stream import JpegReader, write_jpeg_file
from helpers.jpeg_files import all_files, in_chunks, jpeg_file, one_by_one, with_profile, without_height, without_tables
from helpers.jpeg_stand_in import DENSITY

MAX_SECONDS, MAX_BYTES, MAX_PIXELS = 2.0, 1 << 30, 1 << 26
MARKERS = (0x00, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC9, 0xD0, 0xD3, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xE1, 0xFE, 0xFF)
NUMBERS = (0, 1, 2, 3, 7, 8, 9, 63, 64, 127, 128, 255)


@dataclass
class Fuzzed:
    """What became of mutants: how many were coded, and stored for which reason; CPU seconds of the slowest, bytes of memory that grew."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    grown: int = 0


@cache
def wholes() -> tuple[bytes, ...]:
    """The files that mutants are made of."""
    plain, inside = jpeg_file("422"), jpeg_file("444", "RGB", 17, 12)
    rare = one_by_one(plain), without_height(plain), without_tables(plain), plain + inside, jpeg_file("rows", "L", 9, 99)
    pieces = with_profile(in_chunks(plain, inside, 400)) + b"\0" + inside[1:]
    return (*all_files(), *rare, pieces)


def mutant(rng: np.random.Generator) -> bytes:
    """A file with something wrong, in up to three places."""
    found = bytearray(wholes()[int(rng.integers(len(wholes())))])
    for _ in range(int(rng.integers(1, 4))):
        found = _changed(found, rng)
    return bytes(found)


def _changed(data: bytearray, rng: np.random.Generator) -> bytearray:
    kind, size = int(rng.integers(10)), len(data)
    first, last = sorted(int(place) for place in rng.integers(0, size + 1, 2))
    if kind == 0:
        return data[: max(2, first)]
    if kind == 1:
        del data[first : min(last, first + int(rng.integers(1, 9)))]
    elif kind == 2:
        data[first:first] = data[first : min(last, first + 300)]
    elif kind == 3:
        other = wholes()[int(rng.integers(len(wholes())))]
        data[first:] = other[int(rng.integers(len(other))) :]
    elif kind == 4:
        data[first:first] = bytes([0xFF, int(rng.choice(MARKERS))]) * int(rng.integers(1, 3))
    elif kind == 5 and size > 4:
        places = [place for place in range(2, size - 4) if data[place] == 0xFF and data[place + 1] not in (0, 0xFF)]
        place = int(rng.choice(places or [2])) + int(rng.integers(1, 22))
        data[min(place, size - 1)] = int(rng.choice(NUMBERS))
    elif kind == 6:
        other = wholes()[int(rng.integers(len(wholes())))]
        data[2:2] = _segments(other, rng)
    else:
        for place in rng.integers(0, max(1, size), int(rng.integers(1, 4))):
            data[place : place + 1] = bytes([data[place] ^ 1 << int(rng.integers(8))]) if place < size else b""
    return data


def _segments(data: bytes, rng: np.random.Generator) -> bytes:
    """Some whole segments of a file: tables, frames and headers of scans among them."""
    position, found = 2, list[bytes]()
    while position + 4 < len(data) and data[position] == 0xFF and data[position + 1] != 0xDA:
        length = 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        found.append(data[position : position + length])
        position += length
    return b"".join(one for one in found if rng.random() < 0.3)


def becomes(data: bytes) -> str:
    """What becomes of a file: coded, or stored with a reason. Raises AssertionError if it does not come back, or whatever crashes."""
    try:
        found = take_apart(data, MAX_PIXELS)
    except BadInput as error:
        assert "\n" not in str(error)
        return "".join(letter for letter in str(error) if not letter.isdigit())[:60]
    written = write_jpeg_file(data, found, DENSITY, ".jpg", options=Options(), threads=1)
    assert JpegReader(read_container(written.data)).content(lambda name: DENSITY, 1, max_bytes=1 << 30) == data, "another file comes back"
    return "coded, as far as it goes" if found.pictures[0].description.stopped else "coded"


def fuzz(count: int, seed: int) -> Fuzzed:
    """So many mutants. Raises AssertionError, with the seed and the number, for one that crashes, does not come back, or takes too much."""
    rng, outcome = np.random.default_rng(seed), Fuzzed()
    becomes(wholes()[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        data, began = mutant(rng), time.process_time()
        try:
            outcome.counts[becomes(data)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}, mutant {number}: {error!r}") from error
        outcome.slowest = max(outcome.slowest, time.process_time() - began)
        outcome.grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        if outcome.slowest > MAX_SECONDS or outcome.grown > MAX_BYTES:
            raise AssertionError(f"seed {seed}, mutant {number}: {outcome.slowest:.1f} s, {outcome.grown >> 20} MiB more")
    return outcome


def main() -> None:
    count, processes = (int(text) for text in (sys.argv[1:] + ["1000000", "1"][len(sys.argv) - 1 :])[:2])
    began, chunk = time.perf_counter(), 5000
    together = Fuzzed()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for one in pool.imap_unordered(partial(fuzz, chunk), range(-(-count // chunk))):
            together.counts += one.counts
            together.slowest, together.grown = max(together.slowest, one.slowest), max(together.grown, one.grown)
            spent = f"slowest {together.slowest:.2f} s, {together.grown >> 20} MiB more, {time.perf_counter() - began:.0f} s"
            print(f"{together.counts.total()} mutants: {spent}", flush=True)
    for reason, many in together.counts.most_common():
        print(f"{many:9} {reason}")


if __name__ == "__main__":
    main()
