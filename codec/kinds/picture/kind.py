"""What the commands do with pictures and the files made of them (kind "P")."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import click
import numpy as np

from codec.cli.terminal import explained, progress
from codec.density import library
from codec.errors import BadFile, BadInput
from codec.kinds import original
from codec.kinds.picture import read as stored
from codec.kinds.picture import write as writer
from codec.kinds.picture.header import PHOTO, PictureHeader
from codec.kinds.picture.read import StoredRows
from codec.kinds.picture.write import Plan, Sizes
from codec.kinds.requests import Facts, Named, Restored, Restoring, Settings, Source
from codec.media import metadata, read, write
from codec.media.picture import CHANNELS, PHOTO_PLANES, Picture, Pixels, Rows
from codec.methods import choice
from codec.methods.method import model_channels
from codec.methods.traces.traces import line_of

if TYPE_CHECKING:
    from codec.density.photo.model import PhotoModel  # with all the kernels of photos

ENDING = ".png"  # of most that is decompressed: default_ending knows
PARTICLES = "1,4,16"  # of density
BAND = 64  # rows that are looked at together: those of a photo have too many colours at once
COMPILING = "codec: the first use on this machine compiles the photo model's kernels; this takes some seconds, once"
LABELS = {  # of the parts of a file's size, in the order in which they are printed
    "prior": "what the latents cost under the prior",
    "posterior": "given back by drawing the latents from the posterior",
    "likelihood": "the pixels of the main rows",
    "funding": "the pixels of the rows that fund the latents",
    "coder": "the ends of messages, and rounding",
    "stored": "samples coded without a model",
    "header": "header, metadata, digest and checksums",
}
SAME = ({".jpg", ".jpeg", ".jpe", ".jfif"}, {".tif", ".tiff"})  # endings of one format
ENDINGS = {"JPEG": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2", "PPM": ".pnm"}  # of files whose name is not known; else the format's name


def compress(source: Source, settings: Settings) -> tuple[bytes, Facts]:
    """The file of a picture's file, and what is to be said of it. Raises BadInput."""
    began = time.perf_counter()
    found = read.open_picture(source.data, source.ending, settings.max_pixels)
    method = _method(settings)
    if method == "stored" or (method == "auto" and found.keep):
        return _keep(source, found, found.keep or "as it was asked for", began)
    if found.rows is None:
        raise BadInput(f"it can only be stored as it is: {found.keep}")
    data, facts = _compress_rows(found.rows, method, settings, source.modified)
    if method == "auto" and len(data) >= len(source.data):
        other, told = _keep(source, found, f"the {found.format} file is smaller than what is coded from its pixels", began)
        if len(other) < len(data):
            return other, told
    notes = [f"left behind: {', '.join(found.left)}"] if found.left else []
    return data, {**facts, **_of_source(source, began, settings.verify), "left": list(found.left), "notes": notes}


def compress_image(picture: Picture, settings: Settings) -> tuple[bytes, Facts]:
    """The same of a picture in memory; it is not stored as a file, which it has none of."""
    began = time.perf_counter()
    method = _method(settings)
    if method == "stored":
        raise BadInput("a picture in memory has no file that could be stored: take another method")
    data, facts = _compress_rows(picture, method, settings, None)
    return data, {**facts, "seconds": round(time.perf_counter() - began, 3), "verified": settings.verify, "left": [], "notes": []}


def default_ending(data: bytes) -> str:
    """The ending of what a file gives back when nothing else is asked for. Raises BadFile."""
    if original.is_kept(data):
        return original.kept_header(data).ending
    return write.fitting_ending(stored.open_file(data, lazy=True, salvage=True)[1].mode)


def decompress(data: bytes, restoring: Restoring) -> Restored:
    """What a file gives back, as a file of the format that is asked for. Raises BadInput for one that would lose something, BadFile."""
    if original.is_kept(data):
        return _restore_kept(data, restoring)
    rows = _open(data, restoring)
    ending = write.fitting_ending(rows.mode) if restoring.ending is None else restoring.ending
    write.check_ending(ending, rows.mode, rows.metadata, restoring.lossy_ok)
    with progress("decompressing", rows.height) as show:
        rows.progress = show
        content = write.write_rows(rows.mode, rows.bits, (rows.width, rows.height), rows.metadata, rows.bands(rows.rows), ending)
    return Restored(content, ending, rows.header.modified, tuple(rows.lost))


