"""A stripe of a photo to bytes and back: one bits-back step on one message, which funds itself (shared/step.py).

A payload: two numbers as container/numbers.py writes them, funding rows and particles N; the message as coding/message_bytes.py writes one
of L lanes. L is 1 for less than 2^13 pixels, 2 for less than 2^14, 4 for less than 2^15, else 8; pixels of wavefront lane l use head l % L.

Or, of a small stripe, which has less than 2^14 pixels: the number 0, which no number of funding rows is; the message as one of one lane.
All rows are funding rows, N is 1, and the predictors begin with the sums of start.py. Only files of the short form hold such payloads.

Every decoded message MUST end as it began: all heads 2^31, no words.
"""

from __future__ import annotations

import hashlib

import numpy as np

from codec.coding.message import HEAD_LOW, Message
from codec.coding.message_bytes import read_lanes, read_message, write_lanes, write_message
from codec.coding.particles import MAX_PARTICLES
from codec.container.numbers import read_length, write_length
from codec.density.density import Encoded, Planes
from codec.density.photo.area import PhotoArea
from codec.density.photo.estimate import place_costs
from codec.density.photo.least_squares import workspace_bytes
from codec.density.photo.model import PhotoModel
from codec.density.shared.step import FundedMessage, Step, pop_area, push_area, push_funding
from codec.errors import BadFile, BadInput, BadModel, CodecError, TooShort
from codec.lanes.vectors import LANES
from codec.lanes.wavefront import period

MAX_LANES, LANE_PIXELS = 8, 1 << 12
SMALL, SMALL_PIXELS = 0, 1 << 14  # the number with which the payload of a small stripe begins, and more pixels than that has
LATENT_PIXELS = 1 << 13  # of a small stripe, from which it is also tried with latents: below, they save .1 % in nearly twice the time
FREE_WORK, WORK_PER_BYTE = 1 << 19, 1 << 8  # pixels of a model of the usual size, about a microsecond each
FREE_ROOM, ROOM_PER_BYTE = 1 << 27, 1 << 6  # bytes of memory for sums, which grow with the width
USUAL_WEIGHTS = 1 << 14


def message_lanes(pixels: int) -> int:
    """Heads of a stripe's message: each costs about four bytes."""
    lanes = 1
    while lanes < MAX_LANES and pixels >= 2 * lanes * LANE_PIXELS:
        lanes *= 2
    return lanes


def is_small(pixels: int, particles: int = 1) -> bool:
    """Whether a stripe of so many pixels is a small one, if the file may hold its payload."""
    return pixels < SMALL_PIXELS and particles == 1


def encode_stripe(model: PhotoModel, planes: Planes, particles: int = 1, places: bool = False, small: bool = False) -> Encoded:
    """Code a stripe, int16 [channels, h, w], h and w at least 1; small: as a small one, if it is one: of few pixels always, else if that
    takes no more.

    Raises BadInput for planes that are not the model's."""
    if not 1 <= particles <= MAX_PARTICLES:
        raise BadInput(f"{particles} particles: take from 1 to {MAX_PARTICLES}")
    small, with_latents = small and is_small(planes[:1].size, particles), model.tries_latents or particles > 1
    if small and not (with_latents and (planes[:1].size >= LATENT_PIXELS or model.from_best_side)):
        return encode_small_stripe(model, planes, places)
    area = PhotoArea.known(model, planes)
    lanes = message_lanes(area.height * area.width)
    found = push_area(area, lanes, particles) if with_latents else push_funding(area, lanes, area.height)
    payload = write_length(found.funding_rows) + write_length(particles) + write_lanes(found.message)
    usual = _encoded(area, found, payload, particles, places)
    return min(encode_small_stripe(model, planes, places), usual, key=lambda way: len(way.payload)) if small else usual


def encode_small_stripe(model: PhotoModel, planes: Planes, places: bool = False) -> Encoded:
    """Code a small stripe as one, without latents."""
    area = PhotoArea.known(model, planes, small=True)
    found = push_funding(area, 1, area.height)
    return _encoded(area, found, write_length(SMALL) + write_message(found.message), 1, places)


def _encoded(area: PhotoArea, found: FundedMessage, payload: bytes, particles: int, places: bool) -> Encoded:
    if not is_affordable(area.model, (area.height, area.width), particles, len(payload)):
        raise TooShort(f"{len(payload)} bytes for a stripe of {area.width}x{area.height} pixels")
    return Encoded(payload, found.bits, places=place_costs(area, found) if places else None)


def is_affordable(model: PhotoModel, size: tuple[int, ...], particles: int, payload: int) -> bool:
    """Whether decoding (height, width) pixels takes no more time and memory than so many bytes bear out.

    Rows lag each other, so that those of a narrow stripe take as long as wide ones; each particle takes all of it once more."""
    height, width = size
    slots = (height + LANES - 1) // LANES * period(width)
    thorough = 2 if model.from_best_side else 1  # learns from every pixel in all layers
    work = slots * (particles + 1 if particles > 1 else 1) * max(1, thorough * 2 * model.network.weights.size // USUAL_WEIGHTS)
    room = workspace_bytes(model.predictors, model.channels, width)
    return work <= FREE_WORK + WORK_PER_BYTE * payload and room <= FREE_ROOM + ROOM_PER_BYTE * payload


def decode_stripe(model: PhotoModel, payload: bytes, shape: tuple[int, int, int], limited: bool = True) -> Planes:
    """The planes, int16 [channels, h, w]. Raises BadFile for a payload that is none of a stripe of this shape, or asks for too much."""
    rows, position = read_length(payload, 0)
    small, pixels = rows == SMALL, shape[1] * shape[2]
    particles, position = (1, position) if small else read_length(payload, position)
    if small and not is_small(pixels):
        raise BadFile(f"a stripe is damaged: {pixels} pixels are not few")
    if limited and not is_affordable(model, shape[1:], particles, len(payload)):
        raise BadFile(f"{len(payload)} bytes ask for {particles} particles of {shape[2]}x{shape[1]} pixels, which takes too long")
    area, rows = PhotoArea.unknown(model, shape, small), shape[1] if small else rows
    if rows > area.height or not 1 <= particles <= MAX_PARTICLES or not area.can_fund(rows):
        raise BadFile("a stripe's header is damaged")
    message = read_message(payload[position:]) if small else read_lanes(payload[position:], message_lanes(pixels))
    try:
        pop_area(area, message, rows, particles)
    except CodecError as error:
        raise BadFile("a stripe is damaged: its message does not decode") from error
    if message.stack.size or (message.heads != HEAD_LOW).any():
        raise BadFile("a stripe is damaged: its message does not end as it began")
    return area.inner()


def probe_digest(model: PhotoModel) -> str:
    """SHA-256 of what coding the probe gives: as a stripe, and as bits-back steps with one and with several particles."""
    planes = model.file.tensors["probe.planes"].astype(np.int16)
    digest = hashlib.sha256(encode_stripe(model, planes).payload)
    for particles in (1, 3):
        message = Message.random(64 * model.latents, np.random.Generator(np.random.PCG64(0)), MAX_LANES)
        before, known, unknown = message.copy(), PhotoArea.known(model, planes), PhotoArea.unknown(model, planes.shape)
        Step(known, known.height).coder(particles).push(message, known)
        digest.update(message.to_words().astype("<u4").tobytes())
        Step(unknown, unknown.height).coder(particles).pop(message)
        if message != before or not np.array_equal(unknown.planes, known.planes):
            raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
    return digest.hexdigest()
