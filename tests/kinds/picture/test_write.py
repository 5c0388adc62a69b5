"""Pictures to files and back: exactly, or an error, and never much larger than the pixels."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from helpers.stand_in import MODELS, deflate, deflated_stripes, forged, noise, restored, same, smooth

from codec.container.container import read_container
from codec.density.photo import stripe
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput
from codec.kinds.picture.header import LZMA, PHOTO, RAW, WEBP
from codec.kinds.picture.write import (
    Plan,
    compress_picture,
    compress_rows,
    compress_with_sizes,
    decompress_picture,
    density_picture,
    report,
    verify_picture,
)
from codec.media.picture import Picture


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    deflated_stripes(monkeypatch)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (300, 1), (63, 65), (155, 3), (156, 3), (412, 4), (1000, 7)])
def test_pictures_of_any_size_come_back_and_are_never_much_larger(mode: str, height: int, width: int) -> None:
    for before in (smooth(mode, height, width), noise(mode, height, width)):
        data = compress_picture(before, MODELS[before.channels])
        assert same(restored(data, before.channels), before)
        assert len(data) <= before.pixels.size + 56 + 8 * len(stripe_rows(height, width))


def test_noise_is_stored_as_it_is_and_needs_no_model() -> None:
    before = noise("RGB", 800, 30)
    data, sizes = compress_with_sizes(before, MODELS[3])
    assert same(decompress_picture(data, lambda name: pytest.fail("no model is needed")), before)
    stripes = len(stripe_rows(800, 1))
    assert sizes.coded_bits == 0 and sizes.stored_bits == 8 * before.pixels.size and sizes.total_bits == 8 * len(data)
    assert report(data).model == b"" and report(data).methods == {"raw": stripes}


def test_a_stripe_of_noise_in_a_smooth_picture_is_stored_alone() -> None:
    pixels = smooth().pixels.copy()
    rows = stripe_rows(700, 1)
    pixels[rows[1]] = noise("RGB", 700, 20).pixels[rows[1]]
    data, sizes = compress_with_sizes(Picture("RGB", pixels), MODELS[3])
    assert np.array_equal(restored(data).pixels, pixels)
    assert report(data).methods == {"photo": len(rows) - 1, "raw": 1} and report(data).stripes == len(rows)
    assert sizes.stored_bits == 8 * pixels[rows[1]].size and 0 < sizes.coded_bits < sizes.stored_bits


def test_the_sizes_add_up_to_the_file() -> None:
    data, sizes = compress_with_sizes(smooth(), MODELS[3])
    assert sizes.total_bits == 8 * len(data) == report(data).total_bits
    assert sizes.coded_bits == report(data).payload_bits and sizes.stored_bits == 0
    net = sizes.parts["likelihood"] + sizes.parts["funding"] + sizes.parts["prior"] - sizes.parts["posterior"]
    assert sizes.coded_bits == net + sizes.coder_bits
    assert sizes.coder_bits == pytest.approx(2 * 8 * len(stripe_rows(700, 1)))  # two bytes say how a stripe is coded


def test_the_header_takes_about_60_bytes_and_7_for_each_stripe() -> None:
    _, sizes = compress_with_sizes(smooth("RGB", 1000, 500), MODELS[3])
    assert sizes.header_bits // 8 <= 60 + 7 * len(stripe_rows(1000, 1))


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

    monkeypatch.setattr(stripe, "encode_stripe", counting)
    compress_picture(smooth("L", 5000, 4), MODELS[1], threads=2, progress=progress)
    assert taken[0] == len(stripe_rows(5000, 1)) and most[0] <= 4


def test_progress_tells_the_rows_done() -> None:
    told: list[int] = []
    data = compress_picture(smooth(), MODELS[3], progress=told.append)
    restored(data, progress=told.append)
    assert told == 2 * [part.stop for part in stripe_rows(700, 1)]


def test_density_is_the_sum_over_stripes_whatever_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        stripe, "density_stripe", lambda model, planes, particles, rng: [planes.shape[1] + count + rng.random() for count in particles]
    )
    found = density_picture(smooth(), MODELS[3], [1, 4], seed=3)
    assert found == density_picture(smooth(), MODELS[3], [1, 4], seed=3, threads=3)
    assert found != density_picture(smooth(), MODELS[3], [1, 4], seed=4)
    stripes = len(stripe_rows(700, 1))
    assert 700 + stripes < found[0] < 700 + 2 * stripes < found[1] - 2 * stripes


def test_a_model_of_other_channels_and_wrong_particles_are_refused() -> None:
    with pytest.raises(BadInput, match="a model of gray pictures"):
        compress_picture(noise("RGB", 30, 40), MODELS[1])
    with pytest.raises(BadInput, match="0 particles"):
        compress_picture(smooth(), MODELS[3], particles=0)
    with pytest.raises(BadInput, match="0 particles"):
        density_picture(smooth(), MODELS[3], [1, 0])
    with pytest.raises(BadFile, match="do not decode"):
        restored(compress_picture(smooth(), MODELS[3]), channels=1)


def test_a_stripe_that_does_not_decode_is_found_while_others_are_coded(monkeypatch: pytest.MonkeyPatch) -> None:
    compress_rows(smooth(), Plan(), MODELS[3], verify=True)
    monkeypatch.setattr(stripe, "decode_stripe", lambda model, payload, shape: np.zeros(shape, np.int16))
    compress_rows(smooth(), Plan(), MODELS[3])
    with pytest.raises(BadFile, match=r"rows 0 to .* do not decode to what they were"):
        compress_rows(smooth(), Plan(), MODELS[3], verify=True)


def test_verifying_a_file_decodes_all_of_it() -> None:
    data = compress_picture(smooth(), MODELS[3])
    verify_picture(data, lambda name: MODELS[3])
    section = bytearray(read_container(data).section("H"))
    section[12] ^= 1
    with pytest.raises(BadFile, match="digest"):
        verify_picture(forged(data, H=bytes(section)), lambda name: MODELS[3])


@pytest.mark.parametrize(("method", "name"), [(RAW, "raw"), (WEBP, "graphics"), (LZMA, "planes"), (PHOTO, "photo")])
@pytest.mark.parametrize("single", [True, False])
def test_every_method_gives_back_the_picture_its_metadata_and_time(method: int, name: str, single: bool) -> None:
    before = smooth("RGB", 700, 21)
    before = Picture("RGB", before.pixels, ((b"gAMA", bytes(4)), (b"tEXt", b"Title\0a title" * 20)))
    plan = Plan((method,) if method else (), single and method != PHOTO)
    data, sizes = compress_rows(before, plan, MODELS[3], modified=1_600_000_000, verify=True)
    after = restored(data)
    assert same(after, before) and after.metadata == before.metadata and sizes.total_bits == 8 * len(data)
    found = report(data)
    assert set(found.methods) == {name} and found.modified == 1_600_000_000 and found.metadata == before.metadata


@pytest.mark.parametrize("mode", ["RGBA", "CMYK"])
def test_alpha_and_black_go_beside_the_photo(mode: str) -> None:
    pixels = np.concatenate([smooth("RGB", 420, 20).pixels, smooth("L", 420, 20).pixels], axis=2)
    pixels[:, :9, 3] = 0
    data = compress_picture(Picture(mode, pixels), MODELS[3])
    assert report(data).methods == {"photo": len(stripe_rows(420, 1))} and np.array_equal(restored(data).pixels, pixels)


@pytest.mark.parametrize("mode", ["YCbCr", "LAB", "LA"])
def test_planes_of_other_modes_are_coded_one_by_one(mode: str) -> None:
    channels = 2 if mode == "LA" else 3
    pixels = np.concatenate([smooth("L", 420, 20).pixels + np.uint8(3 * channel) for channel in range(channels)], axis=2)
    data = compress_picture(Picture(mode, pixels), MODELS[1])
    assert report(data).methods == {"photo": len(stripe_rows(420, 1))} and np.array_equal(restored(data, channels=1).pixels, pixels)