def restore(data: bytes, restoring: Restoring) -> tuple[Picture, tuple[tuple[int, int], ...]]:
    """The same as a picture in memory, and the ranges of its rows that are lost."""
    if original.is_kept(data):
        header, content = original.restore_kept(data)
        return _part(_kept_rows(header.ending, content, restoring), restoring), ()
    rows = _open(data, restoring)
    return rows.picture(), tuple(rows.lost)


def verify(data: bytes, model: Named | None, threads: int | None, max_pixels: int, source: Source | None = None) -> None:
    """Decode all of a file and check its digest; with a source, also that its picture is the one in the file. Raises CodecError."""
    restoring = Restoring(model=model, threads=threads, max_pixels=max_pixels)
    if original.is_kept(data):
        header, content = original.restore_kept(data)
        if source is None or content == source.data:
            return
        rows, parts = _kept_rows(header.ending, content, restoring), list[slice]()
    else:
        rows = _open(data, restoring)
        parts = rows.rows
    theirs = None if source is None else read.open_picture(source.data, source.ending, max_pixels).rows
    if source is not None and (theirs is None or (theirs.mode, theirs.width, theirs.height) != (rows.mode, rows.width, rows.height)):
        raise BadFile("the picture that it was made from is another: its mode or size differs")
    parts = parts or [slice(0, rows.height)]
    others = repeat(None) if theirs is None else theirs.bands(parts)
    with progress("verifying", rows.height) as show:
        for ours, part, other in zip(rows.bands(parts), parts, others, strict=False):  # the digest is checked when bands come to their end
            if other is not None and theirs is not None and _levels(ours, rows) != _levels(other, theirs):
                raise BadFile("the picture that it was made from is another: its pixels differ")
            if show is not None:
                show(part.stop)


def info(data: bytes) -> Facts:
    """What a file is."""
    if original.is_kept(data):
        header, content = original.restore_kept(data)
        sizes = {"original_bytes": len(content), "total_bits": 8 * len(data)}
        return {"kind": "picture", "method": "stored", "ending": header.ending, "modified": header.modified, **sizes}
    found = writer.report(data)
    pixels = found.width * found.height
    return {
        "kind": "picture",
        "method": next(name for name in ("photo", "graphics", "planes", "raw") if name in found.methods),
        "mode": found.mode,
        "bits": found.bits,
        "width": found.width,
        "height": found.height,
        "metadata": sorted(metadata.kinds(found.metadata)),
        "modified": found.modified,
        "model": found.model.hex(),
        "stripes": found.stripes,
        "stripes_by_method": dict(found.methods),
        "payload_bits": found.payload_bits,
        "header_bits": found.total_bits - found.payload_bits,
        "total_bits": found.total_bits,
        "bits_per_dimension": round(found.total_bits / (pixels * CHANNELS[found.mode]), 6),
        "bits_per_pixel": round(found.total_bits / pixels, 6),
    }


def print_info(facts: Facts) -> None:
    """What a file is; after compressing also the parts of its size."""
    if facts["method"] == "stored":
        click.echo(f"a {facts['ending'] or 'file'} stored as it is, {facts['original_bytes']:,} bytes in {facts['total_bits'] // 8:,}")
        return
    by_method = ", ".join(f"{count} {name}" for name, count in facts["stripes_by_method"].items())
    model = f", model {facts['model']}" if facts["model"] else ""
    click.echo(f"{facts['width']}x{facts['height']} {facts['mode']}, stripes: {by_method}{model}")
    for name, label in LABELS.items():
        bits = facts.get(f"{name}_bits")
        if "particles" in facts and bits:
            click.echo(f"{name:10} {-bits if name == 'posterior' else bits:>16,.0f} bits  {label}")
    if "particles" not in facts:
        click.echo(f"{'payload':10} {facts['payload_bits']:>16,} bits")
        click.echo(f"{'header':10} {facts['header_bits']:>16,} bits  {LABELS['header']}")
    click.echo(f"{'total':10} {facts['total_bits']:>16,} bits  {facts['bits_per_dimension']:.5f} bits/dim")


