"""Makes a model file of latents beside a context net: a hierarchy's convolutions and a context net's layers.

The program decode gives z, what the context net is told of each pixel (density/arrays/context.py); all else is as in export_hierarchy.py
and export_context.py. That the programs are exact is proved by reading the file back as a model.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.learn.arrays.beside_net import Beside
from codec.learn.arrays.beside_train import BESIDE
from codec.learn.arrays.export_context import context_likelihood, context_programs
from codec.learn.arrays.export_hierarchy import PROBE_IMAGES, latent_spec, levels_of, measured, proved_model
from codec.learn.common.programs import ProgramWriter, Spec
from codec.learn.common.quantise import calibrate, set_quantised
from codec.learn.common.run import load_checkpoint


def export_beside_net(net: Beside, images: NDArray[np.uint8], training: Mapping[str, object]) -> bytes:
    """The model file of nets whose grids are chosen. images: uint8 [n, pixels], or 0 and 1, for depths and probe; training: facts, stored.

    Raises BadModel when the nets' exactness cannot be proved."""
    writer, context = ProgramWriter(), copy.deepcopy(net.context).double()
    set_quantised(context, True)
    spec = latent_spec(net.hierarchy, images, writer)
    programs = {**_mapping(spec["programs"]), **context_programs(context, writer)}
    metadata = {**spec, "programs": programs, "likelihood": context_likelihood(context, writer), "training": dict(training)}
    return proved_model(metadata, writer, images[:PROBE_IMAGES])


def export_beside(path: Path, images: NDArray[np.uint8], facts: Mapping[str, object]) -> bytes:
    """The model file of a checkpoint that was trained on images; facts are stored beside its settings, and bits per dimension of some
    images kept for validation."""
    net, config = load_checkpoint(BESIDE, path)
    net = copy.deepcopy(net)
    calibrate(net.hierarchy if net.context.quantised else net)
    training: Spec = {"settings": asdict(config), **facts}
    levels = levels_of(images, net.config.context.is_binary)
    if held := measured(levels, config.validation, lambda: export_beside_net(net, levels, training)):
        training["validation"] = held
    return export_beside_net(net, levels, training)


def _mapping(spec: object) -> Spec:
    assert isinstance(spec, dict), "programs are by name"
    return spec
