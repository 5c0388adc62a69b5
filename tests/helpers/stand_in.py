"""Stripes by deflate instead of a model, and pictures to code with them: for tests of all that lies around the model."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from codec.container.container import read_container, write_container
from codec.density.photo import stripe
from codec.errors import BadFile
from codec.kinds.picture.write import decompress_picture
from codec.media.picture import CHANNELS, Picture

NAME = bytes(range(1, 9))
FILE = SimpleNamespace(name=NAME, sha256=NAME.hex() * 4)
MODELS = {channels: SimpleNamespace(channels=channels, from_best_side=channels == 3, file=FILE) for channels in (1, 3)}


def deflate(model: Any, planes: np.ndarray, particles: int = 1) -> Any:
    """A stand-in for encode_stripe that needs no model."""
    assert planes.dtype == np.int16 and planes.ndim == 3
    payload = zlib.compress(planes.tobytes(), 1)
    bits = {"prior": 50.0, "posterior": 40.0, "likelihood": 8.0 * len(payload) - 42, "funding": 24.0, "estimate": 8.0 * len(payload)}
    return SimpleNamespace(payload=payload, bits=bits)


def inflate(model: Any, payload: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    unpacker, size = zlib.decompressobj(), 2 * int(np.prod(shape))
    try:
        content = unpacker.decompress(payload, size + 1)
    except zlib.error as error:
        raise BadFile("no stripe") from error
    if len(content) != size or unpacker.unused_data or not unpacker.eof:
        raise BadFile("no stripe")
    return np.frombuffer(content, np.int16).reshape(shape)


def deflated_stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures be coded by deflate."""
    monkeypatch.setattr(stripe, "encode_stripe", deflate)
    monkeypatch.setattr(stripe, "decode_stripe", inflate)
    monkeypatch.setattr(stripe, "density_stripe", priced)


def priced(model: Any, planes: np.ndarray, particles: Any, rng: np.random.Generator) -> list[float]:
    return [planes.size * (2 + 1 / count) + rng.random() for count in particles]


def smooth(mode: str = "RGB", height: int = 700, width: int = 20) -> Picture:
    channels = CHANNELS[mode]
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return Picture(mode, ((y // 8 + (1 + c) * x + 5 * c) % 256).astype(np.uint8))


def noise(mode: str, height: int, width: int) -> Picture:
    return Picture(mode, np.random.default_rng(1).integers(0, 256, (height, width, CHANNELS[mode])).astype(np.uint8))


def restored(data: bytes, channels: int = 3, **settings: Any) -> Picture:
    return decompress_picture(data, lambda name: MODELS[channels] if name == NAME else pytest.fail("another model"), **settings)


def same(left: Picture, right: Picture) -> bool:
    return left.mode == right.mode and np.array_equal(left.pixels, right.pixels)


def forged(data: bytes, kind: str = "P", **changed: bytes | None) -> bytes:
    """The file with some sections changed (or left out), under right checksums."""
    container = read_container(data)
    sections = {tag: container.section(tag) for tag in container.spans} | changed
    return write_container(kind, container.model, {tag: content for tag, content in sections.items() if content is not None})
