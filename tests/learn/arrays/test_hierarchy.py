"""Hierarchies of latents: they learn, go on where they stopped, and their model files pay what the trained nets estimate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.cli import run as run_codec  # noqa: E402

from codec.density.arrays.colour import to_differences  # noqa: E402
from codec.density.arrays.estimate import log_densities  # noqa: E402
from codec.density.arrays.load import load_arrays  # noqa: E402
from codec.density.arrays.model import Descent  # noqa: E402
from codec.errors import BadCheckpoint, BadConfig  # noqa: E402
from codec.learn.arrays.export_hierarchy import export_hierarchy_net, seen_by, without_silent  # noqa: E402
from codec.learn.arrays.hierarchy_net import Hierarchy, HierarchyConfig, as_planes, as_rows  # noqa: E402
from codec.learn.arrays.hierarchy_particles import draw_particles, told_bits  # noqa: E402
from codec.learn.arrays.hierarchy_train import HIERARCHY, USABLE, HierarchyTask, HierarchyTraining  # noqa: E402
from codec.learn.common import loop, quantise  # noqa: E402
from codec.learn.common.run import resume, save, start  # noqa: E402
from codec.nets.model_file import read_model  # noqa: E402

SMALL = {"widths": (12, 10), "latents": 2, "layers": 3}
CONFIGS = {
    "colour": HierarchyConfig(8, 6, 3, **SMALL),
    "gray, odd sides": HierarchyConfig(7, 5, 1, **SMALL),
    "binary": HierarchyConfig(6, 6, 1, "bernoulli", **SMALL),
    "two channels": HierarchyConfig(4, 6, 2, **SMALL),
    "none on the finest scale": HierarchyConfig(9, 7, 1, **{**SMALL, "widths": (8, 12, 10), "per_scale": (0, 2, 1)}),
}


def images_of(config: HierarchyConfig, count: int, seed: int = 0) -> np.ndarray:
    """Slopes with a little noise, or stripes."""
    rng = np.random.default_rng(seed)
    shape = (count, config.height, config.width, config.channels)
    slopes = rng.integers(0, 200, (count, 1, 1, 1)) + 3 * np.arange(config.width)[:, None] + rng.integers(0, 4, shape)
    return (slopes > 100 if config.is_binary else slopes).astype(np.uint8)


def fresh_net(config: HierarchyConfig) -> Hierarchy:
    torch.manual_seed(1)
    net = Hierarchy(config)
    quantise.calibrate(net)
    return net


def test_layers_are_shared_out_from_the_coarsest_scale_to_the_finest() -> None:
    assert HierarchyConfig(32, 32, 3, layers=6).scales == [2, 1, 1, 0, 0, 0]
    assert HierarchyConfig(32, 32, 3, layers=3).scales == [2, 1, 0]
    assert HierarchyConfig(32, 32, 3, layers=2).scales == [1, 0]
    assert HierarchyConfig(28, 20, 1, layers=1).sides == [(14, 10)]
    assert HierarchyConfig(32, 32, 3, layers=3, per_scale=(0, 1, 2)).scales == [2, 2, 1]
    assert HierarchyConfig(7, 5, 1, widths=(8, 8, 8)).sides == [(4, 3), (2, 2), (1, 1)]


@pytest.mark.parametrize(
    "settings",
    [{"layers": 0}, {"layers": 17}, {"widths": ()}, {"latents": 0}, {"likelihood": "normal"}, {"per_scale": (1,)}, {"per_scale": (6, 0)}],
    ids=str,
)
def test_a_hierarchy_that_cannot_be_is_refused(settings: dict) -> None:
    with pytest.raises(BadConfig):
        HierarchyConfig(8, 8, **settings)


@pytest.mark.parametrize(
    "settings", [{"objective": "prior"}, {"particles": 3, "groups": 2}, {"quantise": 0.1}, {"free_bits": -1.0}], ids=str
)
def test_a_training_that_cannot_be_is_refused(settings: dict) -> None:
    with pytest.raises(BadConfig):
        HierarchyTraining(net=CONFIGS["colour"], **settings)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_programs_compute_what_the_net_computes_up_to_rounding(config: HierarchyConfig) -> None:
    net, images = fresh_net(config), images_of(config, 20).reshape(20, -1)
    model = load_arrays(read_model(export_hierarchy_net(net, images, {})))
    rng, depth = np.random.default_rng(0), model.depths[0]
    latent = tuple(rng.integers(0, 4096, (20, size)) for size in model.sizes)
    descent = Descent(model, depth, None)
    features = model.encode({"x": to_differences(images) if config.differences else images})
    with torch.no_grad():
        pixels = seen_by(net, images)
        planes = as_planes(pixels, (config.height, config.width, config.channels))
        expected = net.encode(planes if config.is_binary else (planes - 128) / 64)
        h = None
        for i, layer in enumerate(net.every):
            h = net.arrive(h, i)
            given = {**features, **descent.values(latent[:i])}
            outputs = model.posteriors[i]({name: given[name] for name in model.posteriors[i].inputs})
            prior = layer.prior_of(h)
            posterior = layer.posterior(h, expected[config.scales[i]], prior)
            assert np.abs(outputs["mean"] / 1024 - posterior.mean.numpy()).max() < 0.1
            assert np.abs(outputs["log_sigma"] / 32 - posterior.log_sigma.numpy()).max() < 0.1
            eps = torch.from_numpy(model.normal.values[2 * latent[i] + 1] / 1024).float()
            h = layer(h, as_planes(eps, config.shape(i)), prior)
        final = model.decode({"h3": descent.values(latent)["h3"]})
        if config.is_binary:
            assert np.abs(final["logit"] / 64 - net.logits(h).numpy()).max() < 0.2
        else:
            mixtures = net.mixtures(h)
            assert np.abs(final["location"] / 4096 - mixtures.location.numpy()).max() < 0.02
            assert np.abs(final["scale"] / 16 - mixtures.log_scale.numpy()).max() < 0.1


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_the_model_pays_what_the_net_estimates(config: HierarchyConfig) -> None:
    net, images = fresh_net(config), images_of(config, 60).reshape(60, -1)
    model = load_arrays(read_model(export_hierarchy_net(net, images, {})))
    (found,) = log_densities(model, images, [20], np.random.default_rng(0))
    with torch.no_grad():
        weights = draw_particles(net, seen_by(net, images), 20, torch.Generator().manual_seed(0)).terms.log_weights
    assert float(found.lower_bound.mean()) == pytest.approx(float(weights.mean()), rel=1e-2)


def test_rows_are_planes_the_other_way_round() -> None:
    rows = torch.arange(24.0).reshape(1, 24)
    assert torch.equal(as_rows(as_planes(rows, (2, 3, 4))), rows)
    assert as_planes(rows, (2, 3, 4))[0, :, 0, 0].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_frozen_posterior_has_the_same_density_and_no_gradient_of_its_own() -> None:
    net, images = fresh_net(CONFIGS["colour"]), images_of(CONFIGS["colour"], 4).reshape(4, -1)
    seen = seen_by(net, images)
    plain, frozen = (draw_particles(net, seen, 3, torch.Generator().manual_seed(0), frozen).terms for frozen in (False, True))
    assert torch.allclose(plain.log_posterior, frozen.log_posterior, atol=1e-3)
    # plain: log q(eps) = -log sigma - noise^2 / 2, and a bias moves the log sigma of 3 particles of 4 images at 4 * 3 places
    bias = net.every[2].log_sigma.bias
    assert torch.autograd.grad(plain.log_posterior.sum(), bias)[0].tolist() == pytest.approx([-3 * 4 * 4 * 3] * 2)
    assert torch.autograd.grad(frozen.log_posterior.sum(), bias)[0].tolist() != pytest.approx([-3 * 4 * 4 * 3] * 2)


@pytest.mark.parametrize("objective", USABLE)
def test_every_objective_takes_a_step(objective: str) -> None:
    config = HierarchyTraining(net=CONFIGS["gray, odd sides"], objective=objective, particles=4, groups=2, batch=4, steps=10)
    run = start(HIERARCHY, config)
    before = [parameter.detach().clone() for parameter in run.net.parameters()]
    images = images_of(config.net, 24)
    images.setflags(write=False)  # as those of files are
    task = HierarchyTask(run, images[:20], images[20:])
    assert np.isfinite(task.evaluate()["bits"])
    loss = loop.descend(run, task, next(task.batches()))
    assert np.isfinite(loss.bits) and run.skipped == 0
    assert sum(not torch.equal(old, new) for old, new in zip(before, run.net.parameters(), strict=True)) > len(before) - 3


def test_what_latents_tell_adds_up_to_the_rate() -> None:
    net, images = fresh_net(CONFIGS["colour"]), images_of(CONFIGS["colour"], 50).reshape(50, -1)
    told = told_bits(net, seen_by(net, images), 25)
    with torch.no_grad():
        drawn = draw_particles(net, seen_by(net, images), 1, torch.Generator().manual_seed(3))
    assert told.size == sum(drawn.terms.routed[i].shape[-1] for i in range(3))
    assert told.sum() * np.log(2) == pytest.approx(drawn.rates.sum(0).mean().item(), rel=0.05)


def test_channels_that_tell_nothing_are_not_exported() -> None:
    config = CONFIGS["binary"]
    net, images = fresh_net(config), images_of(config, 60).reshape(60, -1)
    with torch.no_grad():
        for head in (net.every[0].mean, net.every[0].log_sigma):
            head.weight[0], head.bias[0] = 0.0, 0.0  # the prior
    smaller = without_silent(net, images)
    model = load_arrays(read_model(export_hierarchy_net(smaller, images, {})))
    assert net.shape(0) == config.shape(0) and smaller.shape(0)[2] == 1
    assert model.sizes[0] == np.prod(smaller.shape(0)) == np.prod(config.shape(0)) // 2


def test_it_learns_and_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    training = HierarchyTraining(steps=80, rate=1e-2, batch=8, validation=20, precision="float32", net=CONFIGS["colour"])
    images = to_differences(images_of(CONFIGS["colour"], 120).reshape(120, -1)).reshape(120, 8, 6, 3)

    def trained(path: Path, stop: int) -> float:
        run = resume(HIERARCHY, path) if path.exists() else start(HIERARCHY, replace(training, steps=stop))
        run.config = training
        task = HierarchyTask(run, images[:100], images[100:])
        batches = task.batches()
        while run.steps < stop:
            loop.descend(run, task, next(batches))
        save(run, path)
        return task.evaluate()["bits"]

    trained(tmp_path / "two.pt", 40)
    assert trained(tmp_path / "one.pt", 80) == pytest.approx(trained(tmp_path / "two.pt", 80), abs=1e-6)
    assert trained(tmp_path / "one.pt", 80) < 5.5


def test_more_blocks_of_the_encoder_change_nothing_at_first() -> None:
    config = CONFIGS["colour"]
    net, images = fresh_net(config), images_of(config, 3)
    deeper = start(HIERARCHY, HierarchyTraining(net=replace(config, bottom_up=3)), weights=net.state_dict()).net
    pixels = as_planes(torch.from_numpy(images.reshape(3, -1).astype(np.float32)), images.shape[1:])
    with torch.no_grad():
        for few, many in zip(net.encode(pixels), deeper.encode(pixels), strict=True):
            assert torch.equal(few, many)
    with pytest.raises(BadCheckpoint):
        start(HIERARCHY, HierarchyTraining(net=replace(config, layers=2)), weights=net.state_dict())


def test_gray_images_of_a_binary_net_are_drawn_anew_and_those_for_validation_once() -> None:
    run = start(HIERARCHY, HierarchyTraining(net=CONFIGS["binary"], batch=16))
    gray = np.full((20, 6, 6, 1), 128, np.uint8)
    task = HierarchyTask(run, gray, gray)
    batches = task.batches()
    first, second = next(batches), next(batches)
    assert set(first.unique().tolist()) == {0.0, 1.0} and not torch.equal(first, second)
    assert 0.4 < float(first.mean()) < 0.6 and set(task.held.ravel()) == {0, 1}
    assert HierarchyTask(run, gray, gray[:0]).evaluate() == {}


def test_one_command_trains_one_exports_and_files_come_back(tmp_path: Path) -> None:
    images = images_of(CONFIGS["colour"], 60)
    np.save(tmp_path / "images.npy", images)
    data, checkpoint, model = ["--data", tmp_path / "images.npy"], tmp_path / "mine.pt", ["--model", tmp_path / "mine.bbm"]
    options = ["--minutes", "0.03", "--validation", "10", "--layers", "3", "--widths", "12,10", "--latents", "2", "--batch", "8"]
    assert run_codec("train", "arrays", *data, *options, "-o", checkpoint).exit_code == 0
    assert run_codec("export", checkpoint, *data, "--particles", 2).exit_code == 0
    assert run_codec("compress", tmp_path / "images.npy", *model, "-o", tmp_path / "images.bb").exit_code == 0
    assert run_codec("decompress", tmp_path / "images.bb", *model, "-o", tmp_path / "back.npy").exit_code == 0
    assert np.array_equal(np.load(tmp_path / "back.npy"), images)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--layers", "3", "--context", "1", "--told", "0"], "numbers of a pixel"),
        (["--layers", "3", "--context", "1", "--objective", "iwae"], "objective"),
        (["--context", "0"], "needs latents"),
        (["--layers", "3", "--units", "8"], "units"),
        (["--latents", "3"], "latents"),
        (["--layers", "3", "--objective", "prior"], "objective"),
    ],
    ids=str,
)
def test_settings_that_do_not_fit_are_refused(tmp_path: Path, options: list[str], reason: str) -> None:
    np.save(tmp_path / "images.npy", images_of(CONFIGS["colour"], 60))
    found = run_codec("train", "arrays", "--data", tmp_path / "images.npy", *options, "-o", tmp_path / "mine.pt")
    assert found.exit_code == 1 and reason in found.stderr
