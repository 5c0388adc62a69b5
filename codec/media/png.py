"""PNG files, as far as Pillow does not do it: their chunks as they are, and rows read and written a band at a time.

A PNG's metadata are its chunks but IHDR, IDAT and IEND, as they stand there; an empty IDAT says where the pixels were, unless that is
at the end. PLTE and tRNS are among them: they come back byte for byte, and so does the number of bits of a sample.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadInput
from codec.media.form import CHANNELS, Chunks, Pixels, row_bytes, sample_type

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXELS = b"IDAT"
FRAMES = (b"acTL", b"fcTL", b"fdAT")
COLOURS = {"1": 0, "L": 0, "I;16": 0, "RGB": 2, "P": 3, "LA": 4, "RGBA": 6}  # modes that a PNG keeps
COLOURS |= {"RGB;16": 2, "LA;16": 4, "RGBA;16": 6}
MODES = {(0, 1): "1", (0, 2): "L", (0, 4): "L", (0, 8): "L", (0, 16): "I;16", (2, 8): "RGB", (4, 8): "LA", (6, 8): "RGBA"}
MODES |= {(2, 16): "RGB;16", (4, 16): "LA;16", (6, 16): "RGBA;16"}
MODES |= {(3, bits): "P" for bits in (1, 2, 4, 8)}
SIMPLE = {b"gAMA": 4, b"sRGB": 1, b"pHYs": 9, b"cHRM": 32, b"tIME": 7, b"IEND": 0}  # chunks that are read as they are, and their lengths
PASSES = (  # of an interlaced PNG: row and column of the first pixel, and steps to the next ones
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)
)  # fmt: skip
LEVEL = 4  # of zlib, in what is written
BAND = 64  # rows that are filtered together

Bytes = NDArray[np.uint8]


def chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Names and contents of the chunks of a PNG file, up to IEND or the end; of one that is damaged, name and content are empty."""
    view, position = memoryview(data), len(SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        name, end = bytes(view[position + 4 : position + 8]), position + 8 + length
        if end + 4 > len(data):
            return
        intact = zlib.crc32(view[position + 4 : end]) == struct.unpack_from(">I", data, end)[0]
        yield (name, view[position + 8 : end]) if intact else (b"", view[:0])
        if name == b"IEND":
            return
        position = end + 4


def metadata(data: bytes) -> Chunks:
    """All chunks of a PNG file that are not its pixels; an empty IDAT where those were."""
    found, are_pixels_passed = list[tuple[bytes, bytes]](), False
    for name, content in chunks(data):
        if name == PIXELS and not are_pixels_passed:
            found.append((PIXELS, b""))
            are_pixels_passed = True
        elif name not in (b"", b"IHDR", PIXELS, b"IEND"):
            found.append((name, bytes(content)))
    return tuple(found[:-1] if found and found[-1][0] == PIXELS else found)


def bare(data: bytes) -> bytes:
    """A PNG file without the chunks that neither its pixels nor its frames need."""
    pieces, position, end = [SIGNATURE], len(SIGNATURE), len(data)
    while position + 12 <= end:
        (length,) = struct.unpack_from(">I", data, position)
        name, after = data[position + 4 : position + 8], position + 12 + length
        if name[:1].isupper() or name in FRAMES:
            pieces.append(data[position:after])
        position = after
    return b"".join(pieces)


class PngRows:
    """The rows of a PNG file, from the top down, where Pillow would hold them all. Raises BadInput if they do not stand there in order."""

    def __init__(self, data: bytes) -> None:
        if not is_plain(data):
            raise BadInput("a PNG whose rows cannot be read one by one")
        self.width, self.height, self.bits, colour = struct.unpack_from(">IIBB", data, 16)
        self.mode = MODES[colour, self.bits]
        self.data, self.metadata, self.held = data, metadata(data), 0

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        """The pixels of these rows, which begin with row 0 and follow each other. Raises BadInput where the file is damaged."""
        inflated, above = _Inflated(self.data), np.zeros(row_bytes(self.width, self.mode, self.bits), np.uint8)
        for part in parts:
            values = inflated.rows(part.stop - part.start, above, self.mode, self.bits)
            above = values[-1].copy()
            yield unpack(values, self.mode, self.bits, self.width)


def interlaced_pixels(data: bytes) -> tuple[str, Pixels]:
    """The mode and the pixels of a PNG for which is_plain(data, interlaced=True). Raises BadInput where it is damaged."""
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    mode, inflated = MODES[colour, bits], _Inflated(data)
    pixels = np.empty((height, width, CHANNELS[mode]), sample_type(mode))
    for top, left, down, across in PASSES:
        part = pixels[top::down, left::across]
        if part.size:
            above = np.zeros(row_bytes(part.shape[1], mode, bits), np.uint8)
            part[:] = unpack(inflated.rows(len(part), above, mode, bits), mode, bits, part.shape[1])
    return mode, pixels


class _Inflated:
    """What a PNG's IDAT chunks hold, taken a few rows at a time. Raises BadInput where that is damaged."""

    def __init__(self, data: bytes) -> None:
        self.unpacker = zlib.decompressobj()
        self.contents = (content for name, content in chunks(data) if name == PIXELS)

    def take(self, count: int) -> bytearray:
        taken = bytearray()
        while len(taken) < count:
            given = self.unpacker.unconsumed_tail or next(self.contents, b"")
            if not len(given):
                raise BadInput("cannot read it: the PNG is cut off or damaged")
            try:
                taken += self.unpacker.decompress(given, count - len(taken))
            except zlib.error as error:
                raise BadInput(f"cannot read it: the PNG's pixels are damaged ({error})") from error
        return taken

    def rows(self, count: int, above: Bytes, mode: str, bits: int) -> Bytes:
        """The bytes [count, n] of so many rows, their filters undone. above: those of the row before them, n."""
        from codec.media.png_filter import unfilter

        rows = np.frombuffer(self.take(count * (len(above) + 1)), np.uint8).reshape(count, len(above) + 1)
        if (rows[:, 0] > 4).any():
            raise BadInput("cannot read it: a row of the PNG has an unknown filter")
        values = np.ascontiguousarray(rows[:, 1:])
        unfilter(rows[:, 0].copy(), values, above, max(1, bits // 8) * CHANNELS[mode])
        return values


def is_plain(data: bytes, interlaced: bool = False) -> bool:
    """Whether this is a PNG of one frame with an intact header, of a mode that is coded, whose rows stand in their order; or in the order
    of PASSES."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 29 or (data[25], data[24]) not in MODES:
        return False
    names, size = [name for name, _ in chunks(data)], struct.unpack_from(">II", data, 16)
    return data[28] == int(interlaced) and 0 not in size and names[:1] == [b"IHDR"] and b"acTL" not in names


def is_simple(data: bytes) -> bool:
    """Whether this is a plain and intact PNG of gray or coloured pixels, 8 bits a sample, whose other chunks cannot be misread."""
    if not is_plain(data) or data[24] != 8 or data[25] == COLOURS["P"]:
        return False
    found = [(name, len(content)) for name, content in chunks(data)]
    names = [name for name, _ in found]
    are_known = all(name == PIXELS or SIMPLE.get(name) == length for name, length in found[1:])
    pixels = [place for place, name in enumerate(names) if name == PIXELS]
    return are_known and names[-1] == b"IEND" and bool(pixels) and pixels[-1] - pixels[0] == len(pixels) - 1


def size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG file."""
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def png_pieces(mode: str, bits: int, size: tuple[int, int], extra: Chunks, bands: Iterable[Pixels]) -> Iterator[bytes]:
    """The pieces of a PNG file: a picture of (width, height) whose pixels come in bands from the top down."""
    width, height = size
    places = [number for number, (name, _) in enumerate(extra) if name == PIXELS]
    before = places[0] if places else len(extra)
    yield SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, COLOURS[mode], 0, 0, 0))
    yield b"".join(chunk(name, content) for name, content in extra[:before])
    packer = zlib.compressobj(LEVEL)
    step = 0 if bits < 8 or mode == "P" else max(1, bits // 8) * CHANNELS[mode]
    above = np.zeros(row_bytes(width, mode, bits), np.uint8)
    for band in bands:
        for top in range(0, len(band), BAND):
            rows = pack(band[top : top + BAND], mode, bits)
            piece = packer.compress(_filtered(rows, above, step))
            above = rows[-1]
            if piece:
                yield chunk(PIXELS, piece)
    yield chunk(PIXELS, packer.flush())
    yield b"".join(chunk(name, content) for name, content in extra[before + 1 :]) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))


