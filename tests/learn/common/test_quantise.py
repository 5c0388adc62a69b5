"""The layers of the integer graph: grids, rounding, and equality with plain integer arithmetic."""

import pytest

torch = pytest.importorskip("torch")

from codec.learn.common.quantise import HIDDEN, Dense, Grid, calibrate, set_quantised, to_grid  # noqa: E402

HEAD = Grid(5, -6.0, 1.0)


def integer_layer(layer, *inputs):
    """What the runtime computes, on integers."""
    weight, bias, bits = layer.integers()
    shift = bits + layer.input_bits - layer.grid.fraction_bits
    assert shift >= 1
    a = torch.cat(torch.broadcast_tensors(*inputs) if len({len(x) for x in inputs}) > 1 else inputs, -1)
    out = (a @ weight.T + bias + (1 << (shift - 1))) >> shift
    scale = 2**layer.grid.fraction_bits
    out = out.clamp(round(layer.grid.low * scale), round(layer.grid.high * scale))
    return torch.where(out >= 0, out, out >> 3) if layer.leaky else out


@pytest.mark.parametrize(("grid", "leaky", "input_bits"), [(HIDDEN, True, 10), (HIDDEN, True, 0), (HIDDEN, False, 8), (HEAD, False, 10)])
def test_a_quantised_layer_equals_integer_arithmetic(grid, leaky, input_bits):
    torch.manual_seed(1)
    layer = Dense(40, 30, grid, leaky, input_bits).double()
    calibrate(layer)
    set_quantised(layer, True)
    a = torch.randint(0, 2, (50, 40)) if input_bits == 0 else torch.randint(-6 << input_bits, 6 << input_bits, (50, 40))
    found = layer(a.double() / 2**input_bits) * 2**grid.fraction_bits
    assert torch.equal(found, integer_layer(layer, a).double())


def test_several_inputs_act_as_their_concatenation():
    torch.manual_seed(2)
    layer = Dense((12, 8), 6).double()
    calibrate(layer)
    set_quantised(layer, True)
    first, second = torch.randint(-9999, 9999, (5, 12)), torch.randint(-9999, 9999, (5, 8))
    assert torch.equal(layer(first.double() / 1024, second.double() / 1024) * 1024, integer_layer(layer, first, second).double())
    features, particles = first.double() / 1024, torch.randint(-9999, 9999, (3, 5, 8)).double() / 1024
    assert torch.equal(layer(features, particles), layer(features.expand(3, 5, 12), particles))


def test_single_precision_gives_the_same_integers_while_sums_are_small():
    torch.manual_seed(3)
    layer = Dense(16, 16)
    calibrate(layer)
    set_quantised(layer, True)
    a = torch.randint(-1024, 1024, (64, 16)) / 1024.0
    single = layer(a)
    assert torch.equal(single.double(), layer.double()(a.double()))


def test_grids_round_halves_upwards_and_clamp():
    values = torch.tensor([-0.5, 0.49, 0.5, 1.5, -1.5, 90.0, -90.0]).double() / 32
    assert torch.equal(to_grid(values, Grid(5, -1.0, 1.0)) * 32, torch.tensor([0.0, 0.0, 1.0, 2.0, -1.0, 32.0, -32.0]).double())


def test_rounding_passes_gradients_and_clamping_stops_them():
    x = torch.tensor([0.3, 5.0, -5.0], requires_grad=True)
    to_grid(x, Grid(3, -1.0, 1.0)).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 0.0]


def test_weights_are_integers_of_eight_bits_on_their_own_scale():
    torch.manual_seed(4)
    layer = Dense(100, 50)
    with torch.no_grad():
        layer.weight.mul_(0.05)
        layer.weight[:40] *= 0.001
    calibrate(layer)
    set_quantised(layer, True)
    weight, _ = layer.parameters_used()
    scaled = weight * 2.0 ** int(layer.fraction_bits)
    assert torch.equal(scaled, scaled.round()) and 63 < scaled.abs().max() <= 127
    assert 12 < scaled[40:].std() < 60  # outputs that are all but dead do not cut the others short


def test_light_quantisation_rounds_weights_alone():
    torch.manual_seed(5)
    layer = Dense(10, 10)
    calibrate(layer)
    set_quantised(layer, True, light=True)
    x = torch.randn(4, 10)
    weight, bias = layer.parameters_used()
    expected = torch.nn.functional.leaky_relu(x @ weight.T + bias, 0.125)
    torch.testing.assert_close(layer(x), expected)
