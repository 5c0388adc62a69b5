"""The commands on files: compress, decompress, info, density, models, selftest, export."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codec.errors import BadInput, CodecError, MissingPackage

if TYPE_CHECKING:
    from codec.runtime import Engine

# The library is imported inside the commands: help and usage errors should not wait for numba.

PATH = click.Path(path_type=Path)
model_option = click.option("--model", "title", metavar="MODEL", help="Title of an embedded model, or a model file (.bbm).")
output_option = click.option("-o", "--output", type=PATH, help="Where to write.  [default: beside the input]")
force_option = click.option("-f", "--force", is_flag=True, help="Replace an existing file.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("source", metavar="ARRAY.npy", type=PATH)
@output_option
@model_option
@click.option("--particles", "-N", default=1, show_default=True, help="Particles of an image: more cost time and save bits.")
@click.option("--verify/--no-verify", default=True, show_default=True, help="Decode the result before it is written.")
@force_option
@click.option("-v", "--verbose", is_flag=True, help="Say what the bits are for.")
@json_option
def compress(
    source: Path, output: Path | None, title: str | None, particles: int, verify: bool, force: bool, verbose: bool, as_json: bool
) -> None:
    """Compress an array of 28x28 images: uint8 or bool, [n, 28, 28].

    \b
    codec compress mnist-test.npy                            gives mnist-test.bb
    codec compress mnist-test.npy --model digits-gray -N 10 -v
    """
    import numpy as np

    from codec import files, pipeline, store
    from codec.load import load_model

    array = files.read_array(source)
    if title is None:
        binary = array.dtype == np.bool_ or not array.size or array.max() <= 1
        file = store.fitting(2 if binary else 256)
    else:
        file = store.find_file(title)
    model = load_model(file)
    target = output or source.with_suffix(".bb")
    if target.exists() and not force:
        raise BadInput(f"{target}: already there; use -f to replace it")
    began = time.perf_counter()
    with _progress("compressing", array.size // model.pixels) as show:
        data = pipeline.compress_array(array, model, particles, show)
    seconds = time.perf_counter() - began
    if verify:
        decoded = pipeline.decompress_array(data, lambda name: model)
        if decoded.dtype != array.dtype or not np.array_equal(decoded, array):
            raise BadInput(f"{source}: the result does not decode to it on this machine; nothing was written (run codec selftest)")
    files.write_bytes(target, data, force)
    facts = {"file": str(target), **_report(data), "seconds": round(seconds, 3), "verified": verify}
    if as_json:
        click.echo(json.dumps(facts))
    elif verbose:
        _print_report(facts)


@click.command()
@click.argument("source", metavar="FILE.bb", type=PATH)
@output_option
@model_option
@force_option
def decompress(source: Path, output: Path | None, title: str | None, force: bool) -> None:
    """Give back the array that a file was made from."""
    from codec import files, pipeline, store

    target = output or source.with_suffix(".npy")
    if target.exists() and not force:
        raise BadInput(f"{target}: already there; use -f to replace it")
    data = files.read_bytes(source)
    try:
        images = pipeline.report(data).images
        with _progress("decompressing", images) as show:
            array = pipeline.decompress_array(data, lambda name: store.find_named(name, title), show)
    except CodecError as error:
        raise type(error)(f"{source}: {error}") from error
    files.write_bytes(target, files.array_bytes(array), force)


@click.command()
@click.argument("source", metavar="FILE", type=PATH)
@json_option
def info(source: Path, as_json: bool) -> None:
    """Say what a compressed file or a model file is; decodes nothing."""
    from codec import files, store
    from codec.modelfile import MAGIC, read_model

    data = files.read_bytes(source)
    try:
        if data[:4] == MAGIC:
            facts = {"kind": "model", "bytes": len(data), **store.facts(read_model(data))}
        else:
            facts = {"kind": "array", **_report(data)}
    except CodecError as error:
        raise type(error)(f"{source}: {error}") from error
    if as_json:
        click.echo(json.dumps(facts))
    elif facts["kind"] == "model":
        _print_facts(facts)
    else:
        _print_report(facts)


@click.command()
@click.argument("source", metavar="ARRAY.npy", type=PATH)
@model_option
@click.option("--particles", default="1,8,64", show_default=True, help="Numbers of particles.")
@click.option("--seed", default=0, show_default=True, help="Of the particles.")
@json_option
def density(source: Path, title: str | None, particles: str, seed: int, as_json: bool) -> None:
    """Estimate -log p(x) of images under a model, in bits a pixel."""
    import numpy as np

    from codec import files, pipeline, store
    from codec.density import cross_entropy
    from codec.evaluate import log_densities
    from codec.load import load_model

    try:
        counts = [int(count) for count in particles.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--particles is a list of numbers such as 1,8,64, not {particles!r}") from error
    array = files.read_array(source)
    binary = array.dtype == np.bool_ or not array.size or array.max() <= 1
    model = load_model(store.find_file(title) if title is not None else store.fitting(2 if binary else 256))
    images = pipeline.as_images(array, model)
    if not len(images):
        raise BadInput(f"{source}: no images")
    rows = []
    for estimate in log_densities(model, images, counts, seed):
        whole = cross_entropy(estimate.log_density, model.pixels)
        row: dict[str, Any] = {
            "particles": estimate.particles,
            "bits_per_pixel": whole.bits_per_dimension,
            "interval_95": [whole.low, whole.high],
            "nats_per_image": whole.nats,
            "estimator_standard_error_nats": float(np.mean(estimate.standard_error)) if estimate.particles > 1 else None,
            "effective_sample_size": float(np.mean(estimate.effective_size)),
        }
        rows.append(row)
    if as_json:
        click.echo(json.dumps({"images": len(images), "model": model.file.sha256, "estimates": rows}))
        return
    click.echo(f"{len(images)} images of {model.pixels} pixels")
    click.echo("particles  bits/pixel  95 % interval       nats/image  effective particles")
    for row in rows:
        low, high = row["interval_95"]
        rate, nats, effective = row["bits_per_pixel"], row["nats_per_image"], row["effective_sample_size"]
        click.echo(f"{row['particles']:9}  {rate:10.5f}  {low:.5f} to {high:.5f}  {nats:10.3f}  {effective:10.1f}")


@click.command()
@json_option
def models(as_json: bool) -> None:
    """List the models that come with the package."""
    from codec import store

    entries = [{"title": entry.title, "bytes": entry.size, **store.facts(entry.file)} for entry in store.embedded()]
    if as_json:
        click.echo(json.dumps(entries))
        return
    for entry in entries:
        click.echo(
            f"{entry['title']:16} {entry['name']}  {entry['bytes']:>9,} bytes  {entry['parameters']:>9,} weights  {entry['levels']} levels"
        )


@click.command()
@click.option("--engine", type=click.Choice(["numpy", "torch-cpu", "torch-cuda"]), default="numpy", show_default=True, help="What to test.")
@model_option
@json_option
def selftest(engine: str, title: str | None, as_json: bool) -> None:
    """Check that this machine computes what files depend on: every model's probe gives the bytes it gave where the model was made."""
    from codec import store
    from codec.load import load_model
    from codec.model import probe_digest

    files = [(entry.title, entry.file) for entry in store.embedded()] if title is None else [(title, store.find_file(title))]
    machine = _engine(engine)
    results = []
    for name, file in files:
        began = time.perf_counter()
        try:
            digest = probe_digest(load_model(file, machine))
        except CodecError as error:
            digest = str(error)
        results.append({"model": name, "ok": digest == file.metadata.get("probe"), "seconds": round(time.perf_counter() - began, 3)})
    good = bool(results) and all(result["ok"] for result in results)
    if as_json:
        click.echo(json.dumps({"safe": good, "engine": engine, "probes": results}))
    else:
        for result in results:
            click.echo(f"{result['model']:16} {'ok' if result['ok'] else 'WRONG'}  {result['seconds']:.2f} s")
        verdict = "files made here are safe: any machine that passes this test decodes them"
        click.echo(verdict if good else "do NOT use this machine: files made here may not decode elsewhere, nor others here")
    if not good:
        sys.exit(1)


