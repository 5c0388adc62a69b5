"""Reads samples of 16 bits of which Pillow would give 8, wider ones or none: those of TIFF files of colours or alpha, of PGM and PPM files.

Pillow reads a TIFF of several samples a pixel exactly if it is told that they are as many gray pixels. So the tags that say where its
strips or tiles are, and how they are packed, are written once more, behind the file, with other sizes. Differences of horizontal
neighbours, which the file may hold, are then undone here. Such files are written in the same way.
"""

from __future__ import annotations

import io
import re
import struct
from contextlib import suppress

import numpy as np
from PIL import Image

from codec.errors import BadInput
from codec.media.form import Pixels
from codec.media.limits import check_pixels
from codec.media.pillow import as_tiff, tiles_of
from codec.media.tiff import Tiff

MODES = {1: "I;16", 2: "LA;16", 3: "RGB;16", 4: "RGBA;16"}  # by samples a pixel
FULL = (1 << 16) - 1
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266  # tags of a TIFF
SAMPLES, ROWS, PLANAR, PREDICTOR = 277, 278, 284, 317
STRIPS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, EXTRA, FORMAT = 273, 279, 322, 323, 324, 325, 338, 339
FORMS = ((1, 1, ()), (2, 1, (2,)), (3, 2, ()), (4, 2, (2,)))  # samples a pixel, what they are, and what is beside colours: alpha
PACKED = (1, 5, 8, 32773, 32946)  # not at all, LZW, deflated, runs, deflated as others call it
KEPT = (WIDTH, HEIGHT, COMPRESSION, STRIPS, STRIP_BYTES, ROWS, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES)  # tags of the gray picture
BLACK_IS_ZERO, DIFFERENCES, SHORT, LONG = 1, 2, 3, 4
COLOURS, ALPHA = 2, 2
COMMENT = re.compile(rb"#[^\r\n]*")  # of a plain PPM


