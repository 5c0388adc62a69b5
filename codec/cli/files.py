"""The commands on files: compress, decompress, verify, info, density. Thin: the work is done by the modules of each kind of file.

The library is imported inside the commands: help and usage errors should not wait for numba.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click

from codec.cli import options
from codec.cli.inputs import ENDING, Input, Places, Result, each, find_inputs, is_compressed, is_readable, name_of, restored_name
from codec.cli.terminal import is_watched, on_one_line
from codec.container.container import MAGIC
from codec.errors import BadFile, BadInput
from codec.kinds.requests import METHODS, Facts, Restored, Restoring, Settings, Source
from codec.kinds.table import PICTURES, kind_letter, kind_of_file, kind_of_source, naming
from codec.system.executor import cores


@click.command()
@options.inputs("IMAGE...")
@options.output
@options.recursive
@options.model
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True, help="How pictures are coded.")
@options.effort
@click.option("--particles", "-N", default=1, show_default=True, help="Particles of a latent: more cost time and save bits.")
@options.threads
@click.option("--verify/--no-verify", default=True, show_default=True, help="Decode the result before it is written.")
@options.max_pixels
@options.remove
@options.force
@options.dry_run
@options.quiet
@click.option("-v", "--verbose", is_flag=True, help="Say what the bits are for.")
@options.as_json
def compress(
    sources: tuple[str, ...], output: str | None, recursive: bool, remove: bool, force: bool, dry_run: bool,
    quiet: bool, verbose: bool, as_json: bool, **settings: Any,
) -> None:  # fmt: skip
    """Compress pictures, or arrays (.npy) of 28x28 images.

    What comes back is the same picture: pixels, mode, palette, transparency, metadata. What cannot be coded smaller is stored as it is.

    \b
    codec compress photo.png                         gives photo.bb
    codec compress *.png -o compressed/
    codec compress -r pictures --rm                  each file is replaced by its .bb
    codec compress - < photo.png > photo.bb
    codec compress mnist-test.npy --model digits-gray -N 10 -v
    """
    inputs = find_inputs(sources, recursive, is_readable)
    places = Places(output, inputs, force)
    shared, chosen = places.shared_stems(), Settings(**settings)
    if remove and (places.are_standard or not chosen.verify):
        raise click.UsageError("--rm removes only what was written to a file and verified: leave out -o - and --no-verify")

    def work(given: Input) -> Result:
        place = places.find(given, places.compressed_name(given, shared))
        source, status = given.read()
        with naming(given):
            if source.data.startswith(MAGIC):
                raise BadInput("compressed already")
            kind = kind_of_source(source)
            data, facts = kind.compress(source, chosen)
        name = name_of(place)
        _say(given, facts["notes"], quiet)
        if not dry_run:
            places.put(place, data, status, None)
            if remove:
                if facts.get("left"):
                    raise BadInput(f"{given}: not removed, because {name} does not hold all of it: {', '.join(facts['left'])}")
                _remove(given, status, place, data)
        before, after = len(source.data), len(data)
        facts = {"source": str(given), "file": name, "original_bytes": before, "bytes": after, "written": not dry_run, **facts}
        line = f"{given} -> {name}  {before:,} -> {after:,} bytes ({after / max(before, 1):.1%})"
        return facts, partial(_show, line, dry_run, len(inputs), partial(kind.print_info, facts) if verbose else None)

    each(inputs, work, as_json, settings["threads"] or cores(), places.are_standard)


@click.command()
@options.inputs("FILE.bb...")
@options.output
@options.recursive
@options.model
@click.option("--region", type=options.Region(), help="Give back this part of the picture; only its stripes are decoded.")
@click.option("--salvage", is_flag=True, help="Of a damaged file, give back what is intact; name what is lost, and exit with 1.")
@click.option("--lossy-format-ok", "lossy_ok", is_flag=True, help="Write the format that -o asks for, even if it loses something.")
@click.option("-t", "--test", is_flag=True, help="Decode and check only, as codec verify does; write nothing.")
@options.threads
@options.max_pixels
@options.remove
@options.force
@options.dry_run
@options.quiet
@options.verbose
@options.as_json
def decompress(
    sources: tuple[str, ...], output: str | None, recursive: bool, test: bool, remove: bool, force: bool, dry_run: bool,
    quiet: bool, verbose: bool, as_json: bool, **settings: Any,
) -> None:  # fmt: skip
    """Give back the pictures or arrays that files were made from.

    A picture is written as a PNG, as a TIFF where PNG does not keep its mode, or in the format of the output's ending; a file that was
    stored as it is comes back as it was.

    \b
    codec decompress photo.bb                        gives photo.png
    codec decompress photo.bb -o restored.tif
    codec decompress -r compressed -o pictures/
    codec decompress huge.bb --region 4096,2048,640,480 -o part.png
    codec decompress damaged.bb --salvage -o rest.png
    """
    inputs = find_inputs(sources, recursive, is_compressed)
    places = Places(output, inputs, force)
    if remove and (places.are_standard or test or settings["region"] or settings["salvage"] or settings["lossy_ok"]):
        raise click.UsageError(
            "--rm removes only what was restored to a file in full: leave out -o -, -t, --region, --salvage, --lossy-format-ok"
        )
    checks = settings["model"], settings["threads"], settings["max_pixels"]
    if test:
        _verify(inputs, checks, verbose, as_json)
        return

    def work(given: Input) -> Result:
        source, status = given.read()
        data = source.data
        with naming(given):
            kind = kind_of_file(data)
            usual = kind.default_ending(data)
        place = places.find(given, restored_name(given, usual))
        with naming(given), _advising(kind_letter(data) == PICTURES and not settings["salvage"]):
            restored = kind.decompress(data, Restoring(ending=places.ending, **settings))
        _say(given, restored.notes, quiet)
        if not dry_run:
            places.put(place, restored.content, status, restored.modified)
            if remove:
                with naming(given):
                    kind.verify(data, *checks, Source(str(place), restored.content, restored.ending))
                _remove(given, status, place, restored.content)
        name, size = name_of(place), len(restored.content)
        facts = {"source": str(given), "file": name, "bytes": size, "written": not dry_run}
        return facts | _losses(given, name, restored), partial(_show, f"{given} -> {name}  {size:,} bytes", dry_run or verbose, len(inputs))

    each(inputs, work, as_json, settings["threads"] or cores(), places.are_standard)


@click.command()
@options.inputs("FILE.bb...")
@options.recursive
@options.model
@options.threads
@options.max_pixels
@options.quiet
@options.verbose
@options.as_json
def verify(
    sources: tuple[str, ...], recursive: bool, model: str | None, threads: int | None, max_pixels: int,
    quiet: bool, verbose: bool, as_json: bool,
) -> None:  # fmt: skip
    """Decode files and check every checksum and digest; write nothing.

    \b
    codec verify photo.bb
    codec verify -r archive -q && echo all is well
    """
    _verify(find_inputs(sources, recursive, is_compressed), (model, threads, max_pixels), verbose, as_json)


@click.command()
@options.inputs("FILE...")
@options.recursive
@options.as_json
def info(sources: tuple[str, ...], recursive: bool, as_json: bool) -> None:
    """Say what compressed files and model files are; decodes nothing.

    \b
    codec info photo.bb
    codec info -r archive --json
    """
    inputs = find_inputs(sources, recursive, lambda path: path.suffix.lower() in (ENDING, ".bbm"))

    def work(given: Input) -> Result:
        data = given.read()[0].data
        with naming(given):
            facts, show = _describe(data)
        return {"file": str(given), "bytes": len(data), **facts}, partial(_titled, given, len(inputs), partial(show, facts))

    each(inputs, work, as_json)


@click.command()
@options.inputs("IMAGE...")
@options.recursive
@options.model
@click.option("--particles", metavar="LIST", help="Numbers of particles.  [default: 1,4,16 for a picture, 1,8,64 for an array]")
@click.option("--seed", default=0, show_default=True, help="Of the particles.")
@click.option("--heatmap", metavar="FILE.png", type=click.Path(), help="Draw where the bits of one picture go.")
@options.force
@options.effort
@options.threads
@options.max_pixels
@options.as_json
def density(
    sources: tuple[str, ...], recursive: bool, particles: str | None, seed: int, heatmap: str | None, force: bool,
    as_json: bool, **settings: Any,
) -> None:  # fmt: skip
    """Estimate -log p(x) of pictures or of an array's images under a model, in bits: what a file costs in the mean.

    \b
    codec density photo.png --particles 1,16
    codec density photo.png --heatmap bits.png
    codec density mnist-test.npy --model digits-gray --json
    """
    counts = None if particles is None else _counts(particles)
    inputs = find_inputs(sources, recursive, is_readable)
    if heatmap is not None and len(inputs) > 1:
        raise click.UsageError("--heatmap draws one picture: give one")

    def work(given: Input) -> Result:
        source, _ = given.read()
        kind = kind_of_source(source)
        with naming(given):
            facts = kind.density(source, Settings(**settings), counts or _counts(kind.PARTICLES), seed)
            if heatmap is not None:
                from codec.system import files

                content, drawn = kind.heatmap(source, Settings(**settings))
                files.write_bytes(Path(heatmap), content, force)
                facts |= drawn
        return {"file": str(given), **facts}, partial(_titled, given, len(inputs), partial(kind.print_density, facts))

    each(inputs, work, as_json)


COMMANDS = (compress, decompress, verify, info, density)


def _verify(inputs: Sequence[Input], checks: tuple[str | None, int | None, int], verbose: bool, as_json: bool) -> None:
    def work(given: Input) -> Result:
        data = given.read()[0].data
        with naming(given):
            kind_of_file(data).verify(data, *checks)
        return {"file": str(given), "ok": True}, partial(_show, f"{given}: ok", verbose, len(inputs))

    each(inputs, work, as_json, checks[1] or cores())


def _losses(given: Input, name: str, restored: Restored) -> Facts:
    """What there is to say of rows that could not be salvaged."""
    if not restored.lost:
        return {}
    rows = ", ".join(f"{start} to {stop - 1}" for start, stop in restored.lost)
    return {"lost": restored.lost, "error": f"{given}: rows {rows} are lost, and 0 in {name}; all others are as they were"}


def _remove(given: Input, status: os.stat_result | None, place: Path | None, data: bytes) -> None:
    """Remove an input of which all that matters is in `data`, if that is what stands at its place now. Raises CodecError."""
    from codec.system import files

    if place is None or given.path is None or status is None:
        raise BadInput(f"{given}: not removed: only a file whose result is a file can be")
    if files.read_bytes(place) != data:
        raise BadFile(f"{place}: it does not hold what was written to it; {given} is not removed")
    files.remove_unchanged(given.path, status)


def _describe(data: bytes) -> tuple[Facts, Callable[[Facts], None]]:
    """What a compressed file or a model file is, and how to print it. Raises CodecError."""
    from codec.density import library
    from codec.nets import model_file

    if data.startswith(model_file.MAGIC):
        return {"kind": "model", **library.facts(model_file.read_model(data))}, _print_facts
    kind = kind_of_file(data)
    return kind.info(data), kind.print_info


@contextmanager
def _advising(may_help: bool) -> Iterator[None]:
    """Damage inside is told with the way out of it."""
    try:
        yield
    except BadFile as error:
        if not may_help:
            raise
        raise BadFile(f"{error} (--salvage gives back what is intact)") from error


def _counts(text: str) -> list[int]:
    try:
        return [int(count) for count in text.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--particles is a list of numbers such as 1,8,64, not {text!r}") from error


def _say(given: Input, notes: Sequence[str], quiet: bool) -> None:
    for note in () if quiet else notes:
        click.echo(f"codec: {on_one_line(f'{given}: {note}')}", err=True)


def _show(line: str, is_asked: bool, count: int, details: Callable[[], None] | None = None) -> None:
    """Say what was done with an input: on a terminal, or if it is asked for; details need the line only among several."""
    line = on_one_line(line)
    if is_asked or (count > 1 and details):
        click.echo(line)
    elif is_watched() and not details:
        click.echo(line, err=True)
    if details:
        details()


def _titled(given: Input, count: int, show: Callable[[], None]) -> None:
    if count > 1:
        click.echo(f"{on_one_line(str(given))}:")
    show()


def _print_facts(facts: Facts) -> None:
    for key, value in facts.items():
        click.echo(f"{key:12} {json.dumps(value) if isinstance(value, dict | list) else value}")
