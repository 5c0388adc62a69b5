"""Training runs of digits: every objective learns, the schedule is kept, and what is resumed goes on exactly."""

import csv
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_digits import SMALL  # noqa: E402

from codec.errors import BadCheckpoint, BadConfig, BadData  # noqa: E402
from codec.learn.arrays.images import digits, net_inputs  # noqa: E402
from codec.learn.arrays.nets import DigitsConfig, posterior_parameters  # noqa: E402
from codec.learn.arrays.objectives import OBJECTIVES  # noqa: E402
from codec.learn.arrays.train import DIGITS, NATS, DigitsTask, DigitsTraining, particles_at  # noqa: E402
from codec.learn.common import loop  # noqa: E402
from codec.learn.common.run import copies, load_checkpoint, resume, save, start  # noqa: E402

QUICK = DigitsTraining(net=SMALL, particles=6, early_particles=2, groups=3, batch=20, minutes=0.02, validation=20)


@pytest.fixture
def images(rng):
    """Bars: half of the rows of an image are lit."""
    rows = rng.integers(0, 2, (120, 28, 1)) * 230 + 10
    return np.repeat(rows, 28, 2).astype(np.uint8)


def batch(images):
    return torch.from_numpy(net_inputs(images[:20], "bernoulli"))


def step(run, x):
    """One update on images x; the bound in bits per dimension."""
    task = DigitsTask(run, np.zeros((1, 28, 28), np.uint8), np.zeros((0, 784), np.float32))
    return -loop.descend(run, task, x).bits


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_every_objective_improves_its_bound(name, images):
    run, x = start(DIGITS, replace(QUICK, objective=name, precision="float32", early_particles=6)), batch(images)
    run.elapsed = 0.1
    bounds = [step(run, x) for _ in range(60)]
    assert np.mean(bounds[-5:]) > bounds[0] + 20 / NATS


def test_em_moves_posterior_and_model_in_turns(images):
    run, x = start(DIGITS, replace(QUICK, objective="em", precision="float32")), batch(images)
    model, posterior = ({id(p) for p in part} for part in (run.net.model_parameters(), posterior_parameters(run.net)))
    for moving, still in ((posterior, model), (model, posterior)):
        before = copies(run.net)
        step(run, x)
        moved = {id(p) for name, p in run.net.named_parameters() if not torch.equal(p, before[name])}
        assert moved and moved <= moving and not moved & still


def test_tightening_leaves_the_model_alone(images):
    run, x = start(DIGITS, replace(QUICK, tighten=1.0)), batch(images)
    before = [parameter.clone() for parameter in run.net.model_parameters()]
    step(run, x)
    assert all(torch.equal(one, other) for one, other in zip(before, run.net.model_parameters(), strict=True))


def test_a_run_leaves_checkpoint_and_curve_and_ends_quantised(tmp_path, images):
    path = tmp_path / "run.pt"
    run = start(DIGITS, replace(QUICK, quantise=0.3))
    loop.train_net(run, DigitsTask(run, images, net_inputs(images[:20], "bernoulli")), path)
    assert run.quantised and run.elapsed >= 1.2 and run.steps > 5
    net, config = load_checkpoint(DIGITS, path)
    assert config == run.config and net.encoder[0].quantised and not net.encoder[0].light
    with open(path.with_suffix(".csv")) as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 2 and {"minutes", "elbo_nats", "iwae20_nats"} <= set(rows[0])
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("layers", [1, 2])
def test_a_resumed_run_goes_on_as_if_nothing_had_happened(tmp_path, images, layers):
    first = start(DIGITS, replace(QUICK, net=replace(SMALL, layers=layers), precision="float32"))
    x = batch(images)
    for _ in range(3):
        step(first, x)
    save(first, tmp_path / "run.pt")
    second = resume(DIGITS, tmp_path / "run.pt")
    for run in (first, second):
        for _ in range(3):
            step(run, x)
    assert second.steps == first.steps == 6
    for one, other in ((copies(first.net), copies(second.net)), (first.average, second.average)):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_particles_grow_from_few_to_all():
    config = replace(QUICK, particles=50, early_particles=5, early=0.5)
    counts = [particles_at(config, progress) for progress in np.linspace(0.0, 1.0, 21)]
    assert counts == sorted(counts) and counts[0] == 5 and counts[10] == 5 and counts[-1] == 50


def test_settings_that_cannot_be_are_refused():
    for wrong in ({"objective": "magic"}, {"precision": "int4"}, {"minutes": 0.0}, {"tighten": 1.5}, {"groups": 0}):
        with pytest.raises(BadConfig):
            DigitsTraining(**wrong)


def test_weights_of_another_net_are_refused():
    weights = start(DIGITS, QUICK).net.state_dict()
    with pytest.raises(BadCheckpoint, match="settings"):
        start(DIGITS, replace(QUICK, net=replace(SMALL, layers=2)), weights=weights)


def test_one_layer_iwae_learns_digits(shared_data):
    images = digits(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    run = start(DIGITS, DigitsTraining(net=DigitsConfig(size=0.5), early=1.0))
    run.elapsed = 60.0
    task = DigitsTask(run, images, np.zeros((0, 784), np.float32))
    bounds = [-loop.descend(run, task, x).bits for x, _ in zip(task.batches(), range(150), strict=False)]
    assert np.mean(bounds[-10:]) > -200.0 / NATS


def test_images_of_another_size_are_refused():
    with pytest.raises(BadData, match="784 pixels"):
        DigitsTask(start(DIGITS, QUICK), np.zeros((2, 32, 32), np.uint8), np.zeros((0, 784), np.float32))