def open_with_pillow(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    """A file as Image.open opens it; a TIFF of gray pixels with alpha of 16 bits, too, as one of 8 bits whose tags alone tell the truth: it
    is not to be loaded."""
    place = _place_of_bits(data)
    if place is None:
        return Image.open(io.BytesIO(data), formats=formats)
    halved = struct.pack("<HH" if data[:2] == b"II" else ">HH", 8, 8)
    image = Image.open(io.BytesIO(data[:place] + halved + data[place + 4 :]), formats=("TIFF",))
    if (tiff := as_tiff(image)) is not None:
        tiff.tag_v2[BITS] = (16, 16)
    return image


def _place_of_bits(data: bytes) -> int | None:
    """Where a TIFF says that each of the two samples of a pixel has 16 bits; None for other files."""
    with suppress(BadInput):
        tiff = Tiff(data)
        for tag in tiff.tags(next(tiff.pages(), 0)):
            if (tag.name, tag.kind, tag.count) == (BITS, SHORT, 2) and tiff.values(tag) == (16, 16):
                return tag.place
    return None


def deep_pixels(image: Image.Image, data: bytes) -> tuple[str, Pixels] | None:
    """The mode and the samples of an image that has been opened, but not loaded, in a file of these bytes; None for one of another form."""
    if image.format == "PPM":
        return _of_ppm(image, data)
    return _of_tiff(image, data) if image.format == "TIFF" else None


def with_samples(data: bytes, samples: int) -> bytes:
    """A TIFF of gray pixels, as Pillow wrote it, as one of 2 to 4 samples a pixel: a folder of other tags behind the same strips."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = {struct.unpack_from("<H", data, place)[0]: data[place : place + 12] for place in range(start + 2, start + 2 + 12 * count, 12)}
    kind, _, width = struct.unpack_from("<HII", entries[WIDTH], 2)
    told = {WIDTH: (kind, 1, width // samples), SAMPLES: (SHORT, 1, samples)}
    told |= {PHOTOMETRIC: (SHORT, 1, COLOURS if samples > 2 else BLACK_IS_ZERO)} | ({EXTRA: (SHORT, 1, ALPHA)} if samples != 3 else {})
    told |= {BITS: (SHORT, samples, len(data) + len(data) % 2 if samples > 2 else 16 << 16 | 16)}  # two of them stand in the tag
    entries |= {name: struct.pack("<HHII", name, *values) for name, values in told.items()}
    folder = struct.pack("<H", len(entries)) + b"".join(entries[name] for name in sorted(entries)) + bytes(4)
    bits = bytes(len(data) % 2) + struct.pack("<H", 16) * samples
    return data[:4] + struct.pack("<I", len(data) + len(bits)) + data[8:] + bits + folder


def _of_ppm(image: Image.Image, data: bytes) -> tuple[str, Pixels] | None:
    """Those of a PGM or PPM; of one whose highest level is lower, in the range of 16 bits, as Pillow has it in that of 8."""
    decoder, _, offset, arguments = tiles_of(image)[0]
    most = arguments[-1] if decoder in ("ppm", "ppm_plain") and isinstance(arguments, tuple) else FULL
    mode = {"I": "I;16", "RGB": "RGB;16"}.get(image.mode)
    if decoder not in ("raw", "ppm", "ppm_plain") or mode is None or not isinstance(most, int) or most <= 255:
        return None
    shape = image.height, image.width, 1 if mode == "I;16" else 3
    count = int(np.prod(shape))
    if offset + 2 * count > len(data):
        raise BadInput("cannot read it: it is cut off")
    samples = (_in_text(data[offset:], count, most) if decoder == "ppm_plain" else np.frombuffer(data, ">u2", count, offset)).reshape(shape)
    if most < FULL:
        samples = np.minimum((samples.astype(np.uint32) * FULL + most // 2) // most, FULL)
    return mode, samples.astype("<u2")


def _in_text(text: bytes, count: int, most: int) -> Pixels:
    """So many numbers up to `most` that are written out, comments between them."""
    written = COMMENT.sub(b" ", text)
    if written.translate(None, b"0123456789 \t\n\v\f\r"):
        raise BadInput("cannot read it: its samples are not whole numbers")
    found: Pixels = np.fromstring(written.decode("ascii"), np.int64, count, sep=" ")
    if found.size < count or int(found.max()) > most:
        raise BadInput("cannot read it: it is cut off, or has samples beyond its highest level")
    return found


def _of_tiff(image: Image.Image, data: bytes) -> tuple[str, Pixels] | None:
    tiff = as_tiff(image)
    assert tiff is not None, "its format says so"
    tags = tiff.tag_v2
    samples, places = tags.get(SAMPLES, 1), tags.get(STRIPS, tags.get(TILES, ()))
    if (samples, tags.get(PHOTOMETRIC), tags.get(EXTRA, ())) not in FORMS or set(tags.get(BITS, ())) != {16}:
        return None
    if tags.get(FILL_ORDER, 1) != 1 or set(tags.get(FORMAT, (1,))) != {1}:
        return None
    if tags.get(COMPRESSION, 1) not in PACKED or tags.get(PREDICTOR, 1) not in (1, DIFFERENCES):
        return None
    apart = samples > 1 and tags.get(PLANAR, 1) == 2  # each channel in strips of its own
    parts, per_part = (samples, 1) if apart else (1, samples)
    if len(places) % parts:
        raise BadInput("cannot read it: its channels have different numbers of strips")
    pieces = list[Pixels]()
    for part in range(parts):
        gray = _read_gray(data, {tag: _told(tags[tag]) for tag in tags if tag in KEPT}, part, parts, per_part)
        pixels = gray.reshape(image.height, image.width, per_part)
        if tags.get(PREDICTOR, 1) == DIFFERENCES:
            step = tags.get(TILE_WIDTH, image.width)
            for left in range(0, image.width, step):
                pixels[:, left : left + step] = np.cumsum(pixels[:, left : left + step], axis=1, dtype=np.uint16)
        pieces.append(pixels)
    return MODES[samples], pieces[0] if parts == 1 else np.concatenate(pieces, 2)


def _told(value: object) -> tuple[int, ...]:
    """The numbers of a tag."""
    values = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(one, int) and 0 <= one < 1 << 32 for one in values):
        raise BadInput("cannot read it: a tag that says where its pixels are is damaged")
    return tuple(one for one in values if isinstance(one, int))


def _read_gray(data: bytes, tags: dict[int, tuple[int, ...]], part: int, parts: int, samples: int) -> Pixels:
    """The samples of a part, one row after the other: uint16 [h, w samples]."""
    for name in {STRIPS, STRIP_BYTES, TILES, TILE_BYTES} & tags.keys():
        count = len(tags[name]) // parts
        tags[name] = tags[name][part * count : (part + 1) * count]
    for name in {WIDTH, TILE_WIDTH} & tags.keys():
        tags[name] = (tags[name][0] * samples,)
    size = tags[WIDTH][0], tags[HEIGHT][0]
    tags |= {BITS: (16,), PHOTOMETRIC: (BLACK_IS_ZERO,), SAMPLES: (1,)}
    with Image.open(io.BytesIO(_with_folder(data, tags)), formats=("TIFF",)) as gray:
        if gray.size != size or gray.mode not in ("I;16", "I;16B"):
            raise BadInput("cannot read it: its tags are damaged")
        check_pixels(*size, size[0] * size[1])
        gray.load()
        found: Pixels = np.asarray(gray).astype("<u2")
    return found


def _with_folder(data: bytes, tags: dict[int, tuple[int, ...]]) -> bytes:
    """The file with a folder of these tags alone, behind it."""
    order = "<" if data[:2] == b"II" else ">"
    start = len(data) + len(data) % 2
    values, entries = start + 2 + 12 * len(tags) + 4, list[bytes]()
    behind = b""
    for name in sorted(tags):
        numbers = struct.pack(f"{order}{len(tags[name])}I", *tags[name])
        if len(numbers) > 4:
            entries.append(struct.pack(f"{order}HHII", name, LONG, len(tags[name]), values + len(behind)))
            behind += numbers
        elif name in (BITS, COMPRESSION, PHOTOMETRIC, SAMPLES):
            entries.append(struct.pack(f"{order}HHIHH", name, SHORT, 1, tags[name][0], 0))
        else:
            entries.append(struct.pack(f"{order}HHI", name, LONG, 1) + numbers)
    folder = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)
    head = data[:2] + struct.pack(f"{order}HI", 42, start)
    return head + data[8:] + bytes(start - len(data)) + folder + behind
