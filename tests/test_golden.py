"""Golden files: what was written once decodes for ever, and today's code writes the very same bytes."""

from pathlib import Path

import numpy as np
import pytest

from codec import files, store
from codec.load import load_model
from codec.model import Model, probe_digest
from codec.modelfile import load_model_file
from codec.pipeline import compress_array, decompress_array

FOLDER = Path(__file__).resolve().parent / "golden"
SMALL = ["small-2-1", "small-256-2"]
TITLES = ["digits-binary", "digits-gray"]


def model_of(name: str) -> Model:
    """A small model from its golden file; an embedded one from the package."""
    return load_model(load_model_file(FOLDER / f"{name}.bbm") if name in SMALL else store.find_file(name))


@pytest.mark.parametrize("particles", [1, 4])
@pytest.mark.parametrize("name", SMALL + TITLES)
def test_a_golden_file_decodes_and_is_written_again_byte_for_byte(name: str, particles: int) -> None:
    data, model = (FOLDER / f"{name}-{particles}.bb").read_bytes(), model_of(name)
    images = files.read_array(FOLDER / f"{name}.npy")
    assert np.array_equal(decompress_array(data, lambda found: model if found == model.file.name else pytest.fail("another model")), images)
    assert compress_array(images, model, particles) == data


@pytest.mark.parametrize("name", SMALL + TITLES)
def test_a_golden_model_passes_its_probe(name: str) -> None:
    model = model_of(name)
    assert probe_digest(model) == model.file.metadata["probe"]


@pytest.mark.parametrize("title", TITLES)
def test_golden_files_name_a_model_that_comes_with_the_package(title: str) -> None:
    name = (FOLDER / f"{title}-1.bb").read_bytes()[6:14]
    assert store.find_named(name).file.sha256 == store.find_file(title).sha256


@pytest.mark.parametrize("title", TITLES)
def test_embedded_models_are_small(title: str) -> None:
    (entry,) = [entry for entry in store.embedded("vae") if entry.title == title]
    assert entry.size < 1_000_000
