"""Makes a larger photo net of a model, without z: it says the same, and its further inputs, units and components are there to be trained.

    python -m codec.learn.photo.widen photo --predictors four --surroundings 20 16 10 6 --trunk 112 80 --head 56 --components 4 -o start.pt

`codec train photo --start start.pt --latents 0` goes on from there, told the same sizes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from codec.density.library import find
from codec.errors import BadConfig
from codec.learn.common.config import config_from_json
from codec.learn.common.explain import explained_by
from codec.learn.common.kernel_layers import KernelLayer
from codec.learn.common.run import save, start
from codec.learn.photo.nets import OF_ERROR, PhotoConfig, PhotoNet
from codec.learn.photo.train import PHOTO, PhotoTraining
from codec.learn.photo.weights import photo_config, photo_weights

SIZES = ("predictors", "surroundings", "trunk", "head", "components")
RARE = -3.5  # logit of a further component, below that of the first
WIDER = 0.7  # octaves by which its scale is larger
FAR = -3.0  # logit of the way to a further prediction


def widened(net: PhotoNet, config: PhotoConfig) -> PhotoNet:
    """A net of this config that says what `net` says where z is 0, or nearly so. Raises BadConfig for one that is smaller."""
    old = net.config
    seen, shown = _inputs(old), _inputs(config)
    larger = [config.trunk[i] >= old.trunk[i] for i in (0, 1)] + [config.head >= old.head, config.components >= old.components]
    if config.latents or config.channels != old.channels or not all(larger) or not set(seen) <= set(shown):
        raise BadConfig("a wider net has no latents, as many channels, and at least the inputs, units and components of the one before")
    wide, k = PhotoNet(config), config.components
    like = [i if i < old.components else 0 for i in range(k)]  # further components begin like the first one, but rare and wider
    with torch.no_grad():
        layers = _without_latents(net)
        _put(wide.trunk0, *layers["trunk0"], [shown.index(one) for one in seen])
        _put(wide.trunk1, *layers["trunk1"], [*range(old.trunk[0])])
        for c, head in enumerate(wide.channel_heads()):
            further, known = (old.further, config.further) if c else (0, 0), range(OF_ERROR * c)
            columns = [*range(old.trunk[1]), *(config.trunk[1] + i for i in range(further[0]))]
            _put(head.hidden, *layers[f"head{c}"], [*columns, *(config.trunk[1] + further[1] + i for i in known)])
            outputs, biases = (torch.unflatten(part, 0, (-1, old.components)) for part in layers[f"out{c}"])
            weight, bias = torch.zeros(OF_ERROR + config.further, k, config.head), torch.full((OF_ERROR + config.further, k), FAR)
            weight[: len(outputs), :, : old.head], bias[: len(biases)] = outputs[:, like], biases[:, like]
            bias[0, old.components :] += RARE
            bias[2, old.components :] += WIDER
            head.out.weight.copy_(weight.flatten(0, 1))
            head.out.bias.copy_(bias.flatten())
    return wide


def _inputs(config: PhotoConfig) -> list[tuple[str, ...]]:
    """What each input of the trunk is, in the order of density/photo/surroundings.py."""
    view, found = config.view, list[tuple[str, ...]]()
    for c in range(config.channels):
        found += [("neighbour", f"{c}", f"{i}") for i in range(view.chroma if c else view.luma)]
        for k in range(1 + config.further):
            found += [("error", f"{c}", f"{k}", f"{i}") for i in range(view.further if k else view.first)]
            found += [("better", f"{c}", f"{k}")] if k else []
        found.append(("q", f"{c}"))
    return [*found, *(("prediction", f"{k}") for k in range(1 + config.further))]


def _without_latents(net: PhotoNet) -> dict[str, tuple[Tensor, Tensor]]:
    """Weights and biases of all layers, what z = 0 does to hidden units among them."""
    found, units = dict(net.layers_used()), sum(net.config.units)
    scale, shift = torch.ones(units), torch.zeros(units)
    if net.config.latents:
        modulations = net.modulations(torch.zeros(net.config.latents))
        scale, shift = 1.0 + modulations.scale.flatten(), modulations.shift.flatten()
    at = 0
    for name in ("trunk0", "trunk1", *(f"head{c}" for c in range(net.config.channels))):
        weight, bias = found[name]
        part, at = slice(at, at + len(weight)), at + len(weight)
        found[name] = weight * scale[part, None], bias * scale[part] + shift[part]
    return found


def _put(layer: KernelLayer, weight: Tensor, bias: Tensor, columns: list[int]) -> None:
    """Put weights into the first rows and these columns of a layer; these rows see nothing else."""
    layer.weight[: len(weight)] = 0.0
    layer.weight[: len(weight), columns] = weight
    layer.bias[: len(bias)] = bias


def widen_model(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="title of an embedded model, or a model file")
    parser.add_argument("--predictors")
    parser.add_argument("--surroundings", type=int, nargs=4)
    parser.add_argument("--trunk", type=int, nargs=2)
    parser.add_argument("--head", type=int)
    parser.add_argument("--components", type=int)
    parser.add_argument("--seed", type=int, default=0, help="of further weights")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        file = find(options.model).file
        net = PhotoNet(photo_config(file))
        net.load_state_dict(photo_weights(file))
        sizes = {name: getattr(options, name) or getattr(net.config, name) for name in SIZES}
        config = config_from_json(PhotoConfig, json.dumps({**asdict(net.config), **sizes, "latents": 0}))
        torch.manual_seed(options.seed)
        wide = widened(net, config)
        save(start(PHOTO, PhotoTraining(net=config, seed=options.seed), weights=wide.state_dict()), options.output)


if __name__ == "__main__":
    widen_model()
