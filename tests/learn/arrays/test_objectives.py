"""The objectives on a linear Gaussian model, where log p(x), the true posterior and every gradient are known or cheap."""

import math

import pytest

torch = pytest.importorskip("torch")

from codec.errors import BadConfig  # noqa: E402
from codec.learn.arrays.objectives import (  # noqa: E402
    OBJECTIVES,
    ciwae,
    dreg,
    elbo,
    elbo_analytic,
    iwae,
    miwae,
    piwae,
    prior_sampling,
    stl,
    surrogate,
)
from codec.learn.arrays.particles import Terms  # noqa: E402
from codec.learn.common.gaussian import Gaussian, log_standard_normal  # noqa: E402

NOISE = 0.8


class Toy:
    """z ~ N(0, I_2), x = W z + noise in 3 dimensions; q(z|x) = N(A x + b, diag) with parameters of its own."""

    def __init__(self, seed=0, exact=False):
        generator = torch.Generator().manual_seed(seed)
        self.generator = generator
        self.loading = torch.tensor([[1.0, 0.3], [-0.5, 0.8], [0.2, 0.4]]).double()
        precision = torch.eye(2).double() + self.loading.T @ self.loading / NOISE**2
        if exact:  # orthogonal columns: the true posterior is diagonal
            self.loading = torch.tensor([[1.0, 0.0], [0.0, 0.8], [0.0, 0.0]]).double()
            precision = torch.eye(2).double() + self.loading.T @ self.loading / NOISE**2
        self.regression = torch.linalg.solve(precision, self.loading.T / NOISE**2)
        self.offset = torch.zeros(2).double()
        self.log_sigma = -0.5 * torch.diagonal(precision).log()
        if not exact:
            self.regression, self.offset, self.log_sigma = self.regression * 0.9, self.offset + 0.1, self.log_sigma + 0.2
        self.model, self.posterior = [self.loading], [self.regression, self.offset, self.log_sigma]
        for parameter in (*self.model, *self.posterior):
            parameter.requires_grad_()

    def data(self, images):
        z = torch.randn(images, 2, generator=self.generator).double()
        return z @ self.loading.detach().T + NOISE * torch.randn(images, 3, generator=self.generator).double()

    def log_density(self, x):
        covariance = self.loading @ self.loading.T + NOISE**2 * torch.eye(3)
        return torch.distributions.MultivariateNormal(torch.zeros(3).double(), covariance).log_prob(x).detach()

    def log_likelihood(self, z, x):
        return (-0.5 * ((x - z @ self.loading.T) / NOISE) ** 2 - math.log(NOISE) - 0.5 * math.log(2 * math.pi)).sum(-1)

    def draw(self, x, particles, frozen=False, seed=None):
        generator = self.generator if seed is None else torch.Generator().manual_seed(seed)
        posterior = Gaussian(x @ self.regression.T + self.offset, self.log_sigma.expand(len(x), 2))
        z = posterior.sample(torch.randn(particles, len(x), 2, generator=generator).double())
        log_posterior = (posterior.detached() if frozen else posterior).log_density(z)
        routed = z.view_as(z)
        terms = Terms(self.log_likelihood(routed, x), log_standard_normal(routed), log_posterior, posterior.divergence(), (routed,))
        return terms

    def gradients(self, loss):
        return torch.autograd.grad(loss, [*self.model, *self.posterior], allow_unused=True, materialize_grads=True)


def close(found, expected, tolerance=1e-9):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "bound",
    [elbo, iwae, stl, dreg, lambda w: miwae(w, 4), lambda w: piwae(w, 4), lambda w: ciwae(w, 0.3)],
    ids=["elbo", "iwae", "stl", "dreg", "miwae", "piwae", "ciwae"],
)
def test_every_bound_is_a_bound(bound):
    toy = Toy()
    x = toy.data(4000)
    gap = toy.log_density(x) - bound(toy.draw(x, 8).log_weights).bound.detach()
    assert gap.mean() > -3 * gap.std() / math.sqrt(len(gap))


def test_iwae_rises_with_its_particles():
    toy = Toy()
    x = toy.data(20000)
    with torch.no_grad():
        bounds = [iwae(toy.draw(x, k).log_weights).bound.mean().item() for k in (1, 2, 4, 16, 64)]
    assert bounds == sorted(bounds)
    assert bounds[-1] == pytest.approx(toy.log_density(x).mean().item(), abs=0.005)


def test_mixed_bounds_lie_between_elbo_and_iwae():
    toy = Toy()
    weights = toy.draw(toy.data(500), 12).log_weights
    low, high = elbo(weights).bound, iwae(weights).bound
    for mixed in (miwae(weights, 3).bound, ciwae(weights, 0.5).bound):
        assert (mixed >= low - 1e-9).all() and (mixed <= high + 1e-9).all()