def density(source: Source, settings: Settings, counts: Sequence[int], seed: int) -> Facts:
    """Estimates of -log2 p(x) of the picture in a file."""
    found = read.open_picture(source.data, source.ending, settings.max_pixels)
    if found.rows is None:
        raise BadInput(f"it has no density: {found.keep}")
    return density_image(found.rows, settings, counts, seed)


def density_image(rows: Rows, settings: Settings, counts: Sequence[int], seed: int) -> Facts:
    """Estimates of -log2 p(x) of a picture, without its alpha."""
    model = _model(rows, settings)
    _warm_up()
    values = rows.width * rows.height * PHOTO_PLANES[rows.mode]
    estimates = [
        {"particles": count, "bits": bits, "bits_per_dimension": bits / values}
        for count, bits in zip(counts, writer.density_picture(rows, model, counts, seed, settings.threads), strict=True)
    ]
    return {"mode": rows.mode, "width": rows.width, "height": rows.height, "model": model.file.sha256, "estimates": estimates}


def heatmap(source: Source, settings: Settings) -> tuple[bytes, Facts]:
    """A PNG of where the bits of the picture in a file go, and what it shows."""
    from codec.kinds.picture import heat_map

    found = read.open_picture(source.data, source.ending, settings.max_pixels)
    if found.rows is None:
        raise BadInput(f"it has no density: {found.keep}")
    drawn = heat_map.heat_picture(found.rows, _model(found.rows, settings), settings.threads)
    bits = [round(tile.bits, 1) for tile in drawn.tiles]
    hottest = round(heat_map.hottest(drawn), 2)
    facts = {"brightest_bits": hottest, "bits_of_pixels": round(float(drawn.bits.sum()), 1), "bits_of_tiles": bits}
    return write.write_picture(heat_map.draw(drawn), ".png"), facts


def print_density(facts: Facts) -> None:
    click.echo(f"{facts['width']}x{facts['height']} {facts['mode']}")
    if "bits_of_tiles" in facts:
        tiles = facts["bits_of_tiles"]
        click.echo(f"drawn: 0 to {facts['brightest_bits']} bits a pixel; latents {min(tiles):.0f} to {max(tiles):.0f} bits a tile")
    click.echo("particles  bits/dim              bits")
    for row in facts["estimates"]:
        click.echo(f"{row['particles']:9}  {row['bits_per_dimension']:8.5f}  {row['bits']:>16,.0f}")


# ---------------------------------------------------------------- compressing


def _compress_rows(rows: Rows, method: str, settings: Settings, modified: int | None) -> tuple[bytes, Facts]:
    """The smallest file of a picture by the methods allowed, and its facts."""
    header = PictureHeader(rows.mode, rows.bits, rows.width, rows.height)
    methods = choice.usable(header, method)
    if not methods:
        raise BadInput(
            f"the method {method!r} does not code pictures of mode {rows.mode} and {rows.bits} bits: leave the choice to the codec"
        )
    plans = choice.plans(rows, header, methods)
    model = _model(rows, settings) if any(PHOTO in some for some, _ in plans) else None
    found = list[tuple[bytes, Sizes]]()
    for some, single in plans:
        plan = Plan(some, single, settings.particles, slow=settings.effort == 9)
        found.append(_coded(rows, plan, model if PHOTO in some else None, settings, modified))
    data, sizes = min(found, key=lambda pair: len(pair[0]))
    bits = {name: sizes.parts[name] for name in ("prior", "posterior", "likelihood", "funding")}
    bits |= {"coder": sizes.coder_bits, "stored": sizes.stored_bits, "header": sizes.header_bits, "estimate": sizes.parts["estimate"]}
    return data, {**info(data), "particles": settings.particles, **{f"{name}_bits": round(value, 1) for name, value in bits.items()}}


