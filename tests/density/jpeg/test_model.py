"""JPEG models: what is wrong with a model file is told."""

from collections.abc import Callable

import numpy as np
import pytest
from helpers.small_jpegs import COUNTERS, small_jpeg_bytes, small_metadata, small_tensors

from codec.density.jpeg.model import load_jpeg
from codec.errors import BadModel
from codec.nets.model_file import read_model, write_model


def load(metadata: dict[str, object], tensors: dict[str, np.ndarray]) -> None:
    load_jpeg(read_model(write_model(metadata, tensors)))


def test_a_whole_model_loads() -> None:
    load(small_metadata(), small_tensors())


@pytest.mark.parametrize("name", sorted(small_tensors()))
def test_a_tensor_of_another_shape_is_refused(name: str) -> None:
    tensors = small_tensors()
    tensors[name] = np.concatenate([tensors[name], tensors[name][:1]])
    with pytest.raises(BadModel):
        load(small_metadata(), tensors)


@pytest.mark.parametrize("name", sorted(small_tensors()))
def test_a_missing_tensor_is_refused(name: str) -> None:
    tensors = small_tensors()
    del tensors[name]
    with pytest.raises(BadModel):
        load(small_metadata(), tensors)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "photo"),
        ("hidden", [8]),
        ("hidden", [8, 9]),
        ("components", 6),
        ("shifts", {}),
        ("more", 1),
        ("learning", "some"),
        ("decisions", "some"),
        ("prediction", "some"),
        ("prediction", "solved"),
        ("part_blocks", 5),
    ],
)
def test_other_metadata_are_refused(field: str, value: object) -> None:
    with pytest.raises(BadModel):
        load({**small_metadata(), field: value}, small_tensors())


@pytest.mark.parametrize("change", [lambda sets: sets[1:], lambda sets: sets[:, 1:], lambda sets: sets.astype(np.int32)])
def test_other_weights_of_decisions_are_refused(change: Callable[[np.ndarray], np.ndarray]) -> None:
    tensors = small_tensors(learning="whole-settled")
    tensors["chroma.sets"] = change(tensors["chroma.sets"])
    with pytest.raises(BadModel, match=r"chroma\.sets"):
        load(small_metadata("whole-settled"), tensors)


@pytest.mark.parametrize("change", [lambda solved: solved[1:], lambda solved: solved[..., 1:], lambda solved: solved.astype(np.int32)])
def test_other_weights_of_solved_predictions_are_refused(change: Callable[[np.ndarray], np.ndarray]) -> None:
    tensors = small_tensors(learning="whole-settled-solved")
    tensors["solved"] = change(tensors["solved"])
    with pytest.raises(BadModel, match="solved"):
        load(small_metadata("whole-settled-solved"), tensors)


def test_sums_that_may_not_be_exact_are_refused() -> None:
    tensors = small_tensors()
    tensors["luma.second.weight"] = np.full_like(tensors["luma.second.weight"], 4000)
    with pytest.raises(BadModel, match="not exact"):
        load(small_metadata(), tensors)


def test_weights_of_more_than_16_bits_do_not_learn_in_whole_numbers() -> None:
    tensors = small_tensors()
    tensors["luma.first.weight"] = np.zeros(tensors["luma.first.weight"].shape, np.int32)
    tensors["luma.first.weight"][0, 0] = 1 << 15
    load(small_metadata(), tensors)
    with pytest.raises(BadModel, match="16 bits"):
        load(small_metadata("whole"), tensors)


def test_a_curve_that_falls_is_refused() -> None:
    tensors = small_tensors()
    tensors["table.curve"] = tensors["table.curve"][::-1].copy()
    with pytest.raises(BadModel, match="curve"):
        load(small_metadata(), tensors)


QUICK = read_model(small_jpeg_bytes(0, COUNTERS))


@pytest.mark.parametrize("name", sorted(QUICK.tensors))
def test_a_quick_model_with_a_tensor_missing_or_of_another_shape_is_refused(name: str) -> None:
    tensors = dict(QUICK.tensors)
    tensors[name] = np.concatenate([tensors[name], tensors[name][:1]])
    with pytest.raises(BadModel):
        load(dict(QUICK.metadata), tensors)
    del tensors[name]
    with pytest.raises(BadModel):
        load(dict(QUICK.metadata), tensors)


@pytest.mark.parametrize(("name", "value"), [("weights", 1 << 17), ("table.squash", 0), ("table.first", 1 << 21)])
def test_a_quick_model_with_numbers_beyond_their_bounds_is_refused(name: str, value: int) -> None:
    changed = QUICK.tensors[name].copy()
    changed.reshape(-1)[0] = value
    with pytest.raises(BadModel):
        load(dict(QUICK.metadata), {**QUICK.tensors, name: changed})


@pytest.mark.parametrize(("field", "value"), [("form", "other"), ("hidden", [8, 8])])
def test_other_metadata_of_a_quick_model_are_refused(field: str, value: object) -> None:
    with pytest.raises(BadModel):
        load({**QUICK.metadata, field: value}, dict(QUICK.tensors))
