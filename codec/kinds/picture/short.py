"""The short form of a picture's file: for pictures of one stripe below 64 kB, whose header is twelve bytes or a few more.

    bytes  what
    4      magic, as container/container.py has it
    1      version: in its bits, from the highest on, 4 coding (1 to 15), 2 form, 1 whether a time follows, 1 whether metadata follow
    0, 1   place of the form in header.FORMS; only if the 2 bits are 3 (0: RGB, 1: RGBA, 2: L, each of 8 bits)
    ...    size: with s = width + height - 2, the number s (s + 1) / 2 + height - 1
    0, 2   number of the method, number of the model; only of coding 15, the others stand for the pairs in CODINGS
    0, 8   name of the model; only if its number is 255
    0, 4   modification time in seconds since 1970 plus 1, not 0
    ...    metadata: their length, as many bytes (media/metadata.py), 4 CRC-32 (zlib) of these
    ...    the stripe as section S has it, without the number of its method; less than 2^16 bytes
    4, 8   digest: the first bytes of SHA-256 of the three numbers with which section H begins, the time as section H has it, and the
           samples; 4 in a file of at most 1024 bytes, 8 in a larger one

Numbers without a size are as container/numbers.py writes them. Numbers of models are those of density/library.py; 0 if the method needs
none. Nothing else guards the file, and the digest none of the metadata: damage is missed by chance once in 2^32 files, or 2^64. All rows
are one stripe; as section H would say, "because the file says so" if tiles.stripe_rows makes several. Releases that do not know this form
refuse it by its version. A reader MUST refuse what section H may not say, coding 0, a stripe of 2^16 bytes or more, and a method or model
that it does not know. A writer MUST take a coding below 15 where one fits, 255 only for a model that has no number, and the form of
container.py for what does not fit here.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib

from codec.container.container import CRC_BYTES, MAGIC, NAME_BYTES, is_short
from codec.container.numbers import LENGTH_BYTES, read_length, write_length
from codec.density.library import model_named, model_number
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile
from codec.kinds.kind import time_number, time_of
from codec.kinds.picture.checksum import Checksum
from codec.kinds.picture.header import FORMS, MAX_VALUES, PictureHeader, picture_numbers
from codec.media.form import Chunks, Form, Pixels
from codec.media.metadata import read_metadata, write_metadata
from codec.methods.raw import raw_size
from codec.system.records import record

CODINGS = (  # method and model, from coding 1 on: never changed
    (0, 0), (2, 0), (3, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (4, 0), (1, 15), (1, 16), (1, 17), (1, 18),
)  # fmt: skip
OTHER_CODING, OTHER_FORM, OTHER_MODEL = 15, 3, 255
CODING_SHIFT, FORM_SHIFT, HAS_TIME, HAS_METADATA = 4, 2, 2, 1
USUAL_FORMS = (("RGB", 8), ("RGBA", 8), ("L", 8))
MAX_STRIPE = (1 << 16) - 1
FEW_BYTES, SHORT_DIGEST, LONG_DIGEST = 1 << 10, 4, 8
TIME = struct.Struct("<I")
MAX_SIZE = 1 << 7 * LENGTH_BYTES


def can_be_short(header: PictureHeader) -> bool:
    """Whether the form holds a picture, if its stripe is short enough."""
    is_one = len(header.rows) == header.times == 1
    return is_one and _size_number(header.form) < MAX_SIZE and time_number(header.modified) < 1 << 8 * TIME.size


def is_short_for_sure(header: PictureHeader) -> bool:
    """Whether the form holds a picture, whatever its samples are."""
    return can_be_short(header) and raw_size(header.form, header.form.height) <= MAX_STRIPE


def write_short(header: PictureHeader, model: bytes, metadata: Chunks, stripe: bytes, pixels: Pixels) -> bytes | None:
    """The file of a picture of one stripe; None for one that this form does not hold. The header's own digest is not looked at."""
    if not can_be_short(header) or len(stripe) - 1 > MAX_STRIPE:
        return None
    form, time, metadata_bytes = header.form, time_number(header.modified), write_metadata(metadata)
    coding, named = _write_coding(stripe[0], model)
    usual = (form.mode, form.bits) in USUAL_FORMS
    number = USUAL_FORMS.index((form.mode, form.bits)) if usual else OTHER_FORM
    version = coding << CODING_SHIFT | number << FORM_SHIFT | HAS_TIME * (time > 0) | HAS_METADATA * (metadata_bytes != b"")
    place = b"" if usual else bytes([FORMS.index((form.mode, form.bits))])
    parts = [MAGIC, bytes([version]), place, write_length(_size_number(form)), named]
    if time:
        parts.append(TIME.pack(time))
    if metadata_bytes:
        parts += [write_length(len(metadata_bytes)), metadata_bytes, zlib.crc32(metadata_bytes).to_bytes(CRC_BYTES, "little")]
    start = b"".join(parts) + stripe[1:]
    found = hashlib.sha256(_prefix(header))
    found.update(pixels.data)
    return start + found.digest()[: SHORT_DIGEST if len(start) + SHORT_DIGEST <= FEW_BYTES else LONG_DIGEST]


