"""The photo model's learning side: its nets on the integer grid, its likelihood, its training, its model file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from helpers.cli import run as run_codec  # noqa: E402

from codec.density.photo.model import load_photo  # noqa: E402
from codec.density.shared.scales import make_tables  # noqa: E402
from codec.errors import BadModel  # noqa: E402
from codec.learn.arrays.nets import BadConfig  # noqa: E402
from codec.learn.common import quantise  # noqa: E402
from codec.learn.common.descent import TrainingFailed  # noqa: E402
from codec.learn.photo import batches, data, export, layers, nets, train  # noqa: E402
from codec.learn.photo.nets import PhotoConfig, PhotoNet, Pixels  # noqa: E402
from codec.learn.photo.train import PhotoTrainConfig  # noqa: E402
from codec.nets.layers import NumpyEngine  # noqa: E402
from codec.nets.model_file import read_model, write_model  # noqa: E402
from codec.nets.program import make_program  # noqa: E402

SMALL: dict[str, Any] = {"trunk": (16, 8), "head": 8, "modulation": 8, "sample": (8, 6), "posterior": 8, "latents": 4}
LOGS = make_tables()["log"].astype(np.int64)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads of torch wait for each other where other processes use the cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six small pictures: smooth, with noise of different strength."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    lines = ["file,split"]
    for i in range(6):
        rows, columns = np.mgrid[0:72, 0 : 80 + 8 * i]
        smooth = 128 + 60 * np.sin(rows / (9 + i))[..., None] * np.cos(columns / 14)[..., None] + np.array([5, 0, -20])
        noisy = np.clip(smooth + rng.normal(0, 1 + 2 * i, (*rows.shape, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{'val' if i == 2 else 'train'}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def tiles(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> data.Tiles:
    return data.load_tiles(pictures, tmp_path_factory.mktemp("cache"), 3, quiet=True)


def shaken(config: PhotoConfig) -> PhotoNet:
    """A net on the integer grid whose weights are large enough that everything it has matters."""
    torch.manual_seed(0)
    net = PhotoNet(config)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    nets.calibrate(net)
    quantise.set_quantised(net, True)
    return net


def configs(**changes: Any) -> PhotoTrainConfig:
    settings: dict[str, Any] = {"steps": 30, "tiles": 4, "pixels": 64, "samples": 16, "quantise": 0.2, "average": 0.9, "validation": 0.05}
    net = {**SMALL, "latents": changes.pop("latents", 4), "channels": changes.pop("channels", 3)}
    return PhotoTrainConfig(net=PhotoConfig(**net), **{**settings, **changes})


# ---------------------------------------------------------------- the integer graph


def hidden(values: NDArray[np.int64], layer: layers.Layer, scale: NDArray[np.int64], shift: NDArray[np.int64]) -> NDArray[np.int64]:
    weight, bias = (part.numpy() for part in layer.integers())
    sums = values @ weight.T + bias
    assert np.abs(sums).max() < 1 << 24
    v = np.clip((sums + (1 << layer.shift >> 1)) >> layer.shift, -8191, 8191)
    u = ((v * (128 + scale) + 256) >> 9) + shift
    return np.clip(np.where(u >= 0, u, u >> 3), -1023, 1023)


def output(values: NDArray[np.int64], layer: layers.Layer) -> NDArray[np.int64]:
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
    net = shaken(PhotoConfig(channels=channels, predictors=predictors, **{**SMALL, "trunk": (width, 8)})).double()
    rng = np.random.default_rng(1)
    inputs = rng.integers(-352, 353, (200, net.config.inputs))
    known = rng.integers(-256, 257, (200, channels, net.config.further + 3))
    eps = torch.from_numpy(rng.normal(0, 2, (1, 4)).round(3))
    pixels = Pixels(
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
    net = shaken(PhotoConfig(**SMALL))
    rng = np.random.default_rng(2)
    parts = (rng.integers(-352, 353, (1, 300, 62)) / 32, rng.integers(-256, 257, (1, 300, 3, 4)) / 32, np.zeros((1, 300, 3, 4)))
    pixels = Pixels(*(torch.from_numpy(part) for part in parts))
    scale, shift = rng.integers(-128, 384, (1, 1, 48)) / 128, rng.integers(-300, 300, (1, 1, 48)) / 64
    modulations = layers.Modulations(torch.from_numpy(scale), torch.from_numpy(shift))
    with torch.no_grad():
        single = net.outputs(Pixels(*(part.float() for part in pixels)), layers.Modulations(*(part.float() for part in modulations)))
        assert torch.equal(single.double(), net.double().outputs(pixels, modulations))


def test_no_modulation_is_the_modulation_by_one() -> None:
    net = shaken(PhotoConfig(**SMALL))
    pixels = Pixels(torch.randn(2, 9, 62).mul(64).round() / 32, torch.randn(2, 9, 3, 4).mul(64).round() / 32, torch.zeros(2, 9, 3, 4))
    nothing = layers.Modulations(torch.zeros(2, 1, 48), torch.zeros(2, 1, 48))
    assert torch.equal(net.outputs(pixels), net.outputs(pixels, nothing))
    quantise.set_quantised(net, False)
    assert torch.allclose(net.outputs(pixels), net.outputs(pixels, nothing), atol=1e-6)


def test_rounding_is_straight_through() -> None:
    sums = (3 * torch.randn(5, 40, 8, dtype=torch.float64)).requires_grad_()
    scale = (0.3 * torch.randn(5, 1, 8, dtype=torch.float64)).requires_grad_()
    shift = torch.randn(5, 1, 8, dtype=torch.float64).requires_grad_()
    found = []
    for exact in (False, True):
        out = layers.activate(sums, layers.Modulations(scale, shift), exact)
        found.append(torch.autograd.grad((out * torch.arange(40.0)[:, None]).sum(), (sums, scale, shift)))
    for plain, rounded in zip(*found, strict=True):
        assert ((plain - rounded).norm() / plain.norm()).item() < 0.02


# ---------------------------------------------------------------- the likelihood


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_likelihood_sums_to_one_over_all_symbols(exact: bool, dtype: Any) -> None:
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


# ---------------------------------------------------------------- data


def test_a_cache_is_used_only_for_the_same_pictures(pictures: Path, tmp_path: Path) -> None:
    data.load_tiles(pictures, tmp_path, 1, quiet=True)
    before = sorted(tmp_path.iterdir())
    data.load_tiles(pictures, tmp_path, 1, quiet=True)
    assert sorted(tmp_path.iterdir()) == before
    assert len(before) == 3
    data.load_tiles(pictures, tmp_path, 1, most=4, quiet=True)
    assert len(sorted(tmp_path.iterdir())) == 6


def test_large_pictures_give_tiles_that_do_not_overlap(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (900, 400)).save(tmp_path / "large.png")
    Image.new("L", (63, 300)).save(tmp_path / "small.png")
    found = data.places([(tmp_path / "large.png", False), (tmp_path / "small.png", False)])
    assert [(place.top, place.left, place.height, place.width) for place in found] == [(8, 66, 384, 384), (8, 450, 384, 384)]


def test_what_a_head_knows_is_what_the_kernels_compute(tiles: data.Tiles) -> None:
    positions = np.array([[0, 5, 7], [3, 70, 20], [4, 0, 0]])
    pixels = batches.gather(tiles, positions)
    _, facts = batches.gather_inputs(tiles.planes, tiles.errors, positions)
    for i in range(len(positions)):
        for channel in range(3):
            pixel, q, first, second = (int(fact) for fact in facts[i, channel])
            reciprocal = round(2**12 * 32 * 2 ** (-q / 32) / 64)
            error = 64 * pixel - first
            ratio = max(-256, min(256, (error * reciprocal + 2048) >> 12))
            apart = max(-192, min(192, ((second - first) * reciprocal + 2048) >> 12))
            expected = [apart, ratio, abs(ratio), LOGS[max(1, abs(error))]]
            assert (pixels.known[i, channel] * 32).tolist() == expected
            end = (pixel == 255) - (pixel == (-255 if channel else 0))
            assert pixels.facts[i, channel].tolist() == pytest.approx([error / 64, q / 32, end, (second - first) / 64])


def test_a_batch_depends_on_seed_and_step_alone(tiles: data.Tiles) -> None:
    def batch(step: int) -> batches.Batch:
        return batches.draw(tiles, 3, 20, 8, 2, 4, 0.5, (1, step))

    assert torch.equal(batch(5).pixels.inputs, batch(5).pixels.inputs)
    assert torch.equal(batch(5).noise, batch(5).noise)
    assert not torch.equal(batch(5).pixels.inputs, batch(6).pixels.inputs)


# ---------------------------------------------------------------- training


@pytest.mark.parametrize(("latents", "channels", "objective"), [(4, 3, "elbo"), (0, 3, "elbo"), (4, 1, "iwae")])
def test_training_lowers_the_loss(latents: int, channels: int, objective: str, pictures: Path, tmp_path: Path) -> None:
    tiles = data.load_tiles(pictures, tmp_path, channels, quiet=True)
    particles = 3 if objective == "iwae" else 1
    config = configs(latents=latents, channels=channels, objective=objective, particles=particles, steps=60, rate=0.02)
    run = train.start(config)
    held = train.hold(tiles, 0.1)
    before = train.evaluate(run.net, held)
    train.train(run, tiles, tmp_path / "photo.pt", quiet=True)
    net, _, state = train.load_checkpoint(tmp_path / "photo.pt")
    after = train.evaluate(net, held)
    assert state["quantised"]
    assert after.fixed < before.fixed - 0.02
    assert after.free < before.free
    assert (after.divergence > 0) == (latents > 0)


def test_resuming_continues_exactly(tiles: data.Tiles, tmp_path: Path) -> None:
    whole = train.start(configs(steps=8, quantise=0.5, warmup=0.0))
    train.train(whole, tiles, tmp_path / "whole.pt", quiet=True)
    half = train.start(configs(steps=8, quantise=0.5, warmup=0.0))
    stop = _stopped_after(half, 5)
    train.train(stop, tiles, tmp_path / "half.pt", quiet=True)
    resumed = train.resume(tmp_path / "half.pt")
    assert resumed.steps == 5
    train.train(resumed, tiles, tmp_path / "half.pt", quiet=True)
    assert resumed.steps == whole.steps == 8
    for name, value in whole.average.items():
        assert torch.equal(value, resumed.average[name]), name


def _stopped_after(run: train.Run, steps: int) -> train.Run:
    """The run as one whose user presses Ctrl-C before a step."""

    class Stopped(train.Run):
        @property
        def progress(self) -> float:
            if self.steps == steps:
                raise KeyboardInterrupt
            return train.Run.progress.fget(self)  # type: ignore[attr-defined,no-any-return]

    return Stopped(**{field.name: getattr(run, field.name) for field in dataclasses.fields(run)})


def test_a_net_with_latents_starts_as_the_net_without(tiles: data.Tiles, tmp_path: Path) -> None:
    run = train.start(configs(latents=0, steps=3, quantise=0.0))
    train.train(run, tiles, tmp_path / "base.pt", quiet=True)
    base = train.load_checkpoint(tmp_path / "base.pt")[0]
    with_latents = train.start(configs(), weights=base.state_dict()).net
    pixels = batches.gather(tiles, np.array([[0, 9, 9], [1, 20, 30]]))
    with torch.no_grad():
        assert torch.equal(with_latents.bits(pixels), base.bits(pixels))
    with pytest.raises(TrainingFailed):
        train.start(configs(channels=1), weights=base.state_dict())


def test_the_command_trains_and_does_not_overwrite(pictures: Path, tmp_path: Path) -> None:
    arguments = ["train", "photo", "--data", str(pictures), "-o", str(tmp_path / "p.pt"), "--channels", "1", "--latents", "0"]
    arguments += ["--tiles", "4", "--pixels", "32", "--minutes", "0.002", "--quantise", "0.5", "--seed", "3"]
    assert run_codec(*arguments).exit_code == 0
    assert train.holds_photo(tmp_path / "p.pt")
    assert train.load_checkpoint(tmp_path / "p.pt")[1].seed == 3
    again = run_codec(*arguments)
    assert again.exit_code == 1
    assert "--resume" in again.output
    assert run_codec(*arguments, "--resume").exit_code == 0


@pytest.mark.parametrize("change", [{"objective": "none"}, {"tiles": 0}, {"fixed": 1.5}])
def test_settings_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadConfig):
        PhotoTrainConfig(**change)
    with pytest.raises(BadConfig):
        train.config_from_json('{"net": {}, "speed": 1}')


# ---------------------------------------------------------------- export


def test_an_exported_net_keeps_the_bounds_and_its_programs_are_the_nets(tiles: data.Tiles) -> None:
    net = export.prepare(shaken(PhotoConfig(**SMALL)))
    metadata, tensors = export.export_net(net, export.probe_planes(tiles), {})
    for name, shift in metadata["shifts"].items():
        weight, bias = tensors[f"{name}.weight"].astype(np.int64), tensors[f"{name}.bias"].astype(np.int64)
        largest = 352 if name == "trunk0" else 1023
        assert weight.shape[1:] == bias.shape
        assert (np.abs(weight).sum(0) * largest + np.abs(bias) + (1 << shift >> 1)).max() < 1 << 24
    assert load_photo(read_model(write_model({**metadata, "probe": ""}, tensors))).latents == 4
    programs = {name: make_program(spec, tensors, NumpyEngine()) for name, spec in metadata["programs"].items()}
    rng = np.random.default_rng(4)
    eps = rng.integers(-4000, 4001, (3, 4))
    found = programs["modulate"]({"eps0": eps})
    with torch.no_grad():
        expected = net.double().modulations(torch.from_numpy(eps / 1024.0))
    np.testing.assert_array_equal(found["scale"], expected.scale[:, 0].numpy() * 128)
    np.testing.assert_array_equal(found["shift"], expected.shift[:, 0].numpy() * 64)
    samples = rng.integers(-256, 257, (1, 33, 68))
    known = np.zeros((1, 33, 3, 4))
    known[..., 1:3] = samples[..., 62:].reshape(1, 33, 3, 2)
    with torch.no_grad():
        posterior = net.posterior(Pixels(torch.from_numpy(samples[..., :62] / 32.0), torch.from_numpy(known / 32.0), torch.zeros(1)))
    sums = programs["sample"]({"x": samples[0]})["h"].astype(np.int64).sum(0)
    features = ((sums + 33 // 2) // 33)[None]
    found = programs["posterior0"]({"features": features})
    np.testing.assert_array_equal(found["mean"], posterior.mean.numpy() * 1024)
    np.testing.assert_array_equal(found["log_sigma"], posterior.log_sigma.numpy() * 32)


def test_a_net_without_latents_is_exported_with_idle_ones(tiles: data.Tiles) -> None:
    net = PhotoNet(PhotoConfig(**{**SMALL, "latents": 0}))
    metadata, tensors = export.export_net(export.prepare(net), export.probe_planes(tiles), {})
    modulate = make_program(metadata["programs"]["modulate"], tensors, NumpyEngine())
    found = modulate({"eps0": np.arange(24)[None]})
    assert not found["scale"].any()
    assert not found["shift"].any()


def test_weights_that_cannot_be_exact_are_refused() -> None:
    net = PhotoNet(PhotoConfig(**SMALL))
    with torch.no_grad():
        net.trunk1.bias.fill_(1e9)
    with pytest.raises(BadModel):
        export.prepare(net)
