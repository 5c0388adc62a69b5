"""What the commands do with pictures and the files made of them (kind "P")."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from codec import image, picture, store, stripe
from codec.errors import BadFile, BadInput
from codec.jobs import Facts, Named, Restored, Restoring, Settings, Source
from codec.photomodel import PhotoModel
from codec.planes import Picture
from codec.terminal import explained, progress

ENDING = ".png"  # of what is decompressed
PARTICLES = "1,4,16"  # of density
COMPILING = "codec: the first use on this machine compiles the photo model's kernels; this takes some seconds, once"
LABELS = {  # of the parts of a file's size, in the order in which they are printed
    "prior": "what the latents cost under the prior",
    "posterior": "given back by drawing the latents from the posterior",
    "likelihood": "the pixels of the main rows",
    "funding": "the pixels of the rows that fund the latents",
    "coder": "the ends of messages, and rounding",
    "stored": "pixels stored as they are",
    "header": "header, digest and checksums",
}


def compress(source: Source, settings: Settings) -> tuple[bytes, Facts]:
    """The file of a picture, and what is to be said of it."""
    particles, threads, verified = settings.particles, settings.threads, settings.verify
    before, left_behind = image.parse_picture(source.data)
    model = store.photo_model(before.channels, settings.model)
    notes = [f"only pixels are kept; left behind: {', '.join(left_behind)}"] if left_behind else []
    _warm_up()
    began = time.perf_counter()
    with progress("compressing", before.height) as show:
        data, sizes = picture.compress_with_sizes(before, model, particles, threads, show)
    seconds = time.perf_counter() - began
    if verified:
        _verify(data, before, model, threads)
    bits = {name: sizes.parts[name] for name in ("prior", "posterior", "likelihood", "funding")}
    bits |= {"coder": sizes.coder_bits, "stored": sizes.stored_bits, "header": sizes.header_bits, "estimate": sizes.parts["estimate"]}
    facts = {**info(data), "particles": particles, **{f"{name}_bits": round(value, 1) for name, value in bits.items()}}
    return data, {**facts, "notes": notes, "left_behind": left_behind, "seconds": round(seconds, 3), "verified": verified}


def default_ending(data: bytes) -> str:
    """The ending of what decompressing gives if the user asks for none."""
    return ENDING


def decompress(data: bytes, restoring: Restoring) -> Restored:
    """The picture in a file as a file of the format that the ending asks for."""
    found = picture.report(data)
    target = Path("x" + (ENDING if restoring.ending is None else restoring.ending))
    image.check_ending(target, found.mode)
    return Restored(image.picture_bytes(_decode(data, restoring.model, restoring.threads), target), target.suffix)


def verify(data: bytes, model: Named | None, threads: int | None, max_pixels: int, source: Source | None = None) -> None:
    """Decode a file and check its digest; with a source, also that it is the picture in the file. Raises CodecError."""
    after = _decode(data, model, threads)
    if source is not None and not np.array_equal(image.parse_picture(source.data)[0].pixels, after.pixels):
        raise BadFile("the picture that it was made from is another")


def info(data: bytes) -> Facts:
    """What a file is."""
    found = picture.report(data)
    values = found.width * found.height * (3 if found.mode == "RGB" else 1)
    return {
        "kind": "picture",
        "mode": found.mode,
        "width": found.width,
        "height": found.height,
        "model": found.model.hex(),
        "stripes": found.stripes,
        "stored_stripes": found.stored_stripes,
        "payload_bits": found.payload_bits,
        "header_bits": found.total_bits - found.payload_bits,
        "total_bits": found.total_bits,
        "bits_per_dimension": round(found.total_bits / values, 6),
        "bits_per_pixel": round(found.total_bits / (found.width * found.height), 6),
    }


def print_info(facts: Facts) -> None:
    """What a file is; after compressing also the parts of its size."""
    count = facts["stripes"]
    what = f"{count} stripe{'s' * (count > 1)}, model {facts['model']}" if count else "stored as it is"
    click.echo(f"{facts['width']}x{facts['height']} {facts['mode']}, {what}")
    for name, label in LABELS.items():
        bits = facts.get(f"{name}_bits")
        if "particles" in facts and bits:
            click.echo(f"{name:10} {-bits if name == 'posterior' else bits:>16,.0f} bits  {label}")
    if "particles" not in facts:
        click.echo(f"{'payload':10} {facts['payload_bits']:>16,} bits")
        click.echo(f"{'header':10} {facts['header_bits']:>16,} bits  {LABELS['header']}")
    click.echo(f"{'total':10} {facts['total_bits']:>16,} bits  {facts['bits_per_dimension']:.5f} bits/dim")


def density(source: Source, settings: Settings, counts: Sequence[int], seed: int) -> Facts:
    """Estimates of -log2 p(x) of a picture."""
    found, _ = image.parse_picture(source.data)
    model = store.photo_model(found.channels, settings.model)
    _warm_up()
    values = found.pixels.size
    rows = [
        {"particles": count, "bits": bits, "bits_per_dimension": bits / values}
        for count, bits in zip(counts, picture.density_picture(found, model, counts, seed, settings.threads), strict=True)
    ]
    return {**_size(found), "model": model.file.sha256, "estimates": rows}


def print_density(facts: Facts) -> None:
    click.echo(f"{facts['width']}x{facts['height']} {facts['mode']}")
    click.echo("particles  bits/dim              bits")
    for row in facts["estimates"]:
        click.echo(f"{row['particles']:9}  {row['bits_per_dimension']:8.5f}  {row['bits']:>16,.0f}")


def _decode(data: bytes, model: Named | None, threads: int | None) -> Picture:
    found = picture.report(data)
    if found.model:
        _warm_up()
    with progress("decompressing", found.height) as show:
        return picture.decompress_picture(data, lambda name: store.find_photo(name, model), threads, show)


def _verify(data: bytes, before: Picture, model: PhotoModel, threads: int | None) -> None:
    try:
        with progress("verifying", before.height) as show:
            picture.verify_picture(data, before, model, threads, show)
    except BadFile as error:
        advice = "nothing was written (run codec selftest)"
        raise BadInput(f"the result does not decode to it on this machine: {error}; {advice}") from error


def _size(found: Picture) -> Facts:
    return {"mode": found.mode, "width": found.width, "height": found.height}


def _warm_up() -> None:
    if not stripe.is_warm():
        with explained(COMPILING):
            stripe.warm_up()