def _coded(rows: Rows, plan: Plan, model: PhotoModel | None, settings: Settings, modified: int | None) -> tuple[bytes, Sizes]:
    if model is not None:
        _warm_up()
    try:
        with progress("compressing", rows.height) as show:
            return writer.compress_rows(rows, plan, model, settings.threads, show, modified, settings.verify)
    except BadFile as error:
        advice = "nothing was written (run codec selftest)"
        raise BadInput(f"the result does not decode to it on this machine: {error}; {advice}") from error


def _keep(source: Source, found: read.Found, reason: str, began: float) -> tuple[bytes, Facts]:
    ending = source.ending or ENDINGS.get(found.format, f".{found.format.lower()}")
    data = original.keep(source.data, ending, source.modified)
    if original.restore_kept(data)[1] != source.data:
        raise BadInput("the result does not decode to it on this machine; nothing was written (run codec selftest)")
    return data, {**info(data), **_of_source(source, began, True), "left": [], "notes": [f"stored as it is: {reason}"]}


def _of_source(source: Source, began: float, verified: bool) -> Facts:
    return {"original_bytes": len(source.data), "seconds": round(time.perf_counter() - began, 3), "verified": verified}


def _method(settings: Settings) -> str:
    """A model that is named is obeyed."""
    return "photo" if settings.model is not None and settings.method == "auto" else settings.method


def _levels(pixels: Pixels, rows: Rows) -> bytes:
    """The samples; those of few bits as the levels of gray that they stand for."""
    return (pixels * np.uint8(255 // ((1 << rows.bits) - 1)) if rows.mode == "L" else pixels).tobytes()


def _model(rows: Rows, settings: Settings) -> PhotoModel:
    """The model for a picture; that of gray ones if all of its colours are gray, or on a line."""
    channels = model_channels(rows.mode)
    if channels is None:
        raise BadInput(f"pictures of mode {rows.mode} are not coded by photo models")
    if rows.mode in ("RGB", "RGBA") and settings.model in (None, "photo"):
        bands = rows.bands([slice(top, min(top + BAND, rows.height)) for top in range(0, rows.height, BAND)])
        channels = 3 if line_of(bands) is None else 1
    return library.photo_model(channels, settings.model, settings.effort)


def _warm_up() -> None:
    from codec.density.photo import stripe

    if not stripe.is_warm():
        with explained(COMPILING):
            stripe.warm_up()


# ---------------------------------------------------------------- decompressing


def _open(data: bytes, restoring: Restoring) -> StoredRows:
    def find(name: bytes) -> PhotoModel:
        model = library.find_photo(name, restoring.model)
        _warm_up()
        return model

    return StoredRows(data, find, restoring.region, restoring.salvage, restoring.max_pixels, restoring.threads)


def _restore_kept(data: bytes, restoring: Restoring) -> Restored:
    header, content = original.restore_kept(data)
    if restoring.region is None and (restoring.ending is None or _same(restoring.ending, header.ending)):
        return Restored(content, header.ending, header.modified)
    if restoring.ending is None:
        raise BadInput(f"a part of a {header.ending} that is stored as it is: say with -o what to write it as")
    part = _part(_kept_rows(header.ending, content, restoring), restoring)
    write.check_ending(restoring.ending, part.mode, part.metadata, restoring.lossy_ok)
    return Restored(write.write_picture(part, restoring.ending), restoring.ending, header.modified)


def _kept_rows(ending: str, content: bytes, restoring: Restoring) -> Rows:
    """The picture in a file that was kept. Raises BadInput if it is none, or more than one."""
    found = read.open_picture(content, ending, restoring.max_pixels)
    if found.rows is None or (found.left and not restoring.lossy_ok):
        raise BadInput(f"it is stored as it is ({found.keep}): take its own ending, {ending or 'none'}")
    return found.rows


def _part(rows: Rows, restoring: Restoring) -> Picture:
    (left, top, width, height) = stored.inside(restoring.region, rows.width, rows.height)
    band = next(iter(rows.bands([slice(0, rows.height)])))
    return Picture(rows.mode, band[top : top + height, left : left + width], rows.metadata, rows.bits)


def _same(left: str, right: str) -> bool:
    return left.lower() == right.lower() or any({left.lower(), right.lower()} <= group for group in SAME)
