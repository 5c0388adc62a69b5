"""Small pictures to train photo nets on, and their tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codec.learn.photo.data import Tiles, load_tiles


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six small pictures: smooth, with noise of different strength."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    lines = ["file,split"]
    for i in range(6):
        rows, columns = np.mgrid[0:72, 0 : 80 + 8 * i]
        smooth = 128 + 60 * np.sin(rows / (9 + i))[..., None] * np.cos(columns / 14)[..., None] + np.array([5, 0, -20])
        noisy = np.clip(smooth + rng.normal(0, 1 + 2 * i, (*rows.shape, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{'val' if i == 2 else 'train'}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="session")
def tiles(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Tiles:
    return load_tiles(pictures, tmp_path_factory.mktemp("cache"), 3)
