"""Stripes: whatever the pixels, they come back; a payload costs what the model asks for; a damaged one is refused or gives other pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers.changed_models import changed, tensor, together
from helpers.photo_planes import KINDS, planes_of
from helpers.small_photos import small_photo_model

from codec.coding.message import HEAD_LOW
from codec.coding.particles import MAX_PARTICLES
from codec.container.numbers import write_length
from codec.density.density import Encoded, Planes
from codec.density.photo.area import PhotoArea
from codec.density.photo.least_squares import Workspace, workspace
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.predictors import NO_ERROR, fill_errors, pad_values
from codec.density.photo.stripe import SMALL, decode_stripe, encode_small_stripe, encode_stripe, is_affordable, message_lanes, probe_digest
from codec.density.shared.step import pop_area, push_area
from codec.density.shared.tiles import tile_columns
from codec.errors import BadFile, BadInput, TooShort
from codec.lanes.wavefront import PAD, pad
from codec.nets.model_file import read_model

MODELS = {channels: load_photo(read_model(small_photo_model(channels))) for channels in (1, 3)}
SIZES = [(1, 1), (1, 2), (1, 37), (37, 1), (2, 2), (4, 9), (6, 5), (12, 20), (63, 65), (3, 700), (20, 390)]


def funding_rows(coded: Encoded) -> int:
    """The first number of a payload, if it is a small one."""
    assert coded.payload[0] < 128
    return coded.payload[0]


def round_trip(planes: Planes, particles: int) -> Encoded:
    """The stripe, when it has been decoded; within its estimate and the room for heads and header."""
    model = MODELS[len(planes)]
    coded = encode_stripe(model, planes, particles)
    assert np.array_equal(decode_stripe(model, coded.payload, planes.shape), planes)
    assert 8 * len(coded.payload) <= 1.0001 * coded.bits["estimate"] + 8 * 64
    return coded


# ---------------------------------------------------------------- exactness


@pytest.mark.parametrize("particles", [1, 4])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("height, width", SIZES)
def test_stripes_of_every_shape_come_back(height: int, width: int, channels: int, particles: int) -> None:
    round_trip(planes_of("random walk", channels, height, width), particles)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_tall_stripe_of_three_columns_comes_back(channels: int) -> None:
    round_trip(planes_of("random walk", channels, 4096, 3), 1)


@pytest.mark.parametrize("particles", [1, 4])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_stripes_of_every_kind_come_back(kind: str, channels: int, particles: int) -> None:
    round_trip(planes_of(kind, channels, 30, 50), particles)


def test_latents_are_used_where_they_pay() -> None:
    for channels in (1, 3):
        coded = encode_stripe(MODELS[channels], planes_of("random walk", channels, 63, 65))
        assert 0 < funding_rows(coded) < 10
        without = encode_stripe(MODELS[channels], planes_of("random walk", channels, 63, 65)[:, :4])
        assert funding_rows(without) == 4, "no row of it is sampled"


def mute_model() -> PhotoModel:
    """A model whose latents change nothing."""
    mute = together(*(tensor(f"modulate.{name}.weight", lambda old: old * 0) for name in ("scale", "shift")))
    return load_photo(read_model(changed(small_photo_model(3), mute)))


def test_latents_are_left_alone_where_they_do_not_pay() -> None:
    model, planes = mute_model(), planes_of("random walk", 3, 40, 50)
    coded = encode_stripe(model, planes)
    assert np.array_equal(decode_stripe(model, coded.payload, planes.shape), planes)
    assert funding_rows(coded) == 40
    assert coded.bits["prior"] == coded.bits["posterior"] == coded.bits["likelihood"] == 0.0


def test_every_tile_has_latents_of_its_own() -> None:
    model, planes = MODELS[3], planes_of("random walk", 3, 30, 700)
    coded = round_trip(planes, 1)
    assert funding_rows(coded) < 30
    assert coded.bits["prior"] == len(tile_columns(700)) * model.latents * 12 == 3 * 3 * 12


@pytest.mark.parametrize("pixels", [8191, 8192, 16384, 32768])
def test_stripes_with_messages_of_more_lanes_come_back(pixels: int) -> None:
    height = 64 if pixels % 64 == 0 else 1
    planes = planes_of("smooth", 1, height, pixels // height)
    round_trip(planes, 1)
    assert message_lanes(pixels) == {8191: 1, 8192: 2, 16384: 4, 32768: 8}[pixels]


def test_a_stripe_is_the_same_every_time() -> None:
    planes = planes_of("random walk", 3, 30, 50)
    assert encode_stripe(MODELS[3], planes, 3) == encode_stripe(MODELS[3], planes, 3)
    assert probe_digest(MODELS[1]) == probe_digest(MODELS[1]) != probe_digest(MODELS[3])


def test_stripes_side_by_side_are_those_of_one_at_a_time() -> None:
    pictures = [planes_of(kind, channels, 26, 40) for kind in KINDS for channels in (1, 3)] * 2
    particles = [1, 3] * len(KINDS) * 2

    def encode(planes: np.ndarray, count: int) -> bytes:
        return encode_stripe(MODELS[len(planes)], planes, count).payload

    def decode(planes: np.ndarray, payload: bytes) -> bool:
        return np.array_equal(decode_stripe(MODELS[len(planes)], payload, planes.shape), planes)

    alone = list(map(encode, pictures, particles))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(encode, pictures, particles)) == alone
        assert all(pool.map(decode, pictures, alone))


def poisoned(model: PhotoModel, width: int, value: float) -> Workspace:
    """Sums of the predictors that have gone wrong before anything is coded."""
    work = workspace(model.predictors, model.channels, width)
    work.doubles[:], work.last[:] = value, -value
    return work


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, 1e308])
def test_even_absurd_sums_of_the_predictors_cost_no_pixel(value: float) -> None:
    model, planes = MODELS[3], planes_of("random walk", 3, 30, 50)
    padded = pad(planes, pad_values(3))
    errors = np.zeros((len(model.predictors), *padded.shape), np.int16)
    errors[..., 0, :PAD] = NO_ERROR
    fill_errors(padded, errors, poisoned(model, 50, value))
    coded = push_area(PhotoArea(model, padded, errors), 1, 1)
    area = PhotoArea.unknown(model, planes.shape)
    area.work = poisoned(model, 50, value)
    pop_area(area, coded.message, coded.funding_rows, 1)
    assert np.array_equal(area.inner(), planes)
    assert not coded.message.stack.size and (coded.message.heads == HEAD_LOW).all()


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize("channels, particles", [(1, 1), (3, 1), (3, 4)])
def test_a_payload_holds_what_the_parts_cost(channels: int, particles: int) -> None:
    coded = encode_stripe(MODELS[channels], planes_of("random walk", channels, 80, 300), particles)
    bits, heads = coded.bits, 8 * message_lanes(80 * 300)
    assert bits["estimate"] == bits["prior"] - bits["posterior"] + bits["likelihood"] + bits["funding"]
    assert abs(8 * len(coded.payload) - bits["estimate"]) <= 1e-4 * bits["estimate"] + 8 * 8 * heads
    assert 8 * len(coded.payload) <= bits["estimate"] * 1.003 + 8 * 64


def test_no_stripe_of_noise_is_much_longer_than_its_raw_pixels() -> None:
    planes = planes_of("noise", 1, 64, 64)
    assert len(encode_stripe(MODELS[1], planes).payload) < 2 * planes.size


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("particles", [0, -1, 1 << 20])
def test_numbers_of_particles_beyond_the_limits_are_refused(particles: int) -> None:
    with pytest.raises(BadInput):
        encode_stripe(MODELS[3], planes_of("flat", 3, 5, 5), particles)


def decode_or_refuse(payload: bytes, shape: tuple[int, int, int]) -> np.ndarray | None:
    """Planes of the shape and within range; None for BadFile. Nothing else may happen."""
    try:
        planes = decode_stripe(MODELS[shape[0]], payload, shape)
    except BadFile:
        return None
    assert planes.shape == shape and planes.dtype == np.int16
    assert planes[0].min() >= 0 and planes.min() >= -255 and planes.max() <= 255
    return planes


DAMAGED = [(1, "random walk", 30, 50, 1), (3, "random walk", 14, 20, 4), (3, "smooth", 9, 7, 1), (1, "flat", 3, 9, 1)]


@pytest.mark.parametrize("channels, kind, height, width, particles", DAMAGED)
def test_flipped_bits_are_refused_or_give_other_pixels(channels: int, kind: str, height: int, width: int, particles: int) -> None:
    planes = planes_of(kind, channels, height, width)
    payload, rng = encode_stripe(MODELS[channels], planes, particles).payload, np.random.default_rng(3)
    places = {*range(2, min(24, len(payload))), *rng.integers(2, len(payload), 20).tolist(), len(payload) - 1}
    for place in places:
        for bit in (0, 3, 7):
            damaged = bytearray(payload)
            damaged[place] ^= 1 << bit
            assert not np.array_equal(decode_or_refuse(bytes(damaged), planes.shape), planes)


@pytest.mark.parametrize("channels, kind, height, width, particles", DAMAGED)
def test_payloads_that_are_cut_or_grown_are_refused(channels: int, kind: str, height: int, width: int, particles: int) -> None:
    planes = planes_of(kind, channels, height, width)
    payload = encode_stripe(MODELS[channels], planes, particles).payload
    for length in {*range(min(40, len(payload))), *range(max(0, len(payload) - 9), len(payload))}:
        assert decode_or_refuse(payload[:length], planes.shape) is None
    for more in (b"\0", b"\0\0\0\0", bytes(8), b"\xff" * 4, b"\xff" * 400, payload):
        assert decode_or_refuse(payload + more, planes.shape) is None


@pytest.mark.parametrize("channels", [1, 3])
def test_headers_that_lie_are_refused(channels: int) -> None:
    planes = planes_of("random walk", channels, 20, 30)
    payload = encode_stripe(MODELS[channels], planes, 2).payload
    assert payload[1] == 2
    for rows in (0, 1, 2, 15, 16, 19, 20, 21, 1 << 14, 1 << 40):
        for particles in (0, 1, 2, 3, 1 << 30):
            damaged = write_length(rows) + write_length(particles) + payload[2:]
            if damaged != payload:
                assert decode_or_refuse(damaged, planes.shape) is None


@pytest.mark.parametrize("shape", [(3, 20, 31), (3, 21, 30), (3, 30, 20), (3, 1, 1), (3, 600, 1), (3, 100, 100)])
def test_payloads_of_another_shape_are_refused(shape: tuple[int, int, int]) -> None:
    payload = encode_stripe(MODELS[3], planes_of("random walk", 3, 20, 30)).payload
    assert decode_or_refuse(payload, shape) is None


@pytest.mark.parametrize("shape", [(1, 5, 5), (3, 0, 5), (3, 5, 0), (3, -4, -4)])
def test_shapes_that_no_stripe_has_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises((BadInput, BadFile)):
        decode_stripe(MODELS[3], b"\1\1" + bytes(10), shape)


def test_random_bytes_are_refused() -> None:
    rng = np.random.default_rng(8)
    for length in [*range(30), 100, 1000]:
        for _ in range(4):
            assert decode_or_refuse(rng.bytes(length), (3, 12, 9)) is None


# ---------------------------------------------------------------- limits


def test_what_takes_longer_to_decode_than_its_bytes_bear_out_is_refused_by_both_sides() -> None:
    with pytest.raises(TooShort, match="for a stripe of 50x40 pixels"):
        encode_stripe(mute_model(), planes_of("flat", 3, 40, 50), MAX_PARTICLES)
    payload = write_length(8) + write_length(1) + bytes(40)
    with pytest.raises(BadFile, match="takes too long"):
        decode_stripe(MODELS[1], payload, (1, 1 << 14, 300))


def test_particles_are_limited_like_pixels() -> None:
    payload = write_length(20) + write_length(1 << 12) + bytes(40)
    with pytest.raises(BadFile, match=r"ask for 4096 particles of 30x20 pixels"):
        decode_stripe(MODELS[1], payload, (1, 20, 30))


def test_every_stripe_of_noise_is_affordable() -> None:
    for height, width in ((1, 1), (256, 256), (8, 1 << 16), (4096, 3)):
        assert is_affordable(MODELS[3], (height, width), 1, 3 * height * width)


def test_a_limit_that_is_lifted_lets_a_short_payload_of_many_pixels_pass() -> None:
    planes = np.full((1, 260, 250), 77, np.int16)
    coded = encode_stripe(MODELS[1], planes)
    assert np.array_equal(decode_stripe(MODELS[1], coded.payload, planes.shape, limited=False), planes)


# ---------------------------------------------------------------- small stripes


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("height, width", [(1, 1), (2, 37), (12, 20), (63, 65), (4095, 4)])
def test_small_stripes_come_back(height: int, width: int, channels: int) -> None:
    planes = planes_of("random walk", channels, height, width)
    coded = encode_small_stripe(MODELS[channels], planes)
    assert coded.payload[0] == SMALL and np.array_equal(decode_stripe(MODELS[channels], coded.payload, planes.shape), planes)
    assert 8 * len(coded.payload) <= coded.bits["estimate"] + 8 * 6


def test_neither_many_pixels_nor_several_particles_are_coded_as_a_small_stripe() -> None:
    assert encode_stripe(MODELS[1], planes_of("random walk", 1, 128, 128), small=True).payload[0] != SMALL
    assert encode_stripe(MODELS[1], planes_of("random walk", 1, 20, 30), 2, small=True).payload[0] != SMALL


@pytest.mark.parametrize("shape", [(1, 128, 128), (1, 1, 1 << 20)])
def test_what_calls_itself_a_small_stripe_and_is_not_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(BadFile, match="not few"):
        decode_stripe(MODELS[1], bytes([SMALL]) + bytes([255] * 4000), shape)


def test_a_small_stripe_that_ends_elsewhere_is_refused() -> None:
    planes = planes_of("random walk", 1, 12, 20)
    payload = encode_small_stripe(MODELS[1], planes).payload
    for wrong in (payload[:1], payload[:-4], payload + bytes(4), payload[:9] + bytes([payload[9] ^ 1]) + payload[10:]):
        with pytest.raises(BadFile):
            decode_stripe(MODELS[1], wrong, planes.shape)


def test_a_model_all_of_whose_layers_learn_in_directions_takes_latents_only_where_particles_are_asked_for() -> None:
    model = load_photo(read_model(small_photo_model(3, 0, "two", "directed")))
    planes = planes_of("random walk", 3, 60, 120)
    alone, several = encode_stripe(model, planes), encode_stripe(model, planes, 3)
    assert alone.bits["prior"] == 0 < several.bits["prior"] and alone.bits["estimate"] == alone.bits["funding"]
    for found in (alone, several):
        assert np.array_equal(decode_stripe(model, found.payload, planes.shape), planes)
