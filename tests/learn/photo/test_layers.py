"""The arithmetic of photo nets: gradients through rounding, and probabilities that sum to one."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from codec.learn.common import kernel_layers as layers  # noqa: E402


def test_rounding_is_straight_through() -> None:
    sums = (3 * torch.randn(5, 40, 8, dtype=torch.float64)).requires_grad_()
    scale = (0.3 * torch.randn(5, 1, 8, dtype=torch.float64)).requires_grad_()
    shift = torch.randn(5, 1, 8, dtype=torch.float64).requires_grad_()
    found = []
    for exact in (False, True):
        out = layers.activate(sums, layers.Modulations(scale, shift), exact)
        found.append(torch.autograd.grad((out * torch.arange(40.0)[:, None]).sum(), (sums, scale, shift)))
    for plain, rounded in zip(*found, strict=True):
        assert ((plain - rounded).norm() / plain.norm()).item() < 0.1  # where a sum is rounded across 0, the slope is another one


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_likelihood_sums_to_one_over_all_symbols(exact: bool, dtype: torch.dtype) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        outputs = torch.from_numpy(rng.normal(0, 3, (1, 2, 12))).to(dtype).expand(511, 2, 12)
        local, prediction, difference = rng.uniform(-1, 4), rng.uniform(-50, 300), rng.normal(0, 3)
        symbols = np.stack([np.clip(np.arange(511), 0, 255), np.arange(511) - 255], 1)
        end = (symbols == 255) * 1.0 - (symbols == np.array([0, -255]))
        facts = np.stack([symbols - prediction, np.full((511, 2), local), end, np.full((511, 2), difference)], -1)
        bits = layers.mixture_bits(outputs, torch.from_numpy(facts).to(dtype), torch.tensor([256.0, 511.0]), exact)
        mass = torch.exp2(-bits.double())
        assert mass[:256, 0].sum().item() == pytest.approx(1.0, abs=2e-5)
        assert mass[:, 1].sum().item() == pytest.approx(1.0, abs=2e-5)


def test_a_wide_component_keeps_its_mass_in_single_precision() -> None:
    outputs = torch.zeros(1, 1, 4)
    outputs[..., 2] = 7.0
    facts = torch.tensor([[[30.0, 4.0, 0.0, 0.0]]])  # a scale of 2^11 levels
    levels = torch.tensor([256.0])
    single, double = (layers.mixture_bits(outputs.to(d), facts.to(d), levels, False).item() for d in (torch.float32, torch.float64))
    assert single == pytest.approx(double, abs=1e-4)
