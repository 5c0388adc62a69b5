"""The fused kernels: intervals are those of a plain reference, tile their range, and cost what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.photo_planes import KINDS, planes_of
from helpers.small_photos import small_photo_model
from reference.intervals import Naive
from reference.learning import Learning, WholeLearning

from codec.coding.message import HEAD_LOW, Message
from codec.coding.tables import COST_BITS
from codec.density.photo.least_squares import workspace
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.network import buffers
from codec.density.photo.pixels import make_intervals, pop_pixels
from codec.density.photo.predictors import SETS, pad_values, predict_padded
from codec.density.photo.surroundings import gather_inputs
from codec.density.shared.intervals import push_intervals
from codec.lanes.wavefront import PAD, pad
from codec.nets.model_file import read_model


def small(channels: int, seed: int = 0, predictors: str = "two", learning: str = "none", networks: int = 1) -> PhotoModel:
    return load_photo(read_model(small_photo_model(channels, seed, predictors, learning, networks=networks)))


MODELS = {channels: small(channels) for channels in (1, 3)}


def loud(channels: int, seed: int, predictors: str = "two", learning: str = "none", networks: int = 1) -> PhotoModel:
    """A model whose layers are as large as their sums may be: every clamp is met."""
    file, rng = read_model(small_photo_model(channels, seed, predictors, learning, networks=networks)), np.random.default_rng(seed)
    tensors = dict(file.tensors)
    for name in file.metadata["shifts"]:
        weight = tensors[f"{name}.weight"]
        largest = ((1 << 24) - (1 << 20)) // (2 * 1023 * len(weight))
        tensors[f"{name}.weight"] = rng.choice([-largest, largest], weight.shape).astype(np.int16)
        tensors[f"{name}.bias"] = rng.integers(-(1 << 22), 1 << 22, weight.shape[1]).astype(np.int32)
    shifts = {name: int(rng.integers(1, 19)) for name in file.metadata["shifts"]}
    return load_photo(replace(file, tensors=tensors, metadata={**file.metadata, "shifts": shifts}))


def intervals(
    model: PhotoModel, planes: np.ndarray, errors: np.ndarray, modulations: np.ndarray, tile_of: np.ndarray | None = None, first: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """starts, freqs, lanes and costs of padded planes, from row `first` on."""
    rows, width = planes.shape[1] - 1 - first, planes.shape[2] - 2 * PAD
    count = rows * width * len(planes)
    starts, freqs, owners = np.zeros(count, np.uint32), np.zeros(count, np.uint32), np.zeros(count, np.uint8)
    costs = np.zeros(len(modulations), np.int64)
    tile_of = np.zeros(width, np.int64) if tile_of is None else tile_of
    room = buffers(model.network, len(planes))
    assert make_intervals(planes, errors, first, rows, model.network, room, tile_of, modulations, starts, freqs, owners, costs) == count
    return starts, freqs, owners, costs


def some_modulations(model: PhotoModel, tiles: int, seed: int = 0) -> np.ndarray:
    """As wild as they may be."""
    rng, units = np.random.default_rng(seed), model.network.units
    return np.concatenate([rng.integers(0, 512, (tiles, units)), rng.integers(-1023, 1024, (tiles, units))], 1).astype(np.int32)


def order(rows: int, width: int, first: int = 0) -> list[tuple[int, int, int]]:
    """(time, y, x) in coding order."""
    period = max(-(-width // 8) * 8, 192)
    keys = sorted((r // 8 * period + r % 8 * 24 + x, r % 8, r, x) for r in range(rows) for x in range(width))
    return [(time, first + r, x) for time, _, r, x in keys]


# ---------------------------------------------------------------- the reference


def reference(model: PhotoModel, planes: np.ndarray, errors: np.ndarray, modulations: np.ndarray, tile_of: np.ndarray, first: int) -> list:
    """(start, freq, lane) in coding order."""
    networks, kind = ("", "second.")[: model.network.networks], WholeLearning if model.network.whole else Learning
    naive = [kind(model, planes, errors, of) for of in networks]
    of_network = modulations.reshape(len(modulations), 2, len(networks), -1)  # m, then c, of all networks
    parts = [of_network[:, :, number].reshape(len(modulations), -1).tolist() for number in range(len(networks))]
    found, pace, timed = [], naive[0].pace, order(planes.shape[1] - 1 - first, len(tile_of), first)
    for step in range(timed[-1][0] // pace + 1):
        for time, y, x in (pixel for pixel in timed if pixel[0] // pace == step):
            lane, given = (y - first) % 8, [part[tile_of[x]] for part in parts]
            for c in range(model.channels):
                mixtures = [one.mixture(c, y, x, modulation) for one, modulation in zip(naive, given, strict=True)]
                found.append((*naive[0].interval(c, y, x, mixtures), lane))
                for one, modulation in zip(naive, given, strict=True):
                    one.learn(c, y, x, lane, modulation, time)
        for one in naive:
            one.step(step * pace)
    return found


@pytest.mark.parametrize("kind", ["random walk", "extremes", "smooth"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("make", [small, loud])
@pytest.mark.parametrize(
    "predictors, learning, networks",
    [
        ("two", "none", 1),
        ("one", "none", 1),
        ("four", "none", 1),
        ("two", "outputs", 1),
        ("four", "heads", 1),
        ("two", "all", 1),
        ("one", "outputs-half", 2),
        ("four", "all-whole", 1),
        ("two", "directed-2", 1),
        ("four", "directed-often-4-1", 1),
        ("four", "directed-most-often-steadily", 1),
        ("one", "directed-often-steadily", 2),
    ],
)
def test_intervals_are_those_of_plain_numbers(predictors: str, learning: str, networks: int, make, channels: int, kind: str) -> None:
    model = make(channels, 3, predictors, learning, networks)
    planes = pad(planes_of(kind, channels, 10, 9), pad_values(channels))
    errors, tile_of = predict_padded(planes, model.predictors), np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
    modulations = some_modulations(model, 3) if make is loud else model.modulations(np.arange(9, dtype=np.int32).reshape(3, 3) * 200 - 800)
    starts, freqs, owners, _ = intervals(model, planes, errors, modulations, tile_of, 3)
    expected = reference(model, planes, errors, modulations, tile_of, 3)
    assert list(zip(starts.tolist(), freqs.tolist(), owners.tolist(), strict=True)) == expected


@pytest.mark.parametrize("predictors", SETS)
@pytest.mark.parametrize("channels", [1, 3])
def test_inputs_of_training_are_those_of_plain_integers(channels: int, predictors: str) -> None:
    planes = pad(planes_of("random walk", channels, 12, 11), pad_values(channels))
    errors = predict_padded(planes, SETS[predictors])
    positions = np.array([[0, y, x] for y in range(12) for x in range(11)])
    model = small(channels, 0, predictors)
    inputs, facts = gather_inputs(planes[None], errors[None], positions, model.network.surroundings)
    naive = Naive(model, planes, errors)
    for (_, y, x), found, fact in zip(positions.tolist(), inputs.tolist(), facts.tolist(), strict=True):
        assert found == naive.trunk_inputs(y, x)
        assert fact == [[planes[c, y, PAD + x], naive.q(c, y, x), *naive.predictions(c, y, x)] for c in range(channels)]


# ---------------------------------------------------------------- intervals


def tile(model: PhotoModel, c: int, seed: int) -> None:
    """Give one pixel every value there is, among the same neighbours: its intervals lie end to end."""
    rng, lowest, symbols = np.random.default_rng(seed), 0 if c == 0 else -255, 256 if c == 0 else 511
    planes = pad(np.zeros((model.channels, 1, 1), np.int16), np.zeros(model.channels, np.int16))
    planes[:, 0, :PAD] = np.clip(rng.integers(-255, 256, (model.channels, PAD)), np.array([0, -255, -255])[: model.channels, None], 255)
    errors = rng.choice([0, 1, 30, 800, 32640], 1) * rng.uniform(-1, 1, (2, *planes.shape))
    errors, guesses = errors.astype(np.int16), rng.integers(64 * lowest, 255 * 64 + 1, 2)
    modulations, end = some_modulations(model, 1, seed), 0
    for symbol in range(symbols):
        planes[c, 0, PAD] = lowest + symbol
        errors[:, c, 0, PAD] = 64 * (lowest + symbol) - guesses
        starts, freqs, _, costs = intervals(model, planes, errors, modulations)
        assert starts[c] == end and freqs[c] >= 1
        assert abs(costs[0] / (1 << COST_BITS) - (24 - np.log2(freqs)).sum()) < 1e-5
        end += int(freqs[c])
    assert end == 1 << 24


@pytest.mark.parametrize("seed", range(8))
def test_intervals_tile_their_range(seed: int) -> None:
    for make in (small, loud):
        for channels, c in ((1, 0), (3, 0), (3, 1), (3, 2)):
            tile(make(channels, seed), c, seed)


# ---------------------------------------------------------------- messages


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_popped_pixels_are_those_that_were_pushed_and_the_message_is_as_before(kind: str, lanes: int) -> None:
    model, rng = small(3, 0, {1: "one", 8: "four"}.get(lanes, "two")), np.random.default_rng(lanes)
    planes = pad(planes_of(kind, 3, 19, 31), pad_values(3))
    errors, tile_of, modulations = predict_padded(planes, model.predictors), np.arange(31) // 16, some_modulations(model, 2)
    starts, freqs, owners, costs = intervals(model, planes, errors, modulations, tile_of)
    message = Message.random(5, rng, lanes)
    before = message.copy()
    message.stack.reserve(starts.size)
    message.stack.size = push_intervals(message.heads, message.stack.words, message.stack.size, starts, freqs, owners, starts.size)
    spent = message.content - before.content
    assert abs(spent - costs.sum() / (1 << COST_BITS)) <= 1e-4 * spent + 4
    found = pad(np.zeros((3, 19, 31), np.int16), pad_values(3))
    found_errors = np.zeros_like(errors)
    found_errors[..., 0, :PAD] = errors[..., 0, :PAD]
    room, work = buffers(model.network, 3), workspace(model.predictors, 3, 31)
    message.run_pop(pop_pixels, found, found_errors, 0, 19, model.network, room, work, tile_of, modulations)
    assert message == before
    assert np.array_equal(found, planes)
    assert np.array_equal(found_errors, errors)


def test_missing_words_are_counted_and_nothing_is_written_beyond_the_planes() -> None:
    model, shape = MODELS[3], (3, 20, 40)
    planes = pad(np.zeros(shape, np.int16), pad_values(3))
    heads, words = np.full(1, HEAD_LOW), np.zeros(1, np.uint32)
    errors = np.zeros((2, *planes.shape), np.int16)
    size = pop_pixels(
        heads, words, 0, planes, errors, 0, 20, model.network, buffers(model.network, 3), workspace(model.predictors, 3, 40),
        np.zeros(40, np.int64), some_modulations(model, 1),
    )  # fmt: skip
    assert size < 0
    assert planes[0].min() >= 0 and planes.max() <= 255 and planes.min() >= -255


@pytest.mark.parametrize("channels", [1, 3])
def test_rows_in_two_parts_are_predicted_as_in_one(channels: int) -> None:
    """Encoding predicts a stripe in one wavefront, decoding in two."""
    model, planes = MODELS[channels], pad(planes_of("random walk", channels, 21, 33), pad_values(channels))
    errors, modulations, tile_of = predict_padded(planes, model.predictors), some_modulations(MODELS[channels], 1), np.zeros(33, np.int64)
    for main in (1, 7, 8, 13, 16, 20):
        message = Message.empty(2)
        for first, end in ((main, 21), (0, main)):
            above = np.ascontiguousarray(planes[:, : end + 1]), np.ascontiguousarray(errors[:, :, : end + 1])
            starts, freqs, owners, _ = intervals(model, *above, modulations, None, first)
            message.stack.reserve(starts.size)
            message.stack.size = push_intervals(message.heads, message.stack.words, message.stack.size, starts, freqs, owners, starts.size)
        found, found_errors = pad(np.zeros((channels, 21, 33), np.int16), pad_values(channels)), np.zeros_like(errors)
        found_errors[..., 0, :PAD] = errors[..., 0, :PAD]
        room, work = buffers(model.network, channels), workspace(model.predictors, channels, 33)
        for first, rows in ((0, main), (main, 21 - main)):
            message.run_pop(pop_pixels, found, found_errors, first, rows, model.network, room, work, tile_of, modulations)
        assert np.array_equal(found, planes) and np.array_equal(found_errors, errors)
