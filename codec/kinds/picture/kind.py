"""Pictures as a kind of file: what can be done with a picture's file (opened.py: with the compressed file of a picture)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from codec.density import library
from codec.density.density import PlanesDensity
from codec.density.efforts import CHAIN_EFFORTS, STRIPE_TIMES
from codec.errors import BadFile, BadInput, NotOnePlane
from codec.kinds.kind import Drawn, Summary
from codec.kinds.original import keep
from codec.kinds.picture.header import PictureHeader, lowest_times
from codec.kinds.picture.write import Plan, Written, write_picture_file
from codec.kinds.ready import make_graphics_ready, make_ready
from codec.kinds.requests import Settings, Source
from codec.media import png
from codec.media.form import Form
from codec.media.picture import Picture, RowSource, form_of, whole
from codec.media.read import SourceFile, open_picture
from codec.media.write import unwritable, write_picture
from codec.methods import choice
from codec.methods.chain import CHAIN
from codec.methods.deep import DEEP, densities_for
from codec.methods.drawing import DRAWING
from codec.methods.method import Method, Setting
from codec.methods.photo import PHOTO, channels_for, is_cheaper
from codec.methods.split import SPLIT
from codec.methods.traces.line import line_of
from codec.methods.traces.probe import maps_of, tells

if TYPE_CHECKING:
    from codec.kinds.picture.density import PictureEstimates

Result = TypeVar("Result")

BAND = 64  # rows that are looked at together: those of a photo have too many colours at once
ENDINGS = {"JPEG": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2", "PPM": ".pnm"}  # of files whose name is not known; else the format's name


class PictureKind:
    """Pictures' files, compressed (kind.Kind)."""

    particles = (1, 4, 16)

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        began = time.perf_counter()
        method = _method(settings)
        found = _opened(source, settings, settings.pixels or method not in (choice.AUTO, choice.STORED))
        if settings.pixels and found.keep and method != choice.STORED:
            found = _shown(found)
        if method == choice.STORED or (method == choice.AUTO and found.keep):
            return _keep(source, found, found.keep or "as it was asked for", settings, began)
        if found.rows is None:
            raise BadInput(f"it can only be stored as it is: {found.keep}")
        written = _write(found.rows, method, settings, source.modified)
        if method == choice.AUTO and len(written.data) >= len(source.data) and not (settings.pixels and found.left):
            other = _keep(source, found, f"the {found.format} file is smaller than what is coded from its pixels", settings, began)
            if len(other[0]) < len(written.data):
                return other
        notes = (f"left behind: {', '.join(found.left)}",) if found.left else ()
        return written.data, replace(_summary(written, settings, began), original_bytes=len(source.data), left=found.left, notes=notes)

    def density(self, source: Source, settings: Settings, particles: Sequence[int], seed: int) -> PictureEstimates:
        return estimate_image(_rows_of(source, settings), settings, particles, seed)

    def heat_map(self, source: Source, settings: Settings) -> Drawn:
        """Of the coding that the picture's file has with these settings."""
        from codec.kinds.picture.heat_map import draw, hottest

        heat = _write(_rows_of(source, settings), _method(settings), settings, None, places=True).heat
        assert heat is not None, "it was asked for"
        latents = tuple(round(tile.bits, 1) for tile in heat.tiles)
        return Drawn(write_picture(draw(heat), ".png"), round(hottest(heat), 2), round(float(heat.bits.sum()), 1), latents)


def compress_image(picture: Picture, settings: Settings) -> tuple[bytes, Summary]:
    """The compressed file of a picture in memory; it has no file that could be stored as it is. Raises BadInput."""
    began = time.perf_counter()
    method = _method(settings)
    if method == choice.STORED:
        raise BadInput("a picture in memory has no file that could be stored: take another method")
    lost = unwritable(picture.mode, picture.metadata)  # what decompress could not give back as a file
    written = _write(replace(picture, metadata=tuple(one for one in picture.metadata if one not in lost)), method, settings, None)
    return written.data, _summary(written, settings, began)


