"""What the commands do with pictures and the files made of them (kind "P")."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from codec import image, picture, store, stripe
from codec.errors import BadFile, BadInput
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

Facts = dict[str, Any]


def compress(source: Path, title: str | None, particles: int, threads: int | None, verify: bool) -> tuple[bytes, Facts]:
    """The file of a picture, and what is to be said of it."""
    before, left_behind = image.read_picture(source)
    model = store.photo_model(before.channels, title)
    if left_behind:
        click.echo(f"codec: {source}: only pixels are kept; left behind: {', '.join(left_behind)}", err=True)
    _warm_up()
    began = time.perf_counter()
    with progress("compressing", before.height) as show:
        data, sizes = picture.compress_with_sizes(before, model, particles, threads, show)
    seconds = time.perf_counter() - began
    if verify:
        _verify(source, data, before, model, threads)
    bits = {name: sizes.parts[name] for name in ("prior", "posterior", "likelihood", "funding")}
    bits |= {"coder": sizes.coder_bits, "stored": sizes.stored_bits, "header": sizes.header_bits, "estimate": sizes.parts["estimate"]}
    facts = {**info(data), "particles": particles, **{f"{name}_bits": round(value, 1) for name, value in bits.items()}}
    return data, {**facts, "left_behind": left_behind, "seconds": round(seconds, 3), "verified": verify}


def decompress(data: bytes, target: Path, title: str | None, threads: int | None) -> bytes:
    """The picture in a file as a file of the format that the target's ending asks for."""
    found = picture.report(data)
    image.check_ending(target, found.mode)
    if found.model:
        _warm_up()
    with progress("decompressing", found.height) as show:
        after = picture.decompress_picture(data, lambda name: store.find_photo(name, title), threads, show)
    return image.picture_bytes(after, target)


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


def density(source: Path, title: str | None, counts: Sequence[int], seed: int, threads: int | None) -> Facts:
    """Estimates of -log2 p(x) of a picture."""
    found, _ = image.read_picture(source)
    model = store.photo_model(found.channels, title)
    _warm_up()
    values = found.pixels.size
    rows = [
        {"particles": count, "bits": bits, "bits_per_dimension": bits / values}
        for count, bits in zip(counts, picture.density_picture(found, model, counts, seed, threads), strict=True)
    ]
    return {**_size(found), "model": model.file.sha256, "estimates": rows}


def print_density(facts: Facts) -> None:
    click.echo(f"{facts['width']}x{facts['height']} {facts['mode']}")
    click.echo("particles  bits/dim              bits")
    for row in facts["estimates"]:
        click.echo(f"{row['particles']:9}  {row['bits_per_dimension']:8.5f}  {row['bits']:>16,.0f}")


def _verify(source: Path, data: bytes, before: Picture, model: PhotoModel, threads: int | None) -> None:
    try:
        with progress("verifying", before.height) as show:
            picture.verify_picture(data, before, model, threads, show)
    except BadFile as error:
        advice = "nothing was written (run codec selftest)"
        raise BadInput(f"{source}: the result does not decode to it on this machine: {error}; {advice}") from error


def _size(found: Picture) -> Facts:
    return {"mode": found.mode, "width": found.width, "height": found.height}


def _warm_up() -> None:
    if not stripe.is_warm():
        with explained(COMPILING):
            stripe.warm_up()
