"""Files of pictures, read: a region, what is intact of damaged ones, and hostile ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from helpers.stand_in import DENSITIES, MODELS, Deflated, forged, noise, restored, same, smooth, stored_rows, written

from codec.container.container import read_container, write_container
from codec.container.numbers import write_length
from codec.density.density import PlanesDensity
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput, CodecError
from codec.kinds.picture.file import PictureFile
from codec.media.form import Pixels
from codec.media.picture import Picture
from codec.methods.lzma import LZMA
from codec.methods.photo import PHOTO
from codec.methods.webp import WEBP

SMOOTH = written(smooth()).data


# ---------------------------------------------------------------- all of it, and regions


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_change_the_picture(threads: int) -> None:
    before = smooth("RGB", 2000, 20)
    assert same(restored(written(before).data, threads=threads), before)


def test_the_density_is_found_by_the_name_in_the_file() -> None:
    rows, names = stored_rows(SMOOTH, DENSITIES[3]), list[bytes]()

    def find(name: bytes) -> PlanesDensity:
        names.append(name)
        return DENSITIES[3]

    rows.find_density(find)
    assert same(rows.picture(), smooth()) and names == [MODELS[3].name]


def test_no_density_is_looked_for_where_none_is_named() -> None:
    rows = stored_rows(written(smooth(), methods=(WEBP,)).data)
    rows.find_density(lambda name: pytest.fail("no model is needed"))
    assert same(rows.picture(), smooth())


def test_a_density_of_other_channels_decodes_nothing() -> None:
    with pytest.raises(BadFile, match="do not decode"):
        restored(SMOOTH, channels=1)


def test_progress_tells_the_pixels_done() -> None:
    told = list[tuple[str, int, int]]()
    restored(SMOOTH, progress=lambda *done: told.append(done))
    assert told == [("decompressing", row * 20, 700 * 20) for row in (0, *(part.stop for part in stripe_rows(700, 1)))]


def test_progress_of_a_region_is_that_of_its_rows() -> None:
    told, rows = list[tuple[str, int, int]](), stripe_rows(700, 1)
    restored(SMOOTH, region=(0, 10, 5, rows[1].start), progress=lambda *done: told.append(done))
    assert told == [("decompressing", 5 * row, 5 * rows[1].start) for row in (0, rows[0].stop - 10, rows[1].start)]


@pytest.mark.parametrize("region", [(0, 0, 20, 700), (3, 0, 5, 10), (0, 699, 1, 1), (19, 200, 1, 300)])
@pytest.mark.parametrize("single", [False, True])
def test_a_region_is_that_part_of_the_picture(region: tuple[int, int, int, int], single: bool) -> None:
    left, top, width, height = region
    data = written(smooth(), methods=(WEBP,) if single else (PHOTO,), single=single).data
    assert np.array_equal(restored(data, region=region).pixels, smooth().pixels[top : top + height, left : left + width])


@dataclass
class Counting(Deflated):
    """A stand-in that counts the stripes it decodes."""

    decoded: int = 0

    def decode(self, *given: Any, **named: Any) -> Any:
        self.decoded += 1
        return super().decode(*given, **named)


def test_a_region_decodes_only_the_stripes_it_needs() -> None:
    rows, data = stripe_rows(2000, 1), bytearray(written(smooth("RGB", 2000, 20)).data)
    data[-9] ^= 1  # in the last stripe
    density = Counting(DENSITIES[3].file, 3, True)
    stored_rows(bytes(data), density, region=(0, rows[2].start, 20, 1)).picture()
    assert density.decoded == 1


@pytest.mark.parametrize("region", [(-1, 0, 1, 1), (0, 0, 21, 1), (0, 0, 0, 5), (0, 690, 5, 11)])
def test_a_region_outside_is_refused(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput, match="not inside"):
        stored_rows(SMOOTH, DENSITIES[3], region=region)


def test_more_pixels_than_allowed_are_refused() -> None:
    with pytest.raises(BadInput, match="--max-pixels"):
        stored_rows(SMOOTH, DENSITIES[3], max_pixels=13999)


def test_only_the_pixels_of_the_region_count() -> None:
    assert stored_rows(SMOOTH, DENSITIES[3], max_pixels=13999, region=(0, 0, 20, 699)).picture().height == 699


# ---------------------------------------------------------------- salvage


def salvaged(data: bytes, **settings: object) -> tuple[Pixels, list[tuple[int, int]]]:
    rows = stored_rows(data, DENSITIES[3], salvage=True, **settings)
    return rows.picture().pixels, rows.lost


def damaged_in(number: int) -> bytes:
    """The file with a flipped bit in a stripe."""
    file, data = PictureFile.read(SMOOTH), bytearray(SMOOTH)
    data[read_container(SMOOTH).span("S")[0] + file.spans[number][0] + 9] ^= 64
    return bytes(data)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_damaged_byte_is_found(number: int) -> None:
    with pytest.raises(BadFile):
        restored(damaged_in(number))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_damaged_byte_costs_one_stripe(number: int) -> None:
    pixels, lost = salvaged(damaged_in(number))
    rows, intact = stripe_rows(700, 1)[number], np.ones(700, bool)
    intact[rows] = False
    assert lost == [(rows.start, rows.stop)] and not pixels[rows].any()
    assert np.array_equal(pixels[intact], smooth().pixels[intact])


def test_what_stands_before_the_place_where_a_file_was_cut_is_salvaged() -> None:
    last = stripe_rows(700, 1)[-1].start
    pixels, lost = salvaged(SMOOTH[:-20])
    assert lost == [(last, 700)] and np.array_equal(pixels[:last], smooth().pixels[:last])


def test_lost_rows_of_a_region_are_counted_from_its_top() -> None:
    last = stripe_rows(700, 1)[-1].start
    pixels, lost = salvaged(SMOOTH[:-20], region=(2, last - 1, 5, 2))
    assert lost == [(1, 2)] and np.array_equal(pixels[0], smooth().pixels[last - 1, 2:7])


def test_nothing_is_lost_of_an_intact_file() -> None:
    pixels, lost = salvaged(SMOOTH)
    assert lost == [] and np.array_equal(pixels, smooth().pixels)


def test_a_damaged_single_stripe_is_lost() -> None:
    data = bytearray(written(smooth("RGB", 100, 90), methods=(LZMA,), single=True).data)
    assert salvaged(bytes(data))[1] == []
    data[-12] ^= 1
    assert salvaged(bytes(data))[1] == [(0, 100)]


@pytest.mark.parametrize("single", [False, True])
def test_damaged_metadata_do_not_hinder_salvage(single: bool) -> None:
    before = Picture("RGB", smooth().pixels, ((b"tEXt", b"Title\0" + bytes(range(65, 91))),))
    data = bytearray(written(before, methods=(WEBP,) if single else (PHOTO,), single=single).data)
    data[data.index(b"Title")] ^= 1
    rows = stored_rows(bytes(data), DENSITIES[3], salvage=True)
    assert np.array_equal(rows.picture().pixels, before.pixels) and rows.lost == [] and rows.metadata == ()


def test_a_single_stripe_whose_digest_cannot_be_checked_must_have_its_checksum() -> None:
    before = Picture("RGB", smooth("RGB", 100, 90).pixels, ((b"tEXt", b"Title\0" + bytes(range(65, 91))),))
    data = bytearray(written(before, methods=(LZMA,), single=True).data)
    data[data.index(b"Title")] ^= 1
    data[-12] ^= 1
    assert salvaged(bytes(data))[1] == [(0, 100)]


# ---------------------------------------------------------------- hostile files

WALK = smooth("RGB", 420, 10)
SMALL = written(WALK).data


@pytest.mark.parametrize("change", ["flipped", "cut", "grown"])
def test_every_change_is_found(change: str, rng: np.random.Generator) -> None:
    for _ in range(200):
        mutant, position = bytearray(SMALL), int(rng.integers(len(SMALL)))
        if change == "flipped":
            mutant[position] ^= 1 << int(rng.integers(8))
        elif change == "cut":
            del mutant[position:]
        else:
            mutant[position:position] = rng.bytes(int(rng.integers(1, 9)))
        with pytest.raises(CodecError):
            restored(bytes(mutant))


@pytest.mark.parametrize("tag", ["H", "S"])
def test_changes_under_right_checksums_are_found_too(tag: str, rng: np.random.Generator) -> None:
    for _ in range(300):
        section = bytearray(read_container(SMALL).section(tag))
        section[rng.integers(len(section))] ^= 1 << int(rng.integers(8))
        try:
            found = restored(forged(SMALL, **{tag: bytes(section)}))
        except CodecError:
            continue
        assert same(found, WALK)


def test_a_damaged_stripe_is_named_by_its_rows() -> None:
    section = bytearray(read_container(SMOOTH).section("S"))
    section[-9] ^= 255
    with pytest.raises(BadFile, match=f"rows {stripe_rows(700, 1)[-1].start} to 699"):
        restored(forged(SMOOTH, S=bytes(section)))


def test_another_digest_of_many_stripes_is_found() -> None:
    section = bytearray(read_container(SMOOTH).section("H"))
    section[12] ^= 1
    with pytest.raises(BadFile, match="digest"):
        restored(forged(SMOOTH, H=bytes(section)))


def numbers(*values: int) -> bytes:
    return b"".join(map(write_length, values))


def header(form: int, width: int, height: int, *rest: int, stripes: int = 0) -> bytes:
    return numbers(form, width, height, *(rest or (0, 0))) + bytes(16) + (numbers(9) + bytes(4)) * stripes


PHOTO_STRIPE, PACKED = bytes([PHOTO.number]) + bytes(8), bytes([LZMA.number]) + bytes(8)
FORGED = {  # section H and the stripes, by the error that they must give
    "2 stripes in a picture that has 1": (header(0, 4, 4, stripes=2), PHOTO_STRIPE),
    "stripes are 18 bytes": (header(0, 4, 420, stripes=2), PHOTO_STRIPE),
    "9 bytes for the rows 0 to 255": (header(1, 13, 256), PHOTO_STRIPE),
    "9 bytes for the rows 0 to 9": (header(0, 8000, 10), PACKED),
    "8 bytes for the rows 0 to 3": (header(0, 2, 4, 1, 0), bytes(8)),
    "bytes for the rows 0 to 1": (header(0, 1, 2), bytes([WEBP.number, 0x2F]) + bytes(7)),
    "0 bytes for": (header(0, 1, 2), b""),
    "9 bytes for the rows 0 to 2": (header(0, 1, 3), bytes([9]) + bytes(8)),
    "more than 268435456 pixels": (header(0, 1 << 15, (1 << 13) + 1, 1, 0), bytes([LZMA.number]) + bytes(1 << 16)),
}


@dataclass
class Unused(Deflated):
    """A stand-in that nobody may ask for planes."""

    def decode(self, *given: Any, **named: Any) -> Any:
        pytest.fail("it went on to decode")


@pytest.mark.parametrize("reason", FORGED)
def test_forged_headers_are_refused_before_anything_is_allocated(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    section, stripes = FORGED[reason]
    monkeypatch.setattr("codec.kinds.picture.read.np", None)
    data = write_container("P", MODELS[1].name, {"H": section, "S": stripes})
    with pytest.raises(CodecError, match=reason):
        stored_rows(data, Unused(DENSITIES[1].file, 1, False)).picture()


def test_a_file_without_its_stripes_is_refused() -> None:
    with pytest.raises(BadFile, match="section 'S' is missing"):
        restored(forged(written(noise("L", 30, 30)).data, S=None, x=b"x"))


def test_a_file_with_a_section_that_a_reader_has_to_know_is_refused() -> None:
    with pytest.raises(BadFile, match="does not know"):
        restored(forged(written(noise("L", 30, 30)).data, X=b""))


def test_a_section_that_nobody_has_to_know_is_ignored() -> None:
    before = noise("L", 30, 30)
    assert same(restored(forged(written(before).data, x=b"x"), channels=1), before)


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(BadFile, match="kind 'A'"):
        restored(forged(written(noise("L", 30, 30)).data, kind="A"))


def test_other_samples_of_the_same_length_are_found() -> None:
    data = written(noise("L", 30, 30)).data
    with pytest.raises(BadFile, match=r"digest|checksum"):
        restored(forged(data, S=b"\0" + read_container(data).section("S")[:0:-1]))


def test_a_model_codes_no_file_of_one_stripe_for_any_height() -> None:
    data = written(smooth("RGB", 100, 90)).data
    section = bytearray(read_container(data).section("H"))
    assert section[:5] == numbers(1, 90, 100) + bytes([0, 0])
    section[3] = 1
    with pytest.raises(BadFile, match="bytes for the rows 0 to 99"):
        restored(forged(data, H=bytes(section)))
