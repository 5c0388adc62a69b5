"""Writes the file of a picture: its rows to stripes, the stripes to bytes.

    rows --stripes--> methods/choice --> bytes --.
      '--> CRC-32 of each, digest of all --------'--> file (header.py)

Stripes are coded one by one, nothing is shared between them, so that threads code them side by side and the file does not depend on
how many. Beside what the rows themselves need no more stripes are held than threads work on.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from codec.container.container import NAME_BYTES, write_container
from codec.density.density import MAX_PARTICLES, PLANES_BITS, PlanesDensity
from codec.errors import BadFile, BadInput
from codec.kinds.kind import DIGEST_BYTES
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.header import MAX_VALUES, PictureHeader, StripeEntry, start_digest, write_header
from codec.kinds.picture.info import PictureBits, PictureInfo, StripeCounts, info_of
from codec.kinds.picture.long import KIND
from codec.kinds.picture.short import is_short_for_sure, write_short
from codec.kinds.picture.stripes import EncodeStripe, in_pixels, walk
from codec.kinds.requests import Progress
from codec.media.form import Chunks, Form
from codec.media.metadata import write_metadata
from codec.media.picture import RowSource, form_of
from codec.methods.choice import method_name
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.photo import check_density
from codec.system.executor import affordable
from codec.system.records import record

if TYPE_CHECKING:
    from codec.kinds.picture.heat_map import Heat, StripePlaces

COMPRESSING = "compressing"
PLAIN = Setting()


@record(frozen=True)
class Plan:
    """How a picture is coded. methods: that its stripes may be coded by; single: all rows are one stripe; setting: of the methods; worth:
    for each stripe, those that are worth trying, if it is known; short: in the short form, if that holds it; times: one of header.TIMES."""

    methods: tuple[Method, ...]
    single: bool = False
    setting: Setting = PLAIN
    worth: Sequence[tuple[Method, ...]] = ()
    short: bool = False
    times: int = 1


@record(frozen=True)
class Written:
    """A picture's file. heat: where its bits went, if the setting asks for places; times: as high as that its stripes are."""

    data: bytes
    info: PictureInfo
    bits: PictureBits
    heat: Heat | None
    times: int


