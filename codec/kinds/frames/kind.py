"""Files of several frames or pages as a kind of file: what can be done with a GIF, an animated PNG or WebP, a TIFF of pages, and with the
compressed file of one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from codec.container.container import NAME_BYTES, Container, write_container
from codec.errors import BadFile, BadInput
from codec.kinds import table
from codec.kinds.frames.header import (
    BYTES_PER_BYTE,
    FREE_BYTES,
    MAX_FRAMES,
    FramesHeader,
    digest_of,
    frames_header_bytes,
    read_frames_header,
    read_rest,
    write_rest,
)
from codec.kinds.frames.sequence import EncodeGroup, decode_frames, encode_frames, forms_of, is_one_stack, plan
from codec.kinds.frames.ways import AGAIN, WAYS
from codec.kinds.kind import Drawn, Estimates, Summary
from codec.kinds.original import keep
from codec.kinds.requests import Restored, Restoring, Settings, Source
from codec.media.form import Form, row_bytes
from codec.media.frames.series import ENDINGS, Series, format_of, read_series, write_series
from codec.media.picture import Picture
from codec.media.read import FRAMES, open_picture
from codec.methods.choice import AUTO

KIND, ARRAY_FORMAT = "F", "NPY"
PACKED_BELOW, PACKED_ABOVE = 1 << 20, 0.5  # bytes of files, and share of one, that are packed as they are, too, to be compared


@dataclass(frozen=True)
class FramesInfo:
    """What a file of frames is. format: of the file that comes back; width, height: the largest of any frame; frames_by_way: how many are
    coded in each way (ways.py); payload_bits: of their pictures; header_bits: of all the rest."""

    format: str
    ending: str
    modified: int | None
    frames: int
    mode: str
    width: int
    height: int
    frames_by_way: dict[str, int]
    payload_bits: int
    header_bits: int
    total_bits: int
    bits_per_dimension: float
    kind: str = "frames"
    method: str = "frames"


@dataclass(frozen=True)
class FramesEstimate:
    """-log2 p of all frames with one number of particles, in bits and in bits of a sample."""

    particles: int
    bits: float
    bits_per_dimension: float


@dataclass(frozen=True)
class FramesEstimates:
    """Estimates of the frames of a file, each given those before as its file codes it. format: of the file, "NPY" of an array's frames;
    model: the SHA-256 of that of the first picture."""

    format: str
    frames: int
    model: str
    estimates: tuple[FramesEstimate, ...]


class FramesKind:
    """Files of several frames, compressed (kind.Kind). What is asked for by a model or a method is left to the kind of pictures."""

    particles = (1, 4, 16)

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        """A file that gives back all frames and all that the file says of them; one that would not come back so is kept as it is."""
        began = time.perf_counter()
        if settings.model is not None or settings.method != AUTO:
            return table.pictures().compress(source, settings)
        try:
            series = read_series(source.data, settings.opener or open_picture, settings.max_pixels)
            data, info = write_frames(series, source.ending or ENDINGS[series.format][0], source.modified, settings)
        except BadInput as error:
            return _kept(source, f"{FRAMES} ({error})", settings, began)
        if len(source.data) <= PACKED_BELOW or len(data) >= PACKED_ABOVE * len(source.data):
            kept = _kept(source, f"{FRAMES}, and smaller than what is coded from them", settings, began)
            if len(kept[0]) <= len(data):
                return kept
        return data, Summary(info, _since(began), settings.verify, len(source.data))

    def density(self, source: Source, settings: Settings, particles: Sequence[int], seed: int) -> Estimates:
        try:
            series = read_series(source.data, settings.opener or open_picture, settings.max_pixels)
        except BadInput as error:
            raise BadInput(f"it has no density: {FRAMES} ({error})") from error
        return estimate_frames(series.format, plan(series.pictures, settings), settings, particles, seed)

    def heat_map(self, source: Source, settings: Settings) -> Drawn:
        raise BadInput("only the bits of single pictures are drawn: give one, without --heatmap for several frames")


def write_frames(series: Series, ending: str, modified: int | None, settings: Settings) -> tuple[bytes, FramesInfo]:
    """The file of a series. Raises BadInput for what a reader would refuse, or what does not come back."""
    frames = series.pictures
    if len(frames) > MAX_FRAMES:
        raise BadInput(f"more than {MAX_FRAMES} frames")
    coded, pictures = encode_frames(frames, settings)
    header = FramesHeader(series.format, ending, modified, digest_of(series.rest, frames), tuple(coded))
    sections = {"H": frames_header_bytes(header), "M": write_rest(series.rest), "S": pictures}
    data = write_container(KIND, bytes(NAME_BYTES), sections)
    try:
        opened = table.open_file(data)
        assert isinstance(opened, OpenedFrames), "it has been written so"
        restoring = Restoring(threads=settings.threads, max_pixels=settings.max_pixels)
        if settings.verify and not opened.series(restoring).equals(series):
            raise BadFile("other frames come back")
        opened.check_size(None)
    except BadFile as error:
        raise BadInput(f"the result does not decode to it on this machine: {error}; run codec selftest") from error
    return data, opened.info()


def estimate_frames(
    name: str, groups: Sequence[EncodeGroup], settings: Settings, particles: Sequence[int], seed: int
) -> FramesEstimates:  # fmt: skip
    """Estimates of frames that are coded in such groups, one for each number of particles. name: of the format."""
    bits, model, frames = dict.fromkeys(particles, 0.0), "", [frame for task in groups for frame in task.frames]
    for task in groups:
        if task.group.way != AGAIN:
            found = table.estimate_image(task.picture(), settings, particles, seed)
            model = model or found.model
            for one in found.estimates:
                bits[one.particles] += one.bits
    samples = sum(frame.pixels.size for frame in frames)
    rows = tuple(FramesEstimate(count, bits[count], bits[count] / samples) for count in particles)
    return FramesEstimates(name, len(frames), model, rows)


def estimate_sequence(frames: Sequence[Picture], settings: Settings, particles: Sequence[int], seed: int) -> FramesEstimates | None:
    """Estimates of the frames of an array; None where all are one stack anyway (sequence.write_sequence)."""
    groups = plan(frames, settings)
    return None if is_one_stack(groups) else estimate_frames(ARRAY_FORMAT, groups, settings, particles, seed)


class OpenedFrames:
    """The compressed file of several frames, opened (kind.Opened). Raises BadFile."""

    def __init__(self, container: Container) -> None:
        container.check_tags("HMS")
        if any(container.model):
            raise BadFile("the file's header is damaged: frames of a model")
        self.container, self.header = container, read_frames_header(container.section("H"))

    def info(self) -> FramesInfo:
        self.container.check()
        forms, ways = self._forms(), dict.fromkeys(WAYS, 0)
        for one in self.header.groups:
            ways[one.group.way] += one.group.frames
        payload, total = self.container.span("S")[1], len(self.container.data)
        return FramesInfo(
            format=self.header.format,
            ending=self.header.ending,
            modified=self.header.modified,
            frames=len(forms),
            mode=forms[0].mode,
            width=max(form.width for form in forms),
            height=max(form.height for form in forms),
            frames_by_way={way: count for way, count in ways.items() if count},
            payload_bits=8 * payload,
            header_bits=8 * (total - payload),
            total_bits=8 * total,
            bits_per_dimension=round(8 * total / sum(form.samples for form in forms), 6),
        )

    def ending(self) -> str:
        return self.header.ending

    def check_size(self, max_bytes: int | None) -> None:
        """Raise BadInput for a file whose frames are more than its bytes bear out, or than the user allows."""
        size = sum(row_bytes(form.width, form.mode, form.bits) * form.height for form in self._forms())
        if size > (max(FREE_BYTES, len(self.container.data) * BYTES_PER_BYTE) if max_bytes is None else max_bytes):
            raise BadInput(f"frames of {size} bytes in all: allow so many with --max-bytes (max_bytes)")

    def series(self, restoring: Restoring) -> Series:
        """What the file holds. Raises BadFile."""
        self.container.check()
        self.check_size(restoring.max_bytes)
        if restoring.region is not None or restoring.salvage:
            raise BadInput("it holds several frames, which come back as a whole or not at all: only single pictures have regions")
        rest = read_rest(self.container.section("M"), len(self.container.data), restoring.max_bytes)
        frames = decode_frames(self.header.groups, self.container.view("S"), restoring)
        if digest_of(rest, frames) != self.header.digest:
            raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")
        return Series(self.header.format, rest, tuple(frames))

    def content(self, restoring: Restoring) -> bytes:
        """The file of frames. Raises BadFile."""
        series = self.series(restoring)
        try:
            return write_series(series)
        except BadInput as error:
            raise BadFile(f"the file is damaged: {error}") from error

    def decompress(self, restoring: Restoring) -> Restored:
        if restoring.ending is not None and restoring.ending.lower() not in (self.header.ending.lower(), *ENDINGS[self.header.format]):
            raise BadInput(f"it holds several frames: take their own ending, {self.header.ending}")
        return Restored(self.content(restoring), self.header.ending, self.header.modified)

    def restore(self, restoring: Restoring) -> bytes:
        return self.content(restoring)

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        series = self.series(restoring)
        if source is not None and not _is_same(series, source, restoring):
            raise BadFile("the file that it was made from is another: its frames differ")

    def _forms(self) -> list[Form]:
        return forms_of(self.header.groups, self.container.view("S"))


def _is_same(series: Series, source: Source, restoring: Restoring) -> bool:
    if format_of(source.data) != series.format:
        return False
    return series.equals(read_series(source.data, open_picture, restoring.max_pixels))


def _kept(source: Source, reason: str, settings: Settings, began: float) -> tuple[bytes, Summary]:
    data, info = keep(source.data, source.ending or ENDINGS[format_of(source.data)][0], source.modified, settings.verify)
    return data, Summary(info, _since(began), settings.verify, len(source.data), notes=(f"stored as it is: {reason}",))


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)
