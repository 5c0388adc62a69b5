"""bench/estimate.py: estimates beside files, by any density, and nothing at all where they do not agree."""

import json

import numpy as np
import pytest
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model
from helpers.stand_in import FAMILY, Deflated, load_stand_in, model_data, smooth
from PIL import Image

from bench.__main__ import main
from codec.density import named_model
from codec.density.density import Options
from codec.density.estimates import Estimate


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Files of a model of pictures and of one of arrays."""
    folder = tmp_path_factory.mktemp("models")
    contents = {"photo": small_photo_model(3), "array": small_model(2)}
    for name, content in contents.items():
        (folder / f"{name}.bbm").write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path, rng):
    (tmp_path / "set").mkdir()
    for number in range(2):
        pixels = smooth("RGB", 60, 90 + number).pixels + rng.integers(0, 9, (60, 90 + number, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "set" / f"{number}.png")
    np.save(tmp_path / "array.npy", rng.integers(0, 2, (300, 4, 4)).astype(np.uint8))
    return tmp_path


def run(folder, what, model, particles, *more):
    where = ["--work", str(folder / "work"), "--folder", str(folder)]
    return main(["estimate", str(folder / what), "--model", str(model), "--particles", particles, *where, *more])


def figures(folder):
    return json.loads((folder / "estimate.json").read_text())


# ---------------------------------------------------------------- what is reported


def test_pictures_are_reported_with_their_gaps(folder, models, capsys):
    assert run(folder, "set", models / "photo.bbm", "1,2") == 0
    content = figures(folder)
    assert str(folder) not in content["command"] and "--model photo.bbm" in content["command"]
    found = content["figures"]["sets"]["set"]
    assert found["model"]["title"] == "photo" and [row["name"] for row in found["rows"]] == ["0.png", "1.png"]
    for row in found["rows"]:
        assert [one["particles"] for one in row["by_particles"]] == [1, 2]
        first = row["by_particles"][0]
        assert first["total"] > first["net"] > 0 and first["standard_error"] >= 0
        assert row["prior_sampling"]["particles"] == 2 and row["prior_sampling"]["estimate"] > 0
        assert first["net_gap_percent"] == pytest.approx(100 * (first["net"] / first["estimate"] - 1))
        parts = {**row["parts"], "posterior": -row["parts"]["posterior"]}
        assert sum(parts.values()) == pytest.approx(first["total"], rel=1e-4)
    mean = found["by_particles"][0]
    assert mean["net"] == pytest.approx(np.mean([row["by_particles"][0]["net"] for row in found["rows"]]))
    assert "N = 1" in capsys.readouterr().out


def test_an_array_is_reported_with_its_initial_bits(folder, models):
    assert run(folder, "array.npy", models / "array.bbm", "1,3") == 0
    (row,) = figures(folder)["figures"]["sets"]["array"]["rows"]
    first = row["by_particles"][0]
    assert row["initial_bits"] == 128 and row["images"] == 300
    assert row["dimensions"] * (first["total"] - first["net"]) == pytest.approx(row["initial_bits"] + row["container_bits"])
    assert row["prior_sampling"]["estimate"] > 0
    assert set(row["parts"]) == {"net", "initial", "header"} and sum(row["parts"].values()) == pytest.approx(first["total"])


def test_one_picture_is_a_set_of_its_own(folder, models):
    assert run(folder, "set/0.png", models / "photo.bbm", "1") == 0
    assert [row["name"] for row in figures(folder)["figures"]["sets"]["0"]["rows"]] == ["0.png"]


def test_finished_pictures_are_not_measured_again(folder, models):
    assert run(folder, "set", models / "photo.bbm", "1,2") == 0
    before, rows = figures(folder)["figures"], folder / "work" / "rows.jsonl"
    marked = [json.loads(line) for line in rows.read_text().splitlines()]
    rows.write_text("".join(json.dumps({**row, "stripes": 77}) + "\n" for row in marked))
    assert run(folder, "set", models / "photo.bbm", "1,2") == 0
    found = figures(folder)["figures"]["sets"]["set"]["rows"]
    assert [row["stripes"] for row in found] == [77, 77] and found[0]["heat"] == before["sets"]["set"]["rows"][0]["heat"]


# ---------------------------------------------------------------- any density


class Honest(Deflated):
    """A stand-in that says what its payloads cost, times a factor."""

    factor = 1.0

    def estimate(self, form, part, data, particles, rng, from_prior=False):
        payload = self.encode(form, part, data, Options()).payload
        log, one = -8.0 * self.factor * np.log(2.0) * np.array([len(payload)]), np.ones(1)
        return [Estimate(count, log, 0 * one, count * one, log) for count in particles]


class Boasting(Honest):
    factor = 0.5


class Wrong(Honest):
    """A stand-in that does not decode what it coded."""

    def decode(self, form, part, payload, progress=None):
        return np.zeros_like(super().decode(form, part, payload, progress))


@pytest.fixture
def estimated(tmp_path):
    """Runs the bench on flat pictures with a density of a family that it has never heard of; the exit code."""

    def go(density):
        (tmp_path / "flat").mkdir()
        for number in range(2):
            Image.fromarray(smooth("RGB", 60, 90 + number).pixels).save(tmp_path / "flat" / f"{number}.png")
        (tmp_path / "stand-in.bbm").write_bytes(model_data(3))
        named_model.PLANES[FAMILY] = lambda file: density(**vars(load_stand_in(file)))
        try:
            return run(tmp_path, "flat", tmp_path / "stand-in.bbm", "1,2")
        finally:
            del named_model.PLANES[FAMILY]

    return go


def test_a_density_of_any_family_is_estimated(estimated, tmp_path):
    assert estimated(Honest) == 0
    found = figures(tmp_path)["figures"]["sets"]["flat"]
    assert found["model"]["title"] == "stand-in"
    for row in found["rows"]:
        first = row["by_particles"][0]
        assert row["by_model_alone"] and first["standard_error"] == 0 and 0 <= first["net_gap_percent"] < 5
        assert 0 <= first["estimate"] - row["prior_sampling"]["estimate"] < 0.001  # the traces of stripes, which no model codes


@pytest.mark.parametrize(("density", "said"), [(Boasting, "allowed are"), (Wrong, "do not decode")])
def test_a_density_whose_estimates_or_pictures_are_not_its_files_is_refused(density, said, estimated, tmp_path, capsys):
    assert estimated(density) == 1
    assert not (tmp_path / "estimate.json").exists()
    assert said in capsys.readouterr().err
