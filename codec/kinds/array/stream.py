"""Arrays of images to files and back: the only module that sees models, messages and containers.

A file of kind "A" (container.py) holds an array of images of one size, all coded with one model. Its sections: H and P are described in
sections.py.

Batches are bits-back steps (model.step_coder) on one message of one lane, in the order of the runs. A depth says how finely latents are
coded: while the message is short, coarse ones need fewer bits for their pops. Nothing is lost by that but what coarse latents cost.

After each batch, the top words of the stack (at most 2^18) are combined by exclusive or with words that look random: of batch b, word i
from the top with the high half of bitsback.shifts(b, [1], ...)[0, i]. What a batch leaves on the stack, bins of latents above all, is
far from random where the model is far from the data, and latents drawn from it would be far from the posterior: with a net of little
training this made files 77 % longer. A decoder does the same before it pops the batch, which undoes it.

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

from codec.coding.message import Message
from codec.coding.message_bytes import read_message, write_message
from codec.coding.particles import MAX_PARTICLES, shifts
from codec.container.container import Container, check_tags, read_container, write_container
from codec.density.arrays.model import Model, step_coder
from codec.errors import BadFile, BadInput, CodecError, EmptyMessage
from codec.kinds.array.header import (
    MAX_AXES,
    MAX_BATCH,
    MAX_BATCH_PARTICLES,
    TYPES,
    Batch,
    Header,
    array_header,
    read_header,
    write_runs,
)

KIND = "A"
DIGEST_BYTES = 16
MAX_WHITE_WORDS = 1 << 18
SHRINK = 0.75  # a batch whose pops the message cannot pay is tried again with so many of its images

Progress = Callable[[int], None]


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
    message = initial_message(array)
    batches: list[Batch] = []
    done = 0
    while done < len(images):
        batch = _push_batch(message, model, images, done, _Plan(particles, tuple(batches)), block_rows)
        whiten(message, len(batches))
        batches.append(batch)
        done += batch.images
        if progress is not None:
            progress(done)
    header = array_header(array.dtype, _is_fortran(array), array.shape)
    payload = write_message(message)
    if len(images) > 8 * len(payload):
        raise BadInput(f"{len(images)} images in {len(payload)} bytes: arrays as empty as this one cannot be coded")
    return write_container(KIND, model.file.name, {"H": header + write_runs(particles, batches), "P": payload})


def decompress_array(
    data: bytes, find_model: Callable[[bytes], Model], progress: Progress | None = None, block_rows: int | None = None
) -> NDArray:
    """The array that compress_array coded; find_model gives the model for its name of 8 bytes.

    Raises BadFile when the file is not what compress_array wrote, and what find_model raises.
    """
    container = _open(data)
    header = read_header(container.section("H"))
    payload = container.section("P")
    model = find_model(container.model)
    _check_header(header, model, len(payload))
    try:
        message = read_message(payload)
        parts = _pop_batches(message, model, header, progress, block_rows)
    except CodecError as error:
        raise BadFile("the file is damaged: its message does not decode") from error
    flat = np.concatenate([np.empty(0, np.uint8), *(part.reshape(-1) for part in parts)])
    array = flat.astype(header.dtype).reshape(header.shape)
    array = np.asfortranarray(array) if header.fortran else array
    if message != initial_message(array):
        raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")
    return array


def initial_message(array: NDArray) -> Message:
    """The message with which coding an array begins: its digest."""
    header = array_header(array.dtype, _is_fortran(array), array.shape)
    return Message.seeded(hashlib.sha256(header + array.tobytes("C")).digest()[:DIGEST_BYTES])


def report(data: bytes) -> Report:
    """What a file of kind "A" costs; needs no model. Raises BadFile."""
    container = _open(data)
    header = read_header(container.section("H"))
    payload, initial = 8 * len(container.section("P")), 8 * DIGEST_BYTES
    images = sum(batch.images for batch in header.batches)
    pixels = math.prod(header.shape) // max(images, 1)
    return Report(images, pixels, payload - initial, initial, 8 * len(data) - payload, 8 * len(data), header.batches)


def whiten(message: Message, batch: int) -> None:
    """Make the top words of the stack look random, or undo that; batch: which batch was pushed last."""
    stack = message.stack
    count = min(stack.size, MAX_WHITE_WORDS)
    noise = shifts(batch, np.ones(1, np.int64), count)[0] >> np.uint64(32)
    stack.words[stack.size - count : stack.size] ^= noise.astype(np.uint32)[::-1]


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
    for number, batch in reversed(list(enumerate(header.batches))):
        first -= batch.images
        whiten(message, number)
        coder = step_coder(model, batch.images, model.depths[batch.depth], batch.particles, first, block_rows)
        parts.append(coder.pop(message).astype(np.uint8))
        if progress is not None:
            progress(total - first)
    return parts[::-1]


# ---------------------------------------------------------------- checks


def _open(data: bytes) -> Container:
    container = read_container(data)
    if container.kind != KIND:
        raise BadFile(f"a file of kind {container.kind!r}: no arrays of images, which have kind {KIND!r}")
    check_tags(container, "HP")
    return container


def _check_header(header: Header, model: Model, payload: int) -> None:
    images = sum(batch.images for batch in header.batches)
    if images * model.pixels != math.prod(header.shape) or images > 8 * payload:
        raise BadFile(f"the file's header is damaged: {images} images in {payload} bytes for an array of shape {list(header.shape)}")
    if any(batch.depth >= len(model.depths) or (batch.particles > 1 and batch.depth) for batch in header.batches):
        raise BadFile("the file's header is damaged: a depth that the model does not have")


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
