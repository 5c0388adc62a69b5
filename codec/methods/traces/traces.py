"""Traces in the pixels of a stripe: what else they are that is smaller to code. How a stripe's pixels become planes, and planes pixels.

A stripe of 1 or 3 channels (uint8) begins with what it is (one byte, its low three bits), and what that needs. The other bits of the byte
say from which side it is coded (sides.py), 0 to 3; planes are mirrored after all that follows, and pixels made of mirrored planes:

    0 plain     planes as planes.py makes them of the pixels
    1 levels    pixels whose histogram has holes, as pictures have that were stretched: each value is replaced by its rank among those
                that occur, then as above. Follows: number of maps (1: all channels share it; or one for each), length and bytes of a
                deflated bit map of 256 levels each, lowest level first in the highest bit
    2 YCbCr     pixels that were once a JPEG: nearly all RGB triples are what JFIF's integer decoder makes of Y, Cb, Cr, and there are four
                times as many others. Planes are Y, Cb - 128, Cr - 128. Follows: length and bytes of the deflated pixels that are not: how
                many, then for each how many pixels lie before it since the one before, and its R, G, B. All numbers as container.py
                writes lengths
    3 line      pixels of 3 channels by a model of one: their colours, at most 256, lie on a line where none of red, green and blue turns
                back, as those of toned pictures do. The plane holds the numbers of colours. Follows: length and bytes of the deflated
                colours, all of red, of green, of blue, each less the one before, modulo 256

Gray pixels of 3 channels by a model of one are those of their first channel, 0 or 1.

    R = clamp(Y + (91881 Cr' + 32768 >> 16))       B = clamp(Y + (116130 Cb' + 32768 >> 16))       Cb' = Cb - 128, Cr' = Cr - 128
    G = clamp(Y + (-22554 Cb' - 46802 Cr' + 32768 >> 16))                                          clamp: to 0 ... 255

Detection looks at some pixels first: of a photo that was no JPEG about a quarter lie on the lattice by chance.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from codec.container.container import read_length, write_length
from codec.errors import BadFile, BadInput
from codec.media.picture import Pixels, Planes, from_planes, is_gray, to_planes

PLAIN, LEVELS, YCBCR, LINE = range(4)
KIND_BITS, SIDE_SHIFT, MOST_SIDE = 7, 3, 3 << 3
SMALLEST = 1 << 12  # pixels of a stripe in which traces are looked for
PROBES, ON_LATTICE = 64, 0.95  # pixels that are looked at first, and the share of them that must be on the lattice
MOST_EXCEPTIONS = 1 / 200
WINDOW = 17  # levels among which the share of those that occur is taken
MAP_BYTES = 32
MOST_COLOURS = 256  # on a line

Whole = NDArray[np.int32]


def find(pixels: Pixels, channels: int) -> tuple[bytes, Planes]:
    """What a stripe, uint8 [h, w, 1 or 3], is for a model of so many channels, as bytes, and its planes int16 [channels, h, w]. Raises
    BadInput for colours that lie on no line and are to be one plane."""
    if channels < pixels.shape[2]:
        return find(pixels[:, :, :1], 1) if is_gray(pixels) else _numbers(pixels)
    if pixels.shape[0] * pixels.shape[1] >= SMALLEST:
        if pixels.shape[2] == 3 and _may_be_ycbcr(pixels) and (found := _ycbcr(pixels)) is not None:
            return found
        if (maps := _useful_maps(pixels)) is not None:
            ranks = np.maximum(np.cumsum(maps, 1) - 1, 0).astype(np.uint8)
            ranked = [ranks[c % len(maps)][pixels[:, :, c]] for c in range(channels)]
            packed = zlib.compress(np.packbits(maps, 1).tobytes(), 9)
            return bytes([LEVELS, len(maps)]) + write_length(len(packed)) + packed, to_planes(np.stack(ranked, 2))
    return bytes([PLAIN]), to_planes(pixels)


def find_best(pixels: Pixels, channels: int) -> tuple[bytes, Planes]:
    """The same, from the best side."""
    from codec.methods.traces.mirror import best_side, mirrored

    lattice, planes = find(pixels, channels)
    side = best_side(planes)
    return bytes([lattice[0] | side << SIDE_SHIFT]) + lattice[1:], mirrored(planes, side)


def read(data: bytes | memoryview) -> tuple[bytes, int]:
    """What a stripe is, and where its bytes end. Raises BadFile."""
    head = bytes(data[:16])
    kind = head[0] & KIND_BITS if head and head[0] <= KIND_BITS + MOST_SIDE else KIND_BITS
    if kind == PLAIN:
        return head[:1], 1
    if kind not in (LEVELS, YCBCR, LINE):
        raise BadFile("the file is damaged: a stripe of a kind that this release does not know")
    length, position = read_length(head, 2 if kind == LEVELS else 1)
    if position + length > len(data):
        raise BadFile("the file is damaged: a stripe is cut off")
    return bytes(data[: position + length]), position + length


def pixels_of(lattice: bytes, planes: Planes) -> Pixels:
    """The pixels of planes, by what `read` gave: of 1 or 3 channels as there are planes, of 3 on a line. Raises BadFile."""
    kind, side = lattice[0] & KIND_BITS, lattice[0] & MOST_SIDE
    if side:
        from codec.methods.traces.mirror import mirrored

        planes = mirrored(planes, side >> SIDE_SHIFT)
    if kind == PLAIN:
        return from_planes(planes)
    if kind == LEVELS:
        return _from_levels(lattice, from_planes(planes))
    if (kind == LINE) != (len(planes) == 1):
        raise BadFile("the file is damaged: a stripe of another number of planes than it says")
    if kind == LINE:
        return _from_line(lattice, planes[0])
    pixels = _to_rgb(*planes.astype(np.int32))
    _patch(pixels.reshape(-1, 3), _inflated(lattice, 1, 16 + 9 * pixels.size))
    return pixels


# ---------------------------------------------------------------- levels


def _useful_maps(pixels: Pixels) -> NDArray[np.bool_] | None:
    """Which levels occur, [1 or channels, 256], if there are holes enough between them to pay for saying so."""
    counts = np.stack([np.bincount(pixels[:, :, c].reshape(-1), minlength=256) for c in range(pixels.shape[2])])
    together = counts.sum(0, keepdims=True)
    apart, shared = _saved(counts), _saved(together)
    chosen, saved = (together, shared) if shared >= 0.7 * apart else (counts, apart)
    return chosen > 0 if saved > 2 * 8 * MAP_BYTES * len(chosen) and saved > 0.02 * pixels.size else None


def _saved(counts: NDArray[np.int64]) -> float:
    """About how many bits it saves to leave out the levels that do not occur between the lowest and the highest."""
    total = 0.0
    for row in counts:
        used = np.flatnonzero(row)
        inside = np.zeros(256 + WINDOW - 1)
        inside[used[0] + WINDOW // 2 : used[-1] + 1 + WINDOW // 2] = 1.0
        occurs = np.pad((row > 0).astype(float), WINDOW // 2)
        window = np.ones(WINDOW)
        share = np.convolve(occurs, window, "valid") / np.maximum(np.convolve(inside, window, "valid"), 1.0)
        total -= float((row[used] * np.log2(share[used])).sum())
    return total


def _from_levels(lattice: bytes, ranks: Pixels) -> Pixels:
    count, channels = lattice[1], ranks.shape[2]
    if count not in (1, channels):
        raise BadFile("the file is damaged: a stripe has as many maps of levels as channels, or one")
    packed = _inflated(lattice, 2, count * MAP_BYTES)
    if len(packed) != count * MAP_BYTES:
        raise BadFile("the file is damaged: a map of levels is cut off")
    maps = np.unpackbits(np.frombuffer(packed, np.uint8).reshape(count, MAP_BYTES), axis=1)
    levels = [np.flatnonzero(row).astype(np.uint8) for row in maps]
    if any(ranks[:, :, c].max() >= len(levels[c % count]) for c in range(channels)):
        raise BadFile("the file is damaged: a pixel of a level that does not occur")
    return np.stack([levels[c % count][ranks[:, :, c]] for c in range(channels)], 2)


# ---------------------------------------------------------------- colours on a line


def line_of(bands: Iterable[Pixels]) -> NDArray[np.uint8] | None:
    """The colours [n, 3] of pixels uint8 [h, w, 3 or more], in bands, from one end of their line to the other; None if they lie on none."""
    keys = np.zeros(0, np.uint32)
    for band in bands:
        keys = np.unique(np.concatenate([keys, np.unique(_keys(band))]))
        if len(keys) > MOST_COLOURS:
            return None
    colours = np.stack([keys >> 16, (keys >> 8) & 255, keys & 255], 1).astype(np.int64)
    colours = colours[np.argsort(colours @ [1, 2, 1], kind="stable")]
    steps = np.diff(colours, axis=0)
    return colours.astype(np.uint8) if ((steps >= 0).all(0) | (steps <= 0).all(0)).all() else None


def _keys(pixels: Pixels) -> NDArray[np.uint32]:
    """Colours as numbers."""
    red, green, blue = (pixels[:, :, channel].astype(np.uint32) for channel in range(3))
    keys: NDArray[np.uint32] = red << np.uint32(16) | green << np.uint32(8) | blue
    return keys


def _numbers(pixels: Pixels) -> tuple[bytes, Planes]:
    colours = line_of([pixels])
    if colours is None:
        raise BadInput("a model of gray pictures for one with colours: take a model of 3 channels")
    keys = _keys(colours[None])[0]
    order = np.argsort(keys)
    numbers = order[np.searchsorted(keys[order], _keys(pixels))]
    packed = zlib.compress(np.diff(colours, axis=0, prepend=np.zeros((1, 3), np.uint8)).T.tobytes(), 9)
    return bytes([LINE]) + write_length(len(packed)) + packed, numbers.astype(np.int16)[None]


def _from_line(lattice: bytes, numbers: NDArray[np.int16]) -> Pixels:
    steps = np.frombuffer(_inflated(lattice, 1, 3 * MOST_COLOURS), np.uint8)
    colours = np.cumsum(steps.reshape(3, -1).T, 0, dtype=np.uint8) if len(steps) % 3 == 0 else steps.reshape(-1, 1)[:0]
    if numbers.max() >= len(colours):
        raise BadFile("the file is damaged: a pixel of a colour that does not occur")
    return colours[numbers]


# ---------------------------------------------------------------- once a JPEG


def _to_rgb(y: Whole, cb: Whole, cr: Whole) -> Pixels:
    """What a JPEG's decoder makes of Y, Cb - 128 and Cr - 128."""
    red = y + ((91881 * cr + 32768) >> 16)
    green = y + ((-22554 * cb - 46802 * cr + 32768) >> 16)
    blue = y + ((116130 * cb + 32768) >> 16)
    return np.clip(np.stack([red, green, blue], -1), 0, 255).astype(np.uint8)