def write_picture_file(
    picture: RowSource,
    plan: Plan,
    threads: int | None = None,
    progress: Progress | None = None,
    modified: int | None = None,
    verify: bool = False,
) -> Written:
    """The file of a picture as planned: at most 64 bytes, 8 for each stripe and its metadata larger than its samples.

    threads: as many as there are cores and memory for if None; no influence on the file. modified: a time to keep with the picture. verify:
    every stripe is decoded and compared as soon as it is coded, by the thread that coded it while others go on; BadFile if one differs.
    Raises BadInput for what cannot be coded so.
    """
    header = PictureHeader(form_of(picture), single=plan.single, modified=modified, times=plan.times)
    form, rows = header.form, header.rows
    setting = replace(plan.setting, small=plan.short and is_short_for_sure(header))
    check_request(form, setting.density, setting.particles)
    bands = zip(rows, picture.bands(rows), plan.worth or [plan.methods] * len(rows), strict=True)
    tasks = (EncodeStripe(part, pixels, form, methods, setting, verify) for part, pixels, methods in bands)
    threads = threads or affordable(form.samples // len(rows), picture.held)
    stripes, digest = _Stripes(form), start_digest(form, picture.metadata)
    for part, (pixels, stripe) in walk(tasks, rows, threads, COMPRESSING, in_pixels(progress, form.width)):
        digest.update(pixels.data)
        stripes.add(part, zlib.crc32(pixels.data), stripe, setting.places)
    entries = tuple(stripes.entries) if len(rows) > 1 else ()
    header = replace(header, digest=digest.digest()[:DIGEST_BYTES], stripes=entries)
    model = bytes(NAME_BYTES) if not stripes.counts.needs_model or setting.density is None else setting.density.file.name
    joined = stripes.joined()
    short = write_short(header, model, picture.metadata, joined, pixels) if plan.short else None
    data = short or _write_long(header, model, picture.metadata, joined)
    if verify:
        _check_header(data, header, picture.metadata)
    info = info_of(header, model, picture.metadata, stripes.counts, stripes.payload, len(data))
    return Written(data, info, stripes.bits(len(data), setting), stripes.heat(form) if setting.places else None, header.times)


def _write_long(header: PictureHeader, model: bytes, metadata: Chunks, stripes: bytes) -> bytes:
    sections = {"H": write_header(header), "M": write_metadata(metadata), "S": stripes}
    return write_container(KIND, model, {tag: content for tag, content in sections.items() if content or tag != "M"})


def _check_header(data: bytes, header: PictureHeader, metadata: Chunks) -> None:
    """Raise BadFile unless a file says what its writer was told."""
    written = PictureFile.read(data)
    said = [(one.form, one.modified, one.rows, one.stripes) for one in (written.header, header)]
    if said[0] != said[1] or written.metadata() != metadata:
        raise BadFile("its header is not what was written")


@record
class _Stripes:
    """The coded stripes of a picture, one after the other, and what is counted of them. payload: bytes without the methods' numbers."""

    form: Form
    entries: list[StripeEntry] = field(default_factory=list)
    coded: list[bytes] = field(default_factory=list)
    counts: StripeCounts = field(default_factory=StripeCounts)
    places: list[StripePlaces] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PLANES_BITS, 0.0))
    density_bytes: int = 0
    payload: int = 0

    def add(self, part: slice, crc: int, stripe: CodedRows, with_places: bool) -> None:
        """The next one, of the rows `part`."""
        size = len(stripe.data) - 1
        self.entries.append(StripeEntry(len(stripe.data), crc))
        self.coded.append(stripe.data)
        self.counts.add(memoryview(stripe.data), method_name(stripe.data[0]), self.form)
        self.parts = {name: self.parts[name] + stripe.bits.get(name, 0.0) for name in PLANES_BITS}
        self.density_bytes, self.payload = self.density_bytes + stripe.density_bytes, self.payload + size
        if with_places:
            from codec.kinds.picture.heat_map import StripePlaces

            self.places.append(StripePlaces(part, 8 * size, stripe.places))

    def heat(self, form: Form) -> Heat:
        """Where the bits of all went, if that was wanted."""
        from codec.kinds.picture.heat_map import heat_of

        return heat_of(self.places, form)

    def joined(self) -> bytes:
        """All of them; they are not held any longer."""
        whole = b"".join(self.coded)
        self.coded.clear()
        return whole

    def bits(self, total: int, setting: Setting) -> PictureBits:
        """What a file of so many bytes spends. Payloads have bits beyond those that the model asks for: ends of messages, and rounding."""
        parts = self.parts
        asked = parts["prior"] - parts["posterior"] + parts["likelihood"] + parts["funding"]
        stored, header = 8 * (self.payload - self.density_bytes), 8 * (total - self.payload)
        other = {"coder": 8 * self.density_bytes - asked, "stored": stored, "header": header}
        return PictureBits(setting.particles, **{f"{name}_bits": round(float(bits), 1) for name, bits in (parts | other).items()})


def check_request(form: Form, density: PlanesDensity | None, *particles: int) -> None:
    """Raise BadInput for a picture that is too large for a file, that the density does not code, or numbers of particles that are none."""
    if form.samples > MAX_VALUES:
        raise BadInput(f"a picture of {form.width}x{form.height} pixels: a file holds {MAX_VALUES} samples at most; cut it into parts")
    if density is None:
        return
    check_density(form, density)
    for count in particles:
        if not 1 <= count <= MAX_PARTICLES:
            raise BadInput(f"{count} particles: take from 1 to {MAX_PARTICLES}")
