"""Models are found by title, path, or the name in a file, and loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model

from codec.density import library
from codec.errors import BadModel, UnknownModel

pytestmark = pytest.mark.usefixtures("tiny_photos")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "digits.bbm").write_bytes(small_model(256))
    (tmp_path / "gray.bbm").write_bytes(small_photo_model(1, seed=5))
    return tmp_path


def test_photo_means_the_model_that_fits_the_channels() -> None:
    for channels, title in library.PHOTO_TITLES.items():
        for given in (None, "photo", title):
            if given != "photo-gray" or channels == 1:
                assert library.photo_model(channels, given) is library.find(title).model


def test_models_come_by_title_path_or_themselves(place: Path) -> None:
    path = str(place / "gray.bbm")
    model = library.photo_model(1, path)
    assert library.photo_model(1, model) is model and library.find_file(path) is model.file
    assert library.array_model(None, 2).levels == 2 and library.array_model("digits-gray").levels == 256


def test_a_file_written_anew_is_read_anew(place: Path) -> None:
    path = place / "gray.bbm"
    before = library.photo_model(1, str(path))
    assert library.photo_model(1, str(path)) is before
    path.write_bytes(small_photo_model(1, seed=6) + b"")
    path.touch()
    assert library.photo_model(1, str(path)).file.name != before.file.name


def test_a_file_finds_its_model_among_those_of_the_package_and_the_one_given(place: Path) -> None:
    path = str(place / "gray.bbm")
    embedded, own = library.find("photo").file.name, library.find_file(path).name
    for given in (None, path, "photo", "digits-gray", library.photo_model(1, path)):
        assert library.find_photo(embedded, given) is library.find("photo").model
    assert library.find_photo(own, path) is library.find_photo(own, library.photo_model(1, path))
    for given in (None, "photo"):
        with pytest.raises(UnknownModel, match=own.hex()):
            library.find_photo(own, given)


def test_models_of_the_other_kind_are_refused(place: Path) -> None:
    with pytest.raises(BadModel, match="not pictures"):
        library.photo_model(3, str(place / "digits.bbm"))
    with pytest.raises(BadModel, match="not arrays"):
        library.array_model("photo")
    with pytest.raises(BadModel, match="not arrays"):
        library.find_named(library.find("photo").file.name)


def test_what_is_no_model_is_told_with_those_that_there_are(place: Path) -> None:
    (place / "text.bbm").write_text("no model")
    with pytest.raises(UnknownModel, match="digits-binary, digits-gray, photo"):
        library.find("nothing")
    with pytest.raises(UnknownModel, match="cannot read"):
        library.find(str(place / "missing.bbm"))
    with pytest.raises(UnknownModel, match="cannot read"):
        library.find(str(place))
    with pytest.raises(BadModel, match="not a model file"):
        library.find_file(str(place / "text.bbm"))
