"""Pictures to files and back: exactly, or an error, and never much larger than the pixels."""

from __future__ import annotations

import struct
import threading
import zlib
from typing import Any

import numpy as np
import pytest
from stand_in import MODELS, NAME, deflate, deflated_stripes, noise, smooth

from codec import picture as pictures
from codec.container import read_container, write_container, write_length
from codec.errors import BadFile, BadInput, CodecError
from codec.photosections import VALUES_PER_BYTE, read_header
from codec.picture import compress_picture, compress_with_sizes, decompress_picture, density_picture, report, verify_picture
from codec.planes import Picture
from codec.stripe import stripe_rows


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    deflated_stripes(monkeypatch)


def restored(data: bytes, channels: int = 3, **settings: Any) -> Picture:
    return decompress_picture(data, lambda name: MODELS[channels] if name == NAME else pytest.fail("another model"), **settings)


def same(left: Picture, right: Picture) -> bool:
    return left.mode == right.mode and np.array_equal(left.pixels, right.pixels)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (300, 1), (63, 65), (155, 3), (156, 3), (412, 4), (1000, 7)])
def test_pictures_of_any_size_come_back_and_are_never_much_larger(mode: str, height: int, width: int) -> None:
    for before in (smooth(mode, height, width), noise(mode, height, width)):
        data = compress_picture(before, MODELS[before.channels])
        assert same(restored(data, before.channels), before)
        assert len(data) <= before.pixels.size + 64


def test_noise_is_stored_as_it_is_and_needs_no_model() -> None:
    before = noise("RGB", 800, 30)
    data, sizes = compress_with_sizes(before, MODELS[3])
    assert same(decompress_picture(data, lambda name: pytest.fail("no model is needed")), before)
    assert sizes.coded_bits == 0 and sizes.stored_bits == 8 * before.pixels.size and sizes.total_bits == 8 * len(data)
    assert report(data).model == b"" and report(data).stripes == 0


def test_a_stripe_of_noise_in_a_smooth_picture_is_stored_alone() -> None:
    pixels = smooth().pixels.copy()
    rows = stripe_rows(700)
    pixels[rows[1]] = noise("RGB", 700, 20).pixels[rows[1]]
    data, sizes = compress_with_sizes(Picture("RGB", pixels), MODELS[3])
    assert np.array_equal(restored(data).pixels, pixels)
    assert report(data).stored_stripes == 1 and report(data).stripes == len(rows)
    assert sizes.stored_bits == 8 * pixels[rows[1]].size and 0 < sizes.coded_bits < sizes.stored_bits


def test_the_sizes_add_up_to_the_file() -> None:
    data, sizes = compress_with_sizes(smooth(), MODELS[3])
    assert sizes.total_bits == 8 * len(data) == report(data).total_bits
    assert sizes.coded_bits == report(data).payload_bits
    net = sizes.parts["likelihood"] + sizes.parts["funding"] + sizes.parts["prior"] - sizes.parts["posterior"]
    assert sizes.coded_bits == net + sizes.coder_bits
    assert sizes.coder_bits == pytest.approx(8 * len(stripe_rows(700)))


def test_the_header_takes_about_60_bytes_and_7_for_each_stripe() -> None:
    _, sizes = compress_with_sizes(smooth("RGB", 1000, 500), MODELS[3])
    assert sizes.header_bits // 8 <= 60 + 7 * len(stripe_rows(1000))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_change_the_file(threads: int) -> None:
    before = smooth("RGB", 2000, 20)
    assert compress_picture(before, MODELS[3], threads=threads) == compress_picture(before, MODELS[3])
    assert same(restored(compress_picture(before, MODELS[3]), threads=threads), before)


def test_parts_of_larger_arrays_are_pictures_too() -> None:
    before = Picture("RGB", np.asfortranarray(smooth().pixels)[::2, ::-1])
    assert same(restored(compress_picture(before, MODELS[3])), before)


def test_only_a_few_stripes_are_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, begun, taken, most = threading.Lock(), [0], [0], [0]

    def counting(*arguments: Any) -> Any:
        with lock:
            begun[0] += 1
            most[0] = max(most[0], begun[0] - taken[0])
        return deflate(*arguments)

    def progress(rows: int) -> None:
        taken[0] += 1

    monkeypatch.setattr(pictures, "encode_stripe", counting)
    compress_picture(smooth("L", 5000, 4), MODELS[1], threads=2, progress=progress)
    assert taken[0] == len(stripe_rows(5000)) and most[0] <= 4


def test_progress_tells_the_rows_done() -> None:
    told: list[int] = []
    data = compress_picture(smooth(), MODELS[3], progress=told.append)
    restored(data, progress=told.append)
    assert told == 2 * [part.stop for part in stripe_rows(700)]


def test_density_is_the_sum_over_stripes_whatever_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pictures, "density_stripe", lambda model, planes, particles, rng: [planes.shape[1] + count + rng.random() for count in particles]
    )
    found = density_picture(smooth(), MODELS[3], [1, 4], seed=3)
    assert found == density_picture(smooth(), MODELS[3], [1, 4], seed=3, threads=3)
    assert found != density_picture(smooth(), MODELS[3], [1, 4], seed=4)
    stripes = len(stripe_rows(700))
    assert 700 + stripes < found[0] < 700 + 2 * stripes < found[1] - 2 * stripes


