"""Codes a data set of images on one message: bits-back steps on growing batches, a chain that begins with the digest of the images.

Batches are bits-back steps (model.step_coder) on one message of one lane. A depth says how finely latents are coded: while the message is
short, coarse ones need fewer bits for their pops. Nothing is lost by that but what coarse latents cost.

After each batch, the top words of the stack (at most 2^18) are combined by exclusive or with words that look random: of batch b, word i
from the top with the high half of particles.shifts(b, [1], ...)[0, i]. What a batch leaves on the stack, bins of latents above all, is
far from random where the model is far from the data, and latents drawn from it would be far from the posterior: with a net of little
training this made files 77 % longer. A decoder does the same before it pops the batch, which undoes it.

The initial message is the digest, the first 16 bytes of SHA-256 of the form's prefix and the images: its bits pay for the head and the
first pops. When all batches are popped, the message is the digest again; a decoder MUST compare it with the digest of what it decoded. So
it stands nowhere else in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from codec.coding.message import Message
from codec.coding.message_bytes import read_message, write_message
from codec.coding.particles import MAX_PARTICLES, shifts
from codec.density.arrays.model import ArrayModel, Work, step_coder
from codec.density.density import MAX_BATCH, MAX_BATCH_PARTICLES, Batch, Encoded, Images, ImagesForm, Options, Progress
from codec.errors import BadFile, BadInput, CodecError, EmptyMessage, TooShort
from codec.system.records import record

DIGEST_BYTES = 16
MAX_WHITE_WORDS = 1 << 18
FREE_WORK = 1 << 15  # units of Work
SHRINK = 0.75  # a batch whose pops the message cannot pay is tried again with so many of its images


def encode_chain(
    model: ArrayModel, form: ImagesForm, images: Images, options: Options, block_rows: int | None = None, limited: bool = True
) -> Encoded:
    """Code images [n, pixels], values below the model's number of levels; without latents, as if there were one particle. Raises BadInput.

    block_rows: how many images the nets work on at a time; no influence on the payload. limited: refuse what decode_chain would."""
    if not 1 <= options.particles <= MAX_PARTICLES:
        raise BadInput(f"{options.particles} particles: take from 1 to {MAX_PARTICLES}")
    message = initial_message(form.prefix, images)
    batches: list[Batch] = []
    done = 0
    while done < len(images):
        plan = _Plan(options.particles if model.sizes else 1, model.largest_batch, tuple(batches))
        batch = _push_batch(message, model, images, done, plan, block_rows)
        whiten(message, len(batches))
        batches.append(batch)
        done += batch.images
        if options.progress is not None:
            options.progress(done)
    payload = write_message(message)
    if limited and not is_affordable(model.work, batches, len(payload)):
        raise TooShort(f"{len(payload)} bytes for {len(images)} images of {options.particles} particles: take fewer particles")
    if len(images) > 8 * len(payload):
        raise TooShort(f"{len(images)} images in {len(payload)} bytes: arrays as empty as this one cannot be coded")
    initial = 8.0 * DIGEST_BYTES
    return Encoded(payload, {"initial": initial, "net": 8.0 * len(payload) - initial}, tuple(batches))


def decode_chain(
    model: ArrayModel,
    form: ImagesForm,
    payload: bytes,
    progress: Progress | None = None,
    block_rows: int | None = None,
    limited: bool = True,
) -> Images:
    """The images [n, pixels]. Raises BadFile for a payload that encode_chain did not make of images of this form.

    limited: also for one that takes longer than its bytes bear out."""
    _check_form(form, model, len(payload))
    if limited and not is_affordable(model.work, form.batches, len(payload)):
        raise BadFile(f"{len(payload)} bytes ask for {form.images} images of many particles, which takes too long")
    try:
        message = read_message(payload)
        images = _pop_batches(message, model, form.batches, progress, block_rows)
    except CodecError as error:
        raise BadFile("the file is damaged: its message does not decode") from error
    if message != initial_message(form.prefix, images):
        raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")
    return images


def is_affordable(work: Work, batches: Sequence[Batch], payload: int) -> bool:
    """Whether decoding these batches takes no more time than so many bytes bear out."""
    asked = sum(batch.images * batch.particles * work.image + batch.particles * work.particle + work.batch for batch in batches)
    return asked <= FREE_WORK + work.per_byte * payload


def initial_message(prefix: bytes, images: Images) -> Message:
    """The message with which coding images begins: their digest."""
    return Message.seeded(hashlib.sha256(prefix + images.tobytes()).digest()[:DIGEST_BYTES])


def _check_form(form: ImagesForm, model: ArrayModel, payload: int) -> None:
    if form.images != sum(batch.images for batch in form.batches) or form.images > 8 * payload:
        raise BadFile(f"the file's header is damaged: {form.images} images in {payload} bytes")
    if any(batch.images > model.largest_batch for batch in form.batches):
        raise BadFile("the file's header is damaged: a batch that is larger than the model allows")
    if any(batch.depth >= len(model.depths) or (batch.particles > 1 and batch.depth) for batch in form.batches):
        raise BadFile("the file's header is damaged: a depth that the model does not have")


def whiten(message: Message, batch: int) -> None:
    """Make the top words of the stack look random, or undo that; batch: which batch was pushed last."""
    stack = message.stack
    count = min(stack.size, MAX_WHITE_WORDS)
    noise = shifts(batch, np.ones(1, np.int64), count)[0] >> np.uint64(32)
    stack.words[stack.size - count : stack.size] ^= noise.astype(np.uint32)[::-1]


# ---------------------------------------------------------------- choosing batches


@record(frozen=True)
class _Plan:
    particles: int
    largest: int
    before: tuple[Batch, ...]

    def sizes(self, particles: int, left: int) -> Iterator[int]:
        """From twice the largest batch so far down to 1."""
        largest = max((batch.images for batch in self.before if batch.particles == particles), default=1)
        size = min(2 * largest, self.largest, max(1, MAX_BATCH_PARTICLES // particles), left)
        while size > 1:
            yield size
            size = int(SHRINK * size)
        yield 1


def _push_batch(message: Message, model: ArrayModel, images: Images, done: int, plan: _Plan, block_rows: int | None) -> Batch:
    """Push the next batch: the largest that the message can pay, with particles before without, finely before coarsely."""
    left = len(images) - done
    if not model.sizes:
        batch = Batch(min(left, MAX_BATCH), 0, 1)
        _try(message, model, images, done, batch, block_rows)
        return batch
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


def _try(message: Message, model: ArrayModel, images: Images, done: int, batch: Batch, block_rows: int | None) -> bool:
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
    message: Message, model: ArrayModel, batches: Sequence[Batch], progress: Progress | None, block_rows: int | None
) -> Images:
    parts: list[Images] = []
    first = sum(batch.images for batch in batches)
    total = first
    for number, batch in reversed(list(enumerate(batches))):
        first -= batch.images
        whiten(message, number)
        coder = step_coder(model, batch.images, model.depths[batch.depth], batch.particles, first, block_rows)
        parts.append(coder.pop(message).astype(np.uint8))
        if progress is not None:
            progress(total - first)
    return np.concatenate([np.empty((0, model.pixels), np.uint8), *parts[::-1]])
