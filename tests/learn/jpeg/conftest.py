"""A folder of small JPEG files, and what is gathered of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codec.learn.jpeg.data import Gathered, load_symbols

SIZES = [(96, 120), (80, 80), (130, 70)]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six files: gray and colour, of several qualities; the last one is for validation."""
    folder, rng = tmp_path_factory.mktemp("jpegs"), np.random.default_rng(0)
    lines = ["file,split"]
    for i in range(6):
        height, width = SIZES[i % 3]
        rows, columns = np.mgrid[0:height, 0:width]
        wave = 128 + 60 * np.sin(rows / (9 + i)) + 50 * np.cos(columns / 7)
        pixels = np.clip(wave[..., None] + rng.normal(0, 9, (height, width, 3)), 0, 255).astype(np.uint8)
        picture = Image.fromarray(pixels)
        (picture.convert("L") if i == 4 else picture).save(folder / f"{i}.jpg", quality=60 + 7 * i, subsampling=i % 3)
        lines.append(f"{i}.jpg,{'val' if i == 5 else 'train'}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def gathered(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """Their symbols."""
    return load_symbols(files, tmp_path_factory.mktemp("symbols"), solves=False)


@pytest.fixture(scope="session")
def gathered_solved(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """The same with solved predictions."""
    return load_symbols(files, tmp_path_factory.mktemp("symbols"), solves=True)
