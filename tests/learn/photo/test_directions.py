"""Directions of layers: those in which their inputs vary most, found in tiles, and models that learn shorter steps in them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from helpers.small_photo_nets import SMALL, shaken_net
from helpers.small_photos import small_photo_model

from codec.density.photo.model import load_photo
from codec.density.shared.directions import DIRECTION, SHORTENED
from codec.errors import BadInput
from codec.learn.photo import export
from codec.learn.photo.batches import gather, sample_grid
from codec.learn.photo.data import Tiles
from codec.learn.photo.directions import net_of_file, photo_directions
from codec.nets.model_file import read_model, write_model


def test_directions_are_at_right_angles_and_the_first_is_shortened_most(tiles: Tiles) -> None:
    found = photo_directions(shaken_net(SMALL), tiles, 0.2)
    assert len(found) == 2 * 8
    for name in ("trunk0", "trunk1", "head0", "out0", "head2", "out2"):
        directions, shortened = found[f"{name}.directions"] / DIRECTION, found[f"{name}.shortened"] / SHORTENED
        np.testing.assert_allclose(directions.T @ directions, np.eye(8), atol=2e-3)
        assert (np.diff(shortened) <= 0).all() and 0.0 <= shortened[-1] <= shortened[0] < 1.0


def test_what_a_layer_sees_is_what_the_net_computes_with(tiles: Tiles) -> None:
    net = shaken_net(SMALL)
    grid = np.insert(sample_grid(40, 40), 0, 0, axis=1)
    pixels = gather(tiles, grid)
    seen, used = net.layer_inputs(pixels), net.layers_used()
    for c in range(3):
        outputs = seen[f"out{c}"] @ used[f"out{c}"][0].T + used[f"out{c}"][1]
        np.testing.assert_allclose(outputs.detach(), net.outputs(pixels)[:, c].detach(), atol=1e-4)


def test_a_model_file_gets_directions_from_photos_once(tiles: Tiles, pictures: Path, tmp_path: Path) -> None:
    net = export.prepare_net(shaken_net(SMALL))
    metadata, tensors = export.export_photo_net(net, export.probe_planes(tiles), {"settings": {"net": asdict(SMALL)}})
    plain = write_model({**metadata, "probe": ""}, tensors)
    with pytest.raises(BadInput, match="directed-2 needs --data"):
        export.photo_with_learning(plain, "directed-2", {}, None, tmp_path)
    data = export.photo_with_learning(plain, "directed-2", {"name": "a test"}, pictures, tmp_path)
    file = read_model(data)
    assert load_photo(file).network.directions.size and file.metadata["training"]["name"] == "a test"
    expected = photo_directions(net_of_file(read_model(plain)), tiles)
    assert all(np.array_equal(file.tensors[name], values) for name, values in expected.items())
    again = read_model(export.photo_with_learning(data, "directed", {}, None, tmp_path))
    assert again.metadata["learning"] == "directed" and again.tensors.keys() == file.tensors.keys()


def test_small_models_of_tests_have_directions_where_they_need_them() -> None:
    names = {learning: read_model(small_photo_model(1, 0, "two", learning)).tensors for learning in ("outputs", "directed")}
    assert "trunk0.directions" in names["directed"] and "trunk0.directions" not in names["outputs"]
