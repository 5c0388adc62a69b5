"""Posteriors of latents, and their divergence from the prior."""

import pytest

torch = pytest.importorskip("torch")

from codec.learn.common.gaussian import Gaussian, log_standard_normal  # noqa: E402


def test_the_closed_divergence_is_the_mean_of_the_log_ratio():
    posterior = Gaussian(torch.tensor([0.5, -1.0]).double(), torch.tensor([-0.7, 0.2]).double())
    eps = posterior.sample(torch.randn(400000, 2, generator=torch.Generator().manual_seed(0)).double())
    sampled = (posterior.log_density(eps) - log_standard_normal(eps)).mean()
    assert sampled.item() == pytest.approx(posterior.divergence().item(), abs=0.01)
