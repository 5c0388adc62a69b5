"""Models are found by title, path, or the name in a file, and loaded once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model
from helpers.stand_in import model_data, stand_ins_known

from codec.density import library
from codec.density.efforts import EFFORTS, MAIN_EFFORTS
from codec.density.library import JPEG_MODELS, PHOTO_TITLES
from codec.density.named_model import NamedModel, models_in
from codec.errors import BadModel, UnknownModel
from codec.nets.layers import NumpyEngine
from codec.nets.model_file import write_model

TITLES = [PHOTO_TITLES[channels] + ending for channels in PHOTO_TITLES for ending in EFFORTS.values()]
EARLIER_ENDINGS = [
    *("-1", "-2", "-3", "-all-3", "-fast-1", "-fast-2", "-fast-3", "-fast-all-3"),
    *("-best-1", "-best-2", "-best-3", "-best-4", "-best-5", "-best-6", "-best-half-4", "-best-quarter-4"),
    *(ending + number for ending in ("-heads", "-fast-heads", "-best-outputs", "-best-heads") for number in ("", "-1")),
]
EARLIER_COLOUR_ENDINGS = ["-4", "-all-4", "-best-7", "-best-8", "-best-half-5", "-best-quarter-5"]
EARLIER = (
    "jpeg-1",
    "jpeg-2",
    "jpeg-3",
    "jpeg-4",
    "jpeg-5",
    "jpeg-best-1",
    "jpeg-best-2",
    "jpeg-best-3",
    "jpeg-best-4",
    "jpeg-best-5",
    "photo-deep",
    "photo-deep-1",
    *(title + ending for title in PHOTO_TITLES.values() for ending in EARLIER_ENDINGS),
    *(PHOTO_TITLES[3] + ending for ending in EARLIER_COLOUR_ENDINGS),
)  # models whose files are decoded, and those that code no more but pictures of more than 8 bits
ARRAY_TITLES = ["cifar", "digits-binary", "digits-gray", "mnist", "mnist-binary"]
GRAPHICS_TITLES = [library.GRAPHICS + ending for ending in MAIN_EFFORTS.values()]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a model of digits, one of gray pictures, and a text."""
    (tmp_path / "digits.bbm").write_bytes(small_model(256))
    (tmp_path / "gray.bbm").write_bytes(small_photo_model(1, seed=5))
    (tmp_path / "text.bbm").write_text("no model")
    return tmp_path


# ---------------------------------------------------------------- the models of the package


def test_the_package_has_models_of_digits_and_of_pictures_and_jpeg_files_for_every_effort() -> None:
    titles = [one.title for one in library.embedded()]
    assert titles == sorted({*ARRAY_TITLES, *TITLES, *GRAPHICS_TITLES, *JPEG_MODELS.values(), *EARLIER})
    assert [one.title for one in library.embedded() if one.codes_images] == ARRAY_TITLES


@pytest.mark.parametrize("title", GRAPHICS_TITLES)
def test_a_model_of_graphics_codes_neither_planes_nor_images(title: str) -> None:
    model = library.find(title)
    model.load()
    assert model.codes_pixels and not model.codes_images and model.probe() == model.file.metadata["probe"]
    for use in ("planes", "images", "coefficients"):
        with pytest.raises(BadModel, match="codes graphics"):
            getattr(model, use)


@pytest.mark.parametrize("title", ["photo", "digits-gray"])
def test_other_models_do_not_code_graphics(title: str) -> None:
    with pytest.raises(BadModel, match="not graphics"):
        _ = library.find(title).pixels


def test_an_embedded_model_is_found_by_its_title_and_loaded_once() -> None:
    assert library.find("digits-gray") is library.find("digits-gray")
    assert library.find("digits-gray").images is library.images_density("digits-gray")


def test_a_data_set_is_coded_by_the_model_of_its_levels() -> None:
    for levels in (2, 256):
        assert library.images_density(None, levels).levels == levels
    with pytest.raises(UnknownModel, match="no model of this release codes images of 3 levels"):
        library.images_density(None, 3)


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("channels", PHOTO_TITLES)
def test_a_picture_is_coded_by_the_model_of_its_channels_and_effort(channels: int, effort: int) -> None:
    found = library.planes_density(channels, None, effort)
    assert found is library.find(PHOTO_TITLES[channels] + EFFORTS[effort]).planes and found.channels == channels


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_jpeg_file_is_coded_by_the_model_of_its_effort(effort: int) -> None:
    title = JPEG_MODELS[max(one for one in JPEG_MODELS if one <= effort)]
    assert library.jpeg_density(None, effort) is library.find(title).coefficients


