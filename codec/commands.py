"""The commands on files: compress, decompress, info, density, models, selftest, export."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from codec.errors import BadFile, BadInput, CodecError, MissingPackage
from codec.jobs import Restoring, Settings, Source

if TYPE_CHECKING:
    from codec.modelfile import ModelFile
    from codec.runtime import Engine

# The library is imported inside the commands: help and usage errors should not wait for numba.

ARRAY = b"\x93NUMPY"  # how .npy files begin
PATH = click.Path(path_type=Path)
model_option = click.option("--model", "model", metavar="MODEL", help="Title of an embedded model, or a model file (.bbm).")
output_option = click.option("-o", "--output", type=PATH, help="Where to write.  [default: beside the input]")
threads_option = click.option(
    "-T", "--threads", type=click.IntRange(1, 64), help="Threads that code a picture's stripes.  [default: all cores]"
)
force_option = click.option("-f", "--force", is_flag=True, help="Replace an existing file.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("source", metavar="IMAGE", type=PATH)
@output_option
@model_option
@click.option("--particles", "-N", default=1, show_default=True, help="Particles of a latent: more cost time and save bits.")
@threads_option
@click.option("--verify/--no-verify", default=True, show_default=True, help="Decode the result before it is written.")
@force_option
@click.option("-v", "--verbose", is_flag=True, help="Say what the bits are for.")
@json_option
def compress(source: Path, output: Path | None, force: bool, verbose: bool, as_json: bool, **settings: Any) -> None:
    """Compress a picture, 8-bit gray or RGB, or an array (.npy) of 28x28 images, uint8 or bool.

    Of a picture, the pixels are kept exactly and nothing else: metadata that is left behind is named.

    \b
    codec compress photo.png                                 gives photo.bb
    codec compress photo.png -N 4 -v
    codec compress mnist-test.npy --model digits-gray -N 10 -v
    """
    from codec import files

    target = _free(output or source.with_suffix(".bb"), force)
    given = _read(source)
    with _naming(source):
        data, facts = _of_source(given).compress(given, Settings(**settings))
    for note in facts["notes"]:
        click.echo(f"codec: {source}: {note}", err=True)
    files.write_bytes(target, data, force)
    if as_json:
        click.echo(json.dumps({"file": str(target), **facts}))
    elif verbose:
        _of_source(given).print_info(facts)


@click.command()
@click.argument("source", metavar="FILE.bb", type=PATH)
@output_option
@model_option
@threads_option
@force_option
def decompress(source: Path, output: Path | None, model: str | None, threads: int | None, force: bool) -> None:
    """Give back the picture or the array that a file was made from.

    A picture is written in the format of the output's ending: png, webp, tiff, bmp, ppm or pgm.

    \b
    codec decompress photo.bb                                gives photo.png
    codec decompress photo.bb -o restored.tif
    """
    from codec import files

    data = files.read_bytes(source)
    with _naming(source):
        kind = _of_file(data)
    target = _free(output or source.with_suffix(kind.ENDING), force)
    with _naming(source):
        restored = kind.decompress(data, Restoring(target.suffix.lower(), model, threads))
    files.write_bytes(target, restored.content, force)


@click.command()
@click.argument("source", metavar="FILE", type=PATH)
@json_option
def info(source: Path, as_json: bool) -> None:
    """Say what a compressed file or a model file is; decodes nothing."""
    from codec import files, store
    from codec.modelfile import MAGIC, read_model

    data = files.read_bytes(source)
    with _naming(source):
        if data[: len(MAGIC)] == MAGIC:
            facts, show = {"kind": "model", "bytes": len(data), **store.facts(read_model(data))}, _print_facts
        else:
            kind = _of_file(data)
            facts, show = kind.info(data), kind.print_info
    if as_json:
        click.echo(json.dumps(facts))
    else:
        show(facts)


@click.command()
@click.argument("source", metavar="IMAGE", type=PATH)
@model_option
@click.option("--particles", metavar="LIST", help="Numbers of particles.  [default: 1,4,16 for a picture, 1,8,64 for an array]")
@click.option("--seed", default=0, show_default=True, help="Of the particles.")
@threads_option
@json_option
def density(source: Path, model: str | None, particles: str | None, seed: int, threads: int | None, as_json: bool) -> None:
    """Estimate -log p(x) of a picture or of an array's images under a model, in bits: what a file costs in the mean."""
    given = _read(source)
    kind = _of_source(given)
    wanted = kind.PARTICLES if particles is None else particles
    try:
        counts = [int(count) for count in wanted.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--particles is a list of numbers such as 1,8,64, not {wanted!r}") from error
    with _naming(source):
        facts = kind.density(given, Settings(model=model, threads=threads), counts, seed)
    if as_json:
        click.echo(json.dumps(facts))
    else:
        kind.print_density(facts)


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
        what = f"{entry['levels']} levels" if "levels" in entry else f"{entry.get('channels')} channels"
        click.echo(f"{entry['title']:16} {entry['name']}  {entry['bytes']:>9,} bytes  {entry['parameters']:>9,} weights  {what}")


@click.command()
@click.option("--engine", type=click.Choice(["numpy", "torch-cpu", "torch-cuda"]), default="numpy", show_default=True, help="What to test.")
@model_option
@json_option
def selftest(engine: str, model: str | None, as_json: bool) -> None:
    """Check that this machine computes what files depend on: every model's probe gives the bytes it gave where the model was made."""
    from codec import store

    machine = _engine(engine)
    kind = None if machine is None else "vae"  # the models of pictures have kernels of their own
    files = [(entry.title, entry.file) for entry in store.embedded(kind)] if model is None else [(model, store.find_file(model))]
    results = []
    for name, file in files:
        began = time.perf_counter()
        try:
            digest = _probe(file, machine)
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
@click.option("--data", required=True, type=PATH, help="The training images (idx, .npy or folder): for probes, depths and rates.")
@click.option("--cache", type=PATH, help="Of a photo model: the folder of predictions.  [default: photo-cache beside the checkpoint]")
@click.option("-o", "--output", type=PATH, help="Model file to write.  [default: CHECKPOINT with the ending .bbm]")
@click.option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="Something to store with the model; can be given again.")
@force_option
def export(checkpoint: Path, data: Path, cache: Path | None, output: Path | None, facts: tuple[str, ...], force: bool) -> None:
    """Make a model file of a training checkpoint (needs torch)."""
    try:
        from codec.learn.data import digits
        from codec.learn.export import export_checkpoint
        from codec.learn.photo_export import export_photo
        from codec.learn.photo_train import holds_photo
    except ModuleNotFoundError as error:
        raise MissingPackage(f'exporting needs {error.name}: pip install "codec[train]"') from error
    from codec import files

    target = output or checkpoint.with_suffix(".bbm")
    if target.exists() and not force:
        raise BadInput(f"{target}: already there; use -f to replace it")
    pairs = dict(fact.partition("=")[::2] for fact in facts)
    if holds_photo(checkpoint):
        made = export_photo(checkpoint, data, cache, pairs)
    else:
        made = export_checkpoint(checkpoint, digits(data), pairs)
    files.write_bytes(target, made, force)


