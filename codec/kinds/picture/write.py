"""Pictures to files and back: the only module that sees models and containers.

    rows --stripes--> methods.py --> bytes --.
      '--> CRC-32 of each, digest of all -----'--> file (picture_sections.py)

Stripes are coded one by one, nothing is shared between them, so that threads code them side by side and the file does not depend on
how many. Beside what the rows themselves need no more stripes are held than threads work on.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from codec.container.container import NAME_BYTES, write_container
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput
from codec.kinds.picture.header import DIGEST_BYTES, MAX_VALUES, PHOTO, Entry, PictureHeader, start_digest, write_header
from codec.kinds.picture.read import KIND, FindModel, Progress, Report, StoredRows, open_file, report, rows_of
from codec.media.metadata import plain_bytes, write_metadata
from codec.media.picture import PHOTO_PLANES, Picture, Pixels, Rows
from codec.methods.choice import worth_trying
from codec.methods.method import PARTS, check_model, decode_part, encode_part, groups, model_planes
from codec.system.executor import affordable, in_order

if TYPE_CHECKING:
    from codec.density.photo.model import PhotoModel  # with all the kernels of photos

__all__ = ["PARTS", "Report", "Sizes", "compress_picture", "compress_with_sizes", "decompress_picture", "density_picture", "report"]


@dataclass(frozen=True)
class Plan:
    """How a picture is coded. methods: tried for each stripe; single: all rows are one stripe; slow: more time for smaller graphics."""

    methods: tuple[int, ...] = (PHOTO,)
    single: bool = False
    particles: int = 1
    slow: bool = False


@dataclass(frozen=True)
class Sizes:
    """What a file's bits are for. parts: of the stripes that the model coded, in bits, as stripe.py gives them.

    coded_bits: payloads of the model; stored_bits: what other methods made; header_bits: the rest of the file.
    """

    coded_bits: int
    stored_bits: int
    header_bits: int
    parts: Mapping[str, float]

    @property
    def total_bits(self) -> int:
        return self.coded_bits + self.stored_bits + self.header_bits

    @property
    def coder_bits(self) -> float:
        """What the payloads have beyond the bits that the model asks for: the ends of messages, and rounding."""
        parts = self.parts
        return self.coded_bits - (parts["prior"] - parts["posterior"] + parts["likelihood"] + parts["funding"])


def compress_picture(
    picture: Rows, model: PhotoModel, particles: int = 1, threads: int | None = None, progress: Progress | None = None
) -> bytes:
    """The file of a picture by a model, at most 64 bytes, 8 for each stripe and its metadata larger than its samples. Raises BadInput.

    particles: 1 for plain bits-back, more for coupled importance sampling. threads: as many as there are cores and memory for if None;
    no influence on the file. progress is told the number of rows done so far.
    """
    return compress_with_sizes(picture, model, particles, threads, progress)[0]


def compress_with_sizes(
    picture: Rows, model: PhotoModel, particles: int = 1, threads: int | None = None, progress: Progress | None = None
) -> tuple[bytes, Sizes]:
    """compress_picture, and what the bits of the file are for."""
    return compress_rows(picture, Plan(particles=particles), model, threads, progress)


def compress_rows(
    picture: Rows,
    plan: Plan,
    model: PhotoModel | None,
    threads: int | None = None,
    progress: Progress | None = None,
    modified: int | None = None,
    verify: bool = False,
) -> tuple[bytes, Sizes]:
    """The file of a picture as planned. model: needed if PHOTO is among the methods. modified: a time to keep with the picture.

    verify: every stripe is decoded and compared as soon as it is coded, by the thread that coded it while others go on; BadFile if one
    differs. Raises BadInput for what cannot be coded so.
    """
    header = PictureHeader(picture.mode, picture.bits, picture.width, picture.height, single=plan.single, modified=modified)
    _check_arguments(header, model if PHOTO in plan.methods else None, plan.particles)
    rows = rows_of(header)
    extra, digest = write_metadata(picture.metadata), start_digest(header, plain_bytes(picture.metadata))
    entries, payloads, parts, coded_bits, stored_bits = list[Entry](), list[bytes](), dict.fromkeys(PARTS, 0.0), 0, 0

    def code(item: tuple[slice, Pixels]) -> tuple[Pixels, bytes, int, Mapping[str, float]]:
        part, pixels = item
        coded = encode_part(pixels, header, worth_trying(pixels, header, plan.methods), model, plan.particles, plan.slow)
        if verify and decode_part(coded.data, header, len(pixels), model).tobytes() != pixels.tobytes():
            raise BadFile(f"rows {part.start} to {part.stop - 1} do not decode to what they were")
        return pixels, coded.data, 8 * coded.model_bytes, coded.bits

    work = zip(rows, picture.bands(rows), strict=True)
    threads = threads or affordable(header.values // len(rows), picture.held)
    for part, (pixels, payload, bits, told) in zip(rows, in_order(code, work, threads), strict=True):
        digest.update(pixels.data)
        entries.append(Entry(len(payload), zlib.crc32(pixels.data)))
        payloads.append(payload)
        coded_bits += bits
        stored_bits += 8 * (len(payload) - 1) - bits
        parts = {name: parts[name] + told.get(name, 0.0) for name in PARTS}
        if progress is not None:
            progress(part.stop)
    header = replace(header, digest=digest.digest()[:DIGEST_BYTES], stripes=tuple(entries) if len(entries) > 1 else ())
    name = bytes(NAME_BYTES) if not coded_bits or model is None else model.file.name
    sections = {"H": write_header(header), "M": extra, "S": b"".join(payloads)}
    payloads.clear()
    data = write_container(KIND, name, {tag: content for tag, content in sections.items() if content or tag != "M"})
    if verify and open_file(data)[1:] != (header, picture.metadata):
        raise BadFile("its header is not what was written")
    return data, Sizes(coded_bits, stored_bits, 8 * len(data) - coded_bits - stored_bits, parts)


def decompress_picture(data: bytes, find_model: FindModel, threads: int | None = None, progress: Progress | None = None) -> Picture:
    """The picture that a file was made from; find_model gives the model for its name of 8 bytes.

    Raises BadFile when the file is not what compress_picture wrote, and what find_model raises.
    """
    return StoredRows(data, find_model, threads=threads, progress=progress).picture()


def verify_picture(data: bytes, find_model: FindModel, threads: int | None = None, progress: Progress | None = None) -> None:
    """Decode a file stripe by stripe and check everything that it says of itself. Raises BadFile."""
    for _ in StoredRows(data, find_model, threads=threads, progress=progress).bands():
        pass


def density_picture(picture: Rows, model: PhotoModel, particles: Sequence[int], seed: int = 0, threads: int | None = None) -> list[float]:
    """Estimates of -log2 p(x) of a picture, one for each number of particles: what coding it so costs in the mean. Raises BadInput."""
    from codec.density.photo.stripe import density_stripe

    header = PictureHeader(picture.mode, picture.bits, picture.width, picture.height)
    _check_arguments(header, model, *particles)
    rows = stripe_rows(picture.height, picture.width)

    def estimate(item: tuple[int, Pixels]) -> list[float]:
        number, pixels = item
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        parts = groups(pixels[:, :, : PHOTO_PLANES[picture.mode]], picture.mode, model)
        found = [density_stripe(model, model_planes(part, model)[1], particles, rng) for part in parts]
        return [float(sum(column)) for column in zip(*found, strict=True)]

    stripes = list(in_order(estimate, enumerate(picture.bands(rows)), threads or affordable(header.values // len(rows), picture.held)))
    return [float(sum(column)) for column in zip(*stripes, strict=True)]


def _check_arguments(header: PictureHeader, model: PhotoModel | None, *particles: int) -> None:
    if header.values > MAX_VALUES:
        raise BadInput(f"a picture of {header.width}x{header.height} pixels: a file holds {MAX_VALUES} samples at most; cut it into parts")
    if model is None:
        return
    from codec.coding.particles import MAX_PARTICLES

    check_model(header, model)
    for count in particles:
        if not 1 <= count <= MAX_PARTICLES:
            raise BadInput(f"{count} particles: take from 1 to {MAX_PARTICLES}")
