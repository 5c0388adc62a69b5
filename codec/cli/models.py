"""The commands on the models that are there: models, selftest, bench."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codec.cli import options
from codec.errors import BadInput, CodecError
from codec.kinds import kind as records
from codec.kinds.kind import Json
from codec.system.records import record

if TYPE_CHECKING:
    from codec.nets.model_file import ModelFile


@click.command()
@options.as_json
def models(as_json: bool) -> None:
    """List the models that come with the package.

    \b
    codec models --json
    """
    from codec.density import library

    known = [(model, info_of(model.file)) for model in library.embedded()]
    if as_json:
        click.echo(json.dumps([{"title": model.title, "bytes": model.size, **known_facts(info)} for model, info in known]))
        return
    for model, info in known:
        files = "JPEG files" if model.codes_jpegs else "graphics" if model.codes_pixels else ""
        pictures = "gray pictures" if info.channels == 1 else "colour pictures"
        what = f"{info.levels} levels" if info.levels else files or pictures
        click.echo(f"{model.title:16} {info.name}  {model.size:>9,} bytes  {info.parameters:>9,} weights  {what}")


@click.command()
@click.option("--engine", type=click.Choice(["numpy", "torch-cpu", "torch-cuda"]), default="numpy", show_default=True, help="What to test.")
@options.model
@options.as_json
def selftest(engine: str, model: str | None, as_json: bool) -> None:
    """Check that this machine computes what files depend on: every model's probe gives the bytes it gave where the model was made.

    \b
    codec selftest && echo files made here are safe
    codec selftest --model mine.bbm
    """
    from codec.density import library

    machine = None if engine == "numpy" else options.torch_engine(engine.removeprefix("torch-"))
    models = library.embedded() if model is None else [library.find(model)]
    results = []
    for one in models:
        if machine is not None and not one.codes_images:
            continue  # the models of pictures have kernels of their own
        began = time.perf_counter()
        try:
            digest = one.probe(machine)
        except CodecError as error:
            digest = str(error)
        good = digest == one.file.metadata.get("probe")
        results.append({"model": one.title, "ok": good, "seconds": round(time.perf_counter() - began, 3)})
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
@click.argument("model", metavar="MODEL")
@click.option("--output", "-o", type=options.PATH, default="samples.png", show_default=True, help="PNG to write.")
@click.option("--data", type=options.PATH, help="Images to reconstruct, .npy.  [default: those of the model's probe]")
@click.option("--seed", default=0, show_default=True, help="Of the samples.")
@options.force
@options.as_json
def samples(model: str, output: Path, data: Path | None, seed: int, force: bool, as_json: bool) -> None:
    """Draw images from a model of arrays: samples, and what its latents hold, if it has any.

    On the sheet stand 128 samples; images, a reconstruction below each; and images between one and the next.

    \b
    codec samples digits-gray -o sheet.png
    codec samples mine.bbm --data mnist-test.npy -o sheet.png
    """
    from codec.kinds.array.sheet import sheet_of
    from codec.kinds.requests import Source, naming
    from codec.system import files

    files.check_free(output, force)
    with naming(data or model):
        source = None if data is None else Source(str(data), files.read_bytes(data), data.suffix)
        sheet = sheet_of(model, source, seed)
    files.write_bytes(output, sheet.png, force)
    facts = {"file": str(output), **records.facts_of(sheet)}
    told = f"{output}: {sheet.samples} samples, {sheet.reconstructions} reconstructions, {sheet.interpolations} interpolations"
    click.echo(json.dumps(facts) if as_json else told)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", metavar="[NAME [ARGUMENTS]...]", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Measure: sizes, speed, estimates against files. Needs a checkout of the project, in the current folder or installed with pip -e.

    \b
    codec bench                                      lists what there is to measure
    codec bench core
    """
    sys.path.insert(0, str(checkout([Path(__file__).resolve().parents[2], Path.cwd()])))
    sys.exit(importlib.import_module("bench.__main__").main(list(arguments)))


@record(frozen=True)
class ModelInfo:
    """What people want to know of a model. pixels, levels: of its images; channels: of its planes; latents: of each layer; parameters:
    weights and biases; training: what is told of it. None: what a model of its family does not have."""

    sha256: str
    name: str
    pixels: int | None
    levels: int | None
    channels: int | None
    latents: Json
    parameters: int
    training: Json


def checkout(places: Iterable[Path]) -> Path:
    """The first of these folders that is a checkout of the project. Raises BadInput if none is."""
    for place in places:
        if (place / "bench" / "__main__.py").is_file() and (place / "codec" / "cli" / "main.py").is_file():
            return place
    raise BadInput("the benches are not in the package: run this in a checkout of the project")


def is_model(data: bytes) -> bool:
    """Whether these bytes begin as model files do."""
    from codec.nets.model_file import MAGIC

    return data.startswith(MAGIC)


def read_info(data: bytes) -> ModelInfo:
    """What the model file of these bytes is. Raises BadModel."""
    from codec.nets.model_file import read_model

    return info_of(read_model(data))


def known_facts(info: ModelInfo) -> dict[str, Json]:
    """For JSON: what there is to say of this model."""
    return {name: value for name, value in records.facts_of(info).items() if value is not None}


def fact_lines(facts: Mapping[str, Json]) -> Iterator[str]:
    """The lines that tell the facts of a model for people."""
    for key, value in facts.items():
        yield f"{key:12} {json.dumps(value) if isinstance(value, dict | list) else value}"


def info_of(file: ModelFile) -> ModelInfo:
    """What a model file is, as far as its fields tell."""
    parameters = sum(int(tensor.size) for name, tensor in file.tensors.items() if name.endswith((".weight", ".bias")))
    pixels, levels, channels = (_number(file.metadata.get(name)) for name in ("pixels", "levels", "channels"))
    latents, training = file.metadata.get("latents"), file.metadata.get("training", {})
    return ModelInfo(file.sha256, file.name.hex(), pixels, levels, channels, latents, parameters, training)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
