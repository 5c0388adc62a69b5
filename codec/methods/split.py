"""Rows of samples of 32 bits, integers or floats: their high bits as a picture of 16 bits, the low bits beside it.

A sample is taken for an integer u of 32 bits in the order of the numbers: of an integer v, v + 2^31; of a float with the bits b, b + 2^31
if b < 2^31, else 2^32 - 1 - b. So every sample comes back bit for bit, also what is no number. Floats that are all quotients v / d of whole
numbers v and one of a few d (quotients.py) are taken for v. With s low bits, from 0 to 16, left out, u is at most 2^16 levels: a range of
them, or several. A payload, with numbers as container/numbers.py writes them:

    s, one byte, plus 32 for several ranges, plus 64 if the next byte says which quotients the floats are
    of one range, the lowest level u >> s
    of several, how many there are; length and bytes of an LZMA2 stream: how many levels each leaves out since the end of the one before, or
    since 0, then how many levels each has less 1: of all these numbers the highest bytes, then all second ones ...
    length and bytes of the gray picture of 16 bits whose samples are the levels' ranks in all ranges: method's number, payload
    the low bits, if s > 0: one byte and, 0, s bits of each sample, the highest first, zeros at the end; or 1, an LZMA2 stream of their
    low bytes, then of their high bytes if s > 8

Which way is smaller is asked of the quickest density: one range, those between the widest gaps (of what stands for no data), or levels that
occur alone. Of low bits nobody expects that they can be predicted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import read_length, write_length
from codec.density.efforts import EFFORTS
from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.deep import DEEP
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.quotients import QUOTIENTS, floats_of, numerators_of
from codec.methods.raw import RAW
from codec.methods.smallest import decode_by_one_of, encode_smallest
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    import numpy as np
    from numpy.typing import NDArray

    from codec.density.density import PlanesDensity

MODES = {"I": "<i4", "F": "<f4"}
HIGHEST_BIT, MOST_LEVELS, MOST_LOW = 1 << 31, 1 << 16, 16
RANGES, ARE_QUOTIENTS = 32, 64
PACKED, AS_LZMA = 0, 1
MOST_SAMPLES = 1 << 7  # that a byte of a stripe may stand for
FEW, WIDEST = 4, 16  # pixels for each level, or their ranks say nothing; gaps
INSIDE: tuple[Method, ...] = (DEEP, LZMA, RAW)  # of the picture of high bits


class Split:
    """The method "split"."""

    number = 8
    name = "split"
    asked_by = ("photo",)
    single = False
    noisy = False
    slow = False

    def can_code(self, form: Form) -> bool:
        return form.mode in MODES

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return self.can_code(form) and rows * form.width <= (len(payload) + 1) * MOST_SAMPLES

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return min(_price(high, setting) for high in _ways(_told(pixels)[1]))

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        quotient, values = _told(pixels)
        high = min(_ways(values), key=lambda way: _price(way, setting))
        inner = encode_smallest(high.picture, _beside(form), INSIDE[:2], replace(setting, places=False))
        low = _write_low(values, high.low_bits)
        kind = high.kind if quotient is None else high.kind | ARE_QUOTIENTS
        head = bytes([self.number, kind]) + (b"" if quotient is None else bytes([quotient])) + high.head
        data = head + write_length(len(inner.data)) + inner.data + low
        return CodedRows(data, inner.density_bytes, inner.bits)

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        import numpy as np

        kind = payload[0] if len(payload) else MOST_LOW + 1
        low_bits, position, quotient = kind & ~(RANGES | ARE_QUOTIENTS), 1, None
        if kind & ARE_QUOTIENTS:
            quotient, position = payload[1] if len(payload) > 1 else QUOTIENTS, 2
        if low_bits > MOST_LOW or (quotient is not None and (quotient >= QUOTIENTS or form.mode != "F")):
            raise BadFile("the file is damaged: more low bits, or other quotients, than there are")
        if kind & RANGES:
            ranges, position = _read_ranges(payload, position)
        else:
            lowest, position = _number(payload, position)
            ranges = _Ranges(np.array([lowest]), np.array([MOST_LEVELS]))
        length, position = _number(payload, position)
        inner, beside = payload[position : position + length], _beside(form)
        ranks = decode_by_one_of(INSIDE, inner, beside, rows)
        if int(ranks.max()) >= int(ranges.lengths.sum()):
            raise BadFile("the file is damaged: a level that does not occur")
        low = _read_low(payload[position + length :], low_bits, ranks.size).reshape(ranks.shape)
        values = (ranges.levels(ranks) << low_bits) + low
        if int(values.max()) >= 2 * HIGHEST_BIT:
            raise BadFile("the file is damaged: a sample of more than 32 bits")
        found = from_order(values.astype(np.uint32), form.mode if quotient is None else "I")
        return found if quotient is None else floats_of(found, quotient)


SPLIT = Split()


@record(frozen=True)
class _High:
    """A way to split samples. kind, head: what the payload says of the levels; picture: of the high bits."""

    kind: int
    head: bytes
    picture: Pixels

    @property
    def low_bits(self) -> int:
        return self.kind & ~RANGES


def _told(pixels: Pixels) -> tuple[int | None, NDArray[np.uint32]]:
    """Which quotients samples are, None if they are none, and the integers in their order."""
    found = numerators_of(pixels) if pixels.dtype.kind == "f" else None
    return (None, to_order(pixels)) if found is None else (found[0], to_order(found[1]))


def to_order(pixels: Pixels) -> NDArray[np.uint32]:
    """Samples as integers in the order of the numbers."""
    import numpy as np

    bits = np.ascontiguousarray(pixels).view("<u4").astype(np.uint32)
    flipped = bits ^ np.uint32(HIGHEST_BIT)
    return np.where(bits >= HIGHEST_BIT, ~bits, flipped) if pixels.dtype.kind == "f" else flipped


def from_order(values: NDArray[np.uint32], mode: str) -> Pixels:
    """The samples of a picture of this mode, from such integers."""
    import numpy as np

    flipped = values ^ np.uint32(HIGHEST_BIT)
    bits = np.where(values < HIGHEST_BIT, ~values, flipped) if mode == "F" else flipped
    found: Pixels = bits.astype("<u4").view(MODES[mode])
    return found


@record(frozen=True)
class _Ranges:
    """Ranges of levels, ascending: the first level of each, and how many it has, int64."""

    firsts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def ranks(self, levels: NDArray[np.int64]) -> NDArray[np.int64]:
        import numpy as np

        number = np.searchsorted(self.firsts, levels, "right") - 1
        found: NDArray[np.int64] = levels - self.firsts[number] + (np.cumsum(self.lengths) - self.lengths)[number]
        return found

    def levels(self, ranks: NDArray[np.generic]) -> NDArray[np.int64]:
        import numpy as np

        before = np.cumsum(self.lengths) - self.lengths
        number = np.searchsorted(before, ranks, "right") - 1
        found: NDArray[np.int64] = ranks.astype(np.int64) - before[number] + self.firsts[number]
        return found


def _ways(values: NDArray[np.uint32]) -> list[_High]:
    """One range of levels; several, if that leaves fewer low bits."""
    import numpy as np

    occur, found = np.unique(values).astype(np.int64), list[_High]()
    gaps = np.sort(np.diff(occur))
    widest = int(gaps[-WIDEST]) if len(gaps) >= WIDEST else 1
    for gap, most in ((1 << 32, 1), (widest, WIDEST + 1), (1, max(1, min(MOST_LEVELS, values.size // FEW)))):
        for low_bits in range(found[0].low_bits if found else MOST_LOW + 1):
            ranges = _ranges_of(occur, low_bits, gap)
            if len(ranges.lengths) <= most and int(ranges.lengths.sum()) <= MOST_LEVELS:
                picture = ranges.ranks(values.astype(np.int64) >> low_bits).astype("<u2")
                one = len(ranges.lengths) == 1
                head = write_length(int(ranges.firsts[0])) if one else _write_ranges(ranges)
                found.append(_High(low_bits if one else low_bits | RANGES, head, picture))
                break
    return found


def _ranges_of(occur: NDArray[np.int64], low_bits: int, gap: int) -> _Ranges:
    """The ranges of values in ascending order, less their low bits, that are parted by steps wider than `gap`."""
    import numpy as np

    high = occur >> low_bits
    ends = np.flatnonzero(np.diff(high) > max(gap >> low_bits, 1))
    firsts, lasts = high[np.concatenate([[0], ends + 1])], high[np.concatenate([ends, [len(high) - 1]])]
    return _Ranges(firsts, lasts - firsts + 1)


def _price(high: _High, setting: Setting) -> float:
    """About how many bytes a way takes."""
    form = Form("I;16", 16, high.picture.shape[1], len(high.picture))
    inner = min(method.price(high.picture, form, replace(setting, effort=min(EFFORTS))) for method in (DEEP, LZMA))
    return inner + len(high.head) + high.low_bits * high.picture.size / 8


def _beside(form: Form) -> Form:
    """What the high bits are coded as."""
    return replace(form, mode="I;16", bits=16)


def _write_ranges(ranges: _Ranges) -> bytes:
    import numpy as np

    left_out = np.diff(ranges.firsts, prepend=0) - np.concatenate([[0], ranges.lengths[:-1]])
    numbers = np.concatenate([left_out, ranges.lengths - 1]).astype(">u4")
    packed = pack_bytes(numbers.view(np.uint8).reshape(-1, 4).T.tobytes())
    return write_length(len(ranges.lengths)) + write_length(len(packed)) + packed


def _read_ranges(payload: memoryview, position: int) -> tuple[_Ranges, int]:
    """The ranges, and where their bytes end. Raises BadFile."""
    import numpy as np

    count, position = _number(payload, position)
    length, position = _number(payload, position)
    if not 1 <= count <= MOST_LEVELS:
        raise BadFile(f"the file is damaged: {count} ranges of levels")
    text = np.frombuffer(unpack_bytes(payload[position : position + length], 8 * count), np.uint8).reshape(4, 2 * count)
    left_out, lengths = np.ascontiguousarray(text.T).view(">u4")[:, 0].astype(np.int64).reshape(2, count)
    firsts = np.cumsum(left_out) + np.cumsum(lengths + 1) - (lengths + 1)
    return _Ranges(firsts, lengths + 1), position + length


def _write_low(values: NDArray[np.uint32], low_bits: int) -> bytes:
    """The low bits of samples, in the shorter way."""
    import numpy as np

    if not low_bits:
        return b""
    low = (values.reshape(-1) & np.uint32((1 << low_bits) - 1)).astype("<u2")
    split = low.view(np.uint8).reshape(-1, 2)[:, : 1 + (low_bits > 8)]
    in_lzma = pack_bytes(split.T.tobytes())
    if len(in_lzma) < (low.size * low_bits + 7) // 8:
        return bytes([AS_LZMA]) + in_lzma
    bits = np.unpackbits(low.astype(">u2").view(np.uint8).reshape(-1, 2), axis=1)[:, 16 - low_bits :]
    return bytes([PACKED]) + np.packbits(bits).tobytes()


def _read_low(data: memoryview, low_bits: int, count: int) -> NDArray[np.int64]:
    """The low bits of so many samples. Raises BadFile."""
    import numpy as np

    if not low_bits:
        if len(data):
            raise BadFile("the file is damaged: low bits of samples that have none")
        return np.zeros(count, np.int64)
    way, content = data[0] if len(data) else AS_LZMA + 1, data[1:]
    if way == AS_LZMA:
        split = np.frombuffer(unpack_bytes(content, count * (1 + (low_bits > 8))), np.uint8).reshape(-1, count).astype(np.int64)
        found: NDArray[np.int64] = split[0] + (split[1] << 8 if len(split) > 1 else 0)
    elif way == PACKED and len(content) == (count * low_bits + 7) // 8:
        bits = np.unpackbits(np.frombuffer(content, np.uint8), count=count * low_bits).reshape(count, low_bits)
        wide = np.pad(bits, ((0, 0), (16 - low_bits, 0)))
        found = np.packbits(wide, axis=1).view(">u2")[:, 0].astype(np.int64)
    else:
        raise BadFile("the file is damaged: low bits of a length or form that is not known")
    if found.size and int(found.max()) >> low_bits:
        raise BadFile("the file is damaged: more low bits than there are")
    return found


def _number(payload: memoryview, position: int) -> tuple[int, int]:
    """A number at a place, and where it ends."""
    value, end = read_length(bytes(payload[position : position + 10]), 0)
    return value, position + end
