"""Training while learning: runs are in the order of coding, and a net is judged as the codec would judge it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_photo_nets import SMALL, photo_training, shaken_net  # noqa: E402

from codec.density.photo.area import PhotoArea  # noqa: E402
from codec.density.photo.model import load_photo  # noqa: E402
from codec.learn.common import loop  # noqa: E402
from codec.learn.common.run import load_checkpoint, start  # noqa: E402
from codec.learn.photo import export  # noqa: E402
from codec.learn.photo.adapting import Taught, adapting_loss  # noqa: E402
from codec.learn.photo.batches import BatchSizes, PhotoBatch, draw_batch, gather, run_of  # noqa: E402
from codec.learn.photo.data import Tiles, padded, planes_of  # noqa: E402
from codec.learn.photo.evaluate import evaluate_tiles, hold_tiles  # noqa: E402
from codec.learn.photo.loss import photo_loss  # noqa: E402
from codec.learn.photo.nets import PhotoNet, SeenPixels  # noqa: E402
from codec.learn.photo.train import PHOTO, PhotoTask  # noqa: E402
from codec.nets.model_file import read_model, write_model  # noqa: E402

SIZES = BatchSizes(tiles=3, pixels=128, samples=16, particles=1, latents=4, fixed=0.0, pace=8, cold=0.5)


def test_a_run_follows_the_wavefront() -> None:
    rows, columns = run_of(np.array([21]), np.array([64]), np.array([240]), 2, 8)
    assert rows[0, ::8].tolist() == [*range(8), *range(8)]
    assert columns[0, :64:8].tolist() == [8 * (21 - 3 * lane) for lane in range(8)]
    assert columns[0, 64:].tolist() == (columns[0, :64] + 8).tolist()


def _gradients(net: PhotoNet, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    net.zero_grad()
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in net.named_parameters() if parameter.grad is not None}


def test_what_has_taught_nothing_has_the_gradient_of_the_loss_without_learning(tiles: Tiles) -> None:
    net = PhotoNet(SMALL)
    batch = draw_batch(tiles, SIZES, (0, 0))._replace(fresh=torch.ones(3, dtype=torch.bool))
    first = batch._replace(pixels=SeenPixels(*(part[:, :64] for part in batch.pixels)))  # of one step: nothing has been learnt before
    found = adapting_loss(net, first, Taught(net, len(tiles.sizes), "outputs"))
    expected = photo_loss(net, first)
    assert found.pixels.item() == pytest.approx(expected.pixels.item(), rel=1e-5)
    assert found.divergence.item() == pytest.approx(expected.divergence.item(), rel=1e-5)
    wanted = _gradients(net, expected.total)
    for name, gradient in _gradients(net, found.total).items():
        assert (gradient - wanted[name]).norm() <= 0.05 * wanted[name].norm() + 1e-6, name  # but for gradients that are limited


@pytest.mark.parametrize("learning", ["outputs", "heads", "all"])
def test_a_run_costs_what_the_codec_takes_while_it_learns(learning: str) -> None:
    height, width = 24, 256
    rng = np.random.default_rng(0)
    smooth = 128 + 60 * np.sin(np.arange(height)[:, None, None] / 9) * np.cos(np.arange(width)[:, None] / 14) + np.array([5, 0, -20])
    planes, errors = padded(planes_of((smooth + rng.normal(0, 3, (height, width, 3))).astype(np.uint8), 3), "two")
    tiles = Tiles(planes[None], errors[None], np.array([[height, width]]), np.array([0]), np.array([0]))
    net = export.prepare_net(shaken_net(SMALL))
    metadata, tensors = export.export_photo_net(net, export.probe_planes(tiles), {}, learning)
    model = load_photo(read_model(write_model({**metadata, "probe": ""}, tensors)))
    taught = Taught(net, 1, learning)
    pace = taught.pace.pixels
    first = 168 // pace  # when all lanes have begun
    steps = height // 8 * width // pace - first
    rows, columns = (part[0] for part in run_of(np.array([first]), np.array([height]), np.array([width]), steps, pace))
    pixels = SeenPixels(*(part[None] for part in gather(tiles, np.stack([np.zeros_like(rows), rows, columns], -1))))
    one = torch.ones(1, dtype=torch.bool)
    batch = PhotoBatch(pixels, pixels, torch.zeros(1, 1, 4), torch.ones(1), torch.ones(1), torch.tensor([0]), one, one)
    found = adapting_loss(net, batch, taught).pixels.item()
    area = PhotoArea.known(model, planes[:, :-1, 4:-4].copy())
    assert found == pytest.approx(area.rows(0, height).bits_of_pixels()[rows, columns].mean() / 3, rel=0.04)
    without = photo_loss(net, batch).pixels.item()
    assert found < 0.97 * without


@pytest.mark.parametrize("learning", ["outputs", "all"])
def test_training_while_learning_lowers_the_loss_and_remembers(learning: str, tiles: Tiles, tmp_path: Path) -> None:
    run = start(PHOTO, photo_training(steps=60, rate=0.02, learning=learning))
    task, held = PhotoTask(run, tiles), hold_tiles(tiles, 0.1)
    before = evaluate_tiles(run.net, held)
    loop.train_net(run, task, tmp_path / "photo.pt")
    net, _ = load_checkpoint(PHOTO, tmp_path / "photo.pt")
    assert evaluate_tiles(net, held).fixed < before.fixed - 0.02
    assert task.taught is not None
    assert all(moved[tiles.training].any() and not moved[tiles.validation].any() for moved in task.taught.moved.values())
