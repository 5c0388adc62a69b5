"""JPEG files as a kind of file: what can be done with a JPEG file, and with the compressed file of one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from codec.container.container import Container
from codec.density import library
from codec.density.density import JpegDensity, Options
from codec.errors import BadFile, BadInput, TooShort
from codec.kinds import table
from codec.kinds.compare import check_picture
from codec.kinds.jpeg.header import MAX_ENDING
from codec.kinds.jpeg.info import JpegInfo
from codec.kinds.jpeg.pictures import TakenApart, data_of, parts_of, take_apart
from codec.kinds.jpeg.stream import JpegReader, JpegWritten, write_jpeg_file
from codec.kinds.kind import Drawn, Estimates, Summary
from codec.kinds.original import SAME, keep
from codec.kinds.picture.heat_map import StripePlaces, draw, heat_of, hottest
from codec.kinds.ready import make_ready
from codec.kinds.requests import Restored, Restoring, Settings, Source
from codec.media.form import Form
from codec.media.picture import Picture, RowSource, cut_out
from codec.media.read import open_picture
from codec.media.write import check_ending, write_picture
from codec.methods.choice import AUTO, STORED
from codec.system.records import record

ENDING = ".jpg"
ESTIMATING = "estimating"


@record(frozen=True)
class JpegEstimate:
    """-log2 p of the coefficients with one number of particles, in bits, and in bits of a coefficient; standard_error: of the bits."""

    particles: int
    bits: float
    bits_per_dimension: float
    standard_error: float | None


@record(frozen=True)
class JpegEstimates:
    """Estimates of a JPEG file's coefficients. model: the SHA-256 of the model's file."""

    width: int
    height: int
    components: int
    model: str
    estimates: tuple[JpegEstimate, ...]


class JpegKind:
    """JPEG files, compressed (kind.Kind). What is to be coded as a picture, with a photo's model or a method, is left to that kind."""

    particles = (1, 4, 16)

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        """A file that gives back the JPEG file, byte for byte; one whose coefficients cannot be told is kept as it is."""
        began, density = time.perf_counter(), _density_for(settings)
        if density is None or settings.method != AUTO or settings.pixels:
            return table.pictures().compress(source, settings)
        try:
            found = take_apart(source.data, settings.max_pixels)
            written = _written(source, found, density, settings)
        except BadInput as error:
            if settings.model is not None:
                raise
            return _kept(source, str(error), settings, began)
        kept = keep(source.data, source.ending or ENDING, source.modified, False)[0] if len(written.data) >= len(source.data) else b""
        if kept and len(kept) <= len(written.data) and settings.model is None:
            return _kept(source, "it is smaller so", settings, began)
        return written.data, Summary(written.info, _since(began), settings.verify, len(source.data), spent=written.bits)

    def density(self, source: Source, settings: Settings, particles: Sequence[int], seed: int) -> Estimates:
        density = _density_for(settings)
        if density is None:
            return table.pictures().density(source, settings, particles, seed)
        make_ready(density, settings.progress)
        return estimate_jpeg(take_apart(source.data, settings.max_pixels), density, particles, seed)

    def heat_map(self, source: Source, settings: Settings) -> Drawn:
        """Of the first picture: each pixel of the map stands for a unit, as an MCU of all components is one."""
        density = _density_for(settings)
        if density is None or settings.method != AUTO:
            return table.pictures().heat_map(source, settings)
        written = _written(source, take_apart(source.data, settings.max_pixels), density, settings, places=True)
        places = [(part, coded) for part, coded in written.parts if coded.places is not None]
        assert len(places) == len(written.parts), "they were asked for"
        stripes, row = list[StripePlaces](), 0
        for _, coded in places:
            height = 0 if coded.places is None else len(coded.places.bits)
            stripes.append(StripePlaces(slice(row, row + height), 8 * len(coded.payload), coded.places))
            row += height
        width = 0 if coded.places is None else coded.places.bits.shape[1]
        heat = heat_of(stripes, Form("RGB", 8, width, row))
        latents = tuple(round(tile.bits, 1) for tile in heat.tiles)
        return Drawn(write_picture(draw(heat), ".png"), round(hottest(heat), 2), round(float(heat.bits.sum()), 1), latents)


def estimate_jpeg(found: TakenApart, density: JpegDensity, particles: Sequence[int], seed: int) -> JpegEstimates:
    """Estimates of -log2 p of all coefficients of a file that was taken apart, one for each number of particles."""
    forms = [one.form for one in found.pictures]
    bits, squares = dict.fromkeys(particles, 0.0), dict.fromkeys(particles, 0.0)
    for place, (number, part) in enumerate(parts_of(density, forms)):
        rng = np.random.Generator(np.random.PCG64((seed, place)))
        data = data_of(found.pictures[number].components, forms[number], part)
        for one in density.estimate(forms[number], part, data, particles, rng):
            bits[one.particles] -= one.bits
            squares[one.particles] += one.bits_error**2
    count = sum(blocks.size for one in found.pictures for blocks in one.components)
    frame = found.pictures[0].layout.frame
    rows = tuple(
        JpegEstimate(one, bits[one], bits[one] / count, float(np.sqrt(squares[one])) if np.isfinite(squares[one]) else None)
        for one in particles
    )
    return JpegEstimates(frame.width, frame.height, len(frame.components), density.file.sha256, rows)


