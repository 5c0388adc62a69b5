"""Makes a photo model of two, whose networks are mixed.

    python -m codec.learn.photo.pair first.bbm second.bbm --learning directed-often-mixed -o mine.bbm

All but the second network is the first model's: z, too, so the second model must be one without z.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from codec.density.library import find
from codec.density.photo.layers import MAX_NETWORKS, SECOND, layer_names
from codec.density.photo.model import IDENTITY, PhotoModel, load_photo
from codec.density.shared.learning import PACES
from codec.errors import BadModel
from codec.learn.common.explain import explained_by
from codec.learn.photo.export import with_photo_probe
from codec.nets.model_file import trained_model
from codec.system.files import write_bytes

SIZES = ("channels", "predictors", "sums", "surroundings", "trunk", "head", "components")  # fields that both have alike
PARTS = ("weight", "bias", "directions", "shortened")  # tensors of a layer


def paired(first: PhotoModel, second: PhotoModel, learning: str, facts: Mapping[str, object]) -> bytes:
    """The file of a model of both networks; facts go beside those of the first one's training. Raises BadModel if they do not fit."""
    one, other = first.file, second.file
    if any(one.metadata.get(field) != other.metadata.get(field) for field in SIZES) or first.network.networks + second.network.networks > 2:
        raise BadModel("only models of one network each, of the same sizes, can be mixed")
    still = second.modulations(np.zeros((1, second.latents), np.int32))[0].reshape(2, -1)
    if (still != still[:, :1]).any() or still[:, 0].tolist() != [IDENTITY, 0]:
        raise BadModel("the second model was trained with z: only the first may be")
    tensors, shifts = {**one.tensors}, {**one.metadata["shifts"]}
    for name in layer_names(first.channels):
        shifts[SECOND + name] = other.metadata["shifts"][name]
        tensors |= {f"{SECOND}{name}.{part}": other.tensors[f"{name}.{part}"] for part in PARTS if f"{name}.{part}" in other.tensors}
    metadata = {**one.metadata, "networks": MAX_NETWORKS, "learning": learning, "shifts": shifts}
    return trained_model(replace(one, metadata=metadata, tensors=tensors), facts, with_photo_probe)


def pair_models(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", help="title of an embedded model, or a model file")
    parser.add_argument("second", help="likewise")
    parser.add_argument("--learning", required=True, choices=PACES, metavar="NAME", help="what learns while it codes")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        first, second = (load_photo(find(one).file) for one in (options.first, options.second))
        facts = {"mixed": {"with": second.file.name.hex(), "training": second.file.metadata["training"]}}
        write_bytes(options.output, paired(first, second, options.learning, facts), force=True)


if __name__ == "__main__":
    pair_models()
