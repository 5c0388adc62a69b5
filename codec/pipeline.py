"""Arrays of images to files and back: the only module that sees models, messages and containers.

A file of kind "A" (container.py) holds an array of images of one size, all coded with one model. Its sections:

    H  one number after the other, as container.py writes lengths:
       type (0 uint8, 1 bool), order of the array in memory (0 C, 1 Fortran), axes (1 to 8), the length of each axis, particles N,
       runs; for each run: how many batches, images in each batch, depth, 1 if its batches use N particles or 0 if one
    P  the message: its head, most significant byte first, without leading zero bytes (it has 4 to 8), then its words from the
       top of the stack down, each of them most significant byte first

Batches are bits-back steps (model.step_coder) on one message of one lane, in the order of the runs. A depth says how finely latents are
coded: while the message is short, coarse ones need fewer bits for their pops. Nothing is lost by that but what coarse latents cost.

The initial message is the digest, the first 16 bytes of SHA-256 of section H's numbers up to the axes and the array's bytes (in C
order): its bits pay for the head and the first pops. When all batches are popped, the message is the digest again; a decoder
MUST compare it with the digest of what it decoded. So it stands nowhere else in the file.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.ans import HEAD_LOW, Message, Stack
from codec.bitsback import MAX_PARTICLES
from codec.container import Container, check_tags, read_container, read_length, write_container, write_length
from codec.errors import BadFile, BadInput, CodecError, EmptyMessage
from codec.model import Model, step_coder

KIND = "A"
TYPES = (np.dtype(np.uint8), np.dtype(np.bool_))
MAX_AXES = 8
DIGEST_BYTES = 16
MAX_BATCH = 1024  # images in a batch
MAX_BATCH_PARTICLES = 8192  # images times particles
SHRINK = 0.75  # a batch whose pops the message cannot pay is tried again with so many of its images

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Batch:
    """One bits-back step: how many images, at which of the model's depths, with how many particles."""

    images: int
    depth: int
    particles: int


@dataclass(frozen=True)
class Report:
    """What a file costs, in bits. initial_bits: those of the digest that begins the message; they are payload, too.

    net_bits: what the images took, payload - initial. header_bits: all that is not payload.
    """

    images: int
    pixels: int
    net_bits: int
    initial_bits: int
    header_bits: int
    total_bits: int
    batches: tuple[Batch, ...]

    @property
    def net_rate(self) -> float:
        """Net bits a pixel."""
        return self.net_bits / max(self.images * self.pixels, 1)

    @property
    def total_rate(self) -> float:
        """Bits of the whole file a pixel."""
        return self.total_bits / max(self.images * self.pixels, 1)


def compress_array(
    array: NDArray, model: Model, particles: int = 1, progress: Progress | None = None, block_rows: int | None = None
) -> bytes:
    """Code an array of images with a model: uint8 or bool [..., *image], values below the model's number of levels.

    particles: 1 for plain bits-back, more for coupled importance sampling. progress is told the number of images done so far.
    block_rows: how many images the nets work on at a time; no influence on the file. Raises BadInput.
    """
    images = as_images(array, model)
    if not 1 <= particles <= MAX_PARTICLES:
        raise BadInput(f"{particles} particles: take from 1 to {MAX_PARTICLES}")
    header = _array_header(array.dtype, _is_fortran(array), array.shape)
    message = Message.seeded(_digest(header, array))
    batches: list[Batch] = []
    done = 0
    while done < len(images):
        batch = _push_batch(message, model, images, done, _Plan(particles, tuple(batches)), block_rows)
        batches.append(batch)
        done += batch.images
        if progress is not None:
            progress(done)
    payload = _write_message(message)
    if len(images) > 8 * len(payload):
        raise BadInput(f"{len(images)} images in {len(payload)} bytes: arrays as empty as this one cannot be coded")
    return write_container(KIND, model.file.name, {"H": header + _write_runs(particles, batches), "P": payload})