@record(frozen=True)
class ShortFile:
    """A picture's file in the short form (file.Carrier). packed: the metadata and their CRC-32, None if there are none."""

    data: bytes
    header: PictureHeader
    model: bytes
    packed: bytes | None
    stripes: memoryview

    @property
    def stripes_length(self) -> int:
        return len(self.stripes)

    def check_length(self) -> None:
        """Nothing in the file says how long it is: the digest shows that it is cut off."""

    def check(self) -> None:
        self.metadata()

    def metadata(self) -> Chunks:
        if self.packed is None:
            return ()
        content = self.packed[:-CRC_BYTES]
        if zlib.crc32(content) != int.from_bytes(self.packed[-CRC_BYTES:], "little"):
            raise BadFile("the metadata of the file are damaged (checksum does not match)")
        return read_metadata(content)

    def single_checksum(self, metadata: Chunks | None) -> Checksum:
        return Checksum(None, _prefix(self.header), self.header.digest)


def read_short(data: bytes) -> ShortFile:
    """A file in the short form, its header read. Raises BadFile, and UnknownModel for a number that this release does not know."""
    if not is_short(data):
        raise BadFile("not a picture in the short form")
    version, position = data[len(MAGIC)], len(MAGIC) + 1
    digest = SHORT_DIGEST if len(data) <= FEW_BYTES else LONG_DIGEST
    form, position = _read_form(data, position, version >> FORM_SHIFT & OTHER_FORM)
    method, model, position = _read_coding(data, position, version >> CODING_SHIFT)
    time = 0
    if version & HAS_TIME:
        time, position = int.from_bytes(data[position : position + TIME.size], "little"), position + TIME.size
    packed: bytes | None = None
    if version & HAS_METADATA:
        length, position = read_length(data, position)
        packed, position = data[position : position + length + CRC_BYTES], position + length + CRC_BYTES
    end = len(data) - digest
    if position > end or (time == 0) == bool(version & HAS_TIME) or packed == bytes(CRC_BYTES):
        raise BadFile("the file's header is damaged or cut off")
    if end - position > MAX_STRIPE:
        raise BadFile(f"the file's header is damaged: {end - position} bytes in the short form")
    single = len(stripe_rows(form.height, form.width)) > 1
    header = PictureHeader(form, single, time_of(time), data[end:])
    return ShortFile(data, header, model, packed, memoryview(bytes([method]) + data[position:end]))


def _prefix(header: PictureHeader) -> bytes:
    """What the digest takes in before the samples."""
    return picture_numbers(header.form) + write_length(time_number(header.modified))


def _size_number(form: Form) -> int:
    s = form.width + form.height - 2
    return s * (s + 1) // 2 + form.height - 1


def _read_form(data: bytes, position: int, number: int) -> tuple[Form, int]:
    """The form, and the position after it. Raises BadFile."""
    if number == OTHER_FORM:
        if position >= len(data) or data[position] >= len(FORMS):
            raise BadFile("the file's header is damaged, or of a later release: samples in a form that this one does not know")
        mode_bits, position = FORMS[data[position]], position + 1
    else:
        mode_bits = USUAL_FORMS[number]
    size, position = read_length(data, position)
    s = (math.isqrt(8 * size + 1) - 1) // 2
    height = size - s * (s + 1) // 2 + 1
    form = Form(*mode_bits, s - height + 2, height)
    if form.samples > MAX_VALUES:
        raise BadFile(f"the file's header is damaged: a picture of {form.width}x{form.height} pixels")
    return form, position


def _write_coding(method: int, model: bytes) -> tuple[int, bytes]:
    """The coding, and what follows of it."""
    number = model_number(model)
    if (method, number) in CODINGS:
        return CODINGS.index((method, number)) + 1, b""
    if number is None:
        return OTHER_CODING, bytes([method, OTHER_MODEL]) + model
    return OTHER_CODING, bytes([method, number])


def _read_coding(data: bytes, position: int, coding: int) -> tuple[int, bytes, int]:
    """The method's number, the model's name, and the position after them. Raises BadFile, UnknownModel."""
    if coding == OTHER_CODING:
        if position + 2 > len(data):
            raise BadFile("the file is cut off in its header")
        method, number, position = data[position], data[position + 1], position + 2
    elif 1 <= coding <= len(CODINGS):
        method, number = CODINGS[coding - 1]
    else:
        raise BadFile(f"a file of version {data[len(MAGIC)]}, a coding that this release does not know")
    if number == OTHER_MODEL:
        return method, data[position : position + NAME_BYTES], position + NAME_BYTES
    return method, model_named(number), position
