"""The commands on files: compress, decompress, verify, info, density. Thin: the work is done by the kinds of files.

The library is imported inside the commands where help and usage errors would wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from codec.cli import options
from codec.cli.inputs import Input, find_inputs, is_compressed, is_readable
from codec.cli.places import Places, name_of, restored_name
from codec.cli.run import Result, each
from codec.cli.terminal import is_watched, on_one_line, watching
from codec.errors import BadFile, BadInput
from codec.kinds.kind import Json, facts_of
from codec.kinds.requests import Restored, Restoring, Settings, Source, naming
from codec.kinds.table import ENDING, is_picture, kind_of_source, open_file
from codec.kinds.table import is_compressed as is_compressed_data
from codec.system import files
from codec.system.executor import cores


@click.command()
@options.inputs("IMAGE...")
@options.output
@options.recursive
@options.model
@click.option("--method", type=options.MethodName(), default="auto", show_default=True, help="How pictures are coded.")
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
            if is_compressed_data(source.data):
                raise BadInput("compressed already")
            with watching() as progress:
                data, summary = kind_of_source(source).compress(source, replace(chosen, progress=progress))
        name = name_of(place)
        _say(given, summary.notes, quiet)
        if not dry_run:
            places.put(place, data, status, None)
            if remove:
                if summary.left:
                    raise BadInput(f"{given}: not removed, because {name} does not hold all of it: {', '.join(summary.left)}")
                _remove(given, status, place, data)
        before, after = len(source.data), len(data)
        facts: dict[str, Json] = {"source": str(given), "file": name, "bytes": after, "written": not dry_run, **facts_of(summary)}
        line = f"{given} -> {name}  {before:,} -> {after:,} bytes ({after / max(before, 1):.1%})"
        return facts, partial(_show, line, dry_run, len(inputs), _lines(summary) if verbose else None)

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
    checks = Restoring(model=settings["model"], threads=settings["threads"], max_pixels=settings["max_pixels"])
    if test:
        _verify(inputs, checks, verbose, as_json)
        return

    def work(given: Input) -> Result:
        source, status = given.read()
        data = source.data
        with naming(given):
            opened = open_file(data)
        place = places.find(given, restored_name(given, opened.ending()))
        with naming(given), _advising(is_picture(opened) and not settings["salvage"]), watching() as progress:
            restored = opened.decompress(Restoring(ending=places.ending, progress=progress, **settings))
        if not dry_run:
            places.put(place, restored.content, status, restored.modified)
            if remove:
                with naming(given), watching() as progress:
                    opened.verify(replace(checks, progress=progress), Source(str(place), restored.content, restored.ending))
                _remove(given, status, place, restored.content)
        name, size = name_of(place), len(restored.content)
        facts: dict[str, Json] = {"source": str(given), "file": name, "bytes": size, "written": not dry_run}
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
    checks = Restoring(model=model, threads=threads, max_pixels=max_pixels)
    _verify(find_inputs(sources, recursive, is_compressed), checks, verbose, as_json)


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
            facts, told = _describe(data)
        return {"file": str(given), "bytes": len(data), **facts}, partial(_titled, given, len(inputs), told)

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
        with naming(given), watching() as progress:
            chosen = Settings(progress=progress, **settings)
            records: list[object] = [kind.density(source, chosen, counts or kind.particles, seed)]
            if heatmap is not None:
                drawn = kind.heat_map(source, chosen)
                files.write_bytes(Path(heatmap), drawn.png, force)
                records.append(drawn)
        facts: dict[str, Json] = {"file": str(given)}
        for record in records:
            facts |= facts_of(record)
        return facts, partial(_titled, given, len(inputs), _lines(*records))

    each(inputs, work, as_json)


COMMANDS = (compress, decompress, verify, info, density)


def _verify(inputs: Sequence[Input], checks: Restoring, verbose: bool, as_json: bool) -> None:
    def work(given: Input) -> Result:
        data = given.read()[0].data
        with naming(given), watching() as progress:
            open_file(data).verify(replace(checks, progress=progress))
        return {"file": str(given), "ok": True}, partial(_show, f"{given}: ok", verbose, len(inputs))

    each(inputs, work, as_json, checks.threads or cores())


def _losses(given: Input, name: str, restored: Restored) -> dict[str, Json]:
    """What there is to say of rows that could not be salvaged."""
    if not restored.lost:
        return {}
    rows = ", ".join(f"{start} to {stop - 1}" for start, stop in restored.lost)
    lost: list[Json] = [[start, stop] for start, stop in restored.lost]
    return {"lost": lost, "error": f"{given}: rows {rows} are lost, and 0 in {name}; all others are as they were"}


def _remove(given: Input, status: os.stat_result | None, place: Path | None, data: bytes) -> None:
    """Remove an input of which all that matters is in `data`, if that is what stands at its place now. Raises CodecError."""
    if place is None or given.path is None or status is None:
        raise BadInput(f"{given}: not removed: only a file whose result is a file can be")
    if files.read_bytes(place) != data:
        raise BadFile(f"{place}: it does not hold what was written to it; {given} is not removed")
    files.remove_unchanged(given.path, status)


def _describe(data: bytes) -> tuple[dict[str, Json], Callable[[], None]]:
    """What a compressed file or a model file is, and how to print it. Raises CodecError."""
    from codec.cli import models, show
    from codec.nets import model_file

    if data.startswith(model_file.MAGIC):
        facts: dict[str, Json] = {"kind": "model", **models.known_facts(models.info_of(model_file.read_model(data)))}
        return facts, partial(_print, show.table(facts))
    info = open_file(data).info()
    return facts_of(info), _lines(info)


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


def _lines(*records: object) -> Callable[[], None]:
    """What prints records."""
    from codec.cli import show

    return lambda: _print(line for record in records for line in show.lines(record))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
