"""bench/search.py: arms name where they begin, tiles are cut, parts of z are switched off, and an arm is done once."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from bench.search import ARMS, cut_tiles, main, mask_modulations, named  # noqa: E402
from codec.lanes.wavefront import PAD  # noqa: E402
from codec.learn.photo.data import load_tiles  # noqa: E402
from codec.learn.photo.nets import PhotoConfig, PhotoNet  # noqa: E402


@pytest.fixture
def photos(tmp_path, rng):
    """A folder of a photo to train on and one to validate."""
    (tmp_path / "photos").mkdir()
    for name in ("0.png", "1.png"):
        Image.fromarray(rng.integers(0, 256, (64, 70, 3)).astype(np.uint8)).save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "manifest.csv").write_text("file,split\n0.png,train\n1.png,val\n")
    return tmp_path / "photos"


def test_every_arm_that_begins_with_another_finds_it():
    assert len({arm.name for arm in ARMS}) == len(ARMS)
    assert all(named(arm.start) in ARMS for arm in ARMS if arm.start)


def test_tiles_are_cut_into_whole_squares(photos, tmp_path):
    tiles = load_tiles(photos, tmp_path / "cache", 3)
    assert cut_tiles(tiles, 0) is tiles
    small = cut_tiles(tiles, 32)
    assert small.sizes.tolist() == [[32, 32]] * 8 and small.training.tolist() == [0, 1, 2, 3] and small.validation.tolist() == [4, 5, 6, 7]
    assert np.array_equal(small.planes[1][:, 1:33, PAD : PAD + 32], tiles.planes[0][:, 1:33, PAD + 32 : PAD + 64])


@pytest.mark.parametrize(("parts", "still"), [("trunk", slice(0, 112)), ("heads", slice(112, None))])
def test_parts_of_the_modulations_can_be_switched_off(parts, still):
    net = PhotoNet(replace(PhotoConfig(), latents=4))
    before = net.modulations(torch.ones(2, 4))
    mask_modulations(net, parts)
    after = net.modulations(torch.ones(2, 4))
    assert not after.shift[..., still].any() and not after.scale[..., still].any()
    assert before.shift[..., still].any() and after.shift.any()


def test_an_arm_is_trained_and_measured_once(photos, tmp_path, capsys):
    arguments = ["--photos", str(photos), "--kodak", str(photos), "--folder", str(tmp_path / "runs"), "--studies", "size", "--steps", "1"]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    rows = [json.loads(line) for line in first.splitlines()]
    assert [row["steps"] for row in rows] == [1, 1, 1] and all(row["network_val"] > 0 for row in rows)
    assert rows[0]["mac_per_pixel"] < rows[1]["mac_per_pixel"] < rows[2]["mac_per_pixel"]
    assert main(arguments) == 0 and capsys.readouterr().out == first
