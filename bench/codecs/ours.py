"""This project's codec as a peer among the others: what `codec compress --effort` writes, method and model chosen by itself."""

from __future__ import annotations

import numpy as np

from bench.codecs.peer import Peer, Pixels
from codec.density import library
from codec.density.arrays.load import load_model
from codec.errors import UnknownModel
from codec.kinds.array.stream import compress_array, decompress_array
from codec.kinds.picture import kind
from codec.kinds.requests import EFFORTS, Restoring, Settings
from codec.media.picture import Picture

NAME = "codec"


def photo(effort: int, channels: int = 3) -> Peer | None:
    """The codec at one of its efforts, one thread. None where the package has no model of this effort."""
    if effort not in EFFORTS:
        raise ValueError(f"effort {effort} is none of {EFFORTS}")
    try:
        model = library.photo_model(channels, None, effort)
    except UnknownModel:
        return None

    def encode(pixels: Pixels) -> bytes:
        picture = Picture("L" if pixels.shape[2] == 1 else "RGB", np.ascontiguousarray(pixels))
        return kind.compress_image(picture, Settings(effort=effort, threads=1, verify=False))[0]

    def decode(data: bytes) -> Pixels:
        return kind.restore(data, Restoring(threads=1))[0].pixels

    return Peer(f"{NAME} effort {effort}", f"model {model.file.name.hex()}", f"effort {effort}, 1 thread", encode, decode)


def digits(particles: int, levels: int) -> Peer | None:
    """The codec on arrays of images of 28x28 pixels, with the embedded model for this number of levels. None without such a model."""
    found = [entry for entry in library.embedded("vae") if entry.file.metadata.get("levels") == levels]
    if not found:
        return None
    model = load_model(found[0].file)

    def encode(array: Pixels) -> bytes:
        return compress_array(array, model, particles)

    def decode(data: bytes) -> Pixels:
        return decompress_array(data, lambda name: model)

    version = f"model {model.file.name.hex()}"
    return Peer(f"{NAME}, N = {particles}", version, f"{found[0].title}, particles: {particles}", encode, decode)
