"""Make the golden files that are not there yet: python tests/make_golden.py. It never replaces one."""

from pathlib import Path

import numpy as np
from exactness_worker import digits
from small_models import small_images, small_model

from codec import store
from codec.files import array_bytes
from codec.load import load_model
from codec.modelfile import ModelFile, read_model
from codec.pipeline import compress_array

FOLDER = Path(__file__).resolve().parent / "golden"
PARTICLES = (1, 4)


def cases() -> dict[str, tuple[ModelFile, np.ndarray]]:
    """Name -> (model, images) of everything that is frozen: a change of any of these bytes needs a new version of a format."""
    found = {f"small-{levels}-{layers}": (levels, layers) for levels, layers in ((2, 1), (256, 2))}
    small = {name: (read_model(small_model(*kind)), small_images(30, kind[0])) for name, kind in found.items()}
    titles = {entry.title: (entry.file, digits(12, entry.file.metadata["levels"])) for entry in store.embedded("vae")}
    return small | titles


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, (file, images) in cases().items():
        contents = {f"{name}-{particles}.bb": compress_array(images, load_model(file), particles) for particles in PARTICLES}
        if name.startswith("small"):
            kind = [int(part) for part in name.split("-")[1:]]
            contents[f"{name}.bbm"] = small_model(*kind)
        contents[f"{name}.npy"] = array_bytes(images)
        for title, content in contents.items():
            if not (FOLDER / title).exists():
                (FOLDER / title).write_bytes(content)
                print(title, len(content))


if __name__ == "__main__":
    main()
