"""bench/estimate.py: estimates beside files, and nothing at all where they do not agree."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model
from helpers.stand_in import smooth
from PIL import Image

from bench.__main__ import main
from bench.data import pictures as bench_pictures
from bench.data.pictures import Named, Place, named_sets, read_array
from bench.data.public_sets import TEST_IMAGES
from bench.errors import OutOfRange, RoundTripFailed
from bench.estimates import photos, rows
from bench.estimates.prior import prior_picture
from bench.estimates.rows import heat_grid
from bench.measure.ranges import Found, check, check_set
from codec.density import library
from codec.errors import BadInput
from codec.kinds.picture.write import density_picture
from codec.media.picture import Picture


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Files of two models of pictures and one of arrays."""
    folder = tmp_path_factory.mktemp("models")
    contents = {"photo": small_photo_model(3), "other": small_photo_model(3, 1), "array": small_model(2), "array2": small_model(2, 1, 3)}
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


def pictures(folder, models, *more):
    where = ["--work", str(folder / "work"), "--folder", str(folder)]
    return main(["estimate", str(folder / "set"), "--model", str(models / "photo.bbm"), "--particles", "1,2", *where, *more])


def array(folder, models, *more):
    where = ["--work", str(folder / "work"), "--folder", str(folder)]
    return main(["estimate", str(folder / "array.npy"), "--model", str(models / "array.bbm"), "--particles", "1,3", *where, *more])


def figures(folder):
    return json.loads((folder / "estimate.json").read_text())


# ---------------------------------------------------------------- what is reported


def test_pictures_are_reported_with_their_gaps(folder, models, capsys):
    assert pictures(folder, models) == 0
    content = figures(folder)
    assert str(folder) not in content["command"] and "--model photo.bbm" in content["command"]
    found = content["figures"]["sets"]["set"]
    assert [row["name"] for row in found["rows"]] == ["0.png", "1.png"]
    for row in found["rows"]:
        assert [one["particles"] for one in row["by_particles"]] == [1, 2]
        first = row["by_particles"][0]
        assert first["total"] > first["net"] > 0 and first["standard_error"] >= 0
        assert row["prior_sampling"]["particles"] == 2 and row["prior_sampling"]["estimate"] > 0
        assert first["net_gap_percent"] == pytest.approx(100 * (first["net"] / first["estimate"] - 1))
        parts = {**row["parts"], "posterior": -row["parts"]["posterior"]}
        assert sum(parts.values()) == pytest.approx(first["total"])
    mean = found["by_particles"][0]
    assert mean["net"] == pytest.approx(np.mean([row["by_particles"][0]["net"] for row in found["rows"]]))
    assert "N = 1" in capsys.readouterr().out


def test_an_array_is_reported_with_its_initial_bits(folder, models):
    assert array(folder, models) == 0
    (row,) = figures(folder)["figures"]["sets"]["array"]["rows"]
    first = row["by_particles"][0]
    assert row["initial_bits"] == 128 and row["images"] == 300
    assert row["dimensions"] * (first["total"] - first["net"]) == pytest.approx(row["initial_bits"] + row["container_bits"])
    assert abs(first["same_samples_percent"]) < 1
    parts = {**row["parts"], "posterior": -row["parts"]["posterior"]}
    assert set(parts) == {"prior", "posterior", "likelihood", "coder", "initial", "header"}
    assert sum(parts.values()) == pytest.approx(first["total"])


def test_the_prior_comes_to_the_same_where_the_world_is_small(models, rng):
    model = library.find(str(models / "array.bbm")).model
    found = rows.prior_figures(rng.integers(0, 2, (40, 16)).astype(np.uint8), model, 2000)
    assert found["estimate"] == pytest.approx(found["by_posterior"], rel=0.02)
    few = rows.prior_figures(rng.integers(0, 2, (40, 16)).astype(np.uint8), model, 1)
    assert few["estimate"] > found["estimate"]


def test_the_prior_of_a_photo_comes_near_the_posterior_where_its_latents_matter_little(models):
    model = library.photo_model(3, str(models / "photo.bbm"))
    picture = smooth("RGB", 60, 90)
    naive, good = prior_picture(picture, model, 8), density_picture(picture, model, [8])[0]
    assert naive == pytest.approx(good, rel=0.2) and naive == prior_picture(picture, model, 8)


def test_finished_pictures_are_not_measured_again(folder, models, monkeypatch):
    assert pictures(folder, models) == 0
    before = figures(folder)["figures"]
    monkeypatch.setattr(rows, "coded", None)
    assert pictures(folder, models) == 0
    assert figures(folder)["figures"] == before


def test_the_heat_of_a_picture_is_a_mean_of_its_blocks():
    model = library.find("photo-fast").model if any(one.title == "photo-fast" for one in library.embedded()) else None
    if model is None:
        pytest.skip("no embedded model of photos")
    grid = heat_grid(Named("a", Picture("RGB", smooth("RGB", 30, 100).pixels)), model)
    assert len(grid) == 6 and {len(row) for row in grid} == {20}
    assert all(value >= 0 for row in grid for value in row)


