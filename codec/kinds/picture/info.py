"""What is told of a picture's file: what it is, and what its bits are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codec.kinds.picture.header import PictureHeader
from codec.media import metadata
from codec.media.form import Chunks
from codec.methods import choice
from codec.methods.photo import PHOTO


@dataclass(frozen=True)
class PictureInfo:
    """What a picture's file is. model: the name of the model that it needs, as hexadecimal digits; method: the first of those that its
    stripes are coded by; payload_bits: of the stripes; header_bits: of all the rest."""

    method: str
    mode: str
    bits: int
    width: int
    height: int
    metadata: tuple[str, ...]
    modified: int | None
    model: str
    stripes: int
    stripes_by_method: Mapping[str, int]
    payload_bits: int
    header_bits: int
    total_bits: int
    bits_per_dimension: float
    bits_per_pixel: float
    kind: str = "picture"


@dataclass(frozen=True)
class PictureBits:
    """What a file's bits are for.

    Of stripes by a model: prior, posterior (the refund), likelihood of the main rows, funding (the rows that fund the latents), coder (the
    ends of messages, and rounding), and estimate: what the model asks for in all. stored: what other methods made; header: all the rest."""

    particles: int
    prior_bits: float
    posterior_bits: float
    likelihood_bits: float
    funding_bits: float
    coder_bits: float
    stored_bits: float
    header_bits: float
    estimate_bits: float


def info_of(header: PictureHeader, model: bytes, chunks: Chunks, methods: Mapping[str, int], payload: int, total: int) -> PictureInfo:
    """methods: how many stripes by each; payload: bytes of the stripes, without their methods' numbers; total: bytes of the file."""
    form = header.form
    return PictureInfo(
        method=next(method.name for method in choice.METHODS if method.name in methods),
        mode=form.mode,
        bits=form.bits,
        width=form.width,
        height=form.height,
        metadata=tuple(sorted(metadata.kinds(chunks))),
        modified=header.modified,
        model=model.hex() if PHOTO.name in methods else "",
        stripes=len(header.rows),
        stripes_by_method=dict(methods),
        payload_bits=8 * payload,
        header_bits=8 * (total - payload),
        total_bits=8 * total,
        bits_per_dimension=round(8 * total / form.samples, 6),
        bits_per_pixel=round(8 * total / (form.width * form.height), 6),
    )
