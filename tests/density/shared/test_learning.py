"""Heads that learn: they help, they forget what they are to forget, and nonsense does not carry them away."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.photo_planes import KINDS, planes_of
from helpers.small_photos import small_photo_model

from codec.density.photo.area import PhotoArea
from codec.density.photo.estimate import estimate_stripe
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.stripe import decode_stripe, encode_stripe, message_lanes
from codec.density.shared import learning
from codec.density.shared.learning import PACES
from codec.density.shared.step import usual_funding
from codec.nets.model_file import read_model


def model_of(learning: str, channels: int = 3) -> PhotoModel:
    return load_photo(read_model(small_photo_model(channels, 0, "two", learning)))


MODELS = {learning: model_of(learning) for learning in PACES}


def bits_of(model: PhotoModel, planes: np.ndarray) -> float:
    area = PhotoArea.known(model, planes)
    rows = area.rows(0, area.height)
    rows.cost(area)
    return rows.total_bits


@pytest.mark.parametrize("kind", ["random walk", "smooth"])
def test_a_model_of_random_weights_learns_to_code(kind: str) -> None:
    planes = planes_of(kind, 3, 60, 120)
    none, outputs, heads = (bits_of(MODELS[learning], planes) for learning in ("none", "outputs", "heads"))
    assert outputs < 0.97 * none
    assert heads < outputs


@pytest.mark.parametrize(
    "learning, like", [("all-whole", "all"), ("all-whole-16", "all"), ("outputs-half", "outputs"), ("directed", "all-whole-16")]
)
def test_what_takes_less_time_learns_nearly_as_much(learning: str, like: str) -> None:
    planes = planes_of("random walk", 3, 60, 120)
    assert bits_of(MODELS[learning], planes) < 1.02 * bits_of(MODELS[like], planes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("learning", PACES)
@pytest.mark.parametrize("particles", [1, 3])
def test_stripes_come_back(kind: str, learning: str, particles: int) -> None:
    planes = planes_of(kind, 3, 30, 290)
    stripe = encode_stripe(MODELS[learning], planes, particles)
    assert np.array_equal(decode_stripe(MODELS[learning], stripe.payload, planes.shape), planes)


def test_the_same_rows_cost_the_same_again() -> None:
    planes = planes_of("random walk", 3, 20, 50)
    area = PhotoArea.known(MODELS["heads"], planes)
    rows = area.rows(0, 20)
    assert rows.cost(area).tolist() == rows.cost(area).tolist()


def test_estimates_are_what_files_take() -> None:
    """Both go through the same learning; the stripe of a model that learns is one data point."""
    planes = planes_of("random walk", 3, 120, 300)
    stripe, area = encode_stripe(MODELS["heads"], planes), PhotoArea.known(MODELS["heads"], planes)
    rows = usual_funding(area, message_lanes(120 * 300))
    found = [estimate_stripe(area, rows, [1], np.random.default_rng(seed))[0].log_density for seed in range(4)]
    assert 0.0 < stripe.bits["funding"] < stripe.bits["estimate"]
    assert 8 * len(stripe.payload) == pytest.approx(-np.mean(found) / np.log(2.0), rel=0.003, abs=300)


def test_weights_stay_within_their_limit_whatever_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS["heads"]
    extreme = model.network._replace(
        learnt=np.resize(np.array([-1.0, 1.0], np.float32), model.network.learnt.shape) * np.float32(learning.LARGEST_WEIGHT)
    )
    extreme.learnt[1] = 0.0
    monkeypatch.setitem(model.__dict__, "network", extreme)
    planes = planes_of("extremes", 3, 40, 60)
    area = PhotoArea.known(model, planes)
    area.rows(0, 40).cost(area)
    weights = area.buffers.learnt[: model.network.learnt.shape[1]]
    assert np.isfinite(area.buffers.learnt).all() and np.abs(weights).max() == learning.LARGEST_WEIGHT
    stripe = encode_stripe(model, planes)
    assert np.array_equal(decode_stripe(model, stripe.payload, planes.shape), planes)