def test_sets_have_names_of_their_own(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,split\n")
    places = [Place.parse("some"), Place.parse("mnist=a/t10k.gz"), Place.parse(str(tmp_path))]
    assert [name for name, _ in named_sets(places, "val")] == ["some", "mnist", "val"]
    assert str(places[1]) == "mnist=t10k.gz" and places[1].is_array
    with pytest.raises(BadInput, match="some"):
        named_sets([Place.parse("some"), Place.parse("x/some")], "val")


def test_a_data_set_is_fetched_by_its_name_where_nothing_else_is_called_so(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_pictures, "fetch", lambda dataset, names: [tmp_path / dataset.name / (names or ("first.png",))[0]])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fashion-mnist").mkdir()
    found = named_sets([Place.parse(name) for name in ("kodak", "digits=mnist", "fashion-mnist")], "val")
    assert [name for name, _ in found] == ["kodak", "digits", "fashion-mnist"]
    assert [place.path for _, place in found] == [tmp_path / "kodak", tmp_path / "mnist" / TEST_IMAGES, Path("fashion-mnist")]


def test_one_picture_is_a_set_of_its_own(folder, models):
    where = ["--work", str(folder / "work"), "--folder", str(folder), "--particles", "1"]
    assert main(["estimate", str(folder / "set" / "0.png"), "--model", str(models / "photo.bbm"), *where]) == 0
    assert [row["name"] for row in figures(folder)["figures"]["sets"]["0"]["rows"]] == ["0.png"]


def test_what_is_no_array_of_images_is_an_error(tmp_path):
    np.save(tmp_path / "flat.npy", np.zeros(5))
    with pytest.raises(BadInput, match=r"flat\.npy"):
        read_array(tmp_path / "flat.npy")


# ---------------------------------------------------------------- what is refused


def corrupted(honest, models, how):
    """A codec of pictures that does something wrong."""

    def compress(picture, model, particles):
        if how == "another model":
            return honest(picture, library.photo_model(3, str(models / "other.bbm")), particles)
        data, sizes = honest(picture, model, particles)
        if how == "a bit is dropped":
            return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :], sizes
        if how == "a size is mis-stated":
            return data, replace(sizes, header_bits=sizes.header_bits - 8)
        return data, replace(sizes, parts={**sizes.parts, "estimate": 0.97 * sizes.parts["estimate"]})

    return compress


@pytest.mark.parametrize("how", ["another model", "a bit is dropped", "a size is mis-stated", "the latents ask for less"])
def test_a_corrupt_codec_of_pictures_is_refused(folder, models, monkeypatch, capsys, how):
    monkeypatch.setattr(photos, "compress_with_sizes", corrupted(photos.compress_with_sizes, models, how))
    assert pictures(folder, models) == 1
    assert not (folder / "estimate.json").exists()
    assert "bench estimate: " in capsys.readouterr().err


def test_an_estimate_of_something_else_is_refused(folder, models, monkeypatch, capsys):
    honest = rows.density_picture
    monkeypatch.setattr(rows, "density_picture", lambda *arguments: [0.5 * bits for bits in honest(*arguments)])
    assert pictures(folder, models) == 1
    assert not (folder / "estimate.json").exists()
    assert "allowed are" in capsys.readouterr().err


def array_corruptions(models):
    honest, told = rows.compress_array, rows.report
    other = library.find(str(models / "array2.bbm")).model

    def flipped(images, model, count):
        data = honest(images, model, count)
        return data[:-40] + bytes([data[-40] ^ 4]) + data[-39:]

    def smaller(data):
        found = told(data)
        return replace(found, net_bits=found.net_bits - 8)

    def moved(data):
        found = told(data)
        return replace(found, net_bits=found.net_bits - 200, header_bits=found.header_bits + 200)

    return {
        "a bit is dropped": ("compress_array", flipped),
        "another model": ("compress_array", lambda images, model, count: honest(images, other, count)),
        "a size is mis-stated": ("report", smaller),
        "bits of the data are called header": ("report", moved),
    }


@pytest.mark.parametrize("how", ["a bit is dropped", "another model", "a size is mis-stated", "bits of the data are called header"])
def test_a_corrupt_codec_of_arrays_is_refused(folder, models, monkeypatch, how):
    monkeypatch.setattr(rows, *array_corruptions(models)[how])
    assert array(folder, models) != 0
    assert not (folder / "estimate.json").exists()


def test_a_file_that_does_not_return_its_array_is_refused(folder, models, monkeypatch):
    monkeypatch.setattr(rows, "decompress_array", lambda data, find: np.zeros((300, 4, 4), np.uint8))
    with pytest.raises(RoundTripFailed, match="does not decode"):
        rows.array_file("a", np.load(folder / "array.npy"), library.find(str(models / "array.bbm")).model, 1)


# ---------------------------------------------------------------- ranges

GOOD = Found("a.png", 1, 1_000_000.0, 1_002_000.0, 1_000_000.0, 100.0, 999_900.0, 2, 400_000)


def test_what_agrees_is_within_its_ranges():
    check(GOOD)
    check_set("set", [GOOD, GOOD])


@pytest.mark.parametrize(
    "change",
    [
        {"net": 996_000.0, "same": None},
        {"net": 1_004_000.0, "same": None},
        {"total": 1_006_000.0},
        {"same": 1_000_500.0},
        {"same": 990_000.0},
    ],
)
def test_what_does_not_agree_is_out_of_range(change):
    with pytest.raises(OutOfRange, match=r"a\.png"):
        check(replace(GOOD, **change))


def test_totals_of_small_pictures_are_not_judged():
    check(replace(GOOD, total=1_006_000.0, pixels=300_000))


def test_a_set_is_held_to_less_than_a_picture():
    one = replace(GOOD, net=1_002_500.0, same=None)
    check(one)
    with pytest.raises(OutOfRange, match=r"set \(2 pictures\)"):
        check_set("set", [one, one])
