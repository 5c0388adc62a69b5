"""Makes a folder to run commands in: a model of tiny gray images and, in the folder `in`, arrays of them and things that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from helpers.small_models import small_images, small_model

ARRAYS = ("a.npy", "b.npy", "deep/er/c.npy")  # in the folder `in`
MODEL = ("--model", "gray.bbm")


def make_array_folder(folder: Path) -> Path:
    """Fill a folder, and give it back."""
    (folder / "in" / "deep" / "er").mkdir(parents=True)
    (folder / "gray.bbm").write_bytes(small_model(256))
    for number, name in enumerate(ARRAYS):
        np.save(folder / "in" / name, small_images(3 + number, 256))
    (folder / "in" / "readme.txt").write_text("no array")
    (folder / "in" / ".hidden.npy").write_text("no array")
    return folder


def tree(folder: Path) -> set[str]:
    """The files in a folder and in those in it, but hidden ones."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


def damage(path: Path) -> None:
    """Change a bit near the end of a file."""
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
