"""A model of two networks codes pictures by the mean of what both say; models that do not fit are not mixed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.density.photo.area import PhotoArea
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.stripe import decode_stripe, encode_stripe, probe_digest
from codec.learn.photo.pair import pair_models
from codec.nets.model_file import model_bytes, read_model, write_model


def still_model(channels: int, seed: int, learning: str) -> bytes:
    """A model whose hidden units are as they are where z is 0."""
    file = read_model(small_photo_model(channels, seed, "two", learning))
    return write_model(file.metadata, {**file.tensors, "modulate.shift.bias": np.zeros_like(file.tensors["modulate.shift.bias"])})


def pair(tmp_path: Path, first: bytes, second: bytes, learning: str) -> PhotoModel:
    (tmp_path / "first.bbm").write_bytes(first)
    (tmp_path / "second.bbm").write_bytes(second)
    paths = [str(tmp_path / f"{name}.bbm") for name in ("first", "second", "pair")]
    pair_models([*paths[:2], "--learning", learning, "-o", paths[2]])
    return load_photo(read_model(model_bytes(Path(paths[2]))))


def probabilities(model: PhotoModel, planes: np.ndarray) -> np.ndarray:
    area = PhotoArea.known(model, planes)
    return area.rows(0, area.height).intervals().freqs.astype(np.float64)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_pixel_has_the_mean_of_both_probabilities(channels: int, tmp_path: Path) -> None:
    one, other = small_photo_model(channels, 0, "two", "none"), still_model(channels, 1, "none")
    model, planes = pair(tmp_path, one, other, "none"), planes_of("smooth", channels, 20, 30)
    apart = [probabilities(load_photo(read_model(file)), planes) for file in (one, other)]
    assert np.abs(probabilities(model, planes) - sum(apart) / 2).max() <= 3
    assert not np.array_equal(*apart)


@pytest.mark.parametrize("learning", ["none", "outputs", "directed-often-steadily"])
def test_what_two_networks_code_comes_back(learning: str, tmp_path: Path) -> None:
    first = small_photo_model(3, 0, "two", learning)
    model, planes = pair(tmp_path, first, still_model(3, 1, learning), learning), planes_of("random walk", 3, 30, 40)
    payload = encode_stripe(model, planes).payload
    assert np.array_equal(decode_stripe(model, payload, planes.shape), planes)
    assert probe_digest(model) == model.file.metadata["probe"]
    training = model.file.metadata["training"]
    assert training["mixed"]["training"] == {"data": "none"} and training["data"] == "none"


def test_z_modulates_the_first_network_alone(tmp_path: Path) -> None:
    first = load_photo(read_model(small_photo_model(3, 0, "two", "none")))
    model = pair(tmp_path, small_photo_model(3, 0, "two", "none"), still_model(3, 1, "none"), "none")
    eps = np.array([[900, -300, 200]], np.int32)
    found, alone = (one.modulations(eps).reshape(2, -1) for one in (model, first))
    assert np.array_equal(found[:, : first.network.units], alone)
    assert (found[0, first.network.units :] == 128).all() and not found[1, first.network.units :].any()


@pytest.mark.parametrize(
    "second, reason",
    [
        (small_photo_model(3, 1, "two", "none"), "the second model was trained with z"),
        (still_model(1, 1, "none"), "only models of one network each, of the same sizes, can be mixed"),
        (small_photo_model(3, 1, "two", "none", networks=2), "only models of one network each"),
    ],
)
def test_models_that_do_not_fit_are_not_mixed(second: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        pair(tmp_path, small_photo_model(3, 0, "two", "none"), second, "none")
    assert reason in capsys.readouterr().err and not (tmp_path / "pair.bbm").exists()
