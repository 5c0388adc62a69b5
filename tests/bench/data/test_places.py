"""bench/data/places.py: sets have names of their own, and public ones need nothing but theirs."""

from pathlib import Path

import numpy as np
import pytest

from bench.data.places import Place, named_sets, read_images
from bench.data.public_sets import TEST_IMAGES
from bench.errors import Unusable


def test_sets_have_names_of_their_own(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,split\n")
    places = [Place.parse("some"), Place.parse("mnist=a/t10k.gz"), Place.parse(str(tmp_path))]
    assert [name for name, _ in named_sets(places, "val")] == ["some", "mnist", "val"]
    assert str(places[1]) == "mnist=t10k.gz" and places[1].is_array
    with pytest.raises(Unusable, match="some"):
        named_sets([Place.parse("some"), Place.parse("x/some")], "val")


def test_a_data_set_is_fetched_by_its_name_where_nothing_else_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fashion-mnist").mkdir()
    places = [Place.parse(name) for name in ("kodak", "digits=mnist", "fashion-mnist")]
    found = named_sets(places, "val", lambda dataset, names: [tmp_path / dataset.name / (names or ("first.png",))[0]])
    assert [name for name, _ in found] == ["kodak", "digits", "fashion-mnist"]
    assert [place.path for _, place in found] == [tmp_path / "kodak", tmp_path / "mnist" / TEST_IMAGES, Path("fashion-mnist")]


def test_what_is_no_array_of_images_is_an_error(tmp_path):
    np.save(tmp_path / "flat.npy", np.zeros(5))
    with pytest.raises(Unusable, match=r"flat\.npy"):
        read_images(tmp_path / "flat.npy")
