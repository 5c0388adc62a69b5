"""bench/data/photo_set.py: tiles are cut from pictures of git repositories, and are those of the list."""

import csv
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bench.data import photo_set
from bench.data.photo_set import REPOSITORIES, Repository, Tile, build_photo_set, pixels_digest, read_list, reduce_pixels
from bench.errors import DownloadFailed, WrongDigest

NAME = "someone/photos"


@pytest.fixture
def repository(tmp_path):
    """A local git repository with one picture, and its tile at half of the picture's size."""
    source = tmp_path / "source"
    source.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 61, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(source / "a.png")
    author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "--quiet"], ["add", "a.png"], [*author, "commit", "--quiet", "-m", "a"]):
        subprocess.run(["git", *command], cwd=source, check=True)
    subprocess.run(["git", "config", "uploadpack.allowAnySHA1InWant", "true"], cwd=source, check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=source, check=True, capture_output=True, text=True).stdout.strip()
    tile = Tile("0.webp", NAME, "a.png", 2, 4, 2, 16, 8, pixels_digest(reduce_pixels(pixels, 2)[2:10, 4:20]))
    return source, Repository(str(source), commit, "CC0"), tile, pixels


@pytest.mark.parametrize("mirrored", [True, False])
def test_a_tile_of_a_clone_or_of_a_fetched_repository_is_the_listed_one(mirrored, repository, tmp_path):
    source, where, tile, pixels = repository
    folder = tmp_path / "set"
    (path,) = build_photo_set(folder, {NAME: source} if mirrored else {}, [tile], {NAME: where})
    assert np.array_equal(np.asarray(Image.open(path)), reduce_pixels(pixels, 2)[2:10, 4:20])
    with open(folder / "manifest.csv", newline="") as file:
        assert list(csv.DictReader(file)) == [{"file": "0.webp", "split": "train", "source": NAME, "licence": "CC0", "original": "a.png"}]


def test_another_picture_than_the_listed_one_is_refused(repository, tmp_path):
    source, where, tile, _ = repository
    with pytest.raises(WrongDigest, match=r"a\.png is another picture"):
        build_photo_set(tmp_path / "set", {NAME: source}, [replace(tile, digest="0" * 32)], {NAME: where})


def test_a_repository_that_is_not_there_is_an_error_that_names_it(repository, tmp_path):
    _, where, tile, _ = repository
    with pytest.raises(DownloadFailed, match="git fetch"):
        build_photo_set(tmp_path / "set", {}, [tile], {NAME: replace(where, address=str(tmp_path / "none"))})


def test_a_reduced_pixel_is_the_rounded_mean_of_its_square():
    pixels = np.array([[[0, 1, 9]] * 2 + [[5, 5, 5]], [[1, 2, 9]] * 2 + [[5, 5, 5]]], np.uint8)
    assert reduce_pixels(pixels, 2).tolist() == [[[1, 2, 9]]]


def test_the_list_names_each_tile_once_and_no_unknown_repository():
    tiles = read_list()
    assert len({tile.file for tile in tiles}) == len({tile.digest for tile in tiles}) == len(tiles)
    assert {tile.repository for tile in tiles} == set(REPOSITORIES)
    assert photo_set.LIST.stat().st_size < 1 << 17
