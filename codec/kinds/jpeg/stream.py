"""Writes and reads the file of a JPEG file: its pictures to parts, the parts to bytes, by threads, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from codec.container.container import Container, write_container
from codec.density.density import Coefficients, Encoded, JpegDensity, Options
from codec.density.jpeg.form import JpegForm
from codec.errors import BadFile, TooShort
from codec.kinds.jpeg.header import JpegHeader, jpeg_header_bytes, read_jpeg_header
from codec.kinds.jpeg.info import JpegBits, JpegInfo, info_of
from codec.kinds.jpeg.pictures import (
    ANY_PIXELS,
    JpegPicture,
    TakenApart,
    are_affordable,
    coefficients_form,
    data_of,
    layouts_of,
    parts_of,
    put_together,
)
from codec.kinds.kind import DIGEST_BYTES, check_unpacked
from codec.kinds.requests import Progress
from codec.media.jpeg.description import described, read_described
from codec.media.jpeg.read import JpegDescription
from codec.system.executor import affordable, completed
from codec.system.records import record

KIND = "J"
COMPRESSING, DECOMPRESSING = "compressing", "decompressing"
SIZE = 64  # coefficients of a block

Result = TypeVar("Result")


@record(frozen=True)
class EncodePart:
    """Code a part of a picture. verify: decode and compare it at once."""

    density: JpegDensity
    form: JpegForm
    part: slice
    data: Coefficients
    options: Options
    verify: bool

    def run(self) -> Encoded:
        """Raises BadFile if it does not decode to what it was."""
        coded = self.density.encode(self.form, self.part, self.data, self.options)
        if self.verify:
            found = self.density.decode(self.form, self.part, coded.payload)
            if any(not np.array_equal(one, other) for one, other in zip(found, self.data, strict=True)):
                raise BadFile("its coefficients do not decode to what they were")
        return coded


@record(frozen=True)
class DecodePart:
    """Decode a part of a picture."""

    density: JpegDensity
    form: JpegForm
    part: slice
    payload: bytes

    def run(self) -> Coefficients:
        """Raises BadFile."""
        return self.density.decode(self.form, self.part, self.payload)


@record(frozen=True)
class JpegWritten:
    """A JPEG file's file. parts: the coded parts of the first picture, and their rows of units."""

    data: bytes
    info: JpegInfo
    bits: JpegBits
    parts: tuple[tuple[slice, Encoded], ...]


def write_jpeg_file(
    content: bytes,
    found: TakenApart,
    density: JpegDensity,
    ending: str,
    modified: int | None = None,
    options: Options | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    verify: bool = False,
) -> JpegWritten:
    """The file of a JPEG file that was taken apart. Raises BadInput, TooShort, and BadFile if verifying fails."""
    forms, options = [one.form for one in found.pictures], options or Options()
    parts = parts_of(density, forms)
    tasks = (
        EncodePart(density, forms[number], part, data_of(found.pictures[number].components, forms[number], part), options, verify)
        for number, part in parts
    )
    coded = list(_told(completed(tasks, threads or _threads(density, forms)), parts, forms, COMPRESSING, progress))
    payloads = [one.payload for one in coded]
    lengths = tuple(len(payload) for payload in payloads[:-1])
    descriptions = [one.description for one in found.pictures]
    description, digest = described(descriptions), hashlib.sha256(content).digest()[:DIGEST_BYTES]
    header = JpegHeader(ending, modified, len(content), digest, found.inside, lengths, description, found.moves)
    model, payload = density.file.name, b"".join(payloads)
    if not are_affordable([one.layout for one in found.pictures], len(payload)):
        raise TooShort(f"{len(payload)} bytes")
    data = write_container(KIND, model, {"H": jpeg_header_bytes(header), "S": payload})
    if verify and [*map(repr, read_described(description, len(content)))] != [*map(repr, descriptions)]:
        raise BadFile("its description does not come back")
    info = info_of(header, [one.layout for one in found.pictures], model, len(payload), len(data))
    own = tuple((part, one) for (number, part), one in zip(parts, coded, strict=True) if number == 0)
    return JpegWritten(data, info, _bits(coded, len(payload), len(data)), own)


