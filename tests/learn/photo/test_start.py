"""Learning the sums with which small stripes begin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from codec.density.photo.least_squares import ENTRIES, workspace
from codec.density.photo.predictors import SETS
from codec.density.photo.start import file_name
from codec.learn.photo.start import learn_starting_sums, write_starting_sums


def photo(seed: int) -> np.ndarray:  # type: ignore[type-arg]
    rng = np.random.default_rng(seed)
    y, x, c = np.indices((24, 260, 3))
    values = 120 + 60 * np.sin(x / 9 + c) + 40 * np.cos(y / 7) + rng.normal(0, 2, (24, 260, 3))
    return np.clip(values, 0, 255).astype(np.uint8)


def test_the_sums_are_means_of_what_rows_leave_whatever_the_contrast() -> None:
    one, two = (learn_starting_sums([photo(seed)], SETS["one"], 3) for seed in (1, 2))
    both = learn_starting_sums([photo(1), photo(2)], SETS["one"], 3)
    assert both.shape == (workspace(SETS["one"], 3, 1).plan[..., ENTRIES].sum(),)
    assert (one > 0).any() and np.corrcoef(one + two, both)[0, 1] > 0.99


def test_a_folder_of_photos_makes_a_file_of_sums_for_each_set_of_predictors(tmp_path: Path) -> None:
    Image.fromarray(np.tile(photo(3), (4, 1, 1))).save(tmp_path / "photo.png")
    (tmp_path / "sums").mkdir()
    write_starting_sums(tmp_path, tmp_path / "sums")
    for name, predictors in SETS.items():
        for channels in (1, 3):
            found = np.load(tmp_path / "sums" / file_name(name, channels))
            assert found.shape == (workspace(predictors, channels, 1).plan[..., ENTRIES].sum(),) and found.dtype == np.float32
