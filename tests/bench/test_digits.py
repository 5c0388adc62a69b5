"""bench/digits.py: files of digits beside what the model says of them; nothing where they do not agree, and no part twice."""

import json

import numpy as np
import pytest
from helpers.small_models import small_model

from bench import digits
from bench.__main__ import main
from bench.errors import OutOfRange, RoundTripFailed
from codec.density import library


@pytest.fixture
def title(tmp_path):
    (tmp_path / "small.bbm").write_bytes(small_model(2))
    return str(tmp_path / "small.bbm")


@pytest.fixture
def run(title, tmp_path, rng, monkeypatch):
    """Runs the bench on 300 small images; the figures that it wrote, None where it wrote none."""
    images = rng.integers(0, 2, (300, 4, 4)).astype(np.uint8)
    monkeypatch.setattr(digits, "load_mnist", lambda split: (images, None))
    monkeypatch.setattr(digits, "binarise", lambda images, seed: images)
    few = ["--images", "300", "--coupled", "200", "--particles", "3", "--single", "4", "--runs", "2"]

    def go(*more):
        places = ["--work", str(tmp_path / "work"), "--folder", str(tmp_path)]
        code = main(["digits", "--models", title, *few, *places, *more])
        name = "digits-speed.json" if "--speed" in more else "digits-codec.json"
        return json.loads((tmp_path / name).read_text())["figures"] if code == 0 else None

    return go


def test_files_stand_beside_estimates(run):
    found = run()["small"]
    assert found["images"] == 300 and found["coupled"]["images"] == 200 and found["single"]["images"] == 4
    assert abs(found["one_particle"]["net_over_elbo_percent"]) < 1 and found["coupled"]["iwae_standard_error"] > 0
    assert found["one_particle"]["total"] > found["one_particle"]["net"]


def test_finished_parts_are_not_measured_again(run, monkeypatch):
    before = run()
    monkeypatch.setattr(digits, "coded", None)
    monkeypatch.setattr(digits, "single_images", lambda *arguments: 1 / 0)
    assert run() == before


def test_speed_is_that_of_both_ways(run):
    found = run("--speed")
    assert set(found["small"]) == {"compress_images_per_second", "decompress_images_per_second"}


@pytest.mark.parametrize("part", [digits.one_particle, lambda model, images: digits.several_particles(model, images, 3)])
def test_a_file_far_from_its_estimate_or_its_images_is_refused(part, title, rng, monkeypatch):
    model, images = library.find(title).model, rng.integers(0, 2, (300, 4, 4)).astype(np.uint8)
    honest = digits.log_densities, digits.ideal_bits
    monkeypatch.setattr(digits, "ideal_bits", lambda parts: 0.9 * honest[1](parts))
    monkeypatch.setattr(digits, "log_densities", lambda model, flat, counts, seed=0: honest[0](model, flat // 2, counts, seed))
    with pytest.raises(OutOfRange):
        part(model, images)
    monkeypatch.setattr(digits, "decompress_array", lambda data, find: images[::-1])
    with pytest.raises(RoundTripFailed):
        part(model, images)
