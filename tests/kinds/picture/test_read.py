"""Files of pictures, read: a region, what is intact of damaged ones, and hostile ones."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from helpers.stand_in import MODELS, NAME, deflated_stripes, forged, noise, restored, same, smooth

from codec.container.container import read_container, write_container, write_length
from codec.density.photo import stripe
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput, CodecError
from codec.kinds.picture.header import LZMA, PHOTO, VALUES_PER_BYTE, WEBP, read_header
from codec.kinds.picture.read import StoredRows
from codec.kinds.picture.write import Plan, compress_picture, compress_rows, report
from codec.media.picture import Picture


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    deflated_stripes(monkeypatch)


@pytest.mark.parametrize("region", [(0, 0, 20, 700), (3, 0, 5, 10), (0, 699, 1, 1), (19, 200, 1, 300)])
def test_a_region_is_that_part_of_the_picture(region: tuple[int, int, int, int]) -> None:
    left, top, width, height = region
    for plan in (Plan(), Plan((WEBP,), single=True)):
        data, _ = compress_rows(smooth(), plan, MODELS[3])
        found = StoredRows(data, lambda name: MODELS[3], region=region).picture()
        assert np.array_equal(found.pixels, smooth().pixels[top : top + height, left : left + width])


def test_a_region_decodes_only_the_stripes_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = stripe_rows(2000, 1)
    data = bytearray(compress_picture(smooth("RGB", 2000, 20), MODELS[3]))
    data[-9] ^= 1  # in the last stripe
    decoded: list[int] = []
    inflated = stripe.decode_stripe
    monkeypatch.setattr(stripe, "decode_stripe", lambda *arguments: (decoded.append(1), inflated(*arguments))[1])
    StoredRows(bytes(data), lambda name: MODELS[3], region=(0, rows[2].start, 20, 1)).picture()
    assert len(decoded) == 1


@pytest.mark.parametrize("region", [(-1, 0, 1, 1), (0, 0, 21, 1), (0, 0, 0, 5), (0, 690, 5, 11)])
def test_a_region_outside_is_refused(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput, match="not inside"):
        StoredRows(compress_picture(smooth(), MODELS[3]), region=region)


def salvaged(data: bytes, **settings: Any) -> tuple[np.ndarray, list[tuple[int, int]]]:
    rows = StoredRows(data, lambda name: MODELS[3], salvage=True, **settings)
    return rows.picture().pixels, rows.lost


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_damaged_byte_costs_one_stripe(number: int) -> None:
    before, rows = smooth(), stripe_rows(700, 1)
    data = compress_picture(before, MODELS[3])
    rows_read = StoredRows(data)
    damaged, at = bytearray(data), rows_read.container.spans["S"][0] + rows_read.spans[number][0] + 9
    damaged[at] ^= 64
    with pytest.raises(BadFile):
        restored(bytes(damaged))
    pixels, lost = salvaged(bytes(damaged))
    assert lost == [(rows[number].start, rows[number].stop)]
    assert not pixels[rows[number]].any()
    intact = np.ones(700, bool)
    intact[rows[number]] = False
    assert np.array_equal(pixels[intact], before.pixels[intact])


def test_what_stands_before_the_place_where_a_file_was_cut_is_salvaged() -> None:
    data, rows = compress_picture(smooth(), MODELS[3]), stripe_rows(700, 1)
    pixels, lost = salvaged(data[:-20])
    assert lost == [(rows[-1].start, 700)] and np.array_equal(pixels[: rows[-1].start], smooth().pixels[: rows[-1].start])
    pixels, lost = salvaged(data[:-20], region=(2, rows[-1].start - 1, 5, 2))
    assert lost == [(1, 2)] and np.array_equal(pixels[0], smooth().pixels[rows[-1].start - 1, 2:7])


def test_a_damaged_single_stripe_is_lost() -> None:
    data = bytearray(compress_rows(smooth("RGB", 100, 90), Plan((LZMA,), single=True), None)[0])
    assert salvaged(bytes(data))[1] == []
    data[-12] ^= 1
    assert salvaged(bytes(data))[1] == [(0, 100)]


def test_damaged_metadata_do_not_hinder_salvage() -> None:
    before = Picture("RGB", smooth().pixels, ((b"tEXt", b"Title\0" + bytes(range(65, 91))),))
    data = bytearray(compress_picture(before, MODELS[3]))
    data[data.index(b"Title")] ^= 1
    pixels, lost = salvaged(bytes(data))
    assert not lost and np.array_equal(pixels, before.pixels)


def test_more_pixels_than_allowed_are_refused() -> None:
    data = compress_picture(smooth(), MODELS[3])
    with pytest.raises(BadInput, match="--max-pixels"):
        StoredRows(data, max_pixels=13999)
    StoredRows(data, max_pixels=13999, region=(0, 0, 20, 699))


# ---------------------------------------------------------------- hostile files


def test_every_change_cut_and_growth_gives_the_picture_or_an_error(rng: np.random.Generator) -> None:
    before = smooth("RGB", 420, 10)
    data = compress_picture(before, MODELS[3])
    for number in range(600):
        mutant = bytearray(data)
        if number % 3 == 0:
            mutant[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        elif number % 3 == 1:
            del mutant[rng.integers(len(data)) :]
        else:
            position = int(rng.integers(len(data) + 1))
            mutant[position:position] = rng.bytes(int(rng.integers(1, 9)))
        with pytest.raises(CodecError):
            restored(bytes(mutant))


def test_changes_under_right_checksums_are_found_too(rng: np.random.Generator) -> None:
    before = smooth("RGB", 420, 10)
    data = compress_picture(before, MODELS[3])
    for number in range(600):
        tag = "HS"[number % 2]
        section = bytearray(read_container(data).section(tag))
        section[rng.integers(len(section))] ^= 1 << int(rng.integers(8))
        try:
            found = restored(forged(data, **{tag: bytes(section)}))
        except CodecError:
            continue
        assert same(found, before)


def test_a_damaged_stripe_is_named_by_its_rows() -> None:
    data = compress_picture(smooth(), MODELS[3])
    section = bytearray(read_container(data).section("S"))
    section[-9] ^= 255
    with pytest.raises(BadFile, match=f"rows {stripe_rows(700, 1)[-1].start} to 699"):
        restored(forged(data, S=bytes(section)))


def numbers(*values: int) -> bytes:
    return b"".join(map(write_length, values))


def header(form: int, width: int, height: int, *rest: int, stripes: int = 0, digest: bytes = bytes(16)) -> bytes:
    return numbers(form, width, height, *(rest or (0, 0))) + digest + (numbers(9) + bytes(4)) * stripes


def forged_headers() -> dict[str, tuple[bytes, bytes]]:
    """Section H and the stripes, by the error that they must give."""
    photo, webp, packed = bytes([PHOTO]) + bytes(8), bytes([WEBP, 0x2F]) + bytes(7), bytes([LZMA]) + bytes(8)
    return {
        "form that this one": (header(99, 4, 4), photo),
        "in a form": (header(1, 4, 4, 2, 0), photo),
        "0x4 pixels": (header(1, 0, 4), photo),
        "131072x131073 pixels": (header(0, 1 << 17, (1 << 17) + 1, 1, 0), photo),
        "0 stripes for 268435456": (header(0, 1, 1 << 28), photo),
        "1 stripes for 4": (header(0, 4, 4, stripes=1), photo),
        "2 stripes for 4": (header(0, 4, 4, 1, 0, stripes=2), photo * 2),
        "2 stripes in a picture that has 1": (header(0, 4, 4, stripes=2), photo * 2),
        "stripes are 18 bytes": (header(0, 4, 420, stripes=2), photo),
        "middle of a number": (header(0, 4, 4)[:-1], photo),
        "9 bytes for the rows 0 to 255": (header(1, 13, 256), photo),
        "9 bytes for the rows 0 to 9": (header(0, 8000, 10), packed),
        "9 bytes for the rows 0 to 3": (header(0, 2, 4, 1, 0), bytes(9)[:8]),
        "bytes for the rows 0 to 1": (header(0, 1, 2), webp),
        "0 bytes for": (header(0, 1, 2), b""),
        "9 bytes for": (header(0, 1, 2), bytes([9]) + bytes(8)),
        "more than 268435456 pixels": (header(0, 1 << 15, (1 << 13) + 1, 1, 0), bytes([LZMA]) + bytes(1 << 16)),
        "cut off": (numbers(0, 4), photo),
    }


@pytest.mark.parametrize("reason", forged_headers())
def test_forged_headers_are_refused_before_anything_is_allocated(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    section, stripes = forged_headers()[reason]
    monkeypatch.setattr("codec.kinds.picture.read.decode_part", lambda *arguments: pytest.fail("it went on to decode"))
    monkeypatch.setattr("codec.kinds.picture.read.np", None)
    if reason == "9 bytes for the rows 0 to 3":
        reason = "8 bytes for the rows 0 to 3"
    with pytest.raises(CodecError, match=reason):
        restored(write_container("P", NAME, {"H": section, "S": stripes}))


def test_a_file_of_another_kind_or_with_other_sections_is_refused() -> None:
    data = compress_picture(noise("L", 30, 30), MODELS[1])
    for wrong, reason in ((forged(data, S=None, x=b"x"), "section 'S' is missing"), (forged(data, X=b""), "does not know")):
        with pytest.raises(BadFile, match=reason):
            restored(wrong)
    with pytest.raises(BadFile, match="kind 'A'"):
        restored(forged(data, kind="A"))
    with pytest.raises(BadFile, match=r"digest|checksum"):
        restored(forged(data, S=b"\0" + read_container(data).section("S")[:0:-1]))


def test_a_payload_that_is_too_short_for_a_reader_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VALUES_PER_BYTE, PHOTO, 2)
    before = smooth()
    data = compress_picture(before, MODELS[3])
    assert same(restored(data), before) and set(report(data).methods) == {"planes"}


def test_a_model_codes_no_file_of_one_stripe_for_any_height() -> None:
    data = compress_picture(smooth("RGB", 100, 90), MODELS[3])
    header = bytearray(read_container(data).section("H"))
    assert header[:5] == numbers(1, 90, 100) + bytes([0, 0])
    header[3] = 1
    with pytest.raises(BadFile, match="bytes for the rows 0 to 99"):
        restored(forged(data, H=bytes(header)))


def test_the_checksums_are_those_of_the_specification() -> None:
    before = smooth("RGB", 420, 10)
    container = read_container(compress_picture(before, MODELS[3]))
    part = stripe_rows(420, 1)[0]
    crc = zlib.crc32(before.pixels[part].tobytes())
    assert struct.pack("<I", crc) in container.section("H")
    assert read_header(container.section("H")).digest == hashlib.sha256(numbers(1, 10, 420) + before.pixels.tobytes()).digest()[:16]
