"""Section H of a picture's file: what was written is read, and what no writer writes is refused."""

from __future__ import annotations

import hashlib
import struct
import zlib

import pytest
from helpers.stand_in import smooth, written
from hypothesis import given
from hypothesis import strategies as st

from codec.container.container import read_container
from codec.container.numbers import write_length
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile
from codec.kinds.picture.header import (
    FORMS,
    MAX_ROWS,
    TIMES,
    PictureHeader,
    StripeEntry,
    lowest_times,
    picture_numbers,
    read_header,
    start_digest,
    stripe_spans,
    write_header,
)
from codec.media.form import BITS, CHANNELS, Form

FORM = Form("RGB", 8, 20, 700)
ENTRIES = tuple(StripeEntry(9 + number, 1 << (8 * number)) for number in range(len(stripe_rows(700, 20))))
HEADER = PictureHeader(FORM, modified=1_600_000_000, digest=bytes(range(16)), stripes=ENTRIES)


def numbers(*values: int) -> bytes:
    return b"".join(map(write_length, values))


def section(form: int, width: int, height: int, *rest: int, stripes: int = 0) -> bytes:
    """A section H that says this, of stripes of nine bytes."""
    return numbers(form, width, height, *(rest or (0, 0))) + bytes(16) + (numbers(9) + bytes(4)) * stripes


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("modified", [None, 0, 1_600_000_000])
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_header_comes_back(form: tuple[str, int], modified: int | None, single: bool) -> None:
    header = PictureHeader(Form(*form, 20, 40), single, modified, bytes(range(16)))
    assert read_header(write_header(header)) == header


def test_the_entries_of_stripes_come_back() -> None:
    assert read_header(write_header(HEADER)) == HEADER


def test_there_is_a_form_for_every_mode_and_number_of_bits() -> None:
    assert set(FORMS) == {(mode, bits) for mode in CHANNELS for bits in BITS.get(mode, (8,))}


def test_the_numbers_stand_in_the_order_of_the_specification() -> None:
    start = write_header(PictureHeader(Form("RGB", 8, 90, 100), digest=bytes(range(16))))
    assert start == numbers(1, 90, 100, 0, 0) + bytes(range(16))


def test_a_single_stripe_has_all_rows() -> None:
    assert PictureHeader(FORM, single=True).rows == [slice(0, 700)] and PictureHeader(FORM).rows == stripe_rows(700, 20)


@pytest.mark.parametrize("times", TIMES)
def test_stripes_so_many_times_as_high_come_back(times: int) -> None:
    header = read_header(write_header(PictureHeader(Form("L", 8, 20, 1000), times=times, stripes=ENTRIES[:2])))
    assert header.times == times and header.rows == stripe_rows(1000, 20, times)
    assert max(part.stop - part.start for part in header.rows) <= MAX_ROWS * times


@given(st.integers(1, 5000), st.integers(1, 20000), st.sampled_from(TIMES))
def test_the_lowest_times_cut_a_picture_alike(height: int, width: int, times: int) -> None:
    form = Form("L", 8, width, height)
    lowest = lowest_times(form, times)
    assert lowest <= times and PictureHeader(form, times=lowest).rows == PictureHeader(form, times=times).rows


REFUSED = {
    "form that this one": section(99, 4, 4),
    "in a form": section(1, 4, 4, 3, 0),
    "0x4 pixels": section(1, 0, 4),
    "131072x131073 pixels": section(0, 1 << 17, (1 << 17) + 1, 1, 0),
    "0 stripes for 268435456": section(0, 1, 1 << 28),
    "1 stripes for 4": section(0, 4, 4, stripes=1),
    "2 stripes for 4": section(0, 4, 4, 1, 0, stripes=2),
    "middle of a number": section(0, 4, 4)[:-1],
    "cut off": numbers(0, 4),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_no_writer_writes_is_refused(reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read_header(REFUSED[reason])


@pytest.mark.parametrize("stripes", [1, 2, 3])
def test_a_stripe_has_at_most_so_many_rows(stripes: int) -> None:
    height = MAX_ROWS * stripes
    entries = stripes if stripes > 1 else 0
    assert read_header(section(0, 1, height, stripes=entries)).form.height == height
    with pytest.raises(BadFile, match=f"stripes for {height + 1} rows"):
        read_header(section(0, 1, height + 1, stripes=entries))


def test_stripes_lie_one_after_the_other() -> None:
    assert stripe_spans(HEADER, sum(entry.length for entry in ENTRIES)) == [(0, 9), (9, 19), (19, 30)]


def test_one_stripe_is_all_of_its_section() -> None:
    assert stripe_spans(PictureHeader(FORM, single=True), 99) == [(0, 99)]


@pytest.mark.parametrize("size", [29, 31])
def test_stripes_that_are_not_as_long_as_their_section_are_refused(size: int) -> None:
    with pytest.raises(BadFile, match=f"its stripes are 30 bytes instead of {size}"):
        stripe_spans(HEADER, size)


def test_another_number_of_stripes_than_the_picture_has_is_refused() -> None:
    with pytest.raises(BadFile, match="2 stripes in a picture that has 1"):
        stripe_spans(read_header(section(0, 4, 4, stripes=2)), 18)


def test_the_digest_is_that_of_the_specification() -> None:
    before = smooth("RGB", 420, 10)
    header = read_header(read_container(written(before).data).section("H"))
    assert header.digest == hashlib.sha256(numbers(1, 10, 420) + before.pixels.tobytes()).digest()[:16]


def test_metadata_are_digested_before_the_samples() -> None:
    chunks = ((b"tEXt", b"Title\0a title"),)
    assert start_digest(FORM, chunks).digest() != start_digest(FORM, ()).digest() == hashlib.sha256(picture_numbers(FORM)).digest()


def test_the_checksums_of_stripes_are_those_of_the_specification() -> None:
    before = smooth("RGB", 420, 10)
    crc = zlib.crc32(before.pixels[stripe_rows(420, 1)[0]].tobytes())
    assert struct.pack("<I", crc) in read_container(written(before).data).section("H")
