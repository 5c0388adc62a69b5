"""The digits models: likelihoods that sum to one, terms that mean what their names say, and estimates on nets."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from codec.learn.arrays.density import active_units, estimate_images  # noqa: E402
from codec.learn.arrays.likelihoods import FLOOR, Mixture  # noqa: E402
from codec.learn.arrays.nets import (  # noqa: E402
    BadConfig,
    Gaussian,
    NetConfig,
    build,
    log_standard_normal,
    posterior_parameters,
    renew_top,
)
from codec.learn.arrays.objectives import OBJECTIVES, surrogate  # noqa: E402
from codec.learn.arrays.particles import draw, draw_from_prior  # noqa: E402

SMALL = {"size": 0.1, "latents": 6, "top_latents": 3}


def small(likelihood="bernoulli", layers=1):
    torch.manual_seed(0)
    return build(NetConfig(likelihood, layers, **SMALL)).double()


def pictures(count, likelihood="bernoulli"):
    values = np.random.default_rng(1).integers(0, 256, (count, 784))
    return torch.from_numpy(values / 256 if likelihood == "logistic" else (values > 200).astype(float))


def test_the_bernoulli_likelihood_is_the_sum_over_pixels_and_has_its_gradient():
    net = small()
    logits = (4 * torch.randn(3, 2, 784)).double().requires_grad_()
    x = pictures(2)
    found = net.likelihood.log_likelihood(logits, x)
    expected = -torch.nn.functional.binary_cross_entropy_with_logits(logits, x.expand(3, 2, 784), reduction="none").sum(-1)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    for one, other in zip(torch.autograd.grad(found.sum(), logits), torch.autograd.grad(expected.sum(), logits), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=2e-6)


def test_the_probabilities_of_all_pixel_values_sum_to_one():
    likelihood = small("logistic").likelihood
    parameters = likelihood(torch.randn(1, 20).double())
    total = torch.zeros(1, 784).double()
    for value in range(256):
        each = [torch.full((1, 784), value / 256).double()]
        one = Mixture(*[part[:, :1] for part in parameters])
        total[:, :1] += likelihood.log_likelihood(one, each[0][:, :1]).exp()[:, None]
    assert total[0, 0].item() == pytest.approx(1.0, abs=1e-9)


def test_the_mixture_has_the_gradient_of_its_value():
    likelihood = small("logistic").likelihood
    torch.manual_seed(1)
    parts = [torch.randn(1, 6, 3).double(), torch.rand(1, 6, 3).double(), torch.randn(1, 6, 3).double() + 2]
    x = torch.tensor([[0.0, 255.0, 3.0, 77.0, 128.0, 254.0]]).double() / 256
    for part in parts:
        part.requires_grad_()
    assert torch.autograd.gradcheck(lambda *p: likelihood.log_likelihood(Mixture(*p), x), parts)


def test_no_pixel_is_ever_less_likely_than_the_coder_can_say():
    likelihood = small("logistic").likelihood
    far = Mixture(torch.zeros(1, 1, 3), torch.full((1, 1, 3), 2.0), torch.full((1, 1, 3), -3.0))
    assert likelihood.log_likelihood(far, torch.tensor([[100 / 256]])).item() == pytest.approx(math.log(FLOOR), abs=1e-3)


def test_the_closed_divergence_is_the_mean_of_the_log_ratio():
    posterior = Gaussian(torch.tensor([0.5, -1.0]).double(), torch.tensor([-0.7, 0.2]).double())
    eps = posterior.sample(torch.randn(400000, 2, generator=torch.Generator().manual_seed(0)).double())
    sampled = (posterior.log_density(eps) - log_standard_normal(eps)).mean()
    assert sampled.item() == pytest.approx(posterior.divergence().item(), abs=0.01)


@pytest.mark.parametrize("layers", [1, 2])
def test_freezing_changes_no_value_and_removes_the_direct_gradient_of_log_q(layers):
    net, x = small(layers=layers), pictures(3)
    plain, frozen = (draw(net, x, 5, torch.Generator().manual_seed(3), still) for still in (False, True))
    torch.testing.assert_close(plain.log_weights, frozen.log_weights)
    heads = list(net.posterior.log_sigma.parameters())
    pathwise = torch.autograd.grad(frozen.log_posterior.sum(), heads)
    assert all(gradient.abs().max() > 0 for gradient in pathwise)
    moved = torch.autograd.grad(plain.log_posterior.sum(), heads)
    assert any((one - other).abs().max() > 1e-3 for one, other in zip(pathwise, moved, strict=True))


@pytest.mark.parametrize("layers", [1, 2])
def test_every_parameter_belongs_to_the_model_or_the_posterior_and_gets_a_gradient(layers):
    net, x = small(layers=layers), pictures(4)
    assert len(net.model_parameters()) + len(posterior_parameters(net)) == len(list(net.parameters()))
    loss, _ = surrogate(draw(net, x, 5, torch.Generator().manual_seed(3), frozen=True), OBJECTIVES["iwae"])
    loss.backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in net.parameters())


def test_two_layer_dreg_agrees_with_plain_iwae_in_the_mean():
    torch.manual_seed(2)
    net = build(NetConfig("bernoulli", 2, 0.05, 2, 2)).double()
    x = pictures(1).expand(1000, 784)
    chosen = [net.top_posterior.mean.bias, net.posterior.mean.bias]
    means, errors = {}, {}
    for name in ("iwae", "iwae-plain"):
        rows = []
        for seed in range(12):
            terms = draw(net, x, 4, torch.Generator().manual_seed(seed), OBJECTIVES[name].frozen)
            rows.append(torch.cat(torch.autograd.grad(surrogate(terms, OBJECTIVES[name])[0] / len(x), chosen)))
        means[name], errors[name] = torch.stack(rows).mean(0), torch.stack(rows).std(0) / math.sqrt(12)
    assert ((means["iwae"] - means["iwae-plain"]).abs() < 5 * (errors["iwae"] + errors["iwae-plain"]) + 1e-4).all()


def test_particles_from_the_prior_weigh_their_likelihood():
    terms = draw_from_prior(small(layers=2), pictures(3), 7, torch.Generator().manual_seed(0))
    torch.testing.assert_close(terms.log_weights, terms.log_likelihood)


def test_size_scales_the_hidden_widths():
    widths = [build(NetConfig(size=size)).encoder[0].bias.numel() for size in (0.5, 1.0, 2.0)]
    assert widths == [100, 200, 400]


@pytest.mark.parametrize("wrong", [{"likelihood": "gauss"}, {"layers": 3}, {"latents": 0}, {"size": 0.0}])
def test_nets_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadConfig):
        NetConfig(**wrong)


@pytest.mark.parametrize("layers", [1, 2])
def test_estimates_of_a_net_do_not_depend_on_how_they_are_cut(layers):
    net, x = small(layers=layers), pictures(6).numpy().astype(np.float32)
    several = estimate_images(net, x, [1, 8, 64], seed=5)
    assert [part.particles for part in several] == [1, 8, 64]
    assert all(part.log_density.shape == (6,) for part in several)
    parts = [estimate_images(net, x[first : first + 2], [64], seed=5 + first)[0].log_density for first in (0, 2, 4)]
    cut = estimate_images(net, x, [64], seed=5, at_once=2)[0].log_density
    np.testing.assert_array_equal(np.concatenate(parts), cut)


def test_active_units_are_those_whose_mean_moves():
    net, x = small(), pictures(50).numpy().astype(np.float32)
    with torch.no_grad():
        net.posterior.mean.weight[:4] = 0.0
        net.posterior.mean.weight[4:] *= 50.0
    (found,) = active_units(net, x)
    assert (found.active, found.latents) == (2, 6)


def test_a_renewed_upper_layer_speaks_and_the_lower_one_is_kept():
    net, x = small(layers=2), pictures(50)
    before = net.decoder[0].weight.clone()
    with torch.no_grad():
        net.top_posterior.mean.weight.zero_()
    renew_top(net)
    (top, _) = active_units(net, x.numpy().astype(np.float32))
    assert top.active > 0 and torch.equal(net.decoder[0].weight, before)


@pytest.mark.parametrize("likelihood", ["bernoulli", "logistic"])
def test_rate_and_distortion_add_up_to_the_elbo(likelihood):
    net, x = small(likelihood, 2), pictures(4, likelihood)
    found = net(x, torch.Generator().manual_seed(4))
    terms = draw(net, x, 1, torch.Generator().manual_seed(4))
    elbo = (terms.log_likelihood - terms.divergence).mean().item()
    assert (found.rate + found.distortion).item() == pytest.approx(-elbo / math.log(2) / 784)
    assert found.rate > 0
