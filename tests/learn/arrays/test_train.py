"""Training runs: they learn, stop, resume, and survive bad steps."""

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from helpers.cli import run as run_codec  # noqa: E402

import codec  # noqa: E402
from codec.learn.arrays import train as training  # noqa: E402
from codec.learn.arrays.nets import BadConfig, NetConfig, posterior_parameters  # noqa: E402
from codec.learn.arrays.objectives import OBJECTIVES  # noqa: E402
from codec.learn.arrays.train import (  # noqa: E402
    Batches,
    TrainConfig,
    TrainingFailed,
    config_from_json,
    load_checkpoint,
    particles_at,
    resume,
    save,
    start,
    step,
    train,
)
from codec.learn.common.data import digits, inputs  # noqa: E402

SMALL = NetConfig(size=0.1, latents=6, top_latents=3)
QUICK = TrainConfig(net=SMALL, particles=6, early_particles=2, groups=3, batch=20, minutes=0.02, validation=20)


@pytest.fixture
def images(rng):
    """Bars: half of the rows of an image are lit."""
    rows = rng.integers(0, 2, (120, 28, 1)) * 230 + 10
    return np.repeat(rows, 28, 2).astype(np.uint8)


def batch(images):
    return torch.from_numpy(inputs(images[:20], "bernoulli"))


def weights(run):
    return {name: value.clone() for name, value in run.net.named_parameters()}


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_every_objective_improves_its_bound(name, images):
    run, x = start(replace(QUICK, objective=name, precision="float32", early_particles=6)), batch(images)
    run.elapsed = 0.1
    bounds = [step(run, x) for _ in range(60)]
    assert np.mean(bounds[-5:]) > bounds[0] + 20


def test_em_moves_posterior_and_model_in_turns(images):
    run, x = start(replace(QUICK, objective="em", precision="float32")), batch(images)
    model, posterior = ({id(p) for p in part} for part in (run.net.model_parameters(), posterior_parameters(run.net)))
    for moving, still in ((posterior, model), (model, posterior)):
        before = weights(run)
        step(run, x)
        moved = {id(p) for name, p in run.net.named_parameters() if not torch.equal(p, before[name])}
        assert moved and moved <= moving and not moved & still


def test_tightening_leaves_the_model_alone(images):
    run, x = start(replace(QUICK, tighten=1.0)), batch(images)
    before = [parameter.clone() for parameter in run.net.model_parameters()]
    step(run, x)
    assert all(torch.equal(one, other) for one, other in zip(before, run.net.model_parameters(), strict=True))


def test_a_run_leaves_checkpoint_and_curve_and_ends_quantised(tmp_path, images):
    path = tmp_path / "run.pt"
    run = train(start(replace(QUICK, quantise=0.3)), images, inputs(images[:20], "bernoulli"), path, quiet=True)
    assert run.quantised and run.elapsed >= 1.2 and run.steps > 5
    net, config = load_checkpoint(path)
    assert config == run.config and net.encoder[0].quantised and not net.encoder[0].light
    with open(path.with_suffix(".csv")) as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 2 and {"minutes", "elbo_nats", "iwae20_nats"} <= set(rows[0])
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("layers", [1, 2])
def test_a_resumed_run_goes_on_as_if_nothing_had_happened(tmp_path, images, layers):
    first = start(replace(QUICK, net=replace(SMALL, layers=layers), precision="float32"))
    x = batch(images)
    for _ in range(3):
        step(first, x)
    save(first, tmp_path / "run.pt")
    second = resume(tmp_path / "run.pt")
    for run in (first, second):
        for _ in range(3):
            step(run, x)
    assert (second.steps, second.images) == (first.steps, first.images)
    for one, other in ((weights(first), weights(second)), (first.average, second.average)):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_equal_seeds_give_equal_runs(images):
    runs = [start(replace(QUICK, seed=seed, precision="float32")) for seed in (3, 3, 4)]
    for run in runs:
        step(run, batch(images))
    first, second, third = (weights(run)["likelihood.logit.bias"] for run in runs)
    assert torch.equal(first, second) and not torch.equal(first, third)


