"""The nets of digits: parameters, widths, and latents that mean what their names say."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_digits import digit_pixels, small_digits  # noqa: E402

from codec.errors import BadConfig  # noqa: E402
from codec.learn.arrays.estimate import active_units  # noqa: E402
from codec.learn.arrays.nets import DigitsConfig, build_digits, posterior_parameters, renew_top  # noqa: E402
from codec.learn.arrays.objectives import OBJECTIVES, surrogate  # noqa: E402
from codec.learn.arrays.particles import draw_particles  # noqa: E402
from codec.learn.common import quantise  # noqa: E402
from codec.learn.common.quantise import calibrate, set_quantised  # noqa: E402


@pytest.mark.parametrize("layers", [1, 2])
def test_every_parameter_belongs_to_the_model_or_the_posterior_and_gets_a_gradient(layers):
    net, x = small_digits(layers=layers), digit_pixels(4)
    assert len(net.model_parameters()) + len(posterior_parameters(net)) == len(list(net.parameters()))
    loss, _ = surrogate(draw_particles(net, x, 5, torch.Generator().manual_seed(3), frozen=True), OBJECTIVES["iwae"])
    loss.backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in net.parameters())


def test_size_scales_the_hidden_widths():
    widths = [build_digits(DigitsConfig(size=size)).encoder[0].bias.numel() for size in (0.5, 1.0, 2.0)]
    assert widths == [100, 200, 400]


@pytest.mark.parametrize("wrong", [{"likelihood": "gauss"}, {"layers": 3}, {"latents": 0}, {"size": 0.0}])
def test_nets_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadConfig):
        DigitsConfig(**wrong)


def test_a_renewed_upper_layer_speaks_and_the_lower_one_is_kept():
    net, x = small_digits(layers=2), digit_pixels(50)
    before = net.decoder[0].weight.clone()
    with torch.no_grad():
        net.top_posterior.mean.weight.zero_()
    renew_top(net)
    (top, _) = active_units(net, x.numpy().astype(np.float32))
    assert top.active > 0 and torch.equal(net.decoder[0].weight, before)


@pytest.mark.parametrize("likelihood", ["bernoulli", "logistic"])
def test_rate_and_distortion_add_up_to_the_elbo(likelihood):
    net, x = small_digits(likelihood, 2), digit_pixels(4, likelihood)
    found = net(x, torch.Generator().manual_seed(4))
    terms = draw_particles(net, x, 1, torch.Generator().manual_seed(4))
    elbo = (terms.log_likelihood - terms.divergence).mean().item()
    assert (found.rate + found.distortion).item() == pytest.approx(-elbo / math.log(2) / 784)
    assert found.rate > 0


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("likelihood", ["bernoulli", "logistic"])
def test_every_tensor_of_a_quantised_net_lies_on_its_grid(layers, likelihood, monkeypatch):
    torch.manual_seed(6)
    net = build_digits(DigitsConfig(likelihood, layers, 0.1, 6, 3)).double()
    calibrate(net)
    set_quantised(net, True)
    seen, finish = [], quantise.finish

    def checked(out, grid, leaky, quantised):
        output = finish(out, grid, leaky, quantised)
        scaled = output * 2.0**grid.fraction_bits
        seen.append(torch.equal(scaled, scaled.round()) and output.min() >= grid.low and output.max() <= grid.high)
        return output

    monkeypatch.setattr(quantise, "finish", checked)
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 784))).double()
    x = (pixels > 128).double() if likelihood == "bernoulli" else pixels / 256
    terms = draw_particles(net, x, 4, torch.Generator().manual_seed(0))
    assert len(seen) >= 7 and all(seen)
    assert terms.log_weights.shape == (4, 3) and terms.log_weights.isfinite().all()
