"""Training runs of photos: they learn, go on exactly, and begin with the weights of a net without latents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_photo_nets import photo_training  # noqa: E402

from codec.errors import BadCheckpoint, BadConfig  # noqa: E402
from codec.learn.common import loop  # noqa: E402
from codec.learn.common.run import load_checkpoint, resume, start  # noqa: E402
from codec.learn.photo.batches import PhotoBatch, gather  # noqa: E402
from codec.learn.photo.data import Tiles, load_tiles  # noqa: E402
from codec.learn.photo.evaluate import evaluate_tiles, hold_tiles  # noqa: E402
from codec.learn.photo.train import PHOTO, PhotoTask  # noqa: E402


@pytest.mark.parametrize(("latents", "channels", "objective"), [(4, 3, "elbo"), (0, 3, "elbo"), (4, 1, "iwae")])
def test_training_lowers_the_loss(latents: int, channels: int, objective: str, pictures: Path, tmp_path: Path) -> None:
    tiles = load_tiles(pictures, tmp_path, channels)
    particles = 3 if objective == "iwae" else 1
    config = photo_training(latents, channels, objective=objective, particles=particles, steps=60, rate=0.02)
    run = start(PHOTO, config)
    held = hold_tiles(tiles, 0.1)
    before = evaluate_tiles(run.net, held)
    loop.train_net(run, PhotoTask(run, tiles), tmp_path / "photo.pt")
    net, _ = load_checkpoint(PHOTO, tmp_path / "photo.pt")
    after = evaluate_tiles(net, held)
    assert net.quantised
    assert after.fixed < before.fixed - 0.02
    assert after.free < before.free
    assert (after.divergence > 0) == (latents > 0)
    assert (tmp_path / "photo.csv").read_text().startswith("minutes,steps,quantised,free,fixed,divergence")


class _Interrupted(PhotoTask):
    """A task whose user presses Ctrl-C before the fifth step."""

    def batches(self) -> Iterator[PhotoBatch]:
        for step, batch in enumerate(super().batches()):
            if step == 5:
                raise KeyboardInterrupt
            yield batch


def test_resuming_continues_exactly(tiles: Tiles, tmp_path: Path) -> None:
    config = photo_training(steps=8, quantise=0.5, warmup=0.0)
    whole, half = start(PHOTO, config), start(PHOTO, config)
    loop.train_net(whole, PhotoTask(whole, tiles), tmp_path / "whole.pt")
    loop.train_net(half, _Interrupted(half, tiles), tmp_path / "half.pt")
    resumed = resume(PHOTO, tmp_path / "half.pt")
    assert resumed.steps == 5
    loop.train_net(resumed, PhotoTask(resumed, tiles), tmp_path / "half.pt")
    assert resumed.steps == whole.steps == 8
    for name, value in whole.average.items():
        assert torch.equal(value, resumed.average[name]), name


def test_a_net_with_latents_starts_as_the_net_without(tiles: Tiles) -> None:
    base = start(PHOTO, photo_training(latents=0)).net
    with_latents = start(PHOTO, photo_training(), weights=base.state_dict()).net
    pixels = gather(tiles, np.array([[0, 9, 9], [1, 20, 30]]))
    with torch.no_grad():
        assert torch.equal(with_latents.bits(pixels), base.bits(pixels))
    again = start(PHOTO, photo_training(latents=0), weights=with_latents.state_dict()).net
    assert again.state_dict().keys() == base.state_dict().keys()
    with pytest.raises(BadCheckpoint):
        start(PHOTO, photo_training(channels=1), weights=base.state_dict())


@pytest.mark.parametrize("change", [{"objective": "none"}, {"tiles": 0}, {"fixed": 1.5}])
def test_settings_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        photo_training(**change)
