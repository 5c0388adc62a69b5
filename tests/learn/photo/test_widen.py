"""A wider net says what the one before says, and can be trained on from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from helpers.small_photo_nets import photo_training, shaken_net  # noqa: E402

from codec.errors import BadConfig  # noqa: E402
from codec.learn.common import quantise  # noqa: E402
from codec.learn.common.run import load_checkpoint  # noqa: E402
from codec.learn.photo.data import load_tiles  # noqa: E402
from codec.learn.photo.evaluate import hold_tiles  # noqa: E402
from codec.learn.photo.export import export_photo_net, prepare_net, probe_planes  # noqa: E402
from codec.learn.photo.nets import PhotoConfig, PhotoNet  # noqa: E402
from codec.learn.photo.train import PHOTO  # noqa: E402
from codec.learn.photo.widen import widen_model, widened  # noqa: E402
from codec.nets.model_file import write_model  # noqa: E402

LARGER = {"predictors": "four", "surroundings": (20, 12, 8, 3), "trunk": (24, 16), "head": 16}


def bits_of(net: PhotoNet, pictures: Path, cache: Path) -> torch.Tensor:
    """Of some pixels, where z is 0."""
    config = net.config
    tiles = load_tiles(pictures, cache, config.channels, config.predictors, config.view)
    (held,) = hold_tiles(tiles, 0.2)
    modulations = net.modulations(torch.zeros(config.latents)) if config.latents else None
    with torch.no_grad():
        return net.bits(held.pixels, modulations)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("latents", [0, 4])
def test_a_wider_net_says_the_same(latents: int, channels: int, pictures: Path, tmp_path: Path) -> None:
    net = shaken_net(photo_training(latents=latents, channels=channels).net)
    quantise.set_quantised(net, False)
    before = bits_of(net, pictures, tmp_path)
    torch.manual_seed(1)
    far = widened(net, replace(net.config, latents=0, **LARGER))
    with torch.no_grad():
        for head in far.channel_heads():  # ways to further predictions are shut, not only far
            head.out.bias[(4) * net.config.components :] = -8.0
    after = bits_of(far, pictures, tmp_path)
    assert after.shape == before.shape and (after - before).abs().max() < 0.1 and abs(float((after - before).mean())) < 1e-3


def test_further_components_begin_rare(pictures: Path, tmp_path: Path) -> None:
    net = shaken_net(photo_training(latents=0).net)
    quantise.set_quantised(net, False)
    wide = widened(net, replace(net.config, components=5))
    assert float((bits_of(wide, pictures, tmp_path) - bits_of(net, pictures, tmp_path)).abs().mean()) < 0.2
    weights = wide.channel_heads()[1].out.weight.unflatten(0, (4, 5))
    assert torch.equal(weights[:, 3], weights[:, 0]) and torch.equal(weights[:, 4], weights[:, 0])


def test_what_is_new_can_be_trained(pictures: Path, tmp_path: Path) -> None:
    wide = widened(shaken_net(photo_training(latents=0).net), PhotoConfig(latents=0, trunk=(24, 16), head=16))
    assert (wide.trunk0.weight[16:].abs().sum(1) > 0).all() and (wide.trunk1.weight[8:].abs().sum(1) > 0).all()


@pytest.mark.parametrize("change", [{"trunk": (8, 8)}, {"head": 4}, {"surroundings": (8, 10, 6, 0)}, {"predictors": "one"}, {"latents": 4}])
def test_a_net_does_not_become_smaller(change: dict[str, object]) -> None:
    net = shaken_net(photo_training(latents=0).net)
    with pytest.raises(BadConfig, match=r"a wider net|layers of a photo net"):
        widened(net, replace(net.config, **change))


def test_the_command_writes_a_checkpoint_to_begin_with(tiles, pictures: Path, tmp_path: Path) -> None:
    training = photo_training()
    net = prepare_net(shaken_net(training.net))
    metadata, tensors = export_photo_net(net, probe_planes(tiles), {"settings": {"net": training.net.__dict__}})
    (tmp_path / "small.bbm").write_bytes(write_model({**metadata, "probe": ""}, tensors))
    widen_model([str(tmp_path / "small.bbm"), "--trunk", "24", "16", "--predictors", "four", "-o", str(tmp_path / "start.pt")])
    found, config = load_checkpoint(PHOTO, tmp_path / "start.pt")
    assert (config.net.trunk, config.net.predictors, config.net.head, config.net.latents) == ((24, 16), "four", training.net.head, 0)
    assert torch.isfinite(bits_of(found, pictures, tmp_path)).all()


def test_an_unknown_model_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        widen_model(["nobody", "-o", str(tmp_path / "start.pt")])
    assert "error: no model is called 'nobody'" in capsys.readouterr().err and not (tmp_path / "start.pt").exists()
