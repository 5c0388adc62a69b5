"""Models are found by title, path, or the name in a file, and loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_models import small_model
from small_photos import small_photo_model

from codec import store
from codec.errors import BadModel, UnknownModel

pytestmark = pytest.mark.usefixtures("tiny_photos")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "digits.bbm").write_bytes(small_model(256))
    (tmp_path / "gray.bbm").write_bytes(small_photo_model(1, seed=5))
    return tmp_path


def test_photo_means_the_model_that_fits_the_channels() -> None:
    for channels, title in store.PHOTO_TITLES.items():
        for given in (None, "photo", title):
            if given != "photo-gray" or channels == 1:
                assert store.photo_model(channels, given) is store.find(title).model


def test_models_come_by_title_path_or_themselves(place: Path) -> None:
    path = str(place / "gray.bbm")
    model = store.photo_model(1, path)
    assert store.photo_model(1, model) is model and store.find_file(path) is model.file
    assert store.array_model(None, 2).levels == 2 and store.array_model("digits-gray").levels == 256


def test_a_file_written_anew_is_read_anew(place: Path) -> None:
    path = place / "gray.bbm"
    before = store.photo_model(1, str(path))
    assert store.photo_model(1, str(path)) is before
    path.write_bytes(small_photo_model(1, seed=6) + b"")
    path.touch()
    assert store.photo_model(1, str(path)).file.name != before.file.name


def test_a_file_finds_its_model_among_those_of_the_package_and_the_one_given(place: Path) -> None:
    path = str(place / "gray.bbm")
    embedded, own = store.find("photo").file.name, store.find_file(path).name
    for given in (None, path, "photo", "digits-gray", store.photo_model(1, path)):
        assert store.find_photo(embedded, given) is store.find("photo").model
    assert store.find_photo(own, path) is store.find_photo(own, store.photo_model(1, path))
    for given in (None, "photo"):
        with pytest.raises(UnknownModel, match=own.hex()):
            store.find_photo(own, given)


def test_models_of_the_other_kind_are_refused(place: Path) -> None:
    with pytest.raises(BadModel, match="not pictures"):
        store.photo_model(3, str(place / "digits.bbm"))
    with pytest.raises(BadModel, match="not arrays"):
        store.array_model("photo")
    with pytest.raises(BadModel, match="not arrays"):
        store.find_named(store.find("photo").file.name)


def test_what_is_no_model_is_told_with_those_that_there_are(place: Path) -> None:
    (place / "text.bbm").write_text("no model")
    with pytest.raises(UnknownModel, match="digits-binary, digits-gray, photo"):
        store.find("nothing")
    with pytest.raises(UnknownModel, match="cannot read"):
        store.find(str(place / "missing.bbm"))
    with pytest.raises(UnknownModel, match="cannot read"):
        store.find(str(place))
    with pytest.raises(BadModel, match="not a model file"):
        store.find_file(str(place / "text.bbm"))
