"""What commands print of files and estimates, for people: lines of text, by the type of what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from codec.kinds.picture.info import PictureBits, PictureInfo

if TYPE_CHECKING:  # these wait for numpy
    from codec.archives.read import ArchiveSummary
    from codec.kinds.array.density import ArrayEstimates
    from codec.kinds.array.plain import PlainInfo
    from codec.kinds.array.sheet import LatentLayers
    from codec.kinds.array.stream import ArrayInfo
    from codec.kinds.frames.kind import FramesEstimates, FramesInfo
    from codec.kinds.jpeg.info import JpegInfo
    from codec.kinds.jpeg.kind import JpegEstimates
    from codec.kinds.kind import Drawn, Summary
    from codec.kinds.original import OriginalInfo
    from codec.kinds.picture.density import PictureEstimates

LABELS = {  # of the parts of a file's size, in the order in which they are printed
    "prior": "what the latents cost under the prior",
    "posterior": "given back by drawing the latents from the posterior",
    "likelihood": "the pixels of the main rows",
    "funding": "the pixels of rows without latents, which fund those of others",
    "coder": "the ends of messages, rounding, and traces",
    "stored": "samples coded without a model",
    "header": "header, metadata, digest and checksums",
}


def lines(record: object) -> Iterator[str]:
    """The lines that tell a record."""
    name = type(record).__name__
    if name not in TELLING:
        raise TypeError(f"nobody has said how {name} is printed")
    return TELLING[name](record)


def _summary(record: Summary) -> Iterator[str]:
    if isinstance(record.info, PictureInfo) and isinstance(record.spent, PictureBits):
        yield _head(record.info)
        for name, label in LABELS.items():
            bits = getattr(record.spent, f"{name}_bits")
            if bits:
                yield f"{name:10} {-bits if name == 'posterior' else bits:>16,.0f} bits  {label}"
        yield _total(record.info)
    elif type(record.spent).__name__ == "JpegBits":
        yield from _jpeg_spent(record)
    else:
        yield from lines(record.info)


def _picture(record: PictureInfo) -> Iterator[str]:
    yield _head(record)
    yield f"{'payload':10} {record.payload_bits:>16,} bits"
    yield f"{'header':10} {record.header_bits:>16,} bits  {LABELS['header']}"
    yield _total(record)


def _jpeg_spent(record: Summary) -> Iterator[str]:
    from codec.kinds.jpeg.info import JpegBits, JpegInfo

    assert isinstance(record.info, JpegInfo) and isinstance(record.spent, JpegBits), "they belong together"
    yield _jpeg_head(record.info)
    for number, bits in enumerate(record.spent.component_bits):
        yield f"{f'component {number}':14} {bits:>12,.0f} bits"
    yield f"{'coder':14} {record.spent.coder_bits:>12,.0f} bits  {LABELS['coder']}"
    yield _jpeg_header(record.info)
    yield _jpeg_total(record.info)


def _jpeg(record: JpegInfo) -> Iterator[str]:
    yield _jpeg_head(record)
    yield f"{'coefficients':14} {record.payload_bits:>12,} bits"
    yield _jpeg_header(record)
    yield _jpeg_total(record)


def _frames(record: FramesInfo) -> Iterator[str]:
    by_way = ", ".join(f"{count} {way}" for way, count in record.frames_by_way.items())
    yield f"{record.frames} frames of a {record.format}, up to {record.width}x{record.height} {record.mode}: {by_way}"
    yield f"{'payload':10} {record.payload_bits:>16,} bits"
    yield f"{'header':10} {record.header_bits:>16,} bits  all that the file says beside its pixels, digest and checksums"
    yield _total(record)


def _estimate_rows(record: FramesEstimates | PictureEstimates) -> Iterator[str]:
    yield "particles  bits/dim              bits"
    for row in record.estimates:
        yield f"{row.particles:9}  {row.bits_per_dimension:8.5f}  {row.bits:>16,.0f}"


def _frames_estimates(record: FramesEstimates) -> Iterator[str]:
    yield f"{record.frames} frames of a {record.format}"
    yield from _estimate_rows(record)


def _original(record: OriginalInfo) -> Iterator[str]:
    yield f"a {record.ending or 'file'} stored as it is, {record.original_bytes:,} bytes in {record.total_bits // 8:,}"


def _array(record: ArrayInfo) -> Iterator[str]:
    yield f"{record.images} images of {record.pixels} pixels, model {record.model}"
    yield f"{record.batches} batches, up to {record.particles} particles an image"
    yield f"net      {record.net_bits:>12,} bits  {record.net_bits_per_pixel:.5f} bits/pixel"
    yield f"initial  {record.initial_bits:>12,} bits  (the digest of the pixels)"
    yield f"header   {record.header_bits:>12,} bits"
    yield f"total    {record.total_bits:>12,} bits  {record.total_bits_per_pixel:.5f} bits/pixel"


def _archive(record: ArchiveSummary) -> Iterator[str]:
    unfinished = "" if record.whole else "; packing it was interrupted (codec pack --resume goes on)"
    yield f"an archive of {record.entries:,} entries in {record.blocks:,} blocks{unfinished}"
    yield f"{record.shared:,} small pictures share files, {record.same:,} entries are the same as others; codec list shows them"
    yield f"{'files':10} {8 * record.files:>16,} bits"


def _plain(record: PlainInfo) -> Iterator[str]:
    yield f"an array of type {record.dtype} and shape {list(record.shape)}, {record.method}"
    if record.picture is not None:
        yield from lines(record.picture)
    yield _total(record)


def _picture_estimates(record: PictureEstimates) -> Iterator[str]:
    yield f"{record.width}x{record.height} {record.mode}"
    yield from _estimate_rows(record)


def _jpeg_estimates(record: JpegEstimates) -> Iterator[str]:
    yield f"{record.width}x{record.height}, a JPEG file of {record.components} components"
    yield "particles  bits/coefficient              bits"
    for row in record.estimates:
        yield f"{row.particles:9}  {row.bits_per_dimension:16.5f}  {row.bits:>16,.0f}"


def _array_estimates(record: ArrayEstimates) -> Iterator[str]:
    yield f"{record.images} images of {record.pixels} pixels"
    yield "particles  bits/pixel  95 % interval       nats/image  effective particles"
    for row in record.estimates:
        low, high = row.interval_95
        yield (
            f"{row.particles:9}  {row.bits_per_pixel:10.5f}  {low:.5f} to {high:.5f}  {row.nats_per_image:10.3f}  "
            f"{row.effective_sample_size:10.1f}"
        )


def _layers(record: LatentLayers) -> Iterator[str]:
    yield f"bits/dim of {record.images} images, top layer first:"
    layers = zip(record.latents_of_layers, record.active_of_layers, record.bits_of_layers, strict=True)
    for number, (latents, active, bits) in enumerate(layers):
        yield f"layer {number:3}  {bits:10.5f}  {active} of {latents} latents in use"
    yield f"pixels     {record.bits_of_pixels:10.5f}"


def _drawn(record: Drawn) -> Iterator[str]:
    tiles = f"; latents {min(record.bits_of_tiles):.0f} to {max(record.bits_of_tiles):.0f} bits a tile" if record.bits_of_tiles else ""
    yield f"drawn: 0 to {record.brightest_bits} bits a pixel{tiles}"


def _head(info: PictureInfo) -> str:
    by_method = ", ".join(f"{count} {name}" for name, count in info.stripes_by_method.items())
    model = f", model {info.model}" if info.model else ""
    by_trace = ", ".join(f"{count} {name}" for name, count in info.stripes_by_trace.items())
    traces = f", traces: {by_trace}" if by_trace else ""
    return f"{info.width}x{info.height} {info.mode}, stripes: {by_method}{traces}{model}"


def _jpeg_head(info: JpegInfo) -> str:
    quality = f"quality {info.quality}" if info.exact_quality else f"steps of its own, about quality {info.quality}"
    scans = ", progressive" if info.progressive else ""
    inside = f", {info.pictures - 1} inside of it" if info.pictures > 1 else ""
    return f"{info.width}x{info.height} JPEG, {quality}, {info.sampling}{scans}{inside}, model {info.model}"


def _jpeg_header(info: JpegInfo) -> str:
    return f"{'header':14} {info.header_bits:>12,} bits  of these, {info.description_bits:,} describe the JPEG file"


def _jpeg_total(info: JpegInfo) -> str:
    share = info.total_bits / (8 * info.original_bytes)
    return (
        f"{'total':14} {info.total_bits:>12,} bits  {info.total_bits // 8:,} bytes, {share:.4f} of the JPEG file's {info.original_bytes:,}"
    )


def _total(info: PictureInfo | PlainInfo | FramesInfo) -> str:
    return f"{'total':10} {info.total_bits:>16,} bits  {info.bits_per_dimension:.5f} bits/dim"


TELLING: dict[str, Callable[[Any], Iterator[str]]] = {  # by the name of a record's type, whose module may not have been loaded
    "Summary": _summary,
    "PictureInfo": _picture,
    "ArchiveSummary": _archive,
    "OriginalInfo": _original,
    "ArrayInfo": _array,
    "JpegInfo": _jpeg,
    "FramesInfo": _frames,
    "FramesEstimates": _frames_estimates,
    "JpegEstimates": _jpeg_estimates,
    "PlainInfo": _plain,
    "PictureEstimates": _picture_estimates,
    "ArrayEstimates": _array_estimates,
    "Drawn": _drawn,
    "LatentLayers": _layers,
}
