"""A stripe of more than 8 bits a sample to bytes and back: all rows on one message, without latents.

A payload: the number of what learns, its place in LEARNING; the message as coding/message_bytes.py writes one of L lanes, L as in
photo/stripe.py. In a stripe of less than 2^14 pixels the predictors begin with the sums of photo/start.py. Every decoded message MUST end
as it began: all heads 2^31, no words.

z is the middle of its prior: what it would save, 0.3 % in photos of 8 bits, is less than what a net that learns while it codes gains here.
"""

from __future__ import annotations

import hashlib

import numpy as np

from codec.coding.message import HEAD_LOW, Message
from codec.coding.message_bytes import read_lanes, write_lanes
from codec.density.density import DeepPlanes, Encoded, PlaceCosts
from codec.density.photo.deep.area import MAX_TOP, DeepArea
from codec.density.photo.model import PhotoModel, learning_so
from codec.density.photo.stripe import is_affordable, is_small, message_lanes
from codec.density.shared.step import TRIAL_ROWS, trial_rows
from codec.errors import BadFile, BadModel, CodecError, TooShort

PROBE_STEP, PROBE_NOISE = 257, 3
LEARNING = (  # shared/learning.PACES
    "none", "outputs", "heads", "all", "all-whole", "directed-often-3", "directed-often", "directed-often-steadily",
)  # fmt: skip


def encode_deep_stripe(model: PhotoModel, learning: str, planes: DeepPlanes, top: int, places: bool = False) -> Encoded:
    """Code a stripe, int32 [channels, h, w], h and w at least 1, of levels up to `top`.

    Raises BadInput for planes that are not the model's."""
    pixels = planes.size // len(planes)
    area = DeepArea(learning_so(model, learning), planes, top, is_small(pixels))
    intervals, message = area.intervals(), Message.empty(message_lanes(pixels))
    intervals.push(message)
    payload = bytes([LEARNING.index(learning)]) + write_lanes(message)
    if not is_affordable(model, planes.shape[1:], 1, len(payload)):
        raise TooShort(f"{len(payload)} bytes for a stripe of {area.width}x{area.height} pixels")
    bits = {"prior": 0.0, "posterior": 0.0, "likelihood": intervals.bits, "funding": 0.0, "estimate": intervals.bits}
    return Encoded(payload, bits, places=PlaceCosts(area.bits_of_pixels(intervals)) if places else None)


def decode_deep_stripe(model: PhotoModel, payload: bytes, shape: tuple[int, int, int], top: int, limited: bool = True) -> DeepPlanes:
    """The planes, int32 [channels, h, w]. Raises BadFile for a payload that is none of a stripe of this shape, or asks for too much."""
    if not payload or payload[0] >= len(LEARNING):
        raise BadFile("a stripe's header is damaged, or of a later release")
    if limited and not is_affordable(model, shape[1:], 1, len(payload)):
        raise BadFile(f"{len(payload)} bytes ask for {shape[2]}x{shape[1]} pixels, which takes too long")
    try:
        model = learning_so(model, LEARNING[payload[0]])
    except BadModel as error:
        raise BadFile("a stripe's header is damaged: its model cannot learn so") from error
    pixels = shape[1] * shape[2]
    area = DeepArea(model, np.zeros(shape, np.int32), top, is_small(pixels))
    message = read_lanes(payload[1:], message_lanes(pixels))
    try:
        planes = area.pop(message)
    except CodecError as error:
        raise BadFile("a stripe is damaged: its message does not decode") from error
    if message.stack.size or (message.heads != HEAD_LOW).any():
        raise BadFile("a stripe is damaged: its message does not end where it began")
    return planes


def price_deep_stripe(model: PhotoModel, learning: str, planes: DeepPlanes, top: int, share: float) -> float:
    """About how many bits a stripe costs, judged by so large a share of its rows."""
    height = planes.shape[1]
    trials = trial_rows(height, max(TRIAL_ROWS, round(TRIAL_ROWS / share)))
    some: DeepPlanes = np.concatenate([planes[:, first : first + count] for first, count in trials], 1)
    area = DeepArea(learning_so(model, learning), some, top, is_small(planes[0].size))
    return float(area.intervals().bits * height / area.height)


def deep_probe_digest(model: PhotoModel, learning: str) -> str:
    """SHA-256 of what coding the model's own probe gives, made of 16 bits. Raises BadModel if it does not decode."""
    planes = model.file.tensors["probe.planes"].astype(np.int32) * PROBE_STEP
    planes[:, 1::2] += planes[:, :-1:2] >> PROBE_NOISE
    planes = np.clip(planes, -MAX_TOP if model.channels > 1 else 0, MAX_TOP)
    planes[0] = np.maximum(planes[0], 0)
    payload = encode_deep_stripe(model, learning, planes, MAX_TOP).payload
    if not np.array_equal(decode_deep_stripe(model, payload, (model.channels, *planes.shape[1:]), MAX_TOP), planes):
        raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
    return hashlib.sha256(payload).hexdigest()
