"""What the commands do with arrays of 28x28 images (.npy) and the files made of them (kind "A")."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click
import numpy as np
from numpy.typing import NDArray

from codec.cli.terminal import progress
from codec.container.container import read_container
from codec.density import library
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.model import Model
from codec.density.estimates import cross_entropy
from codec.errors import BadFile, BadInput
from codec.kinds.array import stream
from codec.kinds.requests import Facts, Named, Restored, Restoring, Settings, Source
from codec.system import files

ENDING = ".npy"  # of what is decompressed
PARTICLES = "1,8,64"  # of density


def compress(source: Source, settings: Settings) -> tuple[bytes, Facts]:
    """The file of an array, and what is to be said of it. The nets choose their own number of threads."""
    if settings.method != "auto":
        raise BadInput(f"an array of images is coded by its model, not by the method {settings.method!r}")
    array = files.parse_array(source.data)
    model = _model(array, settings.model)
    began = time.perf_counter()
    with progress("compressing", array.size // model.pixels) as show:
        data = stream.compress_array(array, model, settings.particles, show)
    seconds = time.perf_counter() - began
    if settings.verify:
        with progress("verifying", array.size // model.pixels) as show:
            decoded = stream.decompress_array(data, lambda name: model, show)
        if not _are_equal(decoded, array):
            raise BadInput("the result does not decode to it on this machine; nothing was written (run codec selftest)")
    facts = {"original_bytes": len(source.data), "seconds": round(seconds, 3), "verified": settings.verify}
    return data, {**info(data), **facts, "notes": []}


def default_ending(data: bytes) -> str:
    """The ending of what decompressing gives if the user asks for none."""
    return ENDING


def decompress(data: bytes, restoring: Restoring) -> Restored:
    """The .npy file of the array in a file."""
    if restoring.ending not in (None, ENDING):
        raise BadInput(f"it holds an array of images: give the output the ending {ENDING}")
    if restoring.region is not None or restoring.salvage:
        raise BadInput("it holds an array of images, all in one message: only pictures have regions, or stripes to salvage")
    return Restored(files.array_bytes(_decode(data, restoring.model)), ENDING)


def verify(data: bytes, model: Named | None, threads: int | None, max_pixels: int, source: Source | None = None) -> None:
    """Decode a file and check its digest; with a source, also that it is the array in the file. Raises CodecError."""
    array = _decode(data, model)
    if source is not None and not _are_equal(files.parse_array(source.data), array):
        raise BadFile("it holds another array")


def info(data: bytes) -> Facts:
    """What a file is."""
    found = stream.report(data)
    return {
        "kind": "array",
        "model": read_container(data).model.hex(),
        "images": found.images,
        "pixels": found.pixels,
        "net_bits": found.net_bits,
        "initial_bits": found.initial_bits,
        "header_bits": found.header_bits,
        "total_bits": found.total_bits,
        "net_bits_per_pixel": round(found.net_rate, 6),
        "total_bits_per_pixel": round(found.total_rate, 6),
        "batches": len(found.batches),
        "particles": max((batch.particles for batch in found.batches), default=1),
    }


def print_info(facts: Facts) -> None:
    click.echo(f"{facts['images']} images of {facts['pixels']} pixels, model {facts['model']}")
    click.echo(f"{facts['batches']} batches, up to {facts['particles']} particles an image")
    click.echo(f"net      {facts['net_bits']:>12,} bits  {facts['net_bits_per_pixel']:.5f} bits/pixel")
    click.echo(f"initial  {facts['initial_bits']:>12,} bits  (the digest of the pixels)")
    click.echo(f"header   {facts['header_bits']:>12,} bits")
    click.echo(f"total    {facts['total_bits']:>12,} bits  {facts['total_bits_per_pixel']:.5f} bits/pixel")


def density(source: Source, settings: Settings, counts: Sequence[int], seed: int) -> Facts:
    """Estimates of -log p(x) of an array's images."""
    array = files.parse_array(source.data)
    model = _model(array, settings.model)
    images = stream.as_images(array, model)
    if not len(images):
        raise BadInput("no images")
    rows = []
    for estimate in log_densities(model, images, counts, seed):
        whole = cross_entropy(estimate.log_density, model.pixels)
        row: Facts = {
            "particles": estimate.particles,
            "bits_per_pixel": whole.bits_per_dimension,
            "interval_95": [whole.low, whole.high],
            "nats_per_image": whole.nats,
            "estimator_standard_error_nats": float(np.mean(estimate.standard_error)) if estimate.particles > 1 else None,
            "effective_sample_size": float(np.mean(estimate.effective_size)),
        }
        rows.append(row)
    return {"images": len(images), "pixels": model.pixels, "model": model.file.sha256, "estimates": rows}


def heatmap(source: Source, settings: Settings) -> tuple[bytes, Facts]:
    raise BadInput("only the bits of pictures are drawn: give one, without --heatmap for arrays")


def print_density(facts: Facts) -> None:
    click.echo(f"{facts['images']} images of {facts['pixels']} pixels")
    click.echo("particles  bits/pixel  95 % interval       nats/image  effective particles")
    for row in facts["estimates"]:
        low, high = row["interval_95"]
        rate, nats, effective = row["bits_per_pixel"], row["nats_per_image"], row["effective_sample_size"]
        click.echo(f"{row['particles']:9}  {rate:10.5f}  {low:.5f} to {high:.5f}  {nats:10.3f}  {effective:10.1f}")


def _decode(data: bytes, model: Named | None) -> NDArray:
    with progress("decompressing", stream.report(data).images) as show:
        return stream.decompress_array(data, lambda name: library.find_named(name, model), show)


def _are_equal(one: NDArray, other: NDArray) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


def _model(array: NDArray, model: Named | None) -> Model:
    binary = array.dtype == np.bool_ or not array.size or array.max() <= 1
    return library.array_model(model, 2 if binary else 256)
