"""Directions of photo models (learn/common/directions.py), found in the tiles that a net trains on; z is 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.learn.common.directions import direction_tensors
from codec.learn.common.quantise import set_quantised
from codec.learn.photo.data import Tiles
from codec.learn.photo.evaluate import hold_tiles
from codec.learn.photo.nets import PhotoNet
from codec.learn.photo.weights import photo_config, photo_weights
from codec.nets.model_file import ModelFile

SHARE = 0.01  # of the pixels of every tile


def net_of_file(file: ModelFile) -> PhotoNet:
    """The net of a model file, on its grids. Raises BadCheckpoint, BadConfig, BadModel."""
    net = PhotoNet(photo_config(file))
    net.load_state_dict(photo_weights(file))
    set_quantised(net, True)
    return net


def photo_directions(net: PhotoNet, tiles: Tiles, share: float = SHARE) -> dict[str, NDArray[np.generic]]:
    """The tensors of all layers, from a share of the pixels."""
    return direction_tensors(_seen(net, tiles, share))


def _seen(net: PhotoNet, tiles: Tiles, share: float) -> Iterator[Mapping[str, Tensor]]:
    for tile in hold_tiles(replace(tiles, validation=tiles.training), share):
        with torch.no_grad():
            yield net.layer_inputs(tile.pixels)