def decompress_array(
    data: bytes, find_model: Callable[[bytes], Model], progress: Progress | None = None, block_rows: int | None = None
) -> NDArray:
    """The array that compress_array coded; find_model gives the model for its name of 8 bytes.

    Raises BadFile when the file is not what compress_array wrote, and what find_model raises.
    """
    container = _open(data)
    header = _read_header(container.section("H"))
    payload = container.section("P")
    model = find_model(container.model)
    _check_header(header, model, len(payload))
    try:
        message = _read_message(payload)
        parts = _pop_batches(message, model, header, progress, block_rows)
    except CodecError as error:
        raise BadFile("the file is damaged: its message does not decode") from error
    flat = np.concatenate([np.empty(0, np.uint8), *(part.reshape(-1) for part in parts)])
    array = flat.astype(header.dtype).reshape(header.shape)
    if message != Message.seeded(_digest(_array_header(header.dtype, header.fortran, header.shape), array)):
        raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")
    return np.asfortranarray(array) if header.fortran else array


def report(data: bytes) -> Report:
    """What a file of kind "A" costs; needs no model. Raises BadFile."""
    container = _open(data)
    header = _read_header(container.section("H"))
    payload, initial = 8 * len(container.section("P")), 8 * DIGEST_BYTES
    images = sum(batch.images for batch in header.batches)
    pixels = math.prod(header.shape) // max(images, 1)
    return Report(images, pixels, payload - initial, initial, 8 * len(data) - payload, 8 * len(data), header.batches)


# ---------------------------------------------------------------- choosing batches