def _bits(coded: Sequence[Encoded], payload: int, total: int) -> JpegBits:
    components = [0.0] * max((len(one.bits) - 1 for one in coded), default=0)
    for one in coded:
        for number in range(len(components)):
            components[number] += one.bits.get(f"component {number}", 0.0)
    estimate = sum(one.bits.get("estimate", 0.0) for one in coded)
    rounded = tuple(round(bits, 1) for bits in components)
    coder = 8 * payload - sum(components)
    return JpegBits(rounded, round(coder, 1), 8 * (total - payload), round(estimate, 1))


class JpegReader:
    """A JPEG file's file, whose header has been read. Raises BadFile."""

    def __init__(self, container: Container) -> None:
        container.check_tags("HS")
        self.container = container
        self.header: JpegHeader = read_jpeg_header(container.section("H"))
        self.payload = container.span("S")[1]
        if sum(self.header.lengths) > self.payload:
            raise BadFile("the file's header is damaged: its parts are longer than they are together")

    def descriptions(self) -> list[JpegDescription]:
        """Of its pictures. Raises BadFile."""
        header = self.header
        found = read_described(header.description, header.size)
        if len(found) != 1 + len(header.inside):
            raise BadFile("the file's header is damaged: its pictures are not as many as it says")
        return found

    def info(self) -> JpegInfo:
        self.container.check()
        layouts = layouts_of(self.descriptions(), self.payload, ANY_PIXELS)
        return info_of(self.header, layouts, self.container.model, self.payload, len(self.container.data))

    def content(
        self,
        find: Callable[[bytes], JpegDensity],
        threads: int | None = None,
        max_pixels: int = ANY_PIXELS,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> bytes:
        """The JPEG file, byte for byte. Raises BadFile, and BadInput if it is more than max_bytes."""
        self.container.check()
        header = self.header
        check_unpacked(header.size, len(self.container.data), max_bytes)
        descriptions = self.descriptions()
        layouts = layouts_of(descriptions, self.payload, max_pixels)
        components = self._components(find(self.container.model), [coefficients_form(layout) for layout in layouts], threads, progress)
        sizes = [header.size, *(size for _, size in header.inside)]
        pictures = [JpegPicture(*parts) for parts in zip(descriptions, layouts, components, sizes, strict=True)]
        found = put_together(TakenApart(tuple(pictures), header.inside, header.moves))
        if hashlib.sha256(found).digest()[:DIGEST_BYTES] != header.digest:
            raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")
        return found

    def _components(
        self, density: JpegDensity, forms: list[JpegForm], threads: int | None, progress: Progress | None
    ) -> list[Coefficients]:
        """The coefficients of all pictures."""
        parts, lengths = parts_of(density, forms), (*self.header.lengths, self.payload - sum(self.header.lengths))
        if len(parts) != len(lengths):
            raise BadFile(f"the file is damaged: {len(lengths)} parts instead of {len(parts)}")
        ends = np.cumsum(lengths).tolist()
        section = self.container.view("S")
        tasks = (
            DecodePart(density, forms[number], part, bytes(section[end - length : end]))
            for (number, part), length, end in zip(parts, lengths, ends, strict=True)
        )
        found = [[np.zeros((one.rows, one.columns, SIZE), np.int16) for one in form.components] for form in forms]
        decoded = _told(completed(tasks, threads or _threads(density, forms)), parts, forms, DECOMPRESSING, progress)
        for (number, part), data in zip(parts, decoded, strict=True):
            for blocks, one, rows in zip(found[number], forms[number].components, data, strict=True):
                blocks[one.rows_of(part)] = rows
        return found


def _told(
    results: Iterator[Result], parts: Sequence[tuple[int, slice]], forms: Sequence[JpegForm], label: str, progress: Progress | None
) -> Iterator[Result]:
    """The results, while progress is told of samples."""
    done, total = 0, sum(_samples(form, slice(0, form.unit_rows)) for form in forms)
    if progress is not None:
        progress(label, 0, total)
    for (number, part), result in zip(parts, results, strict=True):
        yield result
        done += _samples(forms[number], part)
        if progress is not None:
            progress(label, done, total)


def _samples(form: JpegForm, part: slice) -> int:
    """How many coefficients a part has."""
    found = 0
    for one in form.components:
        rows = one.rows_of(part)
        found += SIZE * one.columns * len(range(rows.start, rows.stop))
    return found


def _threads(density: JpegDensity, forms: Sequence[JpegForm]) -> int:
    """As many threads as there is memory for."""
    return affordable(max(_samples(forms[number], part) for number, part in parts_of(density, forms)) or 1)
