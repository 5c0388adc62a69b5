"""A start for models of graphics is learnt from drawings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.drawings import drawing
from helpers.pictures import random_picture
from PIL import Image

from codec.density.density import Options, PixelsForm, Samples
from codec.density.graphics.decisions import untrained
from codec.density.graphics.family import load_density
from codec.learn.graphics.train import CROP, crops, in_turns, learn_from, model_of, probe_pixels, train_graphics
from codec.media.write import write_picture
from codec.nets.model_file import read_model

CONTEXTS, RATE = (9, 4, 8, 10), 4


def cost(learnt: np.ndarray, pixels: Samples) -> float:
    """Bits of a drawing by a model of what was learnt."""
    density = load_density(read_model(model_of(learnt.astype(np.int32), CONTEXTS, RATE, 9, "drawings")))
    return density.price(PixelsForm(*pixels.shape), slice(0, len(pixels)), pixels, 1.0)


def test_a_learnt_start_makes_other_drawings_smaller() -> None:
    learnt = learn_from([drawing(40, 60, 3, seed) for seed in range(9)], CONTEXTS, RATE)
    assert cost(learnt, drawing(40, 60, 3, 99)) < 0.95 * cost(untrained(), drawing(40, 60, 3, 99))


def test_the_same_drawings_give_the_same_start() -> None:
    pictures = [drawing(20, 30, 3, seed) for seed in range(4)]
    assert np.array_equal(learn_from(pictures, CONTEXTS, RATE), learn_from(pictures, CONTEXTS, RATE))


def test_a_model_codes_and_passes_its_probe() -> None:
    density = load_density(read_model(model_of(learn_from([drawing(20, 30)], CONTEXTS, RATE), CONTEXTS, RATE, 7, "one")))
    pixels = drawing(30, 40, 4)
    form, rows = PixelsForm(*pixels.shape), slice(0, 30)
    assert np.array_equal(density.decode(form, rows, density.encode(form, rows, pixels, Options()).payload), pixels)
    assert density.number == 7 and density.probe() == density.file.metadata["probe"]
    assert density.file.metadata["training"] == {"data": "one"}


def test_large_pictures_give_two_crops_and_deep_ones_none(tmp_path: Path) -> None:
    Image.fromarray(drawing(500, 600)).save(tmp_path / "large.png")
    Image.fromarray(drawing(30, 40)).save(tmp_path / "small.png")
    (tmp_path / "deep.png").write_bytes(write_picture(random_picture("I;16"), ".png"))
    found = list(crops(sorted(tmp_path.iterdir()), np.random.default_rng(0)))
    assert [one.shape for one in found] == [(CROP, CROP, 3), (CROP, CROP, 3), (30, 40, 3)]


def test_small_pictures_come_first_and_last() -> None:
    pictures = [drawing(20, 20 + number) for number in range(6)] + [drawing(200, 200 + number) for number in range(4)]
    sizes = [one.shape[0] for one in in_turns(pictures, np.random.default_rng(0))]
    assert sizes == [20] * 2 + [200] * 6 + [20] * 6


def test_the_probe_has_every_number_of_channels() -> None:
    assert probe_pixels().shape == (24, 40, 4) and np.array_equal(probe_pixels(), probe_pixels())


def test_the_command_writes_a_model(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for number in range(3):
        Image.fromarray(drawing(20, 30, 3, number)).save(tmp_path / "set" / f"{number}.png")
    train_graphics([str(tmp_path / "set"), "--number", "9", "-o", str(tmp_path / "mine.bbm")])
    assert load_density(read_model((tmp_path / "mine.bbm").read_bytes())).number == 9


def test_pictures_of_any_format_are_learnt_from(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    Image.fromarray(drawing(20, 30)).quantize(16).save(tmp_path / "set" / "one.gif")
    train_graphics([str(tmp_path / "set"), "-o", str(tmp_path / "mine.bbm")])
    learnt = read_model((tmp_path / "mine.bbm").read_bytes()).tensors["learnt"]
    assert learnt.any()


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_a_folder_without_pictures_ends_it_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit):
        train_graphics([str(tmp_path / name), "-o", str(tmp_path / "mine.bbm")])
    assert f"{tmp_path / name}: no" in capsys.readouterr().err and not (tmp_path / "mine.bbm").exists()