@dataclass(frozen=True)
class _Plan:
    particles: int
    before: tuple[Batch, ...]

    def sizes(self, particles: int, left: int) -> Iterator[int]:
        """From twice the largest batch so far down to 1."""
        largest = max((batch.images for batch in self.before if batch.particles == particles), default=1)
        size = min(2 * largest, MAX_BATCH, max(1, MAX_BATCH_PARTICLES // particles), left)
        while size > 1:
            yield size
            size = int(SHRINK * size)
        yield 1


def _push_batch(message: Message, model: Model, images: NDArray[np.uint8], done: int, plan: _Plan, block_rows: int | None) -> Batch:
    """Push the next batch: the largest that the message can pay, with particles before without, finely before coarsely."""
    left = len(images) - done
    if plan.particles > 1:
        for size in plan.sizes(plan.particles, left):
            if _try(message, model, images, done, Batch(size, 0, plan.particles), block_rows):
                return Batch(size, 0, plan.particles)
    if plan.before:
        for size in plan.sizes(1, left):
            for depth in range(model.fine_depths):
                if _try(message, model, images, done, Batch(size, depth, 1), block_rows):
                    return Batch(size, depth, 1)
    trials = []
    for depth in range(len(model.depths)):
        trial = message.copy()
        if _try(trial, model, images, done, Batch(1, depth, 1), block_rows):
            trials.append((trial.content, depth))
    if not trials:
        raise BadInput("no depth of the model codes an image with the bits of the digest alone: the model needs a depth of 0 bits")
    depth = min(trials)[1]
    _try(message, model, images, done, Batch(1, depth, 1), block_rows)
    return Batch(1, depth, 1)


def _try(message: Message, model: Model, images: NDArray[np.uint8], done: int, batch: Batch, block_rows: int | None) -> bool:
    """Push a batch if the message holds the bits for its pops; if not, leave the message as it was."""
    trial = message.copy()
    coder = step_coder(model, batch.images, model.depths[batch.depth], batch.particles, done, block_rows)
    try:
        coder.push(trial, images[done : done + batch.images])
    except EmptyMessage:
        return False
    message.heads[:] = trial.heads
    message.stack = trial.stack
    return True


def _pop_batches(
    message: Message, model: Model, header: Header, progress: Progress | None, block_rows: int | None
) -> Sequence[NDArray[np.uint8]]:
    parts: list[NDArray[np.uint8]] = []
    first = sum(batch.images for batch in header.batches)
    total = first
    for batch in reversed(header.batches):
        first -= batch.images
        coder = step_coder(model, batch.images, model.depths[batch.depth], batch.particles, first, block_rows)
        parts.append(coder.pop(message).astype(np.uint8))
        if progress is not None:
            progress(total - first)
    return parts[::-1]


# ---------------------------------------------------------------- the sections


@dataclass(frozen=True)
class Header:
    """Section H."""

    dtype: np.dtype
    fortran: bool
    shape: tuple[int, ...]
    batches: tuple[Batch, ...]


def _open(data: bytes) -> Container:
    container = read_container(data)
    if container.kind != KIND:
        raise BadFile(f"a file of kind {container.kind!r}: this release reads kind {KIND!r}, arrays of images")
    check_tags(container, "HP")
    return container


def _array_header(dtype: np.dtype, fortran: bool, shape: Sequence[int]) -> bytes:
    return b"".join(write_length(value) for value in (TYPES.index(dtype), int(fortran), len(shape), *shape))


def _write_runs(particles: int, batches: Sequence[Batch]) -> bytes:
    runs: list[list[int]] = []
    for batch in batches:
        run = [batch.images, batch.depth, int(batch.particles > 1)]
        if runs and runs[-1][1:] == run:
            runs[-1][0] += 1
        else:
            runs.append([1, *run])
    return b"".join(write_length(value) for value in (particles, len(runs), *(value for run in runs for value in run)))


def _read_header(data: bytes) -> Header:
    position = 0

    def number(low: int, high: int) -> int:
        nonlocal position
        value, position = read_length(data, position)
        if not low <= value <= high:
            raise BadFile(f"the file's header is damaged: {value} is not from {low} to {high}")
        return value

    dtype, fortran = TYPES[number(0, len(TYPES) - 1)], bool(number(0, 1))
    shape = tuple(number(0, 1 << 40) for _ in range(number(1, MAX_AXES)))
    particles, batches = number(1, MAX_PARTICLES), list[Batch]()
    for _ in range(number(0, len(data))):
        count, images, depth, several = number(1, 1 << 20), number(1, MAX_BATCH), number(0, 255), number(0, 1)
        batch = Batch(images, depth, particles if several else 1)
        if len(batches) + count > 1 << 20 or images * batch.particles > max(MAX_BATCH_PARTICLES, batch.particles):
            raise BadFile("the file's header is damaged: its batches are too many or too large")
        batches += [batch] * count
    if position != len(data):
        raise BadFile("the file's header is damaged: it is longer than what it says")
    return Header(dtype, fortran, shape, tuple(batches))


def _check_header(header: Header, model: Model, payload: int) -> None:
    images = sum(batch.images for batch in header.batches)
    if images * model.pixels != math.prod(header.shape) or images > 8 * payload:
        raise BadFile(f"the file's header is damaged: {images} images in {payload} bytes for an array of shape {list(header.shape)}")
    if any(batch.depth >= len(model.depths) or (batch.particles > 1 and batch.depth) for batch in header.batches):
        raise BadFile("the file's header is damaged: a depth that the model does not have")


def _write_message(message: Message) -> bytes:
    head = int(message.heads[0])
    words = message.stack.words[: message.stack.size][::-1]
    return head.to_bytes((head.bit_length() + 7) // 8, "big") + words.astype(">u4").tobytes()


def _read_message(data: bytes) -> Message:
    # a head of 4 bytes begins with a bit that is set, one of 8 bytes does not: the length modulo 4 tells the rest
    size = len(data) % 4 + 4
    if size == 4 and data and data[0] < 128:
        size = 8
    head = int.from_bytes(data[:size], "big")
    if len(data) < size or not int(HEAD_LOW) <= head < 1 << 63 or data[0] == 0:
        raise BadFile("the file's message is damaged: it does not begin with a head")
    words = np.frombuffer(data[size:], ">u4")[::-1].astype(np.uint32)
    return Message(np.array([head], np.uint64), Stack(words))


def _digest(header: bytes, array: NDArray) -> bytes:
    return hashlib.sha256(header + array.tobytes("C")).digest()[:DIGEST_BYTES]


def _is_fortran(array: NDArray) -> bool:
    return bool(array.flags.f_contiguous and not array.flags.c_contiguous)


def as_images(array: NDArray, model: Model) -> NDArray[np.uint8]:
    """uint8 [images, pixels]."""
    if array.dtype not in TYPES:
        raise BadInput(f"an array of type {array.dtype}: images are uint8 (or bool); convert it first")
    if not 1 <= array.ndim <= MAX_AXES or not any(math.prod(array.shape[axis:]) == model.pixels for axis in range(array.ndim)):
        side = math.isqrt(model.pixels)
        raise BadInput(f"an array of shape {list(array.shape)}: this model codes images of {side}x{side}, [n, {side}, {side}]")
    images = np.ascontiguousarray(array).view(np.uint8).reshape(-1, model.pixels)
    if images.size and images.max() >= model.levels:
        advice = "binarise the images, or take a model of gray values"
        raise BadInput(f"a pixel has the value {images.max()}: this model codes values below {model.levels} ({advice})")
    return images