def _nearest(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Y, Cb - 128 and Cr - 128 [n, 3] of colours [n, 3], not rounded."""
    to_ycbcr = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
    return rgb @ to_ycbcr.T


STEPS = sorted(((y, cb, cr) for y in (0, -1, 1) for cb in (0, -1, 1) for cr in (0, -1, 1)), key=lambda step: sum(map(abs, step)))
BEYOND = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 85)  # levels by which a clamped channel may have been out of range


def _preimages(rgb: NDArray[np.uint8]) -> tuple[Whole, NDArray[np.bool_]]:
    """A triple Y, Cb - 128, Cr - 128 for each of the colours [n, 3], and which of them really give that colour."""
    found, good = np.zeros(rgb.shape, np.int32), np.zeros(len(rgb), np.bool_)
    best = np.clip(np.rint(_nearest(rgb.astype(np.float32))), [0, -128, -128], [255, 127, 127]).astype(np.int32)
    found[:] = best
    _try(rgb, found, good, np.arange(len(rgb)), best, STEPS)
    for channel in range(3):
        for limit, sign in ((0, -1), (255, 1)):
            for beyond in BEYOND:
                left = np.flatnonzero(~good & (rgb[:, channel] == limit))
                if not len(left):
                    break
                moved = rgb[left].astype(np.float32)
                moved[:, channel] += sign * beyond
                _try(rgb, found, good, left, np.rint(_nearest(moved)).astype(np.int32), STEPS)
    return found, good


def _try(
    rgb: NDArray[np.uint8], found: Whole, good: NDArray[np.bool_], where: NDArray[np.int64], start: Whole, steps: list[tuple[int, int, int]]
) -> None:
    """Look for preimages of the colours at `where`, a step or none away from `start`."""
    for step in steps:
        triple = start + np.array(step, np.int32)
        hit = (_to_rgb(*triple.T) == rgb[where]).all(1) & (triple >= [0, -128, -128]).all(1) & (triple <= [255, 127, 127]).all(1)
        found[where[hit]], good[where[hit]] = triple[hit], True
        where, start = where[~hit], start[~hit]
        if not len(where):
            return


def _may_be_ycbcr(pixels: Pixels) -> bool:
    """Whether some pixels say so. Gray ones are always on the lattice, and those at 0 or 255 may have been anywhere: they are not asked."""
    flat = pixels.reshape(-1, 3)
    some = flat[:: max(1, len(flat) // (16 * PROBES))]
    some = some[(some != some[:, :1]).any(1) & (some > 0).all(1) & (some < 255).all(1)]
    some = some[:: max(1, len(some) // PROBES)]
    if len(some) < PROBES // 4:
        return False
    tried = np.rint(_nearest(some.astype(np.float32))).astype(np.int32)[:, None] + np.array(STEPS, np.int32)
    hit = (_to_rgb(*np.moveaxis(tried, -1, 0)) == some[:, None]).all(2).any(1)
    return float(hit.mean()) >= ON_LATTICE


def _ycbcr(pixels: Pixels) -> tuple[bytes, Planes] | None:
    """A stripe as YCbCr; None if too many of its pixels are not."""
    flat = pixels.reshape(-1, 3)
    found, good = _preimages(flat)
    exceptions = np.flatnonzero(~good)
    if len(exceptions) > MOST_EXCEPTIONS * len(flat):
        return None
    gaps = np.diff(exceptions, prepend=-1) - 1
    listed = [write_length(int(gap)) + flat[at].tobytes() for gap, at in zip(gaps, exceptions, strict=True)]
    packed = zlib.compress(write_length(len(exceptions)) + b"".join(listed), 9)
    planes = np.ascontiguousarray(found.astype(np.int16).T.reshape(3, *pixels.shape[:2]))
    return bytes([YCBCR]) + write_length(len(packed)) + packed, planes


def _patch(flat: NDArray[np.uint8], text: bytes) -> None:
    """Put the exceptions in their places."""
    count, position = read_length(text, 0)
    at = -1
    for _ in range(count):
        gap, position = read_length(text, position)
        at += gap + 1
        if at >= len(flat) or position + 3 > len(text):
            raise BadFile("the file is damaged: a pixel beyond the stripe")
        flat[at] = np.frombuffer(text, np.uint8, 3, position)
        position += 3
    if position != len(text):
        raise BadFile("the file is damaged: pixels that belong nowhere")


def _inflated(lattice: bytes, start: int, most: int) -> bytes:
    _, position = read_length(lattice, start)
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(lattice[position:], most + 1)
    except zlib.error as error:
        raise BadFile("the file is damaged: a stripe does not say what it is") from error
    if len(text) > most or not unpacker.eof or unpacker.unused_data:
        raise BadFile("the file is damaged: a stripe says too much of what it is")
    return text
