"""Likelihoods of pixels: probabilities that sum to one, with the gradients of their values."""

import math

import pytest

torch = pytest.importorskip("torch")

from helpers.small_digits import digit_pixels, small_digits  # noqa: E402

from codec.learn.arrays.likelihoods import FLOOR, MixtureParameters, log_bernoulli, log_mixture  # noqa: E402


def test_the_bernoulli_likelihood_is_the_sum_over_pixels_and_has_its_gradient():
    logits = (4 * torch.randn(3, 2, 784)).clamp(-13, 13).double().requires_grad_()
    x = digit_pixels(2)
    found = log_bernoulli(logits, x)
    expected = -torch.nn.functional.binary_cross_entropy_with_logits(logits, x.expand(3, 2, 784), reduction="none").sum(-1)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    for one, other in zip(torch.autograd.grad(found.sum(), logits), torch.autograd.grad(expected.sum(), logits), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=2e-6)


def test_the_probabilities_of_all_pixel_values_sum_to_one():
    likelihood = small_digits("logistic").likelihood
    parameters = likelihood(torch.randn(1, 20).double())
    total = torch.zeros(1, 784).double()
    for value in range(256):
        each = [torch.full((1, 784), value / 256).double()]
        one = MixtureParameters(*[part[:, :1] for part in parameters])
        total[:, :1] += log_mixture(one, each[0][:, :1]).exp()[:, None]
    assert total[0, 0].item() == pytest.approx(1.0, abs=1e-9)


def test_the_mixture_has_the_gradient_of_its_value():
    torch.manual_seed(1)
    parts = [torch.randn(1, 6, 3).double(), torch.rand(1, 6, 3).double(), torch.randn(1, 6, 3).double() + 2]
    x = torch.tensor([[0.0, 255.0, 3.0, 77.0, 128.0, 254.0]]).double() / 256
    for part in parts:
        part.requires_grad_()
    assert torch.autograd.gradcheck(lambda *p: log_mixture(MixtureParameters(*p), x), parts)


def test_no_pixel_is_ever_less_likely_than_the_coder_can_say():
    far = MixtureParameters(torch.zeros(1, 1, 3), torch.full((1, 1, 3), 2.0), torch.full((1, 1, 3), -3.0))
    assert log_mixture(far, torch.tensor([[100 / 256]])).item() == pytest.approx(math.log(FLOOR), abs=1e-3)
