"""Particles: log-weights that mean what their names say, and gradients that flow where they should."""

import math

import pytest

torch = pytest.importorskip("torch")

from helpers.small_digits import digit_pixels, small_digits  # noqa: E402

from codec.learn.arrays.nets import DigitsConfig, build_digits  # noqa: E402
from codec.learn.arrays.objectives import OBJECTIVES, surrogate  # noqa: E402
from codec.learn.arrays.particles import draw_from_prior, draw_particles  # noqa: E402


@pytest.mark.parametrize("layers", [1, 2])
def test_freezing_changes_no_value_and_removes_the_direct_gradient_of_log_q(layers):
    net, x = small_digits(layers=layers), digit_pixels(3)
    plain, frozen = (draw_particles(net, x, 5, torch.Generator().manual_seed(3), still) for still in (False, True))
    torch.testing.assert_close(plain.log_weights, frozen.log_weights)
    heads = list(net.posterior.log_sigma.parameters())
    pathwise = torch.autograd.grad(frozen.log_posterior.sum(), heads)
    assert all(gradient.abs().max() > 0 for gradient in pathwise)
    moved = torch.autograd.grad(plain.log_posterior.sum(), heads)
    assert any((one - other).abs().max() > 1e-3 for one, other in zip(pathwise, moved, strict=True))


def test_two_layer_dreg_agrees_with_plain_iwae_in_the_mean():
    torch.manual_seed(2)
    net = build_digits(DigitsConfig("bernoulli", 2, 0.05, 2, 2)).double()
    x = digit_pixels(1).expand(1000, 784)
    chosen = [net.top_posterior.mean.bias, net.posterior.mean.bias]
    means, errors = {}, {}
    for name in ("iwae", "iwae-plain"):
        rows = []
        for seed in range(12):
            terms = draw_particles(net, x, 4, torch.Generator().manual_seed(seed), OBJECTIVES[name].frozen)
            rows.append(torch.cat(torch.autograd.grad(surrogate(terms, OBJECTIVES[name])[0] / len(x), chosen)))
        means[name], errors[name] = torch.stack(rows).mean(0), torch.stack(rows).std(0) / math.sqrt(12)
    assert ((means["iwae"] - means["iwae-plain"]).abs() < 5 * (errors["iwae"] + errors["iwae-plain"]) + 1e-4).all()


def test_particles_from_the_prior_weigh_their_likelihood():
    terms = draw_from_prior(small_digits(layers=2), digit_pixels(3), 7, torch.Generator().manual_seed(0))
    torch.testing.assert_close(terms.log_weights, terms.log_likelihood)
