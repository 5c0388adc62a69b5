"""Symbols of JPEG files, gathered for training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from codec.density.jpeg.blocks import HIGHEST_INPUT
from codec.density.jpeg.constants import CLASSES, KINDS, LAST, SIZE, inputs_of
from codec.density.jpeg.gather import gather_symbols
from codec.density.jpeg.solved import ROOM
from codec.errors import BadData
from codec.learn.jpeg.data import Gathered, list_files, load_symbols
from codec.learn.jpeg.files import read_coefficients
from codec.learn.jpeg.passes import pass_room, passes_of
from codec.learn.jpeg.starts import first_start


def test_inputs_are_as_many_as_the_networks_have_and_within_their_limit(gathered: Gathered, gathered_solved: Gathered) -> None:
    for one in (gathered, gathered_solved):
        for kind, symbols in enumerate((one.luma, one.chroma)):
            assert symbols.inputs.shape[1] == inputs_of(kind, one.solved is not None)
            assert len(symbols.inputs) == len(symbols.facts) > 1000 and np.abs(symbols.inputs).max() <= HIGHEST_INPUT


def test_kinds_are_places_and_that_of_the_last_coefficient(gathered: Gathered) -> None:
    luma, chroma = gathered.luma.facts[:, 0], gathered.chroma.facts[:, 0]
    assert luma.min() == 0 and luma.max() == LAST
    assert chroma.max() == KINDS + LAST


def test_what_cannot_be_zero_is_not(gathered: Gathered) -> None:
    facts = gathered.luma.facts
    assert (facts[facts[:, 2] > 0, 1] != 0).all()


def test_validation_files_come_last(gathered: Gathered) -> None:
    assert len(gathered.luma.held) == 2 and 0 < gathered.luma.training < len(gathered.luma.facts)


def test_the_cache_gives_the_same_again(files: Path, gathered: Gathered, tmp_path: Path) -> None:
    load_symbols(files, tmp_path, solves=False)
    again = load_symbols(files, tmp_path, solves=False)
    assert np.array_equal(again.luma.inputs, gathered.luma.inputs) and np.array_equal(again.start, gathered.start)


def test_learnt_predictions_begin_with_what_files_teach(gathered: Gathered) -> None:
    assert np.isfinite(gathered.start).all() and np.abs(gathered.start[0, 1, :2]).max() > 0.1


def test_solved_predictions_err_less_when_they_begin_with_what_files_teach(files: Path, gathered_solved: Gathered) -> None:
    errors = []
    for start in (np.zeros((CLASSES, SIZE, ROOM), np.float32), gathered_solved.solved):
        for blocks, known in passes_of(files / "5.jpg", first_start(), start, 0):
            room = pass_room(blocks.kind, True, 65 * len(known))
            facts = room[2][: gather_symbols(blocks, np.ones(len(known), np.uint8), *room)]
            facts = facts[facts[:, 0] < 3]
            errors.append(np.abs(16 * facts[:, 1] - facts[:, 3]).mean())
    assert errors[len(errors) // 2] < 0.9 * errors[0]  # of luma


def test_a_file_that_is_no_jpeg_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_bytes(b"no picture")
    assert read_coefficients(tmp_path / "no.jpg") is None


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no JPEG files"):
        list_files(tmp_path)
