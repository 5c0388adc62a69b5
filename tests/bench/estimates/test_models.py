"""bench/estimates/models.py: the model that is meant, and what a result says of it."""

from dataclasses import replace

import pytest
from helpers.small_photos import small_photo_model

from bench.estimates.models import facts, images_model, picture_model, quantisation
from codec.density.named_model import NamedModel


def test_the_model_that_fits_is_found_and_named(tmp_path, tiny_photos):
    assert [picture_model(channels, None, 5).title for channels in (1, 3)] == ["photo-gray", "photo"]
    assert images_model(2, None).title == "digits-binary"
    (tmp_path / "mine.bbm").write_bytes(small_photo_model(3, 1))
    mine = picture_model(3, str(tmp_path / "mine.bbm"), 5)
    assert facts(mine) == {"title": "mine", "name": mine.name.hex(), "sha256": mine.file.sha256}


def test_what_quantisation_costs_is_what_the_model_says():
    file = NamedModel("photo", small_photo_model(3)).file
    assert quantisation(file) is None
    rates = {"tiles": 48, "float": {"free": 2.0}, "integer": {"free": 2.01, "divergence": 0.1}}
    found = quantisation(replace(file, metadata={**file.metadata, "training": {"validation": rates}}))
    assert found is not None and found["cost_percent"] == pytest.approx(0.5)
