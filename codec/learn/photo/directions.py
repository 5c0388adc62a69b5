"""Finds in which directions the inputs of layers vary most in photos, for models that learn shorter steps in these.

The mean of x x' over pixels of pictures (x: a layer's inputs, and 1 for its biases) has eigenvalues a_1 >= a_2 ... In the direction of a_k,
k < 9, a step is as long as any other, times a_9 / a_k. z is 0.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from codec.density.photo.model import DIRECTION, SHORTENED
from codec.density.shared.whole_learning import DIRECTIONS
from codec.learn.common.quantise import set_quantised
from codec.learn.photo.data import Tiles
from codec.learn.photo.evaluate import hold_tiles
from codec.learn.photo.nets import PhotoNet
from codec.learn.photo.weights import photo_config, photo_weights
from codec.nets.model_file import ModelFile

SHARE = 0.01  # of the pixels of every tile
SMALLEST = 1e-9  # of eigenvalues: an input may always be 0


def net_of_file(file: ModelFile) -> PhotoNet:
    """The net of a model file, on its grids. Raises BadCheckpoint, BadConfig, BadModel."""
    net = PhotoNet(photo_config(file))
    net.load_state_dict(photo_weights(file))
    set_quantised(net, True)
    return net


def direction_tensors(net: PhotoNet, tiles: Tiles, share: float = SHARE) -> dict[str, NDArray[np.generic]]:
    """Of every layer its directions and how much is taken off in them, as density/photo/model.py has them, from the tiles to train on."""
    tensors = dict[str, NDArray[np.generic]]()
    for name, moment in _moments(net, tiles, share).items():
        tensors[f"{name}.directions"], tensors[f"{name}.shortened"] = _directions(moment)
    return tensors


def _moments(net: PhotoNet, tiles: Tiles, share: float) -> dict[str, NDArray[np.float64]]:
    """The mean of x x' of every layer, over a share of the pixels."""
    held, found = hold_tiles(replace(tiles, validation=tiles.training), share), dict[str, torch.Tensor]()
    with torch.no_grad():
        for tile in held:
            for name, x in net.layer_inputs(tile.pixels).items():
                given = torch.cat([x, torch.ones(len(x), 1)], 1).double()
                found[name] = found.get(name, 0.0) + given.T @ given
    pixels = sum(len(tile.pixels.inputs) for tile in held)
    return {name: total.numpy() / pixels for name, total in found.items()}


def _directions(moment: NDArray[np.float64]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    values, vectors = np.linalg.eigh(moment)
    most, directions = np.maximum(values[::-1], SMALLEST), np.rint(vectors[:, ::-1][:, :DIRECTIONS] * DIRECTION)
    shortened = np.rint((1.0 - most[DIRECTIONS] / most[:DIRECTIONS]) * SHORTENED)
    return directions.astype(np.int16), np.minimum(shortened, SHORTENED - 1).astype(np.int16)
