"""A stripe of graphics to bytes and back.

A payload: the number of leaves in the tree of colours, as container/numbers.py writes it; the message of all decisions (decisions.py:
first those about the tree, then the pixels'), as coding/message_bytes.py writes one of one lane. It MUST end as it began: its head 2^31,
no words.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import Message
from codec.coding.message_bytes import read_message, write_message
from codec.container.numbers import read_length, write_length
from codec.density.density import Encoded, PixelsForm, PlaceCosts, Samples
from codec.density.graphics.coder import MOST_LEAVES, Coded, GraphicsCoder, decision_costs, push_decisions
from codec.density.graphics.model import GraphicsModel
from codec.errors import BadFile, BadInput, BadModel, TooShort

ORDERS = {1: (0,), 2: (1, 0), 3: (1, 0, 2), 4: (3, 1, 0, 2)}  # of channels in a colour, the highest byte first
MOST_WIDTH = (1 << 14) - 1
FREE_PIXELS, PIXELS_PER_BYTE = 1 << 19, 1 << 12


def encode_graphics(model: GraphicsModel, form: PixelsForm, pixels: Samples, places: bool = False) -> Encoded:
    """Code a stripe. Raises BadInput for pixels that are not of this form, TooShort if decoding would refuse the payload."""
    coded = code_graphics(model, form, pixels, places)
    message = Message.empty()
    push_decisions(message, coded.decisions)
    payload = write_length(coded.leaves) + write_message(message)
    if not is_affordable(form, len(payload)):
        raise TooShort(f"{len(payload)} bytes for a stripe of {form.width}x{form.height} pixels")
    costs = decision_costs(coded.decisions)
    bits = float(costs.sum())
    return Encoded(payload, {"likelihood": bits, "estimate": bits}, places=_places(coded, costs, form) if places else None)


def code_graphics(model: GraphicsModel, form: PixelsForm, pixels: Samples, places: bool = False) -> Coded:
    """All decisions about a stripe. Raises BadInput."""
    if pixels.shape != (form.height, form.width, form.channels) or pixels.dtype != np.uint8:
        raise BadInput(f"pixels of type {pixels.dtype} and shape {list(pixels.shape)} are no stripe of {form}")
    if form.channels not in ORDERS or form.width > MOST_WIDTH:
        raise BadInput(f"graphics of {form.channels} channels and {form.width} columns are not coded: 4 and {MOST_WIDTH} at most")
    return _coder(model, form).encode(colours_of(pixels), places)


def is_affordable(form: PixelsForm, payload: int) -> bool:
    """Whether decoding takes no more time than so many bytes bear out."""
    return form.width <= MOST_WIDTH and form.height * form.width <= FREE_PIXELS + PIXELS_PER_BYTE * payload


def decode_graphics(model: GraphicsModel, form: PixelsForm, payload: bytes, limited: bool = True) -> Samples:
    """The pixels, uint8 [h, w, c]. Raises BadFile for a payload that is none of a stripe of this form, or asks for too much."""
    leaves, position = read_length(payload, 0)
    if leaves > MOST_LEAVES or form.channels not in ORDERS or (limited and not is_affordable(form, len(payload))):
        raise BadFile("a stripe's header is damaged")
    return pixels_of(_coder(model, form).decode(read_message(payload[position:]), leaves), form.channels)


def colours_of(pixels: Samples) -> NDArray[np.int64]:
    """The colour of each pixel as a number."""
    colours = np.zeros(pixels.shape[:2], np.int64)
    for channel in ORDERS[pixels.shape[2]]:
        colours <<= 8
        colours |= pixels[:, :, channel]
    return colours


def pixels_of(colours: NDArray[np.int64], channels: int) -> Samples:
    """The inverse of colours_of."""
    pixels = np.empty((*colours.shape, channels), np.uint8)
    for place, channel in enumerate(reversed(ORDERS[channels])):
        pixels[:, :, channel] = colours >> 8 * place & 255
    return pixels


def probe_digest(model: GraphicsModel) -> str:
    """SHA-256 of what coding the probe gives, with all of its channels and with fewer."""
    probe, digest = model.file.tensors["probe.pixels"].astype(np.uint8), hashlib.sha256()
    for channels in ORDERS:
        pixels = np.ascontiguousarray(probe[:, :, 4 - channels :])
        form = PixelsForm(*pixels.shape)
        payload = encode_graphics(model, form, pixels).payload
        digest.update(payload)
        if not np.array_equal(decode_graphics(model, form, payload), pixels):
            raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
    return digest.hexdigest()


def _coder(model: GraphicsModel, form: PixelsForm) -> GraphicsCoder:
    return GraphicsCoder(model.learnt.copy(), model.contexts, (form.height, form.width), form.channels, model.rate)


def _places(coded: Coded, costs: NDArray[np.float64], form: PixelsForm) -> PlaceCosts:
    """What each pixel cost; what the tree cost goes to the first, what a run cost to the pixel after it."""
    ends = np.maximum.accumulate(coded.ends)
    ends[-1] = len(costs)
    sums = np.concatenate([[0.0], np.cumsum(costs)])
    return PlaceCosts(np.diff(sums[ends], prepend=0.0).reshape(form.height, form.width))
