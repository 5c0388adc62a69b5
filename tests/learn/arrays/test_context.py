"""Nets whose pixels see those before them: they learn, and their model files compute what their quantised graphs compute, bit for bit."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.cli import run as run_codec  # noqa: E402
from PIL import Image  # noqa: E402
from torch.utils.data import TensorDataset  # noqa: E402

from codec.density.arrays.load import load_arrays  # noqa: E402
from codec.density.arrays.neighbours import look_around  # noqa: E402
from codec.density.density import ImagesForm  # noqa: E402
from codec.density.named_model import NamedModel  # noqa: E402
from codec.errors import BadConfig  # noqa: E402
from codec.learn.arrays.arrays_command import train_on_arrays  # noqa: E402
from codec.learn.arrays.context_net import ContextConfig, ContextNet, make_contrasts, views_of  # noqa: E402
from codec.learn.arrays.context_train import CONTEXT, ContextTask, ContextTraining, log_likelihood  # noqa: E402
from codec.learn.arrays.export_context import export_context_net  # noqa: E402
from codec.learn.common import loop, quantise  # noqa: E402
from codec.learn.common.command import TrainingRequest  # noqa: E402
from codec.learn.common.dataset import images_of_dataset  # noqa: E402
from codec.learn.common.run import resume, save, start  # noqa: E402
from codec.nets.model_file import read_model  # noqa: E402

SMALL = {"reach": (2, 1, 1), "units": 12, "features": 8, "components": 2, "blocks": 1}
CONFIGS = {
    "gray": ContextConfig(6, 5, 1, **SMALL),
    "colour": ContextConfig(6, 5, 3, **SMALL),
    "binary": ContextConfig(6, 5, 1, "bernoulli", **SMALL),
}


def images_of(config: ContextConfig, count: int, seed: int = 0) -> np.ndarray:
    """Slopes with a little noise, or stripes."""
    rng = np.random.default_rng(seed)
    shape = (count, config.height, config.width, config.channels)
    slopes = rng.integers(0, 200, (count, 1, 1, 1)) + 3 * np.arange(config.width)[:, None] + rng.integers(0, 4, shape)
    return (slopes > 100 if config.is_binary else slopes).astype(np.uint8)


def fresh_net(config: ContextConfig) -> ContextNet:
    torch.manual_seed(1)
    net = ContextNet(config)
    quantise.calibrate(net)
    quantise.set_quantised(net, True)
    return net


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_every_output_equals_the_torch_graph_in_float64_bit_for_bit(config: ContextConfig) -> None:
    net, images = fresh_net(config), images_of(config, 40)
    model = load_arrays(read_model(export_context_net(net, images, {})))
    double, hood, tables = copy.deepcopy(net).double(), config.hood, make_contrasts(config.hood)
    rng = np.random.default_rng(2)
    rows, pixels = rng.integers(0, 40, 300), rng.integers(0, hood.pixels, 300)
    seen = look_around(hood, tables, hood.canvas_of(images.reshape(40, -1)), rows, pixels)
    values = images.reshape(40, hood.pixels, -1)[rows, pixels]
    views = views_of(seen, tables, values)
    views = replace(views, **{name: value.double() for name, value in vars(views).items() if value is not None})
    with torch.no_grad():
        mixed, off = double.mixed(views), double.off_centre(views)
    specs, layers = model.file.metadata["programs"], {"logit": "logits", "weight": "weights", "location": "locations", "scale": "scales"}
    programs = {name: _program(model.file, specs[name]) for name in specs}
    features = programs["trunk"]({"seen": seen.inputs})
    for c in range(config.channels):
        inputs = {f"features{c}": features[f"features{c}"]}
        if c:
            inputs["off"] = (off[:, :c].numpy() * 128).astype(np.int32)
        for name, found in programs[f"channel{c}"](inputs).items():
            layer = getattr(double, layers[name]).every[c]
            with torch.no_grad():
                assert np.array_equal(layer(mixed[c]).numpy() * 2**layer.grid.fraction_bits, found)


def _program(file, spec):
    from codec.nets.layers import NumpyEngine
    from codec.nets.program import make_program

    return make_program(spec, file.tensors, NumpyEngine())


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_the_model_pays_what_the_quantised_net_estimates(config: ContextConfig) -> None:
    net, images = fresh_net(config), images_of(config, 30)
    density = NamedModel("small", export_context_net(net, images, {})).images
    hood, tables = config.hood, make_contrasts(config.hood)
    rows, pixels = (part.reshape(-1) for part in np.mgrid[:30, : hood.pixels])
    seen = look_around(hood, tables, hood.canvas_of(images.reshape(30, -1)), rows, pixels)
    with torch.no_grad():
        nats = -float(log_likelihood(net, views_of(seen, tables, images.reshape(30 * hood.pixels, -1))).sum())
    flat = images.reshape(30, -1)
    assert density.price(ImagesForm(30, b""), slice(0, 30), flat, 1.0) == pytest.approx(nats / np.log(2), rel=2e-3)


def test_it_learns_and_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    config = CONFIGS["colour"]
    training = ContextTraining(steps=60, rate=1e-2, quantise=0.2, batch=256, validation=20, precision="float32", net=config)
    images = images_of(config, 120)

    def trained(path: Path, stop: int) -> float:
        run = resume(CONTEXT, path) if path.exists() else start(CONTEXT, replace(training, steps=stop))
        run.config = training
        task = ContextTask(run, images[:100], images[100:])
        batches = task.batches()
        while run.steps < stop:
            if not run.quantised and run.progress >= 0.8:
                loop.begin_quantised(run)
            loop.descend(run, task, next(batches))
        save(run, path)
        return task.evaluate()["bits"]

    trained(tmp_path / "two.pt", 30)
    assert trained(tmp_path / "one.pt", 60) == pytest.approx(trained(tmp_path / "two.pt", 60), abs=1e-6)
    assert trained(tmp_path / "one.pt", 60) < 5.0


def test_gray_images_of_a_binary_net_are_drawn_anew() -> None:
    config = CONFIGS["binary"]
    run = start(CONTEXT, ContextTraining(steps=50, batch=64, validation=0, net=config))
    task = ContextTask(run, np.full((20, 6, 5, 1), 128, np.uint8), np.zeros((0, 6, 5, 1), np.uint8))
    batches = task.batches()
    turns = {int(task.source.turn) for _ in range(10) if next(batches) is not None}
    assert len(turns) > 3 and 0.3 < float(task.source.values.mean()) < 0.7


@pytest.mark.parametrize("change", [{"likelihood": "other"}, {"units": 0}, {"blocks": 17}])
def test_settings_that_make_no_net_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        ContextConfig(**{"height": 4, "width": 4, **change})


def test_the_command_trains_exports_and_compresses_images_of_any_shape(tmp_path: Path) -> None:
    images = images_of(CONFIGS["colour"], 60)
    np.save(tmp_path / "x.npy", images)
    small = ["--units", "12", "--features", "8", "--reach", "2,1,1", "--batch", "128", "--validation", "10", "--minutes", "0.02"]
    fixed = ["train", "arrays", "--data", tmp_path / "x.npy", "-o", tmp_path / "run.pt"]
    results = [
        run_codec(*fixed, *small),
        run_codec(*fixed, *small),
        run_codec(*fixed, "--resume", "--minutes", "0.03"),
        run_codec("export", tmp_path / "run.pt", "--data", tmp_path / "x.npy", "--fact", "place=here"),
        run_codec("compress", tmp_path / "x.npy", "--model", tmp_path / "run.bbm", "-o", tmp_path / "x.bb"),
        run_codec("decompress", tmp_path / "x.bb", "--model", tmp_path / "run.bbm", "-o", tmp_path / "y.npy"),
        run_codec("density", tmp_path / "x.npy", "--model", tmp_path / "run.bbm"),
    ]
    assert [result.exit_code for result in results] == [0, 1, 0, 0, 0, 0, 0], [result.output for result in results]
    assert (tmp_path / "y.npy").read_bytes() == (tmp_path / "x.npy").read_bytes()
    assert (tmp_path / "x.bb").stat().st_size < 0.9 * images.nbytes
    facts = read_model((tmp_path / "run.bbm").read_bytes()).metadata["training"]
    assert facts["place"] == "here" and facts["validation"]["images"] == 10


def test_a_folder_of_pictures_and_a_data_set_of_torch_train_like_an_array(tmp_path: Path) -> None:
    images = images_of(CONFIGS["colour"], 40)
    (tmp_path / "pictures").mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / "pictures" / f"{number:02}.png")
    np.save(tmp_path / "x.npy", images)
    settings = {"units": 8, "features": 6, "reach": (2, 1, 1), "batch": 64, "validation": 10, "steps": 4, "quantise": 0.0}
    tensors = TensorDataset(torch.from_numpy(images).permute(0, 3, 1, 2))
    weights = []
    for data, given in ((tmp_path / "pictures", None), (tmp_path / "x.npy", None), (Path("tensors"), images_of_dataset(tensors))):
        output = tmp_path / f"{data.name}.pt"
        run = train_on_arrays(TrainingRequest(data, output, False, None, None, 1, "cpu", settings), given=given)
        assert isinstance(run.history[0]["data_sha256"], str)
        weights.append(run.net.first.weight)
    assert all(torch.equal(weight, weights[0]) for weight in weights[1:])


def test_images_of_another_shape_than_the_runs_are_refused(tmp_path: Path) -> None:
    for name, shape in (("x", (30, 6, 5)), ("y", (30, 5, 6))):
        np.save(tmp_path / f"{name}.npy", np.zeros(shape, np.uint8))
    fixed = ["--units", "8", "--reach", "2,1,1", "--validation", "5", "--minutes", "0.001", "-o", tmp_path / "run.pt"]
    assert run_codec("train", "arrays", "--data", tmp_path / "x.npy", *fixed).exit_code == 0
    done = run_codec("train", "arrays", "--data", tmp_path / "y.npy", "--resume", "-o", tmp_path / "run.pt")
    assert done.exit_code == 1 and "the run is of 6x5x1" in done.output


@pytest.mark.parametrize(("highest", "likelihood"), [(1, "bernoulli"), (255, "logistic")])
def test_without_settings_a_run_fits_its_images(tmp_path: Path, highest: int, likelihood: str) -> None:
    images = np.random.default_rng(0).integers(0, 2, (40, 6, 5), np.uint8) * np.uint8(highest)
    settings = {"units": 8, "features": 6, "reach": (2, 1, 1), "batch": 64, "steps": 1, "quantise": 0.0}
    run = train_on_arrays(TrainingRequest(Path("x"), tmp_path / "run.pt", False, None, None, 1, "cpu", settings), given=images)
    assert isinstance(run.config, ContextTraining)
    assert (run.config.net.likelihood, run.config.validation) == (likelihood, 4)
