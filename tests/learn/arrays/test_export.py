"""Export: the model file computes what the quantised torch graph computes in float64, bit for bit."""

import copy
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from codec.density.arrays.estimate import log_densities  # noqa: E402
from codec.density.arrays.load import load_arrays  # noqa: E402
from codec.density.arrays.model import eps_values, probe_digest  # noqa: E402
from codec.learn.arrays import nets, particles  # noqa: E402
from codec.learn.arrays.export import export_digits, export_net_of_digits, float_inputs  # noqa: E402
from codec.learn.arrays.train import DIGITS, DigitsTraining  # noqa: E402
from codec.learn.common import quantise  # noqa: E402
from codec.learn.common.gaussian import PosteriorHead  # noqa: E402
from codec.learn.common.run import save, start  # noqa: E402
from codec.nets.model_file import read_model  # noqa: E402

KINDS = [("bernoulli", 1), ("bernoulli", 2), ("logistic", 1), ("logistic", 2)]


def strokes(count: int, levels: int) -> np.ndarray:
    """Images uint8 [count, 784] with a bright bar each, black elsewhere."""
    rng = np.random.default_rng(8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, column in zip(images, rng.integers(4, 22, count), strict=True):
        image[4:24, column : column + 3] = rng.integers(levels // 2, levels, (20, 3))
    return images.reshape(count, 784)


def fresh_net(likelihood: str, layers: int, posterior: float = 1.0) -> nets.DigitsNet:
    """A net of random weights, those of the posteriors multiplied by `posterior`."""
    torch.manual_seed(layers)
    net = nets.build_digits(nets.DigitsConfig(likelihood=likelihood, layers=layers, size=0.2, latents=6))
    with torch.no_grad():
        for head in net.modules():
            if isinstance(head, PosteriorHead):
                head.mean.weight.mul_(posterior)
                head.log_sigma.weight.mul_(posterior)
    quantise.calibrate(net)
    quantise.set_quantised(net, True)
    return net


@pytest.mark.parametrize(("likelihood", "layers"), KINDS)
def test_every_output_equals_the_torch_graph_in_float64_bit_for_bit(likelihood: str, layers: int) -> None:
    images = strokes(150, 2 if likelihood == "bernoulli" else 256)
    net = fresh_net(likelihood, layers)
    model = load_arrays(read_model(export_net_of_digits(net, images, {})))
    double = copy.deepcopy(net).double()
    rng = np.random.default_rng(9)
    latent = tuple(rng.integers(0, 4096, (len(images), size)) for size in net.latents)
    values = eps_values(model, latent, model.depths[0])
    with torch.no_grad():
        features = double.encode(float_inputs(net, images))
        exact = model.encode({"x": images})["features"]
        assert np.array_equal(features.numpy() * 1024, exact)
        eps = tuple(torch.from_numpy(values[f"eps{layer}"] / 1024.0) for layer in range(layers))
        for layer in range(layers):
            posterior = double.posterior_of(layer, features, eps[:layer])
            known = {f"eps{i}": values[f"eps{i}"] for i in range(layer)}
            outputs = model.posteriors[layer]({"features": exact, **known})
            assert np.array_equal(posterior.mean.numpy() * 1024, outputs["mean"])
            assert np.array_equal(posterior.log_sigma.numpy() * 32, outputs["log_sigma"])
        parameters, outputs = double.likelihood(double.decode(eps)), model.decode(values)
    if likelihood == "bernoulli":
        assert np.array_equal(parameters.numpy() * 64, outputs["logit"])
    else:
        for name, field, scale in (("weight", "weight", 32), ("location", "location", 4096), ("scale", "log_scale", 16)):
            assert np.array_equal(getattr(parameters, field).numpy() * scale, outputs[name])


@pytest.mark.parametrize(("likelihood", "layers"), KINDS)
def test_the_model_pays_what_the_quantised_net_estimates(likelihood: str, layers: int) -> None:
    images = strokes(40, 2 if likelihood == "bernoulli" else 256)
    net = fresh_net(likelihood, layers, posterior=0.1)  # as in trained nets: no mean beyond the outermost bins
    model = load_arrays(read_model(export_net_of_digits(net, images, {})))
    (paid,) = log_densities(model, images, [20], np.random.default_rng(0))
    double = copy.deepcopy(net).double()
    with torch.no_grad():
        weights = particles.draw_particles(double, float_inputs(net, images), 20, torch.Generator().manual_seed(1)).log_weights
    error = (weights.mean(1).std() / 20**0.5).item()
    assert paid.lower_bound.mean() == pytest.approx(weights.mean().item(), rel=1e-3, abs=5 * error)


def test_export_leaves_the_net_as_it_was() -> None:
    net = fresh_net("bernoulli", 1)
    quantise.set_quantised(net, False)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    export_net_of_digits(net, strokes(50, 2), {})
    assert not net.quantised and all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_checkpoint_becomes_a_model_file_with_its_facts_and_rates(tmp_path: Path) -> None:
    config = DigitsTraining(net=nets.DigitsConfig(size=0.2, latents=6), validation=60)
    run = start(DIGITS, config)
    save(run, tmp_path / "net.pt")
    images = strokes(200, 256).reshape(200, 28, 28)
    file = read_model(export_digits(tmp_path / "net.pt", images, {"data": "strokes"}))
    training = file.metadata["training"]
    assert training["data"] == "strokes" and training["settings"]["net"]["latents"] == 6
    assert training["validation"]["images"] == 60 and training["validation"]["iwae50_nats"] >= training["validation"]["elbo_nats"]
    assert probe_digest(load_arrays(file)) == file.metadata["probe"]
