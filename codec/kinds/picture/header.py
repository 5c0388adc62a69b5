"""Sections of a file of a picture (kind "P"): what it is, and where its stripes are.

The format of a picture's file stands in these docstrings, from the outside in: container/container.py (header, sections), this one (H, S),
or for small pictures short.py instead of both, media/metadata.py (M), methods/*.py (each method's payload), methods/traces/traces.py,
density/photo/stripe.py, density/graphics/stripe.py, coding/message_bytes.py.

H  numbers as container/numbers.py writes them: form of the samples (place in FORMS: mode and bits), width, height (neither is 0, samples
   at most 2^34), 1 if all rows are one stripe, else 0, 2 or 4 if tiles.stripe_rows(height, width, times) says which rows each has, with
   times 1, 2 or 4 (the lowest that gives these rows), modification time in seconds since 1970 plus 1 (0: unknown); 16 bytes digest: the
   first of SHA-256 of the first three of these numbers, as they stand here, what section M says (metadata.plain_bytes) and the samples,
   row by row, channel by channel, each of 1, 2 or 4 bytes; if there are several stripes, for each: its length, 4 CRC-32 (zlib) of its
   samples
M  metadata (media/metadata.py); missing if there are none
S  the stripes from the top down, each the number of a method (methods/choice.METHODS) and what follows from it: 0 raw, 1 photo, 2 graphics
   (WebP), 3 planes (LZMA), 4 drawing (models of graphics), 5 deep (models of photos, 16 bits a sample), 6 panes, 7 chain (small photos)

A file names the model of its payloads, and none if there is no photo of 8 bits in it. A reader MUST refuse, before it allocates anything
for samples, a form or size beyond these bounds, another number of stripes than the height has, lengths that do not add up to section S, a
stripe that its method finds implausible for its rows: of photo, deep and chain less than 1 byte for 2^7 samples, of planes less than 1 for
2^13 (2^15 of less than 8 bits), of drawing less than 1 for 2^12 pixels beyond 2^19, of raw not exactly as long as the samples, of graphics
with another size in its first bytes than that of the stripe; and photo, deep or panes where all rows are one stripe because the file says
so. A writer MUST NOT write them. (A model decodes a few hundred thousand pixels a second, and a short message of nonsense may be very many
of them; what is flat enough to be as short is shorter by another method.) It MUST refuse samples that have another CRC or digest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codec.container.numbers import read_length, write_length
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile
from codec.kinds.kind import DIGEST_BYTES, time_number, time_of
from codec.media.form import Chunks, Form
from codec.media.metadata import plain_bytes
from codec.system.records import record

if TYPE_CHECKING:
    from hashlib import _Hash

FORMS = (
    ("L", 8), ("RGB", 8), ("LA", 8), ("RGBA", 8), ("P", 8), ("PA", 8), ("CMYK", 8), ("YCbCr", 8), ("LAB", 8), ("1", 1), ("L", 2), ("L", 4),
    ("P", 1), ("P", 2), ("P", 4), ("I;16", 16), ("I", 32), ("F", 32), ("LA;16", 16), ("RGB;16", 16),
    ("RGBA;16", 16),
)  # fmt: skip
CRC_BYTES = 4
MAX_VALUES = 1 << 34
MAX_ROWS = 512  # of a stripe of the usual height, and more
TIMES = (1, 2, 4)  # as high as that stripes can be


@record(frozen=True)
class StripeEntry:
    """A stripe in section H: its length, and the CRC-32 of its samples; None where the digest alone stands for it."""

    length: int
    crc: int | None


@record(frozen=True)
class PictureHeader:
    """Section H. times: one of TIMES. stripes is empty when there is one stripe only: section S is that."""

    form: Form
    single: bool = False
    modified: int | None = None
    digest: bytes = bytes(DIGEST_BYTES)
    stripes: tuple[StripeEntry, ...] = ()
    times: int = 1

    @property
    def rows(self) -> list[slice]:
        """The rows of each stripe."""
        return [slice(0, self.form.height)] if self.single else stripe_rows(self.form.height, self.form.width, self.times)


def lowest_times(form: Form, times: int) -> int:
    """The lowest of TIMES by which a picture is cut as by this one."""
    rows = stripe_rows(form.height, form.width, times)
    return next(one for one in TIMES if stripe_rows(form.height, form.width, one) == rows)


def picture_numbers(form: Form) -> bytes:
    """The three numbers with which section H and the digested bytes begin."""
    return b"".join(write_length(value) for value in (FORMS.index((form.mode, form.bits)), form.width, form.height))


def start_digest(form: Form, metadata: Chunks) -> _Hash:
    """The hash that takes in a picture's samples, from the top down; the digest is its first 16 bytes."""
    from hashlib import sha256  # what only tells what a file is does without

    return sha256(picture_numbers(form) + plain_bytes(metadata))


def write_header(header: PictureHeader) -> bytes:
    stripes = b"".join(write_length(entry.length) + (entry.crc or 0).to_bytes(CRC_BYTES, "little") for entry in header.stripes)
    settings = 1 if header.single else header.times if header.times > 1 else 0, time_number(header.modified)
    return picture_numbers(header.form) + b"".join(map(write_length, settings)) + header.digest + stripes


def read_header(data: bytes) -> PictureHeader:
    """Section H of a file. Raises BadFile."""
    values, position = list[int](), 0
    for _ in range(5):
        value, position = read_length(data, position)
        values.append(value)
    form, width, height, cut, modified = values
    single, times = cut == 1, max(cut, 1)
    if form >= len(FORMS) or times not in TIMES:
        raise BadFile("the file's header is damaged, or of a later release: samples or stripes in a form that this one does not know")
    header = PictureHeader(Form(*FORMS[form], width, height), single, time_of(modified), times=times)
    if not 1 <= header.form.samples <= MAX_VALUES:
        raise BadFile(f"the file's header is damaged: a picture of {width}x{height} pixels")
    digest, position = data[position : position + DIGEST_BYTES], position + DIGEST_BYTES
    stripes = []
    while position < len(data):
        length, position = read_length(data, position)
        stripes.append(StripeEntry(length, int.from_bytes(data[position : position + CRC_BYTES], "little")))
        position += CRC_BYTES
    if position != len(data) or len(digest) != DIGEST_BYTES:
        raise BadFile("the file's header is damaged: it ends in the middle of a number")
    if len(stripes) == 1 or (single and stripes) or (not single and height > MAX_ROWS * times * max(1, len(stripes))):
        raise BadFile(f"the file's header is damaged: {len(stripes)} stripes for {height} rows")
    return replace(header, digest=digest, stripes=tuple(stripes))


def stripe_spans(header: PictureHeader, size: int) -> list[tuple[int, int]]:
    """(start, end) of each stripe in a section S of `size` bytes. Raises BadFile."""
    entries = header.stripes or (StripeEntry(size, None),)
    rows = header.rows
    if len(rows) != len(entries):
        raise BadFile(f"the file's header is damaged: {len(entries)} stripes in a picture that has {len(rows)}")
    spans, start = list[tuple[int, int]](), 0
    for entry in entries:
        spans.append((start, start + entry.length))
        start += entry.length
    if start != size:
        raise BadFile(f"the file's header is damaged: its stripes are {start} bytes instead of {size}")
    return spans
