"""A stripe of a picture to bytes and back, by one method of several: picture_sections.py says what the bytes are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from codec.container.container import read_length, write_length
from codec.errors import BadFile, BadInput
from codec.kinds.picture.header import LZMA, PHOTO, RAW, WEBP, PictureHeader, is_plausible
from codec.media.picture import PHOTO_PLANES, Pixels, Planes
from codec.methods import webp
from codec.methods.lzma import decode_lzma, decode_raw, encode_lzma, encode_raw
from codec.methods.traces.traces import find, find_best, pixels_of, read

if TYPE_CHECKING:
    from codec.density.photo.model import PhotoModel  # with all the kernels of photos: stripe.py is imported where it is used

PARTS = ("prior", "posterior", "likelihood", "funding", "estimate")


@dataclass(frozen=True)
class Coded:
    """A stripe's bytes. model_bytes: those of payloads of the model; bits: what these are for, as stripe.py gives it."""

    data: bytes
    model_bytes: int = 0
    bits: Mapping[str, float] = field(default_factory=dict)


def model_channels(mode: str) -> int | None:
    """Of the model that codes pictures of this mode; None if there is none."""
    return None if mode not in PHOTO_PLANES else 3 if mode in ("RGB", "RGBA", "CMYK") else 1


def check_model(header: PictureHeader, model: PhotoModel) -> None:
    """Raise BadInput unless the model codes pictures of this kind."""
    wanted = model_channels(header.mode) if header.bits == 8 else None
    if wanted is None:
        raise BadInput(
            f"pictures of mode {header.mode} and {header.bits} bits are not coded by photo models: leave the choice to the codec"
        )
    if model.channels != wanted and not _gray(header.mode, model):
        raise BadInput(f"a picture of mode {header.mode} with a model of {model.channels} channels: take a model of {wanted}")


def _gray(mode: str, model: PhotoModel) -> bool:
    """Whether the colours of such a picture, by this model, are all gray or on a line: one plane stands for three."""
    return mode in ("RGB", "RGBA") and model.channels == 1


def encode_part(
    pixels: Pixels, header: PictureHeader, methods: Sequence[int], model: PhotoModel | None = None, particles: int = 1, slow: bool = False
) -> Coded:
    """The rows of a picture by the method that makes fewest bytes of them; by LZMA if these are too few to be believed; as they are if
    none makes fewer than that."""
    raw = Coded(bytes([RAW]) + encode_raw(pixels, header.mode, header.bits))
    found = [_encode(pixels, header, method, model, particles, slow) for method in methods if method != WEBP or _webp(pixels, header)]
    fit = [coded for coded in found if is_plausible(coded.data, header, len(pixels))]
    if found and not fit:
        fit = [_encode(pixels, header, LZMA, None, particles, slow)]
    return min([*fit, raw], key=lambda coded: len(coded.data))


def decode_part(data: bytes | memoryview, header: PictureHeader, rows: int, model: PhotoModel | None) -> Pixels:
    """The pixels of so many rows. Raises BadFile."""
    if not is_plausible(data, header, rows):
        raise BadFile(f"the file is damaged: {len(data)} bytes for {rows} rows")
    method, rest, shape = data[0], data[1:], (rows, header.width)
    if method == RAW:
        return decode_raw(rest, header.mode, header.bits, shape)
    if method == LZMA:
        return decode_lzma(rest, header.mode, header.bits, shape)
    if method == WEBP:
        pixels = webp.decode_webp(rest, (*shape, header.channels))
        if header.bits < 8 and (pixels >> header.bits).any():
            raise BadFile(f"the file is damaged: samples of more than {header.bits} bits")
        return pixels
    if model is None:
        raise BadFile("the file is damaged: it names no model, and needs one")
    return _decode_photo(rest, header, rows, model)


def _webp(pixels: Pixels, header: PictureHeader) -> bool:
    return header.bits <= 8 and webp.fits(pixels.shape)


