"""What is told of a picture's file: what it is, and what its bits are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field

from codec.kinds.picture.header import PictureHeader
from codec.media import metadata
from codec.media.form import Chunks, Form
from codec.methods import choice
from codec.methods.chain import CHAIN
from codec.methods.panes import PANES
from codec.methods.photo import PHOTO
from codec.system.records import record


@record(frozen=True)
class PictureInfo:
    """What a picture's file is. model: the name of the model that it needs, as hexadecimal digits; method: the first of those that its
    stripes are coded by; payload_bits: of the stripes; header_bits: of all the rest; stripes_by_trace: how many have each of the traces
    that were found (methods/traces)."""

    method: str
    mode: str
    bits: int
    width: int
    height: int
    metadata: tuple[str, ...]
    modified: int | None
    model: str
    stripes: int
    stripes_by_method: Mapping[str, int]
    payload_bits: int
    header_bits: int
    total_bits: int
    bits_per_dimension: float
    bits_per_pixel: float
    stripes_by_trace: Mapping[str, int]
    kind: str = "picture"


@record(frozen=True)
class PictureBits:
    """What a file's bits are for.

    Of stripes by a model: prior, posterior (the refund), likelihood of the main rows, funding (the rows that fund the latents), coder (the
    ends of messages, and rounding), and estimate: what the model asks for in all. stored: what other methods made; header: all the rest."""

    particles: int
    prior_bits: float
    posterior_bits: float
    likelihood_bits: float
    funding_bits: float
    coder_bits: float
    stored_bits: float
    header_bits: float
    estimate_bits: float


@record
class StripeCounts:
    """How many stripes there are by each method, and with each trace; whether one of them needs the model of the file."""

    methods: Counter[str] = field(default_factory=Counter)
    traces: Counter[str] = field(default_factory=Counter)
    needs_model: bool = False

    def add(self, stripe: memoryview, method: str, form: Form) -> None:
        """One of the stripes of a picture of this form, and the name of its method. Raises BadFile."""
        self.methods[method] += 1
        self.needs_model |= method in (PHOTO.name, CHAIN.name) or (method == PANES.name and PANES.needs_model(stripe[1:], form))
        if method == PHOTO.name:
            self.traces.update(PHOTO.trace_names(stripe[1:], form))


def info_of(header: PictureHeader, model: bytes, chunks: Chunks, counts: StripeCounts, payload: int, total: int) -> PictureInfo:
    """counts: of the stripes; payload: bytes of the stripes, without their methods' numbers; total: bytes of the file."""
    form, methods = header.form, counts.methods
    return PictureInfo(
        method=next(method.name for method in choice.METHODS if method.name in methods),
        mode=form.mode,
        bits=form.bits,
        width=form.width,
        height=form.height,
        metadata=tuple(sorted(metadata.kinds(chunks))),
        modified=header.modified,
        model=model.hex() if counts.needs_model else "",
        stripes=len(header.rows),
        stripes_by_method=dict(methods),
        payload_bits=8 * payload,
        header_bits=8 * (total - payload),
        total_bits=8 * total,
        bits_per_dimension=round(8 * total / form.samples, 6),
        bits_per_pixel=round(8 * total / (form.width * form.height), 6),
        stripes_by_trace=dict(counts.traces),
    )
