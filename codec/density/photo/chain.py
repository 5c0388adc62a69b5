"""A chain of small pictures of one size to bytes and back: all on one message, each beginning with some of what those before it taught.

A payload is the message as coding/message_bytes.py writes one of one lane. The pictures, at most 64, follow each other on it; each is coded
as a small stripe is (stripe.py), all of its rows as funding rows, and has less than 2^14 pixels. Layers that learn begin the first picture
with the model's weights. With w the weights that a picture begins with, and e those that it ends with, the next begins with

    w + (e - w) / 8        in single precision, in this order

and with the model's squares. The decoded message MUST end as it began: its head 2^31, no words.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from codec.coding.message import HEAD_LOW, Message
from codec.coding.message_bytes import read_message, write_message
from codec.density.density import Encoded, Planes
from codec.density.photo.area import Intervals, PhotoArea, push_all
from codec.density.photo.layers import with_weights
from codec.density.photo.model import PhotoModel
from codec.density.photo.stripe import is_affordable, is_small
from codec.errors import BadFile, BadInput, CodecError, TooShort
from codec.lanes.vectors import LANES

LONGEST = 64  # pictures
KEPT = np.float32(1 / 8)  # of what a picture taught


def encode_pictures(model: PhotoModel, planes: Planes, pictures: int) -> Encoded:
    """Code so many pictures, one below the other in planes int16 [channels, pictures h, w]. Raises BadInput, TooShort."""
    rows, width = planes.shape[1:]
    if not is_chain(rows, width, pictures):
        raise BadInput(f"{width}x{rows} pixels are no chain of {pictures} small pictures")
    found, bits = list[Intervals](), 0.0
    for number in range(pictures):
        area = PhotoArea.known(model, np.ascontiguousarray(planes[:, _rows_of(number, rows, pictures)]), small=True)
        coder = area.rows(0, area.height)
        found.append(coder.intervals())
        bits, model = bits + coder.total_bits, _taught(model, area)
    message = Message.empty(1)
    for intervals in reversed(found):
        push_all(message, intervals)
    payload = write_message(message)
    if not _is_affordable(model, rows, width, pictures, len(payload)):
        raise TooShort(f"{len(payload)} bytes for {pictures} pictures")
    return Encoded(payload, {"prior": 0.0, "posterior": 0.0, "likelihood": 0.0, "funding": bits, "estimate": bits})


def decode_pictures(model: PhotoModel, payload: bytes, shape: tuple[int, int, int], pictures: int, limited: bool = True) -> Planes:
    """The planes, int16 [channels, pictures h, w]. Raises BadFile for a payload that is none of such a chain, or asks for too much."""
    channels, rows, width = shape
    if not is_chain(rows, width, pictures) or (limited and not _is_affordable(model, rows, width, pictures, len(payload))):
        raise BadFile(f"a chain is damaged: {len(payload)} bytes for {pictures} pictures in {width}x{rows} pixels")
    message, planes = read_message(payload), np.empty(shape, np.int16)
    for number in range(pictures):
        area = PhotoArea.unknown(model, (channels, rows // pictures, width), small=True)
        try:
            area.rows(0, area.height).pop(message)
        except CodecError as error:
            raise BadFile("a chain is damaged: its message does not decode") from error
        planes[:, _rows_of(number, rows, pictures)], model = area.inner(), _taught(model, area)
    if message.stack.size or (message.heads != HEAD_LOW).any():
        raise BadFile("a chain is damaged: its message does not end as it began")
    return planes


def is_chain(rows: int, width: int, pictures: int) -> bool:
    """Whether rows of this width can be a chain of so many pictures."""
    return 1 <= pictures <= LONGEST and rows % pictures == 0 and is_small(rows // pictures * width)


def _rows_of(number: int, rows: int, pictures: int) -> slice:
    return slice(number * (rows // pictures), (number + 1) * (rows // pictures))


def _taught(model: PhotoModel, area: PhotoArea) -> PhotoModel:
    """The model that codes the next picture, after an area that `model` has coded."""
    first = model.network.learnt
    size = first.shape[1]
    if not size:
        return model
    weights = first[0] + (area.buffers.learnt[:size] - first[0]) * KEPT
    return replace(model, network=with_weights(model.network, weights))


def _is_affordable(model: PhotoModel, rows: int, width: int, pictures: int, payload: int) -> bool:
    in_groups = -(-rows // pictures // LANES) * LANES
    return is_affordable(model, (pictures * in_groups, width), 1, payload)
