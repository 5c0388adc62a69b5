"""Make the golden files that are not there yet: python -m tests.helpers.make_golden. It never replaces one."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from codec.density import library
from codec.density.arrays.load import load_model
from codec.kinds.array.stream import compress_array
from codec.nets.model_file import ModelFile, read_model
from codec.system.files import array_bytes
from helpers.exactness_worker import digits
from helpers.fuzz_files import PATHS, file_of, picture_of
from helpers.small_models import small_images, small_model
from helpers.small_photos import small_photo_model

FOLDER = Path(__file__).resolve().parents[1] / "whole" / "golden"
PARTICLES = (1, 4)
PHOTO_MODELS: dict[str, tuple[Any, ...]] = {
    "small-photo": (3,),
    "small-photo-gray": (1,),
    "small-photo-learning": (3, 0, "four", "all"),
}


def cases() -> dict[str, tuple[ModelFile, np.ndarray]]:
    """Name -> (model, images) of everything that is frozen: a change of any of these bytes needs a new version of a format."""
    found = {f"small-{levels}-{layers}": (levels, layers) for levels, layers in ((2, 1), (256, 2))}
    small = {name: (read_model(small_model(*kind)), small_images(30, kind[0])) for name, kind in found.items()}
    titles = {entry.title: (entry.file, digits(12, entry.file.metadata["levels"])) for entry in library.embedded("vae")}
    return small | titles


def array_files() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the golden files of arrays of images."""
    for name, (file, images) in cases().items():
        for particles in PARTICLES:
            yield f"{name}-{particles}.bb", compress_array(images, load_model(file), particles)
        if name.startswith("small"):
            levels, layers = (int(part) for part in name.split("-")[1:])
            yield f"{name}.bbm", small_model(levels, layers)
        yield f"{name}.npy", array_bytes(images)


def picture_files() -> Iterator[tuple[str, bytes]]:
    """Those of pictures, and of files that are kept: one of each path through the decoders that is fuzzed."""
    for name, kind in PHOTO_MODELS.items():
        yield f"{name}.bbm", small_photo_model(*kind)
    for name, path in PATHS.items():
        if not name.startswith("array"):
            data, content = file_of(name)
            yield f"{name}.bb", data
            yield (f"{name}.npy", array_bytes(picture_of(path).pixels)) if path.mode else (f"{name}.bin", content)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for title, content in chain(array_files(), picture_files()):
        if not (FOLDER / title).exists():
            (FOLDER / title).write_bytes(content)
            print(title, len(content))


if __name__ == "__main__":
    main()
