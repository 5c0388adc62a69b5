"""Models of graphics: what a file must hold, and that the embedded ones have numbers of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from codec.density import library
from codec.density.graphics.decisions import LEARNT, WEIGHTS_AT
from codec.density.graphics.model import load_graphics
from codec.errors import BadModel
from codec.nets.model_file import ModelFile, read_model, write_model


def file_with(learnt: np.ndarray | None = None, **changes: Any) -> ModelFile:
    metadata = {"kind": "graphics", "number": 9, "contexts": [3, 2, 3, 3], "rate": 5, **changes}
    tensors = {"learnt": np.zeros(LEARNT, np.int32) if learnt is None else learnt, "probe.pixels": np.zeros((2, 3, 4), np.uint8)}
    return read_model(write_model(metadata, tensors))


def test_a_model_says_its_number_its_contexts_and_its_rate() -> None:
    model = load_graphics(file_with())
    assert (model.number, model.contexts, model.rate) == (9, (3, 2, 3, 3), 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 0},
        {"number": 256},
        {"rate": 0},
        {"rate": 2.0},
        {"number": True},
        {"contexts": [1, 1, 1]},
        {"contexts": [17, 1, 1, 1]},
        {"contexts": "abcd"},
    ],
)
def test_a_model_beyond_its_bounds_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadModel):
        load_graphics(file_with(**changes))


@pytest.mark.parametrize("place", [0, WEIGHTS_AT, LEARNT - 1])
def test_learnt_numbers_beyond_their_bounds_are_refused(place: int) -> None:
    learnt = np.zeros(LEARNT, np.int32)
    learnt[place] = 1 << 24
    with pytest.raises(BadModel, match="bounds"):
        load_graphics(file_with(learnt))


def test_the_embedded_models_have_numbers_of_their_own() -> None:
    assert [library.graphics_density(effort).number for effort in (1, 5, 9)] == [1, 2, 3]
    assert library.graphics_density_of(2) is library.graphics_density(5) and library.graphics_density_of(200) is None


@pytest.mark.parametrize("effort", [1, 5, 9])
def test_the_embedded_models_pass_their_probes(effort: int) -> None:
    density = library.graphics_density(effort)
    assert density.probe() == density.file.metadata["probe"]
