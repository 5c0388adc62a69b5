"""The work on a picture's stripes: to encode, to decode, to estimate one, as tasks; and the walk over all of them, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from codec.density.density import PlanesDensity, PlanesForm
from codec.errors import BadFile, CodecError
from codec.kinds.picture.checksum import Checksum
from codec.kinds.requests import Progress
from codec.media.form import Form, Pixels
from codec.methods.choice import decode_rows, encode_rows
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.photo import beside, groups
from codec.system.executor import Task, completed
from codec.system.records import record

Result = TypeVar("Result")
RowsDone = Callable[[str, int, int], None]  # what is being done, the first row that is not done, and the last one


@record(frozen=True)
class EncodeStripe:
    """Code the rows `part` of a picture by the best of some methods; verify: decode and compare them at once."""

    part: slice
    pixels: Pixels
    form: Form
    methods: tuple[Method, ...]
    setting: Setting
    verify: bool

    def run(self) -> tuple[Pixels, CodedRows]:
        """The pixels, for their digest, and what they became. Raises BadFile if they do not decode to what they were."""
        coded = encode_rows(self.pixels, self.form, self.methods, self.setting)
        if self.verify:
            found = decode_rows(memoryview(coded.data), self.form, len(self.pixels), self.setting.density)
            if found.tobytes() != self.pixels.tobytes():
                raise BadFile(f"rows {self.part.start} to {self.part.stop - 1} do not decode to what they were")
        return self.pixels, coded


@record(frozen=True)
class DecodeStripe:
    """Decode the rows `part` of a picture; salvage: give None where they are damaged, instead of an error."""

    part: slice
    data: bytes
    form: Form
    single: bool
    density: PlanesDensity | None
    checksum: Checksum
    salvage: bool

    def run(self) -> Pixels | None:
        """The pixels. Raises BadFile."""
        try:
            pixels = decode_rows(memoryview(self.data), self.form, self.part.stop - self.part.start, self.density, self.single)
            if not self.checksum.fits(pixels):
                raise BadFile("they do not have their checksum")
        except CodecError as error:
            if self.salvage:
                return None
            raise BadFile(f"the file is damaged: rows {self.part.start} to {self.part.stop - 1} do not decode ({error})") from error
        return pixels


@record(frozen=True)
class StripeEstimate:
    """log2 p of a stripe with one number of particles, and the standard error of that."""

    bits: float
    standard_error: float


@record(frozen=True)
class EstimateStripe:
    """Estimate -log2 p(x) of some rows of a photo, with each number of particles: of their planes by a density, and what their traces and
    alpha take. seed: of the particles."""

    pixels: Pixels
    form: Form
    density: PlanesDensity
    setting: Setting
    particles: tuple[int, ...]
    seed: tuple[int, int]

    def run(self) -> list[StripeEstimate]:
        rng, found = np.random.Generator(np.random.PCG64(self.seed)), list[list[StripeEstimate]]()
        described = 8.0 * len(beside(self.pixels, self.form, self.setting))
        for trace, parts in groups(self.pixels, self.form, self.density, self.setting.traces):
            described += 8.0 * len(trace)
            for planes in parts:
                height, width = planes.shape[1:]
                form = PlanesForm(height, width, self.setting.small)
                estimates = self.density.estimate(form, slice(0, height), planes, self.particles, rng)
                found.append([StripeEstimate(-one.bits, one.bits_error) for one in estimates])
        found.append([StripeEstimate(described, 0.0)] * len(self.particles))
        return [sum_of(same) for same in zip(*found, strict=True)]


def sum_of(parts: Sequence[StripeEstimate]) -> StripeEstimate:
    """The estimate of independent parts together."""
    error = float(np.sqrt(sum(part.standard_error**2 for part in parts)))
    return StripeEstimate(sum(part.bits for part in parts), error)


def in_pixels(progress: Progress | None, width: int) -> RowsDone | None:
    """Tells progress of the pixels of rows that are so wide."""
    return None if progress is None else lambda label, row, last: progress(label, row * width, last * width)


def walk(
    tasks: Iterable[Task[Result]], parts: Sequence[slice], threads: int, label: str = "", progress: RowsDone | None = None
) -> Iterator[tuple[slice, Result]]:
    """The rows of each part, and the result of its task, from the top down; progress is told of the rows, and in the beginning of none."""
    last = parts[-1].stop if parts else 0
    if progress is not None and parts:
        progress(label, parts[0].start, last)
    for part, result in zip(parts, completed(tasks, threads), strict=True):
        yield part, result
        if progress is not None:
            progress(label, part.stop, last)