@pytest.mark.usefixtures("tiny_photos")
def test_photo_means_the_model_that_fits_the_channels() -> None:
    for channels, title in PHOTO_TITLES.items():
        for given in (None, "photo", title):
            if given != "photo-gray" or channels == 1:
                assert library.planes_density(channels, given) is library.find(title).planes


@pytest.mark.usefixtures("tiny_photos")
def test_an_effort_without_a_model_is_told() -> None:
    with pytest.raises(UnknownModel, match="no model of this release codes pictures of 3 channels"):
        library.planes_density(3, None, 9)


def test_variants_have_the_names_and_sizes_that_are_written_beside_them() -> None:
    variants = [one for one in models_in(library.MODELS) if not one.is_read_for_name]
    assert variants
    for one in variants:
        assert (one.name, one.size) == (one.file.name, len(one.data))


def test_a_name_of_a_variant_is_found_before_a_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    models = [one for one in models_in(library.MODELS) if not one.is_read_for_name or one.title == "photo"]
    monkeypatch.setattr(library, "embedded", lambda: models)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    for one in models:
        if not one.is_read_for_name:
            assert library.named_by(one.name) is one


# ---------------------------------------------------------------- models of one's own


def test_a_model_comes_by_its_path_or_itself(place: Path) -> None:
    path = str(place / "gray.bbm")
    model = library.find(path)
    assert library.find(model) is model and library.find(path) is model
    assert library.planes_density(1, path) is library.planes_density(1, model) is model.planes
    assert library.images_density(str(place / "digits.bbm")).levels == 256


def test_a_file_written_anew_is_read_anew(place: Path) -> None:
    path = place / "gray.bbm"
    before = library.find(str(path))
    path.write_bytes(small_photo_model(1, seed=6))
    path.touch()
    assert library.find(str(path)).name != before.name


def test_a_model_is_named_by_its_bytes(place: Path) -> None:
    found = library.find(str(place / "gray.bbm"))
    assert found.name == found.file.name == found.planes.file.name and found.size == len(found.data)


def test_a_file_finds_its_model_among_those_of_the_package_and_the_one_given(place: Path) -> None:
    embedded, own = library.find("photo"), library.find(str(place / "gray.bbm"))
    for given in (None, str(place / "gray.bbm"), "photo", "digits-gray", own):
        assert library.named_by(embedded.name, given) is embedded
    for given in (str(place / "gray.bbm"), own):
        assert library.named_by(own.name, given) is own


def test_a_file_of_an_unknown_model_says_which_one_it_needs(place: Path) -> None:
    own = library.find(str(place / "gray.bbm")).name
    for given, advice in ((None, "give its file with --model"), ("photo", "is another one"), (str(place / "digits.bbm"), "is another one")):
        with pytest.raises(UnknownModel, match=rf"{own.hex()}; .*{advice}"):
            library.named_by(own, given)


def test_models_of_the_other_kind_are_refused(place: Path) -> None:
    with pytest.raises(BadModel, match="not pictures"):
        library.planes_density(3, str(place / "digits.bbm"))
    with pytest.raises(BadModel, match="not arrays"):
        library.images_density("photo")


def test_what_is_no_model_is_told_with_those_that_there_are(place: Path) -> None:
    with pytest.raises(UnknownModel, match=r"digits-binary, digits-gray, .*mnist, mnist-binary, photo"):
        library.find("nothing")
    for missing in (place / "missing.bbm", place):
        with pytest.raises(UnknownModel, match="cannot read"):
            library.find(str(missing))


def test_a_damaged_model_is_told_with_its_path(place: Path) -> None:
    with pytest.raises(BadModel, match=r"text\.bbm: .*not a model file"):
        library.find(str(place / "text.bbm")).load()


# ---------------------------------------------------------------- families


def test_a_family_is_known_by_one_line() -> None:
    data = model_data(3)
    with pytest.raises(BadModel, match="this release knows photo, graphics, vae"):
        NamedModel("mine", data).load()
    with stand_ins_known():
        found = NamedModel("mine", data)
        assert found.planes.channels == 3 and found.probe() == "deflated" and not found.codes_images
        with pytest.raises(BadModel, match="not arrays"):
            _ = found.images


def test_a_model_without_a_family_is_refused() -> None:
    with pytest.raises(BadModel, match="a model of kind 'None'"):
        NamedModel("mine", write_model({"training": {}}, {"nothing": np.zeros(1, np.uint8)})).load()


def test_a_model_is_probed_with_an_engine_or_without() -> None:
    found = NamedModel("mine", small_model(2))
    assert found.probe() == found.probe(NumpyEngine()) == found.file.metadata["probe"]
