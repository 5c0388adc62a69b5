"""Latents beside a context net: both nets learn together, and their model files pay what the trained nets estimate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.cli import run as run_codec  # noqa: E402

from codec.density.arrays.estimate import log_densities  # noqa: E402
from codec.density.arrays.load import load_arrays  # noqa: E402
from codec.density.arrays.model import Descent  # noqa: E402
from codec.errors import BadConfig  # noqa: E402
from codec.learn.arrays.beside_net import Beside, BesideConfig  # noqa: E402
from codec.learn.arrays.beside_train import BESIDE, BesideTask, BesideTraining  # noqa: E402
from codec.learn.arrays.export_beside import export_beside_net  # noqa: E402
from codec.learn.arrays.hierarchy_net import as_planes  # noqa: E402
from codec.learn.common import loop, quantise  # noqa: E402
from codec.learn.common.run import resume, save, start  # noqa: E402
from codec.nets.model_file import read_model  # noqa: E402

SMALL = {"layers": 2, "widths": (10, 8), "latents": 2, "told": 3, "reach": (2, 1, 1), "units": 12, "blocks": 1, "features": 8}
CONFIGS = {
    "colour": BesideConfig(6, 5, 3, **SMALL, components=2),
    "binary": BesideConfig(6, 6, 1, "bernoulli", **SMALL),
}


def images_of(config: BesideConfig, count: int) -> np.ndarray:
    """Slopes with a little noise, or stripes."""
    rng = np.random.default_rng(0)
    shape = (count, config.height, config.width, config.channels)
    slopes = rng.integers(0, 200, (count, 1, 1, 1)) + 3 * np.arange(config.width)[:, None] + rng.integers(0, 4, shape)
    return (slopes > 100 if config.context.is_binary else slopes).astype(np.uint8)


def fresh_net(config: BesideConfig) -> Beside:
    torch.manual_seed(1)
    net = Beside(config)
    quantise.calibrate(net)
    return net


@pytest.mark.parametrize("settings", [{"told": 0}, {"told": 65}, {"layers": 0}, {"units": 0}, {"likelihood": "normal"}], ids=str)
def test_nets_that_cannot_be_are_refused(settings: dict) -> None:
    with pytest.raises(BadConfig):
        BesideConfig(8, 8, **settings)


@pytest.mark.parametrize("settings", [{"places": 0}, {"free_bits": -1.0}, {"precision": "int8"}, {"warmup": 2.0}], ids=str)
def test_a_training_that_cannot_be_is_refused(settings: dict) -> None:
    with pytest.raises(BadConfig):
        BesideTraining(net=CONFIGS["colour"], **settings)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_programs_tell_the_context_net_what_the_net_tells_it(config: BesideConfig) -> None:
    net, images = fresh_net(config), images_of(config, 20).reshape(20, -1)
    model = load_arrays(read_model(export_beside_net(net, images, {})))
    latent = tuple(np.random.default_rng(0).integers(0, 4096, (20, size)) for size in model.sizes)
    found = model.decode({"h2": Descent(model, model.depths[0], None).values(latent)["h2"]})["z"]
    h, hierarchy = None, net.hierarchy
    with torch.no_grad():
        for i, layer in enumerate(hierarchy.every):
            h = hierarchy.arrive(h, i)
            eps = torch.from_numpy(model.normal.values[2 * latent[i] + 1] / 1024).float()
            h = layer(h, as_planes(eps, hierarchy.config.shape(i)), layer.prior_of(h))
        told = hierarchy.told_to_pixels(h).numpy()
    assert found.shape == told.shape == (20, config.height * config.width, 3)
    assert np.abs(found / 128 - told).max() < 0.1


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_the_model_pays_what_the_nets_estimate(config: BesideConfig) -> None:
    images = images_of(config, 60)
    run = start(BESIDE, BesideTraining(net=config, batch=8, steps=10))
    task = BesideTask(run, images, images)
    quantise.calibrate(run.net)
    quantise.set_quantised(run.net, True)
    model = load_arrays(read_model(export_beside_net(run.net, images.reshape(60, -1), {})))
    (found,) = log_densities(model, images.reshape(60, -1), [20], np.random.default_rng(0))
    with torch.no_grad():
        batch = task.seen(images, 200, np.random.default_rng(0))
        weights = [task.draw(batch, torch.Generator().manual_seed(seed)).terms.log_weights.mean().item() for seed in range(8)]
    assert float(found.lower_bound.mean()) == pytest.approx(np.mean(weights), rel=0.02)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_a_step_moves_both_nets(config: BesideConfig) -> None:
    run = start(BESIDE, BesideTraining(net=config, batch=8, steps=10, flips=True))
    before = {name: parameter.detach().clone() for name, parameter in run.net.named_parameters()}
    images = images_of(config, 24)
    task = BesideTask(run, images[:20], images[20:])
    assert np.isfinite(task.evaluate()["bits"]) and BesideTask(run, images, images[:0]).evaluate() == {}
    assert np.isfinite(loop.descend(run, task, next(task.batches())).bits) and run.skipped == 0
    moved = {name.split(".")[0] for name, parameter in run.net.named_parameters() if not torch.equal(before[name], parameter)}
    assert moved == {"hierarchy", "context"}


def test_they_learn_and_go_on_as_if_they_had_not_stopped(tmp_path: Path) -> None:
    training = BesideTraining(steps=60, rate=1e-2, batch=8, places=30, validation=20, precision="float32", net=CONFIGS["colour"])
    images = images_of(CONFIGS["colour"], 120)

    def trained(path: Path, stop: int) -> float:
        run = resume(BESIDE, path) if path.exists() else start(BESIDE, replace(training, steps=stop))
        run.config = training
        task = BesideTask(run, images[:100], images[100:])
        batches = task.batches()
        while run.steps < stop:
            loop.descend(run, task, next(batches))
        save(run, path)
        return task.evaluate()["bits"]

    trained(tmp_path / "two.pt", 30)
    one = trained(tmp_path / "one.pt", 60)
    assert one == pytest.approx(trained(tmp_path / "two.pt", 60), abs=1e-6)
    assert one < 6.0


def test_one_command_trains_one_exports_and_files_come_back(tmp_path: Path) -> None:
    images = images_of(CONFIGS["colour"], 60)
    np.save(tmp_path / "images.npy", images)
    data, checkpoint, model = ["--data", tmp_path / "images.npy"], tmp_path / "mine.pt", ["--model", tmp_path / "mine.bbm"]
    small = ["--layers", "2", "--context", "1", "--widths", "10,8", "--latents", "2", "--units", "12", "--reach", "2,1,1", "--told", "3"]
    options = [*small, "--minutes", "0.03", "--validation", "10", "--batch", "8", "-o", checkpoint]
    assert run_codec("train", "arrays", *data, *options).exit_code == 0
    assert run_codec("train", "arrays", *data, "--resume", "--minutes", "0.04", "-o", checkpoint).exit_code == 0
    assert run_codec("export", checkpoint, *data).exit_code == 0
    assert run_codec("compress", tmp_path / "images.npy", *model, "-o", tmp_path / "images.bb").exit_code == 0
    assert run_codec("decompress", tmp_path / "images.bb", *model, "-o", tmp_path / "back.npy").exit_code == 0
    assert np.array_equal(np.load(tmp_path / "back.npy"), images)
