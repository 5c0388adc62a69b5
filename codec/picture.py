"""Pictures to files and back: the only module that sees photo models, stripes and containers.

    pixels --stripes--> planes --stripe.py--> payload --.
      '--> CRC-32 of each stripe, digest of all --------'--> file (photosections.py)

Stripes are coded one by one, nothing is shared between them, so that threads code them side by side and the file does not depend on
how many. Beside the pixels themselves no more stripes are held than threads work on.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.container import NAME_BYTES, Container, check_tags, read_container, write_container
from codec.errors import BadFile, BadInput, CodecError
from codec.montecarlo import MAX_PARTICLES
from codec.photomodel import PhotoModel
from codec.photosections import (
    DIGEST_BYTES,
    Entry,
    PictureHeader,
    is_plausible,
    read_header,
    start_digest,
    stripe_spans,
    write_header,
)
from codec.planes import Picture, from_planes, to_planes
from codec.stripe import decode_stripe, density_stripe, encode_stripe, stripe_rows
from codec.threads import cores, in_order

KIND = "P"
PARTS = ("prior", "posterior", "likelihood", "funding", "estimate")

Progress = Callable[[int], None]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Sizes:
    """What a file's bits are for. parts: of the stripes that the model coded, in bits, as stripe.py gives them.

    coded_bits: their payloads; stored_bits: pixels stored as they are; header_bits: the rest of the file.
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


@dataclass(frozen=True)
class Report:
    """What can be said of a file without its model. model: its name, no bytes if the file needs none."""

    mode: str
    width: int
    height: int
    model: bytes
    stripes: int
    stored_stripes: int
    payload_bits: int
    total_bits: int


def compress_picture(
    picture: Picture, model: PhotoModel, particles: int = 1, threads: int | None = None, progress: Progress | None = None
) -> bytes:
    """The file of a picture, at most 64 bytes larger than its pixels. Raises BadInput.

    particles: 1 for plain bits-back, more for coupled importance sampling. threads: as many as there are cores if None; no
    influence on the file. progress is told the number of rows done so far.
    """
    return compress_with_sizes(picture, model, particles, threads, progress)[0]


def compress_with_sizes(
    picture: Picture, model: PhotoModel, particles: int = 1, threads: int | None = None, progress: Progress | None = None
) -> tuple[bytes, Sizes]:
    """compress_picture, and what the bits of the file are for."""
    _check_arguments(picture, model, particles)
    digest = start_digest(picture.mode, picture.width, picture.height)
    rows, entries, payloads = stripe_rows(picture.height), list[Entry](), list[bytes]()
    coded_bits, parts = 0, dict.fromkeys(PARTS, 0.0)

    def code(part: slice) -> tuple[Pixels, bytes, Mapping[str, float]]:
        pixels = np.ascontiguousarray(picture.pixels[part])
        stripe = encode_stripe(model, to_planes(pixels), particles)
        if len(stripe.payload) >= pixels.size or not is_plausible(len(stripe.payload), pixels.size):
            return pixels, b"", {}
        return pixels, stripe.payload, stripe.bits

    for part, (pixels, payload, bits) in zip(rows, in_order(code, rows, threads or cores()), strict=True):
        digest.update(pixels.data)
        entries.append(Entry(len(payload), zlib.crc32(pixels.data)))
        payloads.append(payload or pixels.tobytes())
        if payload:
            coded_bits += 8 * len(payload)
            parts = {name: parts[name] + bits[name] for name in PARTS}
        if progress is not None:
            progress(part.stop)
    header = PictureHeader(picture.mode, picture.width, picture.height, digest.digest()[:DIGEST_BYTES], tuple(entries))
    data = write_container(KIND, model.file.name, {"H": write_header(header), "S": b"".join(payloads)})
    if len(data) > header.values and len(data) > len(stored := _stored(picture, header)):
        return stored, Sizes(0, 8 * header.values, 8 * (len(stored) - header.values), dict.fromkeys(PARTS, 0.0))
    payload_bits = 8 * sum(map(len, payloads))
    return data, Sizes(coded_bits, payload_bits - coded_bits, 8 * len(data) - payload_bits, parts)


def decompress_picture(
    data: bytes, find_model: Callable[[bytes], PhotoModel], threads: int | None = None, progress: Progress | None = None
) -> Picture:
    """The picture that a file was made from; find_model gives the model for its name of 8 bytes.

    Raises BadFile when the file is not what compress_picture wrote, and what find_model raises.
    """
    container, header = _open(data)
    model = find_model(container.model) if header.stripes else None
    pixels = np.empty((header.height, header.width, header.channels), np.uint8)

    def keep(rows: slice, found: Pixels) -> None:
        pixels[rows] = found

    _decode(container, header, model, keep, threads, progress)
    _check_digest(pixels, header)
    return Picture(header.mode, pixels)