def test_a_step_without_a_finite_gradient_is_skipped_and_counted(images):
    run, x = start(QUICK), batch(images)
    step(run, x)
    before = weights(run)
    step(run, torch.full_like(x, float("nan")))
    assert run.skipped == 1 and all(torch.equal(before[name], value) for name, value in run.net.named_parameters())
    step(run, x)
    assert run.skipped == 1 and run.skipped_in_a_row == 0


def test_a_spike_is_skipped_once_the_usual_length_is_known(images):
    run, x = start(QUICK), batch(images)
    step(run, x)
    run.steps, run.usual_norm = 200, 1e-6
    step(run, x)
    assert run.skipped == 1


def test_nothing_but_bad_steps_is_an_error(images):
    run, x = start(QUICK), torch.full_like(batch(images), float("nan"))
    with pytest.raises(TrainingFailed, match="no usable gradient"):
        for _ in range(500):
            step(run, x)


def test_an_interrupt_leaves_a_usable_checkpoint(tmp_path, images, monkeypatch):
    calls = []

    def interrupted(run, x):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return step(run, x)

    monkeypatch.setattr(training, "step", interrupted)
    train(start(replace(QUICK, minutes=10.0)), images, inputs(images[:20], "bernoulli"), tmp_path / "run.pt", quiet=True)
    assert resume(tmp_path / "run.pt").steps == 2


def test_a_pause_does_not_use_up_the_minutes(tmp_path, images, monkeypatch):
    times = iter(np.arange(0.0, 1e9, 1000.0))
    monkeypatch.setattr(training.time, "monotonic", lambda: next(times))
    run = train(start(replace(QUICK, minutes=0.5)), images, np.zeros((0, 784), np.float32), tmp_path / "run.pt", quiet=True)
    assert run.steps == 6 and run.elapsed == 30.0


def test_the_particles_grow_from_few_to_all():
    config = replace(QUICK, particles=50, early_particles=5, early=0.5)
    counts = [particles_at(config, progress) for progress in np.linspace(0.0, 1.0, 21)]
    assert counts == sorted(counts) and counts[0] == 5 and counts[10] == 5 and counts[-1] == 50


def test_configs_with_unknown_or_impossible_settings_are_refused():
    for wrong in ({"objective": "magic"}, {"precision": "int4"}, {"minutes": 0.0}, {"tighten": 1.5}):
        with pytest.raises(BadConfig):
            TrainConfig(**wrong)
    with pytest.raises(BadConfig, match="colour"):
        config_from_json(json.dumps({"net": {}, "colour": 1}))


def test_weights_of_another_net_are_refused():
    weights = start(QUICK).net.state_dict()
    with pytest.raises(TrainingFailed, match="settings"):
        start(replace(QUICK, net=replace(SMALL, layers=2)), weights=weights)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / "text.pt").write_text("hello")
    torch.save({"weights": {}}, tmp_path / "other.pt")
    for name in ("text.pt", "other.pt", "missing.pt"):
        with pytest.raises(TrainingFailed, match=name):
            load_checkpoint(tmp_path / name)


def test_the_command_trains_resumes_and_refuses_to_overwrite(tmp_path, images):
    np.save(tmp_path / "bars.npy", images)
    fixed = ["train", "digits", "--data", str(tmp_path / "bars.npy"), "-o", str(tmp_path / "run.pt"), "--minutes"]
    small = ["--size", "0.1", "--batch", "20", "--validation", "20", "--particles", "4"]
    results = [run_codec(*fixed, *rest) for rest in (["0.01", *small], ["0.01", *small], ["0.02", "--resume"])]
    assert [result.exit_code for result in results] == [0, 1, 0], [result.output for result in results]
    assert "--resume" in results[1].output
    assert (tmp_path / "run.png").stat().st_size > 1000
    assert resume(tmp_path / "run.pt").elapsed >= 1.2


def test_one_layer_iwae_learns_digits(shared_data):
    images = digits(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    run = start(TrainConfig(net=NetConfig(size=0.5), early=1.0))
    run.elapsed = 60.0
    bounds = [step(run, x) for x, _ in zip(Batches(images, run), range(150), strict=False)]
    assert np.mean(bounds[-10:]) > -200.0


def test_without_torch_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("codec.learn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(codec, "learn", raising=False)
    result = run_codec("train", "digits", "--data", "x")
    assert result.exit_code == 1 and 'pip install "codec[train]"' in result.output