class OpenedJpeg:
    """The compressed file of a JPEG file, opened (kind.Opened)."""

    def __init__(self, container: Container) -> None:
        self.file = JpegReader(container)

    def info(self) -> JpegInfo:
        return self.file.info()

    def ending(self) -> str:
        return self.file.header.ending

    def content(self, restoring: Restoring) -> bytes:
        """The JPEG file, byte for byte. Raises BadFile."""
        if restoring.salvage:
            raise BadInput("it holds a JPEG file, which comes back as a whole or not at all: nothing of it can be salvaged")
        return self.file.content(_finder(restoring), restoring.threads, restoring.max_pixels, restoring.max_bytes, restoring.progress)

    def decompress(self, restoring: Restoring) -> Restored:
        header = self.file.header
        if restoring.region is None and (restoring.ending is None or _is_jpeg(restoring.ending, header.ending)):
            return Restored(self.content(restoring), header.ending, header.modified)
        if restoring.ending is None:
            raise BadInput(f"a part of a {header.ending}: say with -o what to write it as")
        part = cut_out(self._rows(self.content(restoring), restoring), restoring.region)
        check_ending(restoring.ending, part.mode, part.metadata, restoring.lossy_ok)
        return Restored(write_picture(part, restoring.ending), restoring.ending, header.modified)

    def restore(self, restoring: Restoring) -> Picture | bytes:
        content = self.content(restoring)
        return content if restoring.region is None else cut_out(self._rows(content, restoring), restoring.region)

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        content = self.content(restoring)
        if source is not None and content != source.data:
            rows = self._rows(content, restoring)
            check_picture(rows, [slice(0, rows.height)], source, restoring.max_pixels, restoring.progress)

    def _rows(self, content: bytes, restoring: Restoring) -> RowSource:
        """The picture in the JPEG file. Raises BadInput if Pillow does not read it, or not all of it."""
        found = open_picture(content, self.file.header.ending, restoring.max_pixels)
        if found.rows is None or (found.left and not restoring.lossy_ok):
            reason = found.keep or "no picture that can be read"
            raise BadInput(f"it holds a JPEG file ({reason}): take its own ending, {self.file.header.ending or 'none'}")
        return found.rows


def _written(source: Source, found: TakenApart, density: JpegDensity, settings: Settings, places: bool = False) -> JpegWritten:
    """The file of a JPEG file. Raises BadInput, also if it does not come back on this machine."""
    make_ready(density, settings.progress)
    ending = source.ending if len(source.ending) <= MAX_ENDING and source.ending[1:].isalnum() and source.ending.isascii() else ENDING
    options = Options(settings.particles_or(1), places)
    given = source.data, found, density, ending, source.modified, options, settings.threads, settings.progress
    try:
        return write_jpeg_file(*given, verify=settings.verify)
    except BadFile as error:
        advice = "nothing was written (run codec selftest)"
        raise BadInput(f"the result does not decode to it on this machine: {error}; {advice}") from error
    except TooShort as error:
        raise BadInput(f"it is too large for what it holds: {error}") from error


def _kept(source: Source, reason: str, settings: Settings, began: float) -> tuple[bytes, Summary]:
    data, info = keep(source.data, source.ending or ENDING, source.modified, settings.verify)
    return data, Summary(info, _since(began), settings.verify, len(source.data), notes=(f"stored as it is: {reason}",))


def _density_for(settings: Settings) -> JpegDensity | None:
    """The density that codes JPEG files with these settings; None if they are to be coded as pictures, or this release has none."""
    if settings.method == STORED:
        return None
    if settings.model in (None, library.JPEG):
        return library.jpeg_density(None, settings.effort)
    assert settings.model is not None
    named = settings.model == library.PHOTO or not library.find(settings.model).codes_jpegs
    return None if named else library.jpeg_density(settings.model, settings.effort)


def _finder(restoring: Restoring) -> Callable[[bytes], JpegDensity]:
    def find(name: bytes) -> JpegDensity:
        density = library.named_by(name, restoring.model).coefficients
        density = density if restoring.limited else density.unlimited()
        make_ready(density, restoring.progress)
        return density

    return find


def _is_jpeg(wanted: str, own: str) -> bool:
    return wanted.lower() == own.lower() or {wanted.lower(), own.lower()} <= SAME[0]


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)
