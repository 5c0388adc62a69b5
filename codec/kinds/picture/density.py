"""Estimates -log2 p(x) of a picture, stripe by stripe: what a file of it costs in the mean."""

from __future__ import annotations

from collections.abc import Sequence

from codec.density.density import PixelsDensity, PixelsForm, PlanesDensity, PlanesForm
from codec.kinds.picture.header import PictureHeader
from codec.kinds.picture.info import PictureBits
from codec.kinds.picture.short import is_short_for_sure
from codec.kinds.picture.stripes import EstimateDeep, EstimateStripe, PriceStripe, in_pixels, sum_of, walk
from codec.kinds.picture.write import check_request
from codec.kinds.requests import Progress
from codec.media.form import Form
from codec.media.picture import RowSource, form_of
from codec.methods.choice import SINGLE
from codec.methods.deep import COLOURS as DEEP_COLOURS
from codec.methods.deep import densities_for
from codec.methods.photo import PHOTO_PLANES
from codec.system.executor import affordable
from codec.system.records import record

ESTIMATING = "estimating"


@record(frozen=True)
class PictureEstimate:
    """-log2 p(x) with one number of particles, in bits and in bits of a sample that the model codes; standard_error: of the bits, infinite
    for one particle, which says nothing of its own spread."""

    particles: int
    bits: float
    bits_per_dimension: float
    standard_error: float | None


@record(frozen=True)
class PictureEstimates:
    """Estimates of a picture, without its alpha. model: the SHA-256 of the model's file."""

    mode: str
    width: int
    height: int
    model: str
    estimates: tuple[PictureEstimate, ...]


def estimate_graphics(
    picture: RowSource, density: PixelsDensity, particles: Sequence[int], threads: int | None = None, progress: Progress | None = None
) -> PictureEstimates:
    """Estimates of a drawing: what coding it as its file is coded asks for; without latents no number of particles changes them."""
    form = form_of(picture)
    rows: Sequence[slice] = [slice(0, form.height)]
    if form.width * form.height > SINGLE:
        rows = density.plan(PixelsForm(form.height, form.width, form.channels))
    tasks = (PriceStripe(pixels, form, density) for pixels in picture.bands(rows))
    threads = threads or affordable(form.samples // len(rows), picture.held)
    bits = sum(found for _, found in walk(tasks, rows, threads, ESTIMATING, in_pixels(progress, form.width)))
    estimates = tuple(PictureEstimate(count, bits, bits / form.samples, 0.0) for count in particles)
    return PictureEstimates(form.mode, form.width, form.height, density.file.sha256, estimates)


def estimate_deep(
    picture: RowSource, effort: int, particles: Sequence[int], threads: int | None = None, progress: Progress | None = None
) -> PictureEstimates:
    """Estimates of a picture of 16 bits a sample, without its alpha: what its stripes ask for; no number of particles changes them."""
    form, density = form_of(picture), densities_for(form_of(picture), effort)[-1]
    rows = PictureHeader(form).rows
    tasks = (EstimateDeep(pixels, form, effort) for pixels in picture.bands(rows))
    threads = threads or affordable(form.samples // len(rows), picture.held)
    bits = sum(found for _, found in walk(tasks, rows, threads, ESTIMATING, in_pixels(progress, form.width)))
    samples = form.width * form.height * DEEP_COLOURS[form.mode]
    estimates = tuple(PictureEstimate(count, bits, bits / samples, 0.0) for count in particles)
    return PictureEstimates(form.mode, form.width, form.height, density.file.sha256, estimates)


def estimates_of_bits(form: Form, bits: PictureBits, effort: int, particles: Sequence[int]) -> PictureEstimates:
    """Estimates of a picture of 32 bits a sample that has been coded: what its densities asked for, and what was coded without any."""
    total = bits.estimate_bits + bits.stored_bits
    estimates = tuple(PictureEstimate(count, total, total / form.samples, 0.0) for count in particles)
    return PictureEstimates(form.mode, form.width, form.height, densities_for(form, effort)[-1].file.sha256, estimates)


def estimate_picture(
    picture: RowSource,
    density: PlanesDensity,
    particles: Sequence[int],
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    traces: bool = True,
) -> PictureEstimates:
    """Estimates of a picture, one for each number of particles; traces: whether they are looked for. Raises BadInput."""
    form = form_of(picture)
    check_request(form, density, *particles)
    rows = density.plan(PlanesForm(form.height, form.width))
    small, bands, counts = is_short_for_sure(PictureHeader(form)), enumerate(picture.bands(rows)), tuple(particles)
    tasks = (EstimateStripe(pixels, form, density, counts, (seed, number), traces, small) for number, pixels in bands)
    threads = threads or affordable(form.samples // len(rows), picture.held)
    stripes = [found for _, found in walk(tasks, rows, threads, ESTIMATING, in_pixels(progress, form.width))]
    samples, estimates = form.width * form.height * PHOTO_PLANES[form.mode], list[PictureEstimate]()
    for count, same in zip(particles, zip(*stripes, strict=True), strict=True):
        total = sum_of(same)
        error = total.standard_error if total.standard_error < float("inf") else None
        estimates.append(PictureEstimate(count, total.bits, total.bits / samples, error))
    return PictureEstimates(form.mode, form.width, form.height, density.file.sha256, tuple(estimates))