def test_a_model_of_other_channels_and_wrong_particles_are_refused() -> None:
    with pytest.raises(BadInput, match="model of 1 channels"):
        compress_picture(smooth(), MODELS[1])
    with pytest.raises(BadInput, match="0 particles"):
        compress_picture(smooth(), MODELS[3], particles=0)
    with pytest.raises(BadInput, match="0 particles"):
        density_picture(smooth(), MODELS[3], [1, 0])
    with pytest.raises(BadFile, match="model of 1 channels"):
        restored(compress_picture(smooth(), MODELS[3]), channels=1)


def test_verifying_finds_a_file_of_another_picture() -> None:
    for before, other in ((smooth(), smooth("RGB", 700, 21)), (noise("L", 30, 30), noise("L", 30, 31))):
        data, model = compress_picture(before, MODELS[before.channels]), MODELS[before.channels]
        verify_picture(data, before, model)
        with pytest.raises(BadFile, match="size differs"):
            verify_picture(data, other, model)
        changed = before.pixels.copy()
        changed[-1, -1, -1] ^= 1
        with pytest.raises(BadFile, match="do not decode to what they were"):
            verify_picture(data, Picture(before.mode, changed), model)


# ---------------------------------------------------------------- hostile files


def forged(data: bytes, kind: str = "P", **changed: bytes | None) -> bytes:
    """The file with some sections changed (or left out), under right checksums."""
    container = read_container(data)
    sections = {tag: container.section(tag) for tag in container.spans} | changed
    return write_container(kind, container.model, {tag: content for tag, content in sections.items() if content is not None})


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
    with pytest.raises(BadFile, match=f"rows {stripe_rows(700)[-1].start} to 699"):
        restored(forged(data, S=bytes(section)))


def numbers(*values: int) -> bytes:
    return b"".join(map(write_length, values))


def forged_headers() -> dict[str, tuple[bytes, bytes]]:
    """Section H and the stripes, by the error that they must give."""
    digest, crc = bytes(16), bytes(4)
    side = 1 << 14
    return {
        "in mode 2": (numbers(2, 4, 4) + digest + numbers(9) + crc, bytes(9)),
        "0x4 pixels": (numbers(1, 0, 4) + digest + numbers(9) + crc, bytes(9)),
        "32769x8192 pixels": (numbers(0, 32769, 8192) + digest + numbers(9) + crc, bytes(9)),
        "stripes for": (numbers(0, 1, 1 << 28) + digest + numbers(9) + crc, bytes(9)),
        "values in a stripe": (numbers(1, 1 << 20, 256) + digest + numbers(767) + crc, bytes(767)),
        "2 stripes in a picture that has 1": (numbers(0, 4, 4) + digest + (numbers(9) + crc) * 2, bytes(18)),
        "stripes are 268435456 bytes": (numbers(0, side, side) + digest + (numbers(0) + crc) * 64, bytes(9)),
        "stripes are 9 bytes": (numbers(0, 4, 4) + digest + numbers(9) + crc, bytes(10)),
        "middle of a number": (numbers(0, 4, 4) + digest + numbers(9) + crc[:3], bytes(9)),
        "either": (numbers(0, 4, 4) + digest, bytes(9)),
        "ends in": (numbers(0, 4, 4) + digest[:15], bytes(9)),
        "cut off": (numbers(0, 4), bytes(9)),
    }


@pytest.mark.parametrize("reason", forged_headers())
def test_forged_headers_are_refused_before_anything_is_allocated(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    header, stripes = forged_headers()[reason]
    monkeypatch.setattr(pictures, "_decode", lambda *arguments: pytest.fail("it went on to decode"))
    with pytest.raises(BadFile, match=reason):
        restored(write_container("P", NAME, {"H": header, "S": stripes}))


def test_stored_pixels_have_their_length_and_no_model() -> None:
    data = compress_picture(noise("L", 30, 30), MODELS[1])
    pixels = read_container(data).section("R")
    for wrong in (forged(data, R=pixels[:-1]), forged(data, S=b"x"), forged(data, R=None, S=pixels), forged(data, R=None, x=b"x")):
        with pytest.raises(BadFile, match="header is damaged"):
            restored(wrong)
    with pytest.raises(BadFile, match="digest"):
        restored(forged(data, R=pixels[::-1]))
    with pytest.raises(BadFile, match="kind 'A'"):
        restored(forged(data, kind="A"))
    with pytest.raises(BadFile, match="does not know"):
        restored(forged(data, X=b""))


def test_the_bound_on_values_lets_the_flattest_picture_pass() -> None:
    # the largest interval of a gray value is 1 - 254 / 2^24: that many bits for each value
    bits = -np.log2(1 - 254 / 2**24)
    assert VALUES_PER_BYTE * bits / 8 > 2


def test_a_payload_that_is_too_short_for_a_reader_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codec.photosections.VALUES_PER_BYTE", 2)
    before = smooth()
    data = compress_picture(before, MODELS[3])
    assert same(restored(data), before) and not read_header(read_container(data).section("H")).stripes


def test_the_checksums_are_those_of_the_specification() -> None:
    before = smooth("RGB", 420, 10)
    container = read_container(compress_picture(before, MODELS[3]))
    part = stripe_rows(420)[0]
    crc = zlib.crc32(before.pixels[part].tobytes())
    assert struct.pack("<I", crc) in container.section("H")