def test_iwae_of_one_particle_is_the_sampled_elbo():
    toy = Toy()
    weights = toy.draw(toy.data(50), 1).log_weights
    for one, other in zip(iwae(weights), elbo(weights), strict=True):
        torch.testing.assert_close(one, other)


def test_analytic_and_sampled_elbo_agree_in_expectation():
    toy = Toy()
    terms = toy.draw(toy.data(300), 4000)
    analytic = elbo_analytic(terms.log_likelihood, terms.divergence)
    sampled = elbo(terms.log_weights).bound
    assert (analytic - sampled).abs().max() < 5 * terms.log_weights.std(0).max() / math.sqrt(4000)


@pytest.mark.parametrize("name", ["elbo", "elbo-sampled", "iwae-plain", "miwae", "ciwae"])
def test_surrogates_have_the_gradient_of_their_bound(name):
    toy = Toy()
    x = toy.data(20)
    loss, bound = surrogate(toy.draw(x, 6, seed=1), OBJECTIVES[name], groups=3, share=0.3)
    terms = toy.draw(x, 6, seed=1)
    weights = terms.log_weights
    direct = {
        "elbo": lambda: elbo_analytic(terms.log_likelihood, terms.divergence),
        "elbo-sampled": lambda: weights.mean(0),
        "iwae-plain": lambda: torch.logsumexp(weights, 0) - math.log(6),
        "miwae": lambda: (torch.logsumexp(weights.unflatten(0, (3, 2)), 1) - math.log(2)).mean(0),
        "ciwae": lambda: 0.3 * weights.mean(0) + 0.7 * (torch.logsumexp(weights, 0) - math.log(6)),
    }[name]()
    torch.testing.assert_close(bound, direct.detach())
    close(toy.gradients(loss), toy.gradients(-direct.sum()))


def test_piwae_takes_the_model_from_iwae_and_the_posterior_from_miwae():
    toy = Toy()
    x = toy.data(20)
    found, tight, grouped = (
        toy.gradients(surrogate(toy.draw(x, 6, seed=1), OBJECTIVES[name], groups=3)[0]) for name in ("piwae", "iwae-plain", "miwae")
    )
    close(found[:1], tight[:1])
    close(found[1:], grouped[1:])


def test_dreg_is_unbiased_and_less_noisy_than_iwae():
    toy = Toy(seed=3)
    x = toy.data(1)
    copies = x.expand(4000, 3)
    samples = {"iwae": [], "iwae-plain": []}
    for name, found in samples.items():
        for _ in range(60):
            gradients = toy.gradients(surrogate(toy.draw(copies, 8, OBJECTIVES[name].frozen), OBJECTIVES[name])[0] / 4000)
            found.append(torch.cat([gradient.flatten() for gradient in gradients[1:]]))
    better, plain = (torch.stack(samples[name]) for name in ("iwae", "iwae-plain"))
    error = (better.var(0) / 60 + plain.var(0) / 60).sqrt()
    assert ((better.mean(0) - plain.mean(0)).abs() < 4.5 * error).all()
    assert better.var(0).sum() < plain.var(0).sum()


def test_dreg_leaves_the_gradient_of_the_model_as_it_is():
    toy = Toy()
    x = toy.data(20)
    first, second = (
        toy.gradients(surrogate(toy.draw(x, 6, OBJECTIVES[name].frozen, seed=1), OBJECTIVES[name])[0])[0] for name in ("iwae", "iwae-plain")
    )
    torch.testing.assert_close(first, second)


def test_sticking_the_landing_is_free_of_noise_at_the_true_posterior():
    toy = Toy(exact=True)
    x = toy.data(20)
    noise = {name: toy.gradients(surrogate(toy.draw(x, 3, OBJECTIVES[name].frozen), OBJECTIVES[name])[0]) for name in ("stl", "iwae-plain")}
    assert max(gradient.abs().max() for gradient in noise["stl"][1:]) < 1e-9
    assert max(gradient.abs().max() for gradient in noise["iwae-plain"][1:]) > 0.1


def test_sampling_the_prior_estimates_the_density_without_bias():
    toy = Toy()
    x = toy.data(1)
    z = torch.randn(400000, 1, 2, generator=toy.generator).double()
    with torch.no_grad():
        bound = prior_sampling(toy.log_likelihood(z, x)).bound
    assert bound.item() == pytest.approx(toy.log_density(x).item(), abs=0.02)


def test_particles_that_do_not_divide_into_groups_are_refused():
    with pytest.raises(BadConfig):
        miwae(torch.zeros(7, 2), 3)


def test_weights_that_vanish_do_not_spoil_the_gradient():
    toy = Toy()
    x = toy.data(4) * 100.0
    for name in ("iwae", "piwae", "miwae"):
        loss, _ = surrogate(toy.draw(x, 6, OBJECTIVES[name].frozen), OBJECTIVES[name], groups=3)
        assert all(gradient.isfinite().all() for gradient in toy.gradients(loss))