@click.command()
@click.argument("checkpoint", type=PATH)
@click.option("--data", required=True, type=PATH, help="The training images (idx, .npy or folder): for the probe and the depths.")
@click.option("-o", "--output", type=PATH, help="Model file to write.  [default: CHECKPOINT with the ending .bbm]")
@click.option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="Something to store with the model; can be given again.")
@force_option
def export(checkpoint: Path, data: Path, output: Path | None, facts: tuple[str, ...], force: bool) -> None:
    """Make a model file of a training checkpoint (needs torch)."""
    try:
        from codec.learn.data import digits
        from codec.learn.export import export_checkpoint
    except ModuleNotFoundError as error:
        raise MissingPackage(f'exporting needs {error.name}: pip install "codec[train]"') from error
    from codec import files

    target = output or checkpoint.with_suffix(".bbm")
    if target.exists() and not force:
        raise BadInput(f"{target}: already there; use -f to replace it")
    pairs = dict(fact.partition("=")[::2] for fact in facts)
    files.write_bytes(target, export_checkpoint(checkpoint, digits(data), pairs), force)


COMMANDS = (compress, decompress, info, density, models, selftest, export)


def _engine(kind: str) -> Engine | None:
    if kind == "numpy":
        return None
    try:
        from codec.learn.engine import TorchEngine
    except ModuleNotFoundError as error:
        raise MissingPackage(f'this engine needs {error.name}: pip install "codec[train]"') from error
    return TorchEngine(kind.removeprefix("torch-"))


def _report(data: bytes) -> dict[str, Any]:
    from codec import pipeline
    from codec.container import read_container

    found = pipeline.report(data)
    return {
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


def _print_report(facts: dict[str, Any]) -> None:
    click.echo(f"{facts['images']} images of {facts['pixels']} pixels, model {facts['model']}")
    click.echo(f"{facts['batches']} batches, up to {facts['particles']} particles an image")
    click.echo(f"net      {facts['net_bits']:>12,} bits  {facts['net_bits_per_pixel']:.5f} bits/pixel")
    click.echo(f"initial  {facts['initial_bits']:>12,} bits  (the digest of the pixels)")
    click.echo(f"header   {facts['header_bits']:>12,} bits")
    click.echo(f"total    {facts['total_bits']:>12,} bits  {facts['total_bits_per_pixel']:.5f} bits/pixel")


def _print_facts(facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        click.echo(f"{key:12} {json.dumps(value) if isinstance(value, dict | list) else value}")


class _progress:
    """A progress bar on standard error if that is a terminal; gives the function that takes the number of images done."""

    def __init__(self, label: str, images: int) -> None:
        self.bar = click.progressbar(length=max(images, 1), label=label, file=sys.stderr) if sys.stderr.isatty() else None

    def __enter__(self) -> Any:
        if self.bar is None:
            return None
        bar = self.bar.__enter__()
        return lambda done: bar.update(done - bar.pos)

    def __exit__(self, *exception: Any) -> None:
        if self.bar is not None:
            self.bar.__exit__(*exception)
