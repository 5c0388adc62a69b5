"""Nets of photos on the integer grid: they compute what the kernels do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from helpers.small_photo_nets import SMALL, shaken_net  # noqa: E402

from codec.learn.common import kernel_layers as layers  # noqa: E402
from codec.learn.common import quantise  # noqa: E402
from codec.learn.photo.nets import PhotoNet, SeenPixels  # noqa: E402


def hidden(values: NDArray[np.int64], layer: layers.KernelLayer, scale: NDArray[np.int64], shift: NDArray[np.int64]) -> NDArray[np.int64]:
    weight, bias = (part.numpy() for part in layer.integers())
    sums = values @ weight.T + bias
    assert np.abs(sums).max() < 1 << 24
    v = np.clip((sums + (1 << layer.shift >> 1)) >> layer.shift, -8191, 8191)
    u = ((v * (128 + scale) + 256) >> 9) + shift
    return np.clip(np.where(u >= 0, u, u >> 3), -1023, 1023)


def output(values: NDArray[np.int64], layer: layers.KernelLayer) -> NDArray[np.int64]:
    weight, bias = (part.numpy() for part in layer.integers())
    return np.clip((values @ weight.T + bias + (1 << layer.shift >> 1)) >> layer.shift, -511, 511)


def integer_outputs(net: PhotoNet, inputs: NDArray, known: NDArray, scale: NDArray, shift: NDArray) -> NDArray[np.int64]:
    """inputs [n, I] and known [n, C, 4], both with 5 fraction bits; scale and shift [units] of one tile."""
    first, second = net.config.trunk
    h = hidden(inputs, net.trunk0, scale[:first], shift[:first])
    h = hidden(h, net.trunk1, scale[first : first + second], shift[first : first + second])
    found, begin = [], first + second
    for channel, head in enumerate(net.heads):
        seen = [h]
        if channel:
            seen.append(2 * known[:, channel, :-3])
            seen += [2 * known[:, earlier, -3:] for earlier in range(channel)]
        part = slice(begin + channel * net.config.head, begin + (channel + 1) * net.config.head)
        found.append(output(hidden(np.concatenate(seen, 1), head.hidden, scale[part], shift[part]), head.out))
    return np.stack(found, 1)


@pytest.mark.parametrize(("channels", "width", "predictors"), [(3, 64, "two"), (3, 16, "four"), (1, 16, "one")])
def test_the_quantised_net_is_the_integer_graph(channels: int, width: int, predictors: str) -> None:
    net = shaken_net(replace(SMALL, channels=channels, predictors=predictors, trunk=(width, 8))).double()
    rng = np.random.default_rng(1)
    inputs = rng.integers(-352, 353, (200, net.config.inputs))
    known = rng.integers(-256, 257, (200, channels, net.config.further + 3))
    eps = torch.from_numpy(rng.normal(0, 2, (1, 4)).round(3))
    pixels = SeenPixels(
        torch.from_numpy(inputs / 32.0)[None], torch.from_numpy(known / 32.0)[None], torch.zeros(1, 200, channels, net.config.further + 3)
    )
    with torch.no_grad():
        modulations = net.modulations(eps)
        found = quantise.to_grid(net.outputs(pixels, modulations), layers.OUTPUT)
    scale, shift = (np.rint(part.numpy().ravel() * factor).astype(np.int64) for part, factor in zip(modulations, (128, 64), strict=True))
    assert len(set(scale)) > 4
    assert len(set(shift)) > 4
    expected = integer_outputs(net, inputs, known, scale, shift)
    assert len(np.unique(expected)) > 20
    np.testing.assert_array_equal(found.numpy()[0] * 64, expected)


def test_single_precision_computes_the_same_integers() -> None:
    net = shaken_net(SMALL)
    rng = np.random.default_rng(2)
    parts = (rng.integers(-352, 353, (1, 300, 62)) / 32, rng.integers(-256, 257, (1, 300, 3, 4)) / 32, np.zeros((1, 300, 3, 4)))
    pixels = SeenPixels(*(torch.from_numpy(part) for part in parts))
    scale, shift = rng.integers(-128, 384, (1, 1, 48)) / 128, rng.integers(-300, 300, (1, 1, 48)) / 64
    modulations = layers.Modulations(torch.from_numpy(scale), torch.from_numpy(shift))
    with torch.no_grad():
        single = net.outputs(SeenPixels(*(part.float() for part in pixels)), layers.Modulations(*(part.float() for part in modulations)))
        assert torch.equal(single.double(), net.double().outputs(pixels, modulations))


def test_no_modulation_is_the_modulation_by_one() -> None:
    net = shaken_net(SMALL)
    pixels = SeenPixels(torch.randn(2, 9, 62).mul(64).round() / 32, torch.randn(2, 9, 3, 4).mul(64).round() / 32, torch.zeros(2, 9, 3, 4))
    nothing = layers.Modulations(torch.zeros(2, 1, 48), torch.zeros(2, 1, 48))
    assert torch.equal(net.outputs(pixels), net.outputs(pixels, nothing))
    quantise.set_quantised(net, False)
    assert torch.allclose(net.outputs(pixels), net.outputs(pixels, nothing), atol=1e-6)
