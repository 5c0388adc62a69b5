"""Takes the mean of the weights of two photo models of which one was trained on from the other: often better than both.

    python -m codec.learn.photo.blend photo settled.bbm --share 0.7 -o mine.bbm

The weights are a share of those of the second model and the rest of those of the first one; all else is the second one's.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from codec.density.library import find
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.shared.plan import INPUTS, LAYER_FIELDS, LEARNT, OUTPUTS
from codec.errors import BadModel
from codec.learn.common.explain import explained_by
from codec.learn.photo.export import with_photo_probe
from codec.learn.photo.settle import with_layers
from codec.nets.model_file import trained_model
from codec.system.files import write_bytes


def blended(first: PhotoModel, second: PhotoModel, share: float, facts: Mapping[str, object]) -> bytes:
    """The file of a model between two; facts go beside those of the second one's training. Raises BadModel for models of other layers."""
    one, other = (each.network.plan.reshape(-1, LAYER_FIELDS)[:, [INPUTS, OUTPUTS, LEARNT]] for each in (first, second))
    if not np.array_equal(one, other) or one.min() < 0:
        raise BadModel("only models of the same sizes all of whose layers learn have a mean")
    weights = ((1 - share) * first.network.learnt[0] + share * second.network.learnt[0]).astype(np.float32)
    return trained_model(with_layers(second, weights, second.file.metadata["learning"]), facts, with_photo_probe)


def blend_models(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", help="title of an embedded model, or a model file")
    parser.add_argument("second", help="likewise")
    parser.add_argument("--share", type=float, default=0.5, help="of the second model")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        first, second = (load_photo(find(one).file) for one in (options.first, options.second))
        facts = {"blended": {"with": first.file.name.hex(), "share": options.share}}
        write_bytes(options.output, blended(first, second, options.share, facts), force=True)


if __name__ == "__main__":
    blend_models()
