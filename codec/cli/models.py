"""The commands on the models that are there: models, selftest, bench."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codec.cli import options
from codec.errors import BadInput, CodecError, MissingPackage

if TYPE_CHECKING:
    from codec.nets.layers import Engine
    from codec.nets.model_file import ModelFile


@click.command()
@options.as_json
def models(as_json: bool) -> None:
    """List the models that come with the package.

    \b
    codec models --json
    """
    from codec.density import library

    entries = [{"title": entry.title, "bytes": entry.size, **library.facts(entry.file)} for entry in library.embedded()]
    if as_json:
        click.echo(json.dumps(entries))
        return
    for entry in entries:
        what = f"{entry['levels']} levels" if "levels" in entry else "gray pictures" if entry.get("channels") == 1 else "colour pictures"
        click.echo(f"{entry['title']:16} {entry['name']}  {entry['bytes']:>9,} bytes  {entry['parameters']:>9,} weights  {what}")


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

    machine = _engine(engine)
    kind = None if machine is None else "vae"  # the models of pictures have kernels of their own
    files = [(entry.title, entry.file) for entry in library.embedded(kind)] if model is None else [(model, library.find_file(model))]
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


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", metavar="[NAME [ARGUMENTS]...]", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Measure: sizes, speed, estimates against files. Needs a checkout of the project, in the current folder or installed with pip -e.

    \b
    codec bench                                      lists what there is to measure
    codec bench core
    """
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (root / "bench" / "__main__.py").is_file() and (root / "codec" / "cli" / "main.py").is_file():
            sys.path.insert(0, str(root))
            sys.exit(importlib.import_module("bench.__main__").main(list(arguments)))
    raise BadInput("the benches are not in the package: run this in a checkout of the project")


COMMANDS = (models, selftest, bench)


def _probe(file: ModelFile, engine: Engine | None) -> str:
    """What a model's probe gives on this machine. Raises CodecError."""
    if file.metadata.get("kind") == "photo":
        from codec.density.photo import stripe
        from codec.density.photo.model import load_photo

        return stripe.probe_digest(load_photo(file))
    from codec.density.arrays import load, model

    return model.probe_digest(load.load_model(file, engine))


def _engine(kind: str) -> Engine | None:
    if kind == "numpy":
        return None
    try:
        from codec.nets.torch_engine import TorchEngine
    except ModuleNotFoundError as error:
        raise MissingPackage(f'this engine needs {error.name}: pip install "codec[train]"') from error
    return TorchEngine(kind.removeprefix("torch-"))