def verify_picture(data: bytes, picture: Picture, model: PhotoModel, threads: int | None = None, progress: Progress | None = None) -> None:
    """Decode a file made with this model and compare it with the picture, stripe by stripe. Raises BadFile if they or the digest differ."""
    container, header = _open(data)
    if (header.mode, header.height, header.width) != (picture.mode, picture.height, picture.width):
        raise BadFile("the file is that of another picture: its mode or size differs")

    def compare(rows: slice, found: Pixels) -> None:
        if not np.array_equal(picture.pixels[rows], found):
            raise BadFile(f"rows {rows.start} to {rows.stop - 1} do not decode to what they were")

    _decode(container, header, model, compare, threads, progress)
    _check_digest(picture.pixels, header)


def density_picture(
    picture: Picture, model: PhotoModel, particles: Sequence[int], seed: int = 0, threads: int | None = None
) -> list[float]:
    """Estimates of -log2 p(x) of a picture, one for each number of particles: what coding it so costs in the mean. Raises BadInput."""
    _check_arguments(picture, model, *particles)
    rows = stripe_rows(picture.height)

    def estimate(number: int) -> list[float]:
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        return density_stripe(model, to_planes(picture.pixels[rows[number]]), particles, rng)

    stripes = list(in_order(estimate, range(len(rows)), threads or cores()))
    return [float(sum(column)) for column in zip(*stripes, strict=True)]


def report(data: bytes) -> Report:
    """What a file of kind "P" is; needs no model and decodes nothing. Raises BadFile."""
    container, header = _open(data)
    stored = sum(not entry.length for entry in header.stripes)
    payload = 8 * container.spans["S" if header.stripes else "R"][1]
    model = container.model if header.stripes else b""
    return Report(header.mode, header.width, header.height, model, len(header.stripes), stored, payload, 8 * len(data))


# ---------------------------------------------------------------- parts


def _stored(picture: Picture, header: PictureHeader) -> bytes:
    """The file that holds the pixels as they are."""
    bare = PictureHeader(header.mode, header.width, header.height, header.digest, ())
    return write_container(KIND, bytes(NAME_BYTES), {"H": write_header(bare), "R": picture.pixels.tobytes()})


def _open(data: bytes) -> tuple[Container, PictureHeader]:
    """The header of a file, all of it checked against the bytes at hand."""
    container = read_container(data)
    if container.kind != KIND:
        raise BadFile(f"a file of kind {container.kind!r}: no picture")
    check_tags(container, "HSR")
    header = read_header(container.section("H"))
    if ("R" in container.spans) == ("S" in container.spans) or bool(header.stripes) != ("S" in container.spans):
        raise BadFile("the file's header is damaged: a picture is either stripes or stored pixels")
    if header.stripes:
        stripe_spans(header, stripe_rows(header.height), container.spans["S"][1])
    elif container.spans["R"][1] != header.values or any(container.model):
        raise BadFile(f"the file's header is damaged: {container.spans['R'][1]} bytes of stored pixels instead of {header.values}")
    return container, header


def _decode(
    container: Container,
    header: PictureHeader,
    model: PhotoModel | None,
    take: Callable[[slice, Pixels], None],
    threads: int | None,
    progress: Progress | None,
) -> None:
    """Hand the pixels of every stripe over, from several threads; stored ones in one piece."""
    if model is None or not header.stripes:
        stored = np.frombuffer(container.section("R"), np.uint8)
        take(slice(0, header.height), stored.reshape(header.height, header.width, header.channels))
        return
    if model.channels != header.channels:
        raise BadFile(f"the file's header is damaged: a picture of mode {header.mode} by a model of {model.channels} channels")
    payloads, rows = container.section("S"), stripe_rows(header.height)
    spans = stripe_spans(header, rows, len(payloads))

    def decode(number: int) -> None:
        part, entry, (start, end) = rows[number], header.stripes[number], spans[number]
        height = part.stop - part.start
        try:
            if entry.length:
                pixels = from_planes(decode_stripe(model, payloads[start:end], (header.channels, height, header.width)))
            else:
                pixels = np.frombuffer(payloads[start:end], np.uint8).reshape(height, header.width, header.channels)
        except CodecError as error:
            raise BadFile(f"the file is damaged: rows {part.start} to {part.stop - 1} do not decode") from error
        if zlib.crc32(pixels.data) != entry.crc:
            raise BadFile(f"the file is damaged: rows {part.start} to {part.stop - 1} do not have their checksum")
        take(part, pixels)

    for part, _ in zip(rows, in_order(decode, range(len(rows)), threads or cores()), strict=True):
        if progress is not None:
            progress(part.stop)


def _check_digest(pixels: Pixels, header: PictureHeader) -> None:
    digest = start_digest(header.mode, header.width, header.height)
    for part in stripe_rows(header.height):
        digest.update(np.ascontiguousarray(pixels[part]).data)
    if digest.digest()[:DIGEST_BYTES] != header.digest:
        raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")


def _check_arguments(picture: Picture, model: PhotoModel, *particles: int) -> None:
    if model.channels != picture.channels:
        raise BadInput(f"a picture of mode {picture.mode} with a model of {model.channels} channels: take a model of {picture.channels}")
    for count in particles:
        if not 1 <= count <= MAX_PARTICLES:
            raise BadInput(f"{count} particles: take from 1 to {MAX_PARTICLES}")