def compress_chain(pictures: Picture, count: int, settings: Settings) -> bytes:
    """The compressed file of so many small photos of one size, one below the other in a picture, coded as a chain. Raises BadInput."""
    form = form_of(pictures)
    channels = channels_for(form)
    if channels is None or not CHAIN.can_code(form):
        raise BadInput(f"pictures of mode {form.mode} and {form.bits} bits are not coded as chains")
    density = library.planes_density(channels, settings.model, settings.effort, CHAIN_EFFORTS)
    make_ready(density, settings.progress)
    setting = Setting(density, effort=settings.effort, chain=count)
    return _written(pictures, Plan((CHAIN,), True, setting, short=True), settings, None).data


def estimate_image(rows: RowSource, settings: Settings, particles: Sequence[int], seed: int) -> PictureEstimates:
    """Estimates of -log2 p(x) of a picture in memory, one for each number of particles: as its file is coded, unless a model is named.

    Raises BadInput."""
    from codec.kinds.picture.density import estimate_picture, estimates_of_bits

    def coded(count: int) -> Written:
        return _write(rows, choice.AUTO, replace(settings, particles=count, verify=False), None)

    def estimated(density: PlanesDensity) -> PictureEstimates:
        times = _times(rows, settings) if written is None else written.times
        return estimate_picture(
            rows, density, particles, seed, settings.threads, settings.progress, settings.traces, settings.effort, times
        )

    has_own = DEEP.can_code(form_of(rows)) or SPLIT.can_code(form_of(rows))
    written = coded(1) if settings.model is None or has_own else None
    if written is None or set(written.info.stripes_by_method) == {PHOTO.name}:
        return _by_density(rows, settings, estimated)
    bits = {count: coded(count).bits if count > 1 and written.bits.prior_bits else written.bits for count in particles}
    return estimates_of_bits(form_of(rows), bits, _model_of(written, settings))


def _model_of(written: Written, settings: Settings) -> str:
    """The SHA-256 of the first model that a file needs: its own, or one that its stripes name by number; empty if there is none."""
    info = written.info
    if info.model:
        return library.named_by(bytes.fromhex(info.model), settings.model).file.sha256
    if DRAWING.name in info.stripes_by_method:
        return library.graphics_density(settings.effort).file.sha256
    if DEEP.name in info.stripes_by_method or SPLIT.name in info.stripes_by_method:
        return densities_for(Form(info.mode, info.bits, info.width, info.height), settings.effort)[-1].file.sha256
    return ""


def _write(rows: RowSource, method: str, settings: Settings, modified: int | None, places: bool = False) -> Written:
    """The file of a picture by the best of the methods allowed."""
    form = form_of(rows)
    methods = choice.usable(form, method)
    if not methods:
        reason = f"the method {method!r} does not code pictures of mode {form.mode} and {form.bits} bits"
        raise BadInput(f"{reason}: leave the choice to the codec")
    if DRAWING in methods:
        make_graphics_ready(settings.effort, settings.progress)
    if DEEP in methods or SPLIT in methods:
        _ready_for_deep(form, settings)
    coded = partial(_coded, rows, methods, settings, modified, places)
    return _by_density(rows, settings, coded) if PHOTO in methods else coded(None)


def _ready_for_deep(form: Form, settings: Settings) -> None:
    """Load what codes 16 bits a sample. Raises BadInput if a model is named, as it has models of its own."""
    if settings.model not in (None, library.PHOTO):
        raise BadInput(f"a picture of mode {form.mode} is coded by the models that come with the package: name none")
    for density in densities_for(form, settings.effort):
        make_ready(density, settings.progress, DEEP.name)


def _coded(
    rows: RowSource, methods: tuple[Method, ...], settings: Settings, modified: int | None, places: bool, density: PlanesDensity | None
) -> Written:
    """The smallest file by these methods, and a density for those that need one."""
    setting = Setting(density, settings.particles_or(1), settings.effort, places, settings.traces)
    form, times = form_of(rows), _times(rows, settings)
    ways = choice.ways(rows, PictureHeader(form).rows, PictureHeader(form, times=times).rows, methods, setting)
    plans = (Plan(methods, way.single, setting, way.worth, short=True, times=times if way.high else 1) for way in ways)
    return min((_written(rows, plan, settings, modified) for plan in plans), key=lambda written: len(written.data))


