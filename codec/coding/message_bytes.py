"""The bytes of a message in a file, in two formats: one for messages of one lane, one for several.

Both hold the heads without their leading zero bytes, most significant byte first, then the words from the top of the stack down, each of
4 bytes, most significant byte first.

one lane        the head (4 to 8 bytes); the words. The head's length is not written: the words take a multiple of 4 bytes, and a head of
                4 bytes begins with a bit that is set, one of 8 bytes does not.
L lanes         ceil(L / 2) bytes, for each lane the length of its head less 4 (four bits, lane 0 in the low ones of the first byte, unused
                bits 0); the heads, lane 0 first; the words. L is not written: the reader knows it.

A reader MUST refuse a head outside [2^31, 2^63) and one with leading zero bytes, so every message has one form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import HEAD_HIGH, HEAD_LOW, Message, Stack
from codec.errors import BadFile

SHORTEST_HEAD, LONGEST_HEAD = 4, 8  # bytes


def write_message(message: Message) -> bytes:
    """The bytes of a message of one lane."""
    head = int(message.heads[0])
    return head.to_bytes(_head_length(head), "big") + _write_words(message.stack)


def read_message(data: bytes) -> Message:
    """The inverse of write_message. Raises BadFile for bytes that it does not write."""
    length = SHORTEST_HEAD + len(data) % 4
    if length == SHORTEST_HEAD and data and data[0] < 128:
        length = LONGEST_HEAD
    head = int.from_bytes(data[:length], "big")
    if len(data) < length or not _is_head(head) or data[0] == 0:
        raise BadFile("the file's message is damaged: it does not begin with a head")
    return Message(np.array([head], np.uint64), _read_words(data[length:]))


def write_lanes(message: Message) -> bytes:
    """The bytes of a message of any number of lanes."""
    heads = [int(head) for head in message.heads]
    lengths = [_head_length(head) for head in heads]
    packed = sum((length - SHORTEST_HEAD) << (4 * lane) for lane, length in enumerate(lengths))
    parts = [head.to_bytes(length, "big") for head, length in zip(heads, lengths, strict=True)]
    return packed.to_bytes((len(heads) + 1) // 2, "little") + b"".join(parts) + _write_words(message.stack)


def read_lanes(data: bytes, lanes: int) -> Message:
    """The inverse of write_lanes. Raises BadFile for bytes that it does not write for a message of so many lanes."""
    position = (lanes + 1) // 2
    packed = int.from_bytes(data[:position], "little")
    heads = []
    for lane in range(lanes):
        length = SHORTEST_HEAD + (packed >> (4 * lane) & 15)
        heads.append(int.from_bytes(data[position : position + length], "big"))
        position += length
    if position > len(data) or (len(data) - position) % 4 or not all(_is_head(head) for head in heads):
        raise BadFile("a stripe is damaged: it does not begin with the heads of a message")
    message = Message(np.array(heads, np.uint64), _read_words(data[position:]))
    if write_lanes(message) != data:
        raise BadFile("a stripe is damaged: the heads of its message are longer than they are")
    return message


def _head_length(head: int) -> int:
    return (head.bit_length() + 7) // 8


def _is_head(head: int) -> bool:
    return int(HEAD_LOW) <= head < int(HEAD_HIGH)


def _write_words(stack: Stack) -> bytes:
    words: NDArray[np.uint32] = stack.words[: stack.size][::-1]
    return words.astype(">u4").tobytes()


def _read_words(data: bytes) -> Stack:
    return Stack(np.frombuffer(data, ">u4")[::-1].astype(np.uint32))