COMMANDS = (compress, decompress, info, density, models, selftest, export)


def _probe(file: ModelFile, engine: Engine | None) -> str:
    """What a model's probe gives on this machine. Raises CodecError."""
    if file.metadata.get("kind") == "photo":
        from codec import photomodel, stripe

        return stripe.probe_digest(photomodel.load_photo(file))
    from codec import load, model

    return model.probe_digest(load.load_model(file, engine))


def _read(path: Path) -> Source:
    from codec import files

    data, status = files.read_file(path)
    return Source(str(path), data, path.suffix.lower(), int(status.st_mtime))


def _of_source(source: Source) -> ModuleType:
    """The commands for this kind of input: array_commands for what is or calls itself a .npy array, picture_commands for all else."""
    if source.data[: len(ARRAY)] == ARRAY or source.ending == ".npy":
        from codec import array_commands

        return array_commands
    from codec import picture_commands

    return picture_commands


def _of_file(data: bytes) -> ModuleType:
    """The commands for this kind of compressed file. Raises BadFile."""
    from codec.container import read_container

    kind = read_container(data, verify=False).kind
    if kind == "A":
        from codec import array_commands

        return array_commands
    if kind == "P":
        from codec import picture_commands

        return picture_commands
    raise BadFile(f"a file of kind {kind!r}: this release reads kinds 'A', arrays of images, and 'P', pictures")


def _free(target: Path, force: bool) -> Path:
    """The target, if it may be written: known before any work is done."""
    if target.exists() and not force:
        raise BadInput(f"{target}: already there; use -f to replace it")
    return target


@contextmanager
def _naming(source: Path) -> Iterator[None]:
    """Errors inside begin with the name of the file that they are about."""
    try:
        yield
    except CodecError as error:
        raise type(error)(f"{source}: {error}") from error


def _engine(kind: str) -> Engine | None:
    if kind == "numpy":
        return None
    try:
        from codec.learn.engine import TorchEngine
    except ModuleNotFoundError as error:
        raise MissingPackage(f'this engine needs {error.name}: pip install "codec[train]"') from error
    return TorchEngine(kind.removeprefix("torch-"))


def _print_facts(facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        click.echo(f"{key:12} {json.dumps(value) if isinstance(value, dict | list) else value}")