def _times(rows: RowSource, settings: Settings) -> int:
    """How many times as high as usual a picture's stripes are, if they are the higher ones."""
    return lowest_times(form_of(rows), STRIPE_TIMES[settings.effort])


def _written(rows: RowSource, plan: Plan, settings: Settings, modified: int | None) -> Written:
    try:
        return write_picture_file(rows, plan, settings.threads, settings.progress, modified, settings.verify)
    except BadFile as error:
        advice = "nothing was written (run codec selftest)"
        raise BadInput(f"the result does not decode to it on this machine: {error}; {advice}") from error


def _summary(written: Written, settings: Settings, began: float) -> Summary:
    seconds = round(time.perf_counter() - began, 3)
    return Summary(written.info, seconds, settings.verify, spent=written.bits)


def _keep(source: Source, found: SourceFile, reason: str, settings: Settings, began: float) -> tuple[bytes, Summary]:
    ending = source.ending or ENDINGS.get(found.format, f".{found.format.lower()}")
    data, info = keep(source.data, ending, source.modified, settings.verify)
    seconds, notes = round(time.perf_counter() - began, 3), (f"stored as it is: {reason}",)
    return data, Summary(info, seconds, settings.verify, len(source.data), notes=notes)


def _opened(source: Source, settings: Settings, needed: bool) -> SourceFile:
    """What a source is; needed: its picture is, also if the file would better be kept as it is."""
    opener = settings.opener or open_picture
    return opener(source.data, source.ending, settings.max_pixels, needed)


def _shown(found: SourceFile) -> SourceFile:
    """A file that would better be kept, as the picture that it shows; metadata say that it is no more, where a PNG will hold them.

    Raises BadInput for a file of which that is not known."""
    if found.rows is None:
        raise BadInput(f"its pixels alone cannot be coded: {found.keep}")
    picture = whole(found.rows)
    note = (b"tEXt", f"Source\0the pixels of a {found.format} file, which is not kept".encode("latin-1"))
    if picture.mode in png.COLOURS:
        picture = replace(picture, metadata=(*picture.metadata, note))
    return replace(found, rows=picture, left=(*found.left, f"the {found.format} file itself"), keep="")


def _method(settings: Settings) -> str:
    """A model that is named is obeyed."""
    return "photo" if settings.model is not None and settings.method == choice.AUTO else settings.method


def _rows_of(source: Source, settings: Settings) -> RowSource:
    found = _opened(source, settings, True)
    if found.rows is None:
        raise BadInput(f"it has no density: {found.keep}")
    return found.rows


def _by_density(rows: RowSource, settings: Settings, use: Callable[[PlanesDensity], Result]) -> Result:
    """What comes of the best density of a picture; of the next one, if a stripe turns out to have colours that the best does not code."""
    *first, last = _densities_for(rows, settings)
    for density in first:
        make_ready(density, settings.progress)
        with suppress(NotOnePlane):
            return use(density)
    make_ready(last, settings.progress)
    return use(last)


def _densities_for(rows: RowSource, settings: Settings) -> list[PlanesDensity]:
    """The densities of a picture, the best first: that of gray ones if all of its colours are gray, or on a line, or if they are coded as
    three planes of which two have fewer samples (methods/traces/lattice.py)."""
    form = form_of(rows)
    channels = channels_for(Form(form.mode, 8, form.width, form.height))
    if channels is None:
        raise BadInput(f"pictures of mode {form.mode} are not coded by photo models")
    usual = library.planes_density(channels, settings.model, settings.effort)
    if form.mode not in ("RGB", "RGBA") or settings.model not in (None, library.PHOTO) or not settings.traces:
        return [usual]
    parts = [slice(top, min(top + BAND, form.height)) for top in range(0, form.height, BAND)]
    if line_of(rows.bands(parts)) is not None:
        return [library.planes_density(1, settings.model, settings.effort)]
    telling = next((band for band in rows.bands(parts) if tells(band[:, :, :3])), None)
    if telling is None or not maps_of(telling[:, :, :3]):
        return [usual]
    few, middle = library.planes_density(1, settings.model, settings.effort), max(0, form.height // 2 - BAND // 2)
    (some,) = rows.bands([slice(middle, min(middle + BAND, form.height))])
    return [few, usual] if is_cheaper(some, form, few, usual) else [usual]
