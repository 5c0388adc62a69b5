"""A net of 8 bits is trained on for pictures of 16 bits: it codes them in fewer bits, and is a model as others are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.small_photos import small_photo_model
from PIL import Image

from codec.density.photo.deep.stripe import price_deep_stripe
from codec.density.photo.model import PhotoModel, learning_so, load_photo
from codec.density.photo.stripe import probe_digest
from codec.learn.photo.deep import KINDS, Pixels, deep_planes, train_deep, train_on
from codec.learn.photo.export import with_photo_probe
from codec.learn.photo.settle import with_layers
from codec.nets.model_file import model_bytes, read_model, trained_model

LEARNING = "all-whole"


def picture(seed: int) -> Pixels:
    y, x, c = np.indices((48, 64, 3))
    noise = np.random.default_rng(seed).normal(0, 3, (48, 64, 3))
    return (120 + 60 * np.sin(x / 25 + c + seed) + 50 * np.cos(y / 29) + noise).astype(np.uint8)


def small_model() -> PhotoModel:
    return learning_so(load_photo(read_model(small_photo_model(3, 0, "four"))), LEARNING)


def price(model: PhotoModel) -> float:
    planes, top = deep_planes(picture(99), "sRGB", 0)
    return price_deep_stripe(model, "none", planes, top, 1.0)


def test_a_net_that_was_trained_on_takes_fewer_bits() -> None:
    model = small_model()
    weights = train_on(model, [picture(seed) for seed in range(6)], 0.5, np.random.default_rng(0))
    trained = load_photo(read_model(trained_model(with_layers(model, weights, LEARNING), {"pictures": 6}, with_photo_probe)))
    assert price(trained) < 0.98 * price(model) and trained.file.metadata["training"]["pictures"] == 6
    assert trained.file.metadata["learning"] == LEARNING and probe_digest(trained) == trained.file.metadata["probe"]


def test_a_net_that_was_taught_nothing_costs_the_same() -> None:
    model = small_model()
    same = trained_model(with_layers(model, train_on(model, [], 0.5, np.random.default_rng(0)), LEARNING), {}, with_photo_probe)
    assert price(load_photo(read_model(same))) == pytest.approx(price(model), rel=1e-3)


@pytest.mark.parametrize(("kind", "bits"), [(KINDS[0], 16), (KINDS[1], 16), (KINDS[2], 10)])
@pytest.mark.parametrize("order", [0, 1])
def test_pictures_have_more_bits(kind: str, bits: int, order: int) -> None:
    planes, top = deep_planes(picture(1), kind, order)
    assert planes.shape == (3, 24, 32) and planes.dtype == np.int32 and 1 << bits - 2 < top < 1 << bits
    assert planes[0].min() >= 0 and planes[0].max() <= top and abs(planes).max() <= top


@pytest.mark.parametrize("channels", [1, 3])
def test_the_command_writes_a_model(tmp_path: Path, channels: int) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Image.fromarray(picture(1)).save(tmp_path / name / "picture.png")
    given, mine = tmp_path / "small.bbm", tmp_path / "mine.bbm"
    given.write_bytes(small_photo_model(channels, 0, "four"))
    train_deep([str(tmp_path / "one"), str(tmp_path / "two"), "--model", str(given), "--learning", LEARNING, "-o", str(mine)])
    assert load_photo(read_model(model_bytes(mine))).file.metadata["training"]["deep"]["pictures"] == 2
