"""Estimates -log2 p(x) of a picture, stripe by stripe: what a file of it costs in the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codec.density.density import PlanesDensity
from codec.kinds.picture.header import PictureHeader
from codec.kinds.picture.info import PictureBits
from codec.kinds.picture.short import is_short_for_sure
from codec.kinds.picture.stripes import EstimateStripe, in_pixels, sum_of, walk
from codec.kinds.picture.write import check_request
from codec.kinds.requests import Progress
from codec.media.form import Form
from codec.media.picture import RowSource, form_of
from codec.methods.method import Setting
from codec.system.executor import affordable
from codec.system.records import record

ESTIMATING = "estimating"


@record(frozen=True)
class PictureEstimate:
    """-log2 p(x) with one number of particles, in bits and in bits of a sample; standard_error: of the bits, None where nobody knows it, as
    for one particle, which says nothing of its own spread."""

    particles: int
    bits: float
    bits_per_dimension: float
    standard_error: float | None


@record(frozen=True)
class PictureEstimates:
    """Estimates of a picture, with what no model codes: traces, alpha. model: the SHA-256 of the model's file; empty if none is in use."""

    mode: str
    width: int
    height: int
    model: str
    estimates: tuple[PictureEstimate, ...]


def estimates_of_bits(form: Form, bits: Mapping[int, PictureBits], model: str) -> PictureEstimates:
    """Estimates of a picture that was coded with these numbers of particles: what densities ask for, and what was coded without any."""
    found = list[PictureEstimate]()
    for count, spent in bits.items():
        total = spent.estimate_bits + spent.stored_bits
        found.append(PictureEstimate(count, total, total / form.samples, None if spent.prior_bits else 0.0))
    return PictureEstimates(form.mode, form.width, form.height, model, tuple(found))


def estimate_picture(
    picture: RowSource,
    density: PlanesDensity,
    particles: Sequence[int],
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    traces: bool = True,
    effort: int = 5,
    times: int = 1,
) -> PictureEstimates:
    """Estimates of a picture that is a photo, one for each number of particles; traces: whether they are looked for; effort: of coding what
    stands beside its planes; times: as high as that its stripes are. Raises BadInput."""
    form = form_of(picture)
    check_request(form, density, *particles)
    header = PictureHeader(form, times=times)
    rows, small, counts = header.rows, is_short_for_sure(header), tuple(particles)
    bands = enumerate(picture.bands(rows))
    setting = Setting(effort=effort, traces=traces, small=small)
    tasks = (EstimateStripe(pixels, form, density, setting, counts, (seed, number)) for number, pixels in bands)
    threads = threads or affordable(form.samples // len(rows), picture.held)
    stripes = [found for _, found in walk(tasks, rows, threads, ESTIMATING, in_pixels(progress, form.width))]
    estimates = list[PictureEstimate]()
    for count, same in zip(particles, zip(*stripes, strict=True), strict=True):
        total = sum_of(same)
        error = total.standard_error if total.standard_error < float("inf") else None
        estimates.append(PictureEstimate(count, total.bits, total.bits / form.samples, error))
    return PictureEstimates(form.mode, form.width, form.height, density.file.sha256, tuple(estimates))
