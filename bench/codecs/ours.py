"""Runs this project's codec as one among the others: what `codec compress` writes, method and model chosen by itself."""

from __future__ import annotations

import numpy as np

from bench.measure.peer import Peer, Pixels
from codec.density import library
from codec.errors import UnknownModel
from codec.kinds import table
from codec.kinds.array.stream import write_array
from codec.kinds.picture.kind import compress_image
from codec.kinds.requests import Restoring, Settings
from codec.media.picture import Picture

NAME = "codec"


def pictures(
    channels: int, effort: int, model: str | None = None, threads: int = 1, particles: int = 1, traces: bool = True
) -> Peer | None:
    """The codec at one of its efforts, without verifying; or with the model of this title or in this file. None where there is none."""
    try:
        density = library.planes_density(channels, model, effort)
    except UnknownModel:
        return None
    settings = Settings(model, particles=particles, threads=threads, verify=False, effort=effort, traces=traces)

    def encode(pixels: Pixels) -> bytes:
        picture = Picture("L" if pixels.shape[2] == 1 else "RGB", np.ascontiguousarray(pixels))
        return compress_image(picture, settings)[0]

    def decode(data: bytes) -> Pixels:
        found = table.open_file(data).restore(Restoring(model=model, threads=threads))
        assert isinstance(found, Picture), "the file was made of one"
        return found.pixels

    words = [f"effort {effort}", f"{threads} thread{'s' * (threads > 1)}"]
    words += [f"{particles} particles"] * (particles > 1) + ["no traces"] * (not traces)
    return Peer(f"{NAME} effort {effort}", f"model {density.file.name.hex()}", ", ".join(words), encode, decode)


def arrays(particles: int, levels: int) -> Peer | None:
    """The codec on arrays of small images, with the embedded model for this number of levels. None without such a model."""
    try:
        density = library.images_density(None, levels)
    except UnknownModel:
        return None

    def encode(images: Pixels) -> bytes:
        return write_array(images, density, particles)[0]

    def decode(data: bytes) -> Pixels:
        found = table.open_file(data).restore(Restoring())
        assert isinstance(found, np.ndarray), "the file was made of one"
        return found.view(np.uint8)

    return Peer(f"{NAME}, N = {particles}", f"model {density.file.name.hex()}", f"particles: {particles}", encode, decode)
