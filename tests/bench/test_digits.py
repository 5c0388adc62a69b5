"""bench/digits.py: files of digits beside what the model says of them, and no part twice."""

import json

import numpy as np
import pytest
from helpers.idx_files import write_idx
from helpers.small_models import small_model

from bench import digits
from bench.data.public_sets import TEST_IMAGES
from bench.digits import main, measured_before, one_particle, several_particles
from bench.errors import OutOfRange
from bench.measure.results import RESULTS
from codec.density.named_model import NamedModel


@pytest.fixture
def images(rng):
    return rng.integers(0, 2, (300, 4, 4)).astype(np.uint8)


@pytest.fixture
def run(tmp_path, images):
    """Runs the bench on 300 small images; the figures that it wrote."""
    (tmp_path / "small.bbm").write_bytes(small_model(2))
    write_idx(tmp_path / TEST_IMAGES, images)
    few = ["--images", "300", "--coupled", "200", "--particles", "3", "--single", "4", "--runs", "2"]
    places = ["--data", str(tmp_path), "--work", str(tmp_path / "work"), "--folder", str(tmp_path)]

    def go(*more):
        assert main(["--models", str(tmp_path / "small.bbm"), *few, *places, *more]) == 0
        name = "digits-speed.json" if "--speed" in more else "digits-codec.json"
        return json.loads((tmp_path / name).read_text())["figures"]

    return go


def test_files_stand_beside_estimates(run):
    found = run()["small"]
    assert found["images"] == 300 and found["coupled"]["images"] == 200 and found["single"]["images"] == 4
    one = found["one_particle"]
    assert abs(one["net_over_elbo_percent"]) < 1 and found["coupled"]["iwae_standard_error"] > 0
    assert one["total"] > one["net"]
    parts = {**one["parts"], "posterior": -one["parts"]["posterior"]}
    assert set(parts) == {"prior", "posterior", "likelihood", "coder", "initial", "header"}
    assert sum(parts.values()) == pytest.approx(one["total"])


def test_finished_parts_are_not_measured_again(run, tmp_path):
    before, rows = run(), tmp_path / "work" / "rows.jsonl"
    marked = [json.loads(line) for line in rows.read_text().splitlines()]
    rows.write_text("".join(json.dumps({**row, "net": 77.0}) + "\n" for row in marked))
    found = run()["small"]
    assert found["one_particle"]["net"] == found["coupled"]["net"] == 77.0
    assert found["single"] == {**before["small"]["single"], "net": 77.0}


def test_speed_is_that_of_both_ways(run):
    assert set(run("--speed")["small"]) == {"compress_images_per_second", "decompress_images_per_second"}


def test_a_model_that_fits_is_within_its_ranges_with_one_and_with_several_particles(images):
    model = NamedModel("small", small_model(2))
    assert one_particle(model, images)["net"] > 0 and several_particles(model, images, 3)["particles"] == 3


@pytest.mark.parametrize("part", [digits.one_particle, lambda model, images: digits.several_particles(model, images, 3)])
def test_a_file_far_from_its_estimate_is_refused(part, images, monkeypatch):
    ideal, estimates = digits.ideal_bits, digits.estimates_of
    monkeypatch.setattr(digits, "ideal_bits", lambda parts: 0.9 * ideal(parts))
    monkeypatch.setattr(digits, "estimates_of", lambda flat, *rest: estimates(flat // 2, *rest))
    with pytest.raises(OutOfRange):
        part(NamedModel("small", small_model(2)), images)


def test_what_quantisation_costs_stays_with_its_model_and_says_where_it_comes_from():
    path = RESULTS / "digits-codec.json"
    model = json.loads(path.read_text())["figures"]["digits-gray"]
    found = measured_before(path, "digits-gray", model["model"]["sha256"])
    assert found["cost_percent"] == model["quantised"]["cost_percent"] and set(found["from"]) == {"date", "commit", "command"}
    assert measured_before(path, "digits-gray", "another") is None
    assert measured_before(RESULTS / "nothing.json", "digits-gray", "any") is None
