"""Golden files: what was written once decodes for ever, and today's code writes the very same bytes."""

from pathlib import Path

import numpy as np
import pytest
from helpers.fuzz_files import METADATA, MODIFIED, PATHS
from helpers.pictures import same

from codec.container.container import read_container
from codec.density import library
from codec.density.arrays.load import load_model
from codec.density.arrays.model import Model, probe_digest
from codec.density.photo.model import PhotoModel, load_photo
from codec.kinds.array.stream import compress_array, decompress_array
from codec.kinds.original import restore_kept
from codec.kinds.picture.header import PHOTO
from codec.kinds.picture.read import StoredRows
from codec.kinds.picture.write import Plan, compress_rows
from codec.media.picture import Picture
from codec.nets.model_file import load_model_file
from codec.system import files

FOLDER = Path(__file__).resolve().parent / "golden"
SMALL = ["small-2-1", "small-256-2"]
TITLES = ["digits-binary", "digits-gray"]
PHOTO_MODELS = ["small-photo", "small-photo-gray", "small-photo-learning"]
PICTURES = [name for name, path in PATHS.items() if path.mode]
EXACT = ["photo", "photo-gray", "photo-stripes", "photo-learning", "photo-groups", "photo-particles", "raw"]  # no other library's bytes


def model_of(name: str) -> Model:
    """A small model from its golden file; an embedded one from the package."""
    return load_model(load_model_file(FOLDER / f"{name}.bbm") if name in SMALL else library.find_file(name))


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
    assert library.find_named(name).file.sha256 == library.find_file(title).sha256


@pytest.mark.parametrize("title", TITLES)
def test_embedded_models_are_small(title: str) -> None:
    (entry,) = [entry for entry in library.embedded("vae") if entry.title == title]
    assert entry.size < 1_000_000


def photo_models() -> dict[bytes, PhotoModel]:
    found = [load_photo(load_model_file(FOLDER / f"{name}.bbm")) for name in PHOTO_MODELS]
    return {model.file.name: model for model in found}


def golden_picture(name: str) -> Picture:
    return Picture(PATHS[name].mode, files.read_array(FOLDER / f"{name}.npy"), METADATA, PATHS[name].bits)


@pytest.mark.parametrize("name", PICTURES)
def test_a_golden_file_of_every_way_to_code_a_picture_decodes(name: str) -> None:
    rows = StoredRows((FOLDER / f"{name}.bb").read_bytes(), photo_models().__getitem__)
    assert same(rows.picture(), golden_picture(name))
    assert rows.header.modified == MODIFIED


@pytest.mark.parametrize("name", EXACT)
def test_the_stripes_of_a_golden_picture_are_written_again_byte_for_byte(name: str) -> None:
    container, path = read_container((FOLDER / f"{name}.bb").read_bytes()), PATHS[name]
    model = photo_models()[container.model] if PHOTO in path.methods else None
    again, _ = compress_rows(golden_picture(name), Plan(path.methods, path.single, path.particles), model, modified=MODIFIED)
    assert read_container(again).section("S") == container.section("S")


@pytest.mark.parametrize("name", ["kept", "kept-packed"])
def test_a_golden_kept_file_comes_back(name: str) -> None:
    header, content = restore_kept((FOLDER / f"{name}.bb").read_bytes())
    assert (header.ending, header.modified, content) == (".jpg", MODIFIED, (FOLDER / f"{name}.bin").read_bytes())
