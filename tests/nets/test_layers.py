"""Exact layers: every arithmetic that the proof allows gives what plain Python integers give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.errors import BadModel
from codec.nets.layers import FLOAT32_LIMIT, FLOAT64_LIMIT, INT64_LIMIT, NumpyEngine, Requantise, arithmetic, dense, make_linear, sum_bound
from codec.nets.program import make_program

ENGINE = NumpyEngine()


def requantised(total: int, scale: Requantise) -> int:
    value = min(max((total + ((1 << scale.shift) >> 1)) >> scale.shift, scale.low), scale.high)
    return value if value >= 0 or not scale.leaky else value // 8


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 9), st.integers(0, 12), st.booleans(),
    st.sampled_from([0, FLOAT32_LIMIT, FLOAT64_LIMIT]), st.integers(1, 16),
)  # fmt: skip
def test_a_dense_layer_equals_python_integers_in_every_arithmetic(
    seed: int, inputs: int, outputs: int, shift: int, leaky: bool, least: int, bits: int
) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.integers(-127, 128, (inputs, outputs))
    bias = rng.integers(-(1 << 20), 1 << 20, outputs)
    values = rng.integers(-(1 << bits), 1 << bits, (3, 2, inputs)).astype(np.int32)
    scale = Requantise(shift, -5000, 30000, leaky)
    layer = make_linear(ENGINE, weight, bias, [(inputs, 1 << bits)], scale, least)
    assert least == 0 or layer.dtype in (arithmetic(least), np.float64, np.int64)
    result = dense(ENGINE, layer, [values])
    assert result.dtype == np.int32 and result.shape == (3, 2, outputs)
    for i, j, k in np.ndindex(result.shape):
        total = sum(int(a) * int(w) for a, w in zip(values[i, j], weight[:, k], strict=True)) + int(bias[k])
        assert result[i, j, k] == requantised(total, scale)


def test_sums_at_the_edge_of_each_arithmetic_are_exact() -> None:
    for limit, width in ((FLOAT32_LIMIT, 256), (FLOAT64_LIMIT, 1 << 14)):
        # all inputs at their largest and all weights of one sign: the largest sum that the proof allows
        most = 32767 if limit == FLOAT32_LIMIT else (1 << 31) - 1
        heaviest = (limit - 1) // (most * width)
        weight = np.full((width, 2), max(heaviest, 1), dtype=np.int64)
        if heaviest == 0:
            weight[(limit - 1) // most :] = 0
        weight[:, 1] *= -1
        scale = Requantise(0, -(1 << 31) + 1, (1 << 31) - 1)
        bound = sum_bound([weight], [most], np.zeros(2, np.int64), 0)
        assert limit // 2 < bound < limit
        layer = make_linear(
            ENGINE,
            weight,
            np.zeros(2, np.int64),
            [(width, most)],
            Requantise(8 if limit > 1 << 30 else 0, -FLOAT32_LIMIT, FLOAT32_LIMIT - 1),
        )
        values = np.full((5, width), most, dtype=np.int32)
        values[1:] = np.random.default_rng(1).integers(-most, most + 1, (4, width))
        expected = values.astype(object) @ weight.astype(object)
        expected = [[requantised(int(total), layer.scale) for total in row] for row in expected]
        assert np.array_equal(dense(ENGINE, layer, [values]), np.array(expected, dtype=np.int64))
        assert scale.rounding == 0


def test_the_arithmetic_changes_exactly_at_its_limit() -> None:
    assert arithmetic(FLOAT32_LIMIT - 1) == np.float32 and arithmetic(FLOAT32_LIMIT) == np.float64
    assert arithmetic(FLOAT64_LIMIT - 1) == np.float64 and arithmetic(FLOAT64_LIMIT) == np.int64
    with pytest.raises(BadModel, match="no arithmetic"):
        arithmetic(INT64_LIMIT)


def test_the_bound_is_the_worst_sum_of_any_output_channel() -> None:
    weight = np.array([[3, -1], [-4, 100]])
    bias = np.array([5, -7])
    assert sum_bound([weight], [10], bias, 2) == 101 * 10 + 7 + 2
    assert sum_bound([weight[:1], weight[1:]], [10, 1], bias, 0) == 100 + 10 + 7


def test_several_inputs_act_as_one_and_broadcast() -> None:
    rng = np.random.default_rng(2)
    weight, bias = rng.integers(-127, 128, (7, 4)), rng.integers(-99, 99, 4)
    features, particles = rng.integers(-900, 900, (5, 1, 3)).astype(np.int32), rng.integers(-900, 900, (5, 6, 4)).astype(np.int32)
    scale = Requantise(5, -30000, 30000, True)
    split = make_linear(ENGINE, weight, bias, [(3, 900), (4, 900)], scale)
    whole = make_linear(ENGINE, weight, bias, [(7, 900)], scale)
    joined = np.concatenate([features.repeat(6, axis=1), particles], axis=-1)
    assert np.array_equal(dense(ENGINE, split, [features, particles]), dense(ENGINE, whole, [joined]))


def test_layers_that_do_not_fit_together_are_refused() -> None:
    good = np.zeros((3, 2), np.int16), np.zeros(2, np.int32)
    for weight, bias, inputs in [(good[0], good[1], [(4, 1)]), (good[0][0], good[1], [(3, 1)]), (good[0], good[1][:1], [(3, 1)])]:
        with pytest.raises(BadModel, match="fit together"):
            make_linear(ENGINE, weight, bias, inputs, Requantise(1, -1, 1))
    with pytest.raises(BadModel, match="limits"):
        make_linear(ENGINE, np.full((3, 2), 1 << 40), good[1], [(3, 1)], Requantise(1, -1, 1))
    with pytest.raises(BadModel, match="limits"):
        Requantise(-1, 0, 1)


def every_step() -> tuple[dict, dict]:
    """A program with every operation, and its tensors."""
    rng = np.random.default_rng(3)
    hidden = {"low": -32767, "high": 32767}
    steps = [
        {"op": "reshape", "in": ["x"], "out": "picture", "shape": [8, 8, 1]},
        {"op": "convolution", "in": ["picture"], "out": "c", "weight": "cw", "bias": "cb", "size": 3, "stride": 2, "padding": [0, 1],
         "shift": 6, "leaky": True, **hidden},
        {"op": "upsample", "in": ["c"], "out": "u", "factor": 2},
        {"op": "convolution", "in": ["u"], "out": "d", "weight": "dw", "bias": "db", "size": 3, "stride": 1, "padding": [1, 1],
         "shift": 7, "leaky": False, **hidden},
        {"op": "add", "in": ["u", "d"], "out": "r", "low": -2000, "high": 2000},
        {"op": "reshape", "in": ["r"], "out": "flat", "shape": [256]},
        {"op": "dense", "in": ["flat", "x"], "out": "m", "weight": "mw", "bias": "mb", "shift": 12, "low": -50, "high": 50, "leaky": False},
        {"op": "table", "in": ["m"], "out": "t", "table": "t"},
        {"op": "multiply", "in": ["m", "t"], "out": "p", "shift": 3, **hidden},
        {"op": "join", "in": ["p", "m"], "out": "j"},
        {"op": "requantise", "in": ["j"], "out": "out", "shift": 2, "low": -100, "high": 100, "leaky": True},
    ]  # fmt: skip
    tensors = {
        "cw": rng.integers(-127, 128, (9, 4)), "cb": rng.integers(-500, 500, 4),
        "dw": rng.integers(-127, 128, (36, 4)), "db": rng.integers(-500, 500, 4),
        "mw": rng.integers(-127, 128, (320, 10)), "mb": rng.integers(-500, 500, 10),
        "t": rng.integers(-1000, 1000, 101),
    }  # fmt: skip
    return {"inputs": {"x": {"shape": [64], "low": 0, "high": 255}}, "steps": steps, "outputs": ["out", "m"]}, tensors


def slow_convolution(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int, before: int, after: int, scale: Requantise
) -> np.ndarray:
    padded = np.pad(x, ((before, after), (before, after), (0, 0))).astype(object)
    side = (padded.shape[0] - 3) // stride + 1
    out = np.empty((side, side, len(bias)), dtype=np.int64)
    for i, j in np.ndindex(side, side):
        window = padded[i * stride : i * stride + 3, j * stride : j * stride + 3].reshape(-1)
        for k in range(len(bias)):
            out[i, j, k] = requantised(int(window @ weight[:, k].astype(object)) + int(bias[k]), scale)
    return out


def test_a_program_of_every_operation_equals_plain_loops() -> None:
    spec, tensors = every_step()
    x = np.random.default_rng(4).integers(0, 256, (3, 64))
    result = make_program(spec, tensors, ENGINE)({"x": x})
    for row in range(3):
        c = slow_convolution(x[row].reshape(8, 8, 1), tensors["cw"], tensors["cb"], 2, 0, 1, Requantise(6, -32767, 32767, True))
        u = c.repeat(2, axis=0).repeat(2, axis=1)
        d = slow_convolution(u, tensors["dw"], tensors["db"], 1, 1, 1, Requantise(7, -32767, 32767))
        joined = np.concatenate([np.clip(u + d, -2000, 2000).reshape(-1), x[row]])
        m = np.array([requantised(int(t), Requantise(12, -50, 50)) for t in joined @ tensors["mw"] + tensors["mb"]])
        p = [requantised(int(a) * int(b), Requantise(3, -32767, 32767)) for a, b in zip(m, tensors["t"][m + 50], strict=True)]
        out = [requantised(int(v), Requantise(2, -100, 100, True)) for v in [*p, *m]]
        assert np.array_equal(result["m"][row], m) and np.array_equal(result["out"][row], out)


@pytest.mark.parametrize("rows", [1, 2, 7, 100, None])
def test_the_block_size_has_no_influence(rows: int | None) -> None:
    spec, tensors = every_step()
    program = make_program(spec, tensors, ENGINE)
    x = np.random.default_rng(5).integers(0, 256, (33, 64))
    expected = program({"x": x}, 33)
    assert all(np.array_equal(values, expected[name]) for name, values in program({"x": x}, rows).items())
    assert program({"x": x[:0]}, rows)["out"].shape == (0, 20)


def test_threads_have_no_influence(monkeypatch: pytest.MonkeyPatch) -> None:
    program = make_program(*every_step(), ENGINE)
    x = np.random.default_rng(7).integers(0, 256, (50, 64))
    expected = program({"x": x})
    monkeypatch.setattr("codec.nets.program.workers", lambda: 3)
    assert all(np.array_equal(values, expected[name]) for name, values in program({"x": x}, 4).items())


def test_the_torch_engine_gives_the_same_numbers() -> None:
    engine = pytest.importorskip("codec.nets.torch_engine")
    spec, tensors = every_step()
    x = np.random.default_rng(6).integers(0, 256, (40, 64))
    expected = make_program(spec, tensors, ENGINE)({"x": x})
    torch = pytest.importorskip("torch")
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        result = make_program(spec, tensors, engine.TorchEngine(device))({"x": x})
        assert all(np.array_equal(values, expected[name]) for name, values in result.items())


def test_the_torch_engine_refuses_products_that_round() -> None:
    engine = pytest.importorskip("codec.nets.torch_engine")
    torch = pytest.importorskip("torch")
    spec, tensors = every_step()
    program = make_program(spec, tensors, engine.TorchEngine("cpu"))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        with pytest.raises(BadModel, match="highest"):
            program({"x": np.zeros((1, 64), np.int32)})
    finally:
        torch.set_float32_matmul_precision(before)


def test_inputs_outside_what_was_proved_are_refused() -> None:
    program = make_program(*every_step(), ENGINE)
    for bad in [np.full((1, 64), 256), np.full((1, 64), -1), np.zeros((1, 63), int), np.zeros(64, int), np.zeros((1, 64))]:
        with pytest.raises(BadModel, match="input x"):
            program({"x": bad})
    with pytest.raises(BadModel, match="was given"):
        program({"y": np.zeros((1, 64), int)})


FIELDS = ["op", "in", "out", "shift", "low", "high", "leaky", "weight", "bias", "size", "stride", "padding", "factor", "shape", "table"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [None, -1, 1 << 40, "x", [], [0], {}, 1.5, True])
def test_a_damaged_step_is_refused_or_still_proved(field: str, value: object) -> None:
    for index in range(11):
        spec, tensors = every_step()
        if field not in spec["steps"][index]:
            continue
        spec["steps"][index][field] = value
        try:
            make_program(spec, tensors, ENGINE)({"x": np.zeros((1, 64), np.int32)})
        except BadModel:
            continue
        assert value in (True, -1)


def test_unknown_fields_and_missing_parts_are_refused() -> None:
    for change in ({"colour": 1}, {"steps": 5}, {"outputs": ["nothing"]}, {"outputs": []}, {"inputs": {}}, {"inputs": {"x": []}}):
        spec, tensors = every_step()
        with pytest.raises(BadModel):
            make_program({**spec, **change}, tensors, ENGINE)
    spec, tensors = every_step()
    with pytest.raises(BadModel, match="cw"):
        make_program(spec, {k: v for k, v in tensors.items() if k != "cw"}, ENGINE)
