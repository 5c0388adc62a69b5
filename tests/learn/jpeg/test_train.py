"""Training runs of JPEG files: they learn, go on exactly, and give models that code what the nets say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from codec.density.density import Options  # noqa: E402
from codec.density.named_model import NamedModel  # noqa: E402
from codec.errors import BadConfig  # noqa: E402
from codec.learn.common import loop  # noqa: E402
from codec.learn.common.run import resume, start  # noqa: E402
from codec.learn.export import export_checkpoint  # noqa: E402
from codec.learn.jpeg.batches import JpegBatch, see  # noqa: E402
from codec.learn.jpeg.data import Gathered  # noqa: E402
from codec.learn.jpeg.export import prepare_nets  # noqa: E402
from codec.learn.jpeg.files import read_coefficients  # noqa: E402
from codec.learn.jpeg.nets import JpegConfig  # noqa: E402
from codec.learn.jpeg.train import JPEG, JpegTask, JpegTraining  # noqa: E402


def training(**settings: object) -> JpegTraining:
    """A short run of small nets."""
    return JpegTraining(**{"net": JpegConfig((16, 8), 2), "luma": 512, "chroma": 256, "steps": 8, **settings})  # type: ignore[arg-type]


@pytest.mark.parametrize("prediction", ["learnt", "solved"])
def test_training_lowers_the_loss_and_the_model_codes_as_well(
    files: Path, gathered: Gathered, gathered_solved: Gathered, tmp_path: Path, prediction: str
) -> None:
    run = start(JPEG, training(net=JpegConfig((16, 8), 2, prediction=prediction), steps=80, rate=0.02, quantise=0.25))
    task = JpegTask(run, gathered_solved if prediction == "solved" else gathered)
    before = task.evaluate()
    loop.train_net(run, task, tmp_path / "jpeg.pt")
    after = run.rows[-1]
    assert run.net.luma.quantised and after["luma"] < before["luma"] - 0.1
    data = export_checkpoint(tmp_path / "jpeg.pt", files, {"name": "a test"}, tmp_path)
    density = NamedModel("mine", data).coefficients
    assert density.probe() == density.file.metadata["probe"]
    found = read_coefficients(files / "5.jpg")
    assert found is not None
    form, blocks = found
    (part,) = density.plan(form)
    coded = density.encode(form, part, blocks, Options())
    assert all(np.array_equal(one, other) for one, other in zip(density.decode(form, part, coded.payload), blocks, strict=True))
    assert 8 * len(coded.payload) < 0.95 * 8 * (files / "5.jpg").stat().st_size
    (tmp_path / "mine.bbm").write_bytes(data)
    directed = NamedModel("directed", export_checkpoint(tmp_path / "mine.bbm", files, {}, tmp_path, "directed")).coefficients
    assert directed.probe() == directed.file.metadata["probe"] and "chroma.out.directions" in directed.file.tensors


class _Interrupted(JpegTask):
    """A task whose user presses Ctrl-C before the fifth step."""

    def batches(self) -> Iterator[JpegBatch]:
        for step, batch in enumerate(super().batches()):
            if step == 5:
                raise KeyboardInterrupt
            yield batch


def test_resuming_continues_exactly(gathered: Gathered, tmp_path: Path) -> None:
    whole, half = start(JPEG, training(quantise=0.5)), start(JPEG, training(quantise=0.5))
    loop.train_net(whole, JpegTask(whole, gathered), tmp_path / "whole.pt")
    loop.train_net(half, _Interrupted(half, gathered), tmp_path / "half.pt")
    resumed = resume(JPEG, tmp_path / "half.pt")
    assert resumed.steps == 5
    loop.train_net(resumed, JpegTask(resumed, gathered), tmp_path / "half.pt")
    assert resumed.steps == whole.steps == 8
    for name, value in whole.net.named_parameters():
        assert torch.equal(value, dict(resumed.net.named_parameters())[name])


def test_quantised_nets_say_almost_what_the_nets_say(gathered: Gathered) -> None:
    net = start(JPEG, training()).net
    seen = see(gathered.luma, np.arange(500))
    with torch.no_grad():
        assert abs(float(prepare_nets(net).luma.bits(seen).mean() - net.luma.bits(seen).mean())) < 0.05


@pytest.mark.parametrize("settings", [{"hidden": (16,)}, {"hidden": (12, 8)}, {"components": 9}, {"prediction": "some"}])
def test_nets_that_kernels_cannot_compute_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        JpegConfig(**settings)  # type: ignore[arg-type]


def test_empty_batches_are_refused() -> None:
    with pytest.raises(BadConfig):
        training(luma=0)
