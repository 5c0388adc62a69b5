"""Model files of equal tensors become variants of one of them, and nothing else of a folder changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from codec.density.named_model import VARIANTS, models_in
from codec.errors import BadModel
from codec.learn.variants import fold, fold_as_asked
from codec.nets.model_file import write_model

FIRST, SECOND = ({"weight": np.arange(start, start + 9, dtype=np.int32)} for start in (0, 1))
FACTS = {"kind": "test", "probe": "a", "training": {"tiles": 3}}
FILES = {
    "a-2": write_model({**FACTS, "probe": "c", "training": {"tiles": 3, "weights": "those of a"}}, FIRST),
    "a": write_model({**FACTS, "sums": "singles"}, FIRST),
    "a-1": write_model({**FACTS, "probe": "b"}, FIRST),
    "b": write_model(FACTS, SECOND),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for title, data in FILES.items():
        (tmp_path / f"{title}.bbm").write_bytes(data)
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_of_equal_tensors_become_variants_with_the_same_bytes(folder: Path) -> None:
    assert fold(folder) == ["a-1", "a-2"]
    assert set(content(folder)) == {"a.bbm", "b.bbm", VARIANTS}
    assert {one.title: one.data for one in models_in(folder)} == FILES
    assert [one.title for one in models_in(folder)] == sorted(FILES)


def test_a_later_file_becomes_a_variant_of_the_file_that_has_some(folder: Path) -> None:
    fold(folder)
    (folder / "0.bbm").write_bytes(FILES["a-1"])
    assert fold(folder) == ["0"]
    assert {row["of"] for row in json.loads((folder / VARIANTS).read_text()).values()} == {"a"}


def test_a_folder_without_more_to_fold_stays_as_it_is(folder: Path) -> None:
    fold(folder)
    before = content(folder)
    assert fold(folder) == [] and content(folder) == before


def test_a_file_that_would_not_come_back_stays(folder: Path) -> None:
    (folder / "a-3.bbm").write_bytes(write_model({**FACTS, "sums": None}, FIRST))  # null removes a field
    before = content(folder)
    with pytest.raises(BadModel, match="a-3: as a variant of a"):
        fold(folder)
    assert content(folder) == before


@pytest.mark.parametrize("changed", [True, False])
def test_variants_keep_their_file(folder: Path, changed: bool) -> None:
    fold(folder)
    (folder / "a.bbm").unlink()
    if changed:
        (folder / "a.bbm").write_bytes(FILES["b"])
    before = content(folder)
    with pytest.raises(BadModel, match="as a variant of a it would be another model"):
        fold(folder)
    assert content(folder) == before


def test_the_command_folds_a_folder(folder: Path) -> None:
    fold_as_asked([str(folder)])
    assert sorted(path.name for path in folder.iterdir()) == ["a.bbm", "b.bbm", VARIANTS]