def _encode(pixels: Pixels, header: PictureHeader, method: int, model: PhotoModel | None, particles: int, slow: bool) -> Coded:
    if method == WEBP:
        return Coded(bytes([WEBP]) + webp.encode_webp(pixels, slow))
    if method == LZMA:
        return Coded(bytes([LZMA]) + encode_lzma(pixels, header.mode, header.bits))
    if model is None:
        raise BadInput("a photo cannot be coded without a model")
    return _encode_photo(pixels, header, model, particles, slow)


# ---------------------------------------------------------------- by a model


def _encode_photo(pixels: Pixels, header: PictureHeader, model: PhotoModel, particles: int, slow: bool) -> Coded:
    from codec.density.photo.stripe import encode_stripe

    count = PHOTO_PLANES[header.mode]
    pieces, others = [bytes([PHOTO])], pixels[:, :, count:]
    if others.shape[2]:
        data = encode_part(np.ascontiguousarray(others), _beside(header), (WEBP, LZMA), slow=slow).data
        pieces += [write_length(len(data)), data]
    stripes, size = [], 0
    for group in groups(pixels[:, :, :count], header.mode, model):
        lattice, planes = model_planes(group, model)
        stripe = encode_stripe(model, planes, particles)
        stripes.append(stripe)
        pieces += [lattice, write_length(len(stripe.payload)), stripe.payload]
        size += len(lattice) + len(stripe.payload)
    pieces[-2] = b""  # the last one ends with the stripe
    bits = {name: sum(stripe.bits[name] for stripe in stripes) for name in PARTS}
    return Coded(b"".join(pieces), size, bits)


def groups(pixels: Pixels, mode: str, model: PhotoModel) -> list[Pixels]:
    """The parts of a photo's pixels that a model codes one after the other."""
    step = 3 if _gray(mode, model) else model.channels
    return [pixels[:, :, first : first + step] for first in range(0, pixels.shape[2], step)]


def model_planes(group: Pixels, model: PhotoModel) -> tuple[bytes, Planes]:
    """What a group of `groups` is (lattice.py), and the planes that the model codes."""
    return (find_best if model.from_best_side else find)(group, model.channels)


def _decode_photo(data: bytes | memoryview, header: PictureHeader, rows: int, model: PhotoModel) -> Pixels:
    from codec.density.photo.stripe import decode_stripe

    count, step, pieces, gray = PHOTO_PLANES[header.mode], model.channels, list[Pixels](), _gray(header.mode, model)
    if step != model_channels(header.mode) and not gray:
        raise BadFile(f"the file is damaged: a picture of mode {header.mode} by a model of {step} channels")
    if header.channels > count:
        part, data = _cut(data)
        others = decode_part(part, _beside(header), rows, None)
    number = 1 if gray else count // step
    for group in range(number):
        lattice, position = read(data)
        part, data = _cut(data[position:]) if group + 1 < number else (data[position:], b"")
        try:
            pieces.append(pixels_of(lattice, decode_stripe(model, bytes(part), (step, rows, header.width))))
        except BadInput as error:
            raise BadFile("the file is damaged: a stripe does not decode") from error
    if gray and pieces[0].shape[2] == 1:
        pieces *= 3
    if sum(piece.shape[2] for piece in pieces) != count:
        raise BadFile("the file is damaged: colours in a gray stripe")
    return np.concatenate([*pieces, others], axis=2) if header.channels > count else np.concatenate(pieces, axis=2)


def _beside(header: PictureHeader) -> PictureHeader:
    """What the plane beside a photo's, alpha, is coded as."""
    return replace(header, mode="L")


def _cut(data: bytes | memoryview) -> tuple[bytes | memoryview, bytes | memoryview]:
    """What a length says, and what follows it."""
    length, position = read_length(bytes(data[:8]), 0)
    if position + length > len(data):
        raise BadFile("the file is damaged: a part of a stripe is cut off")
    return data[position : position + length], data[position + length :]
