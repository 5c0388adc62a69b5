"""Estimates of -log p(x) with nets, and how many of their latents are used."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_digits import digit_pixels, small_digits  # noqa: E402

from codec.learn.arrays.estimate import active_units, estimate_with_net  # noqa: E402


@pytest.mark.parametrize("layers", [1, 2])
def test_estimates_of_a_net_do_not_depend_on_how_they_are_cut(layers):
    net, x = small_digits(layers=layers), digit_pixels(6).numpy().astype(np.float32)
    several = estimate_with_net(net, x, [1, 8, 64], seed=5)
    assert [part.particles for part in several] == [1, 8, 64]
    assert all(part.log_density.shape == (6,) for part in several)
    parts = [estimate_with_net(net, x[first : first + 2], [64], seed=5 + first)[0].log_density for first in (0, 2, 4)]
    cut = estimate_with_net(net, x, [64], seed=5, at_once=2)[0].log_density
    np.testing.assert_array_equal(np.concatenate(parts), cut)


def test_active_units_are_those_whose_mean_moves():
    net, x = small_digits(), digit_pixels(50).numpy().astype(np.float32)
    with torch.no_grad():
        net.posterior.mean.weight[:4] = 0.0
        net.posterior.mean.weight[4:] *= 50.0
    (found,) = active_units(net, x)
    assert (found.active, found.latents) == (2, 6)
