"""What is told of a JPEG file's file: what it is, and what its bits are for."""

from __future__ import annotations

from collections.abc import Sequence

from codec.kinds.jpeg.header import JpegHeader
from codec.media.jpeg.read import Layout
from codec.media.jpeg.standard import quality_of
from codec.system.records import record

SAMPLINGS = {(2, 2): "4:2:0", (2, 1): "4:2:2", (1, 1): "4:4:4", (1, 2): "4:4:0", (4, 1): "4:1:1"}  # of luma, where chroma has (1, 1)


@record(frozen=True)
class JpegInfo:
    """What a JPEG file's file is. quality: of the IJG's library, the nearest one if its steps are other ones (exact_quality); pictures: how
    many JPEG files are coded, those inside of it among them; payload_bits: of the coefficients; header_bits: of all the rest, of which the
    descriptions of the JPEG files take description_bits."""

    width: int
    height: int
    components: int
    quality: int
    exact_quality: bool
    sampling: str
    progressive: bool
    pictures: int
    ending: str
    modified: int | None
    model: str
    original_bytes: int
    payload_bits: int
    header_bits: int
    description_bits: int
    total_bits: int
    bits_per_pixel: float
    kind: str = "jpeg"
    method: str = "jpeg"


@record(frozen=True)
class JpegBits:
    """What a file's bits are for: the coefficients of each component of all pictures, the ends of messages and rounding (coder), and all
    the rest (header). estimate: what the model asks for in all."""

    component_bits: tuple[float, ...]
    coder_bits: float
    header_bits: int
    estimate_bits: float


def info_of(header: JpegHeader, layouts: Sequence[Layout], model: bytes, payload: int, total: int) -> JpegInfo:
    """payload: bytes of the parts; total: of the file."""
    frame, steps = layouts[0].frame, layouts[0].steps
    quality, exact = quality_of(steps[0])
    return JpegInfo(
        width=frame.width,
        height=frame.height,
        components=len(frame.components),
        quality=quality,
        exact_quality=exact,
        sampling=sampling_of(layouts[0]),
        progressive=frame.progressive,
        pictures=len(layouts),
        ending=header.ending,
        modified=header.modified,
        model=model.hex(),
        original_bytes=header.size,
        payload_bits=8 * payload,
        header_bits=8 * (total - payload),
        description_bits=8 * len(header.description),
        total_bits=8 * total,
        bits_per_pixel=round(8 * total / (frame.width * frame.height), 6),
    )


def sampling_of(layout: Layout) -> str:
    """How fine the components are sampled, in the usual words: "4:2:0", or factors as "2x2 1x1 1x1 1x1"; "gray" for one component."""
    factors = [(one.horizontal, one.vertical) for one in layout.frame.components]
    if len(factors) == 1:
        return "gray"
    if factors[1:] == [(1, 1), (1, 1)] and factors[0] in SAMPLINGS:
        return SAMPLINGS[factors[0]]
    return " ".join(f"{across}x{down}" for across, down in factors)