def pack(pixels: Pixels, mode: str, bits: int) -> Bytes:
    """The bytes [h, n] of rows of pixels: several to a byte below 8 bits a sample, highest bits first; above, highest byte first."""
    height, width, _ = pixels.shape
    if bits == 8:
        return pixels.reshape(height, -1)
    if bits > 8:
        return np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder(">"))).view(np.uint8).reshape(height, -1)
    per = 8 // bits
    padded = np.zeros((height, -(-width // per) * per), np.uint8)
    padded[:, :width] = pixels[:, :, 0]
    packed = np.zeros((height, padded.shape[1] // per), np.uint8)
    for place in range(per):
        packed |= padded[:, place::per] << (8 - bits * (place + 1))
    return packed


def unpack(rows: Bytes, mode: str, bits: int, width: int) -> Pixels:
    """The pixels [h, w, c] of rows of bytes as pack gives them."""
    height = len(rows)
    if bits == 8:
        return rows.reshape(height, width, CHANNELS[mode])
    if bits > 8:
        kind = sample_type(mode)
        return rows.view(kind.newbyteorder(">")).astype(kind).reshape(height, width, CHANNELS[mode])
    per = 8 // bits
    found = np.empty((height, rows.shape[1] * per), np.uint8)
    for place in range(per):
        found[:, place::per] = rows >> (8 - bits * (place + 1)) & ((1 << bits) - 1)
    return np.ascontiguousarray(found[:, :width])[:, :, None]


def _filtered(rows: Bytes, above: Bytes, step: int) -> bytes:
    """Rows with the filter of each before it: the one whose results are nearest to 0; none if step, the bytes of a pixel, is 0."""
    if not step:
        return np.pad(rows, ((0, 0), (1, 0))).tobytes()
    over = np.concatenate([above[None], rows[:-1]])
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], corner[:, step:] = rows[:, :-step], over[:, :-step]
    best, cost, names = rows.copy(), _nearness(rows), np.zeros(len(rows), np.uint8)
    for name, predict in enumerate((_of_left, _of_above, _of_both, _of_paeth), 1):
        found = rows - predict(left, over, corner)
        now = _nearness(found)
        better = now < cost
        best[better], names[better] = found[better], name
        cost = np.minimum(cost, now)
    return np.concatenate([names[:, None], best], axis=1).tobytes()


def _nearness(rows: Bytes) -> NDArray[np.int64]:
    sums: NDArray[np.int64] = np.minimum(rows, -rows).sum(axis=1, dtype=np.int64)
    return sums


def _of_left(left: Bytes, over: Bytes, corner: Bytes) -> Bytes:
    return left


def _of_above(left: Bytes, over: Bytes, corner: Bytes) -> Bytes:
    return over


def _of_both(left: Bytes, over: Bytes, corner: Bytes) -> Bytes:
    return (left & over) + ((left ^ over) >> 1)


def _of_paeth(left: Bytes, over: Bytes, corner: Bytes) -> Bytes:
    across, down = over.astype(np.int16) - corner, left.astype(np.int16) - corner
    by_left, by_over, by_corner = abs(across), abs(down), abs(across + down)
    first = (by_left <= by_over) & (by_left <= by_corner)
    return np.where(first, left, np.where(by_over <= by_corner, over, corner))
