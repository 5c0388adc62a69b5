"""The commands on files: compress, decompress, verify, info, density. Thin: what they do with an input stands in work.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codec.cli import options
from codec.cli.inputs import ARCHIVES, Input, find_inputs, is_compressed
from codec.cli.options import chosen_output
from codec.cli.places import Places
from codec.cli.run import each
from codec.cli.terminal import say
from codec.cli.work import CompressInput, DescribeInput, EstimateInput, RestoreInput, VerifyInput
from codec.kinds.opening import opener_for
from codec.kinds.requests import Restoring, Settings
from codec.kinds.table import ENDING, compressible_endings
from codec.system.executor import cores

if TYPE_CHECKING:
    from codec.nets.layers import Engine


@click.command()
@options.inputs("IMAGE...")
@options.output
@options.to_standard
@options.recursive
@options.skip_existing
@options.model
@options.method
@options.effort
@options.traces
@options.pixels
@click.option("--particles", "-N", type=int, help="Particles of a latent: more cost time, save bits.  [default: the model's own, mostly 1]")
@options.device
@options.threads
@options.workers
@options.scheduler
@click.option("--verify/--no-verify", default=True, show_default=True, help="Decode the result before it is written.")
@options.max_pixels
@options.max_bytes
@options.remove
@options.force
@options.dry_run
@options.quiet
@click.option("-v", "--verbose", is_flag=True, help="Say what the bits are for.")
@options.as_json
def compress(
    sources: tuple[str, ...], output: str | None, to_standard: bool, recursive: bool, skip_existing: bool, model: str | None, method: str,
    effort: int, traces: bool, pixels: bool, particles: int | None, engine: Engine | None, threads: int | None,
    workers: int | None, scheduler: str | None, verify: bool, max_pixels: int, max_bytes: int | None, remove: bool, force: bool,
    dry_run: bool, quiet: bool, verbose: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compress pictures, or arrays (.npy) of 28x28 images.

    What comes back is the same picture: pixels, mode, palette, transparency, metadata. What cannot be coded smaller is stored as it is.

    \b
    codec compress photo.png                         gives photo.bb
    codec compress *.png -o compressed/
    codec compress -r pictures --rm                  each file is replaced by its .bb
    codec compress -r pictures --skip-existing       goes on where a run was interrupted
    codec compress -9 < photo.png > photo.bb
    codec compress --pixels scan.jp2                 the picture alone, which comes back as a PNG
    codec compress mnist-test.npy --model digits-gray -N 10 -v
    """
    inputs = _readable_inputs(sources, recursive, quiet)
    places = _places(chosen_output(output, to_standard), inputs, force, skip_existing)
    if remove and (places.are_standard or not verify):
        raise click.UsageError("--rm removes only what was written to a file and verified: leave out -c, -o - and --no-verify")
    if places.ending and places.ending != ENDING and places.ending in compressible_endings():
        raise click.UsageError(f"-o {output}: a compressed file is no {places.ending}: give it a name that ends in {ENDING}")
    settings = Settings(model, method, particles, threads, verify, max_pixels, effort, traces=traces, pixels=pixels, engine=engine)
    work = CompressInput(settings, places, remove, dry_run, quiet, verbose, max_bytes)
    with options.chosen_workers(workers, scheduler) as others:
        if others is not None:
            settings = replace(settings, threads=options.threads_of_worker(threads, workers))
            each(inputs, replace(work, settings=settings, workers=others), as_json, others.window, places.are_standard, True)
            return
    with opener_for(len(inputs), max_pixels) as opener:
        each(inputs, replace(work, settings=replace(settings, opener=opener)), as_json, threads or cores(), places.are_standard)


@click.command()
@options.inputs("FILE.bb...")
@options.output
@options.to_standard
@options.recursive
@options.skip_existing
@options.model
@options.region
@click.option("--salvage", is_flag=True, help="Of a damaged file, give back what is intact; name what is lost, and exit with 1.")
@click.option("--lossy-format-ok", "lossy_ok", is_flag=True, help="Write the format that -o asks for, even if it loses something.")
@click.option("-t", "--test", is_flag=True, help="Decode and check only, as codec verify does; write nothing.")
@options.device
@options.threads
@options.max_pixels
@options.max_bytes
@options.unlimited
@options.remove
@options.force
@options.dry_run
@options.quiet
@options.verbose
@options.as_json
def decompress(
    sources: tuple[str, ...], output: str | None, to_standard: bool, recursive: bool, skip_existing: bool, model: str | None,
    region: tuple[int, int, int, int] | None, salvage: bool, lossy_ok: bool, test: bool, engine: Engine | None,
    threads: int | None, max_pixels: int, max_bytes: int | None, unlimited: bool, remove: bool, force: bool, dry_run: bool, quiet: bool,
    verbose: bool, as_json: bool,
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
    inputs = find_inputs(sources, recursive, is_compressed).inputs
    places = _places(chosen_output(output, to_standard), inputs, force, skip_existing)
    if remove and (places.are_standard or test or region or salvage or lossy_ok):
        what = "what was restored to a file in full"
        raise click.UsageError(f"--rm removes only {what}: leave out -c, -o -, -t, --region, --salvage, --lossy-format-ok")
    checks = Restoring(model=model, threads=threads, max_pixels=max_pixels, max_bytes=max_bytes, limited=not unlimited, engine=engine)
    if test:
        _verify(inputs, checks, verbose, as_json)
        return
    wanted = replace(checks, region=region, salvage=salvage, lossy_ok=lossy_ok)
    work = RestoreInput(wanted, checks, places, remove, dry_run, quiet, verbose)
    each(inputs, work, as_json, threads or cores(), places.are_standard)


@click.command()
@options.inputs("FILE.bb|FILE.bba...")
@options.recursive
@options.model
@options.device
@options.threads
@options.max_pixels
@options.max_bytes
@options.unlimited
@options.quiet
@options.verbose
@options.as_json
def verify(
    sources: tuple[str, ...], recursive: bool, model: str | None, engine: Engine | None, threads: int | None, max_pixels: int,
    max_bytes: int | None, unlimited: bool, quiet: bool, verbose: bool, as_json: bool,
) -> None:  # fmt: skip
    """Decode files and check every checksum and digest; write nothing.

    \b
    codec verify photo.bb
    codec verify -r archive -q && echo all is well
    codec verify set.bba
    """
    checks = Restoring(model=model, threads=threads, max_pixels=max_pixels, max_bytes=max_bytes, limited=not unlimited, engine=engine)
    _verify(find_inputs(sources, recursive, lambda path: path.suffix.lower() in (ENDING, ARCHIVES)).inputs, checks, verbose, as_json)


@click.command()
@options.inputs("FILE...")
@options.recursive
@options.max_bytes
@options.as_json
def info(sources: tuple[str, ...], recursive: bool, max_bytes: int | None, as_json: bool) -> None:
    """Say what compressed files, archives and model files are; decodes nothing.

    \b
    codec info photo.bb
    codec info -r archive --json
    """
    inputs = find_inputs(sources, recursive, lambda path: path.suffix.lower() in (ENDING, ".bbm", ARCHIVES)).inputs
    each(inputs, DescribeInput(len(inputs), max_bytes), as_json)


@click.command()
@options.inputs("IMAGE...")
@options.recursive
@options.model
@click.option("--particles", metavar="LIST", help="Numbers of particles.  [default: 1,4,16 for a picture, 1,8,64 for an array]")
@click.option("--seed", default=0, show_default=True, help="Of the particles.")
@click.option("--heatmap", metavar="FILE.png", type=click.Path(), help="Draw where the bits of one picture go.")
@click.option("--plot", metavar="FILE.png", type=click.Path(), help="Draw the bits of a model's layers, of the images of one array.")
@options.force
@options.effort
@options.traces
@options.threads
@options.max_pixels
@options.as_json
def density(
    sources: tuple[str, ...], recursive: bool, model: str | None, particles: str | None, seed: int, heatmap: str | None, plot: str | None,
    force: bool, effort: int, traces: bool, threads: int | None, max_pixels: int, as_json: bool,
) -> None:  # fmt: skip
    """Estimate -log p(x) of pictures or of an array's images under a model, in bits: what a file costs in the mean.

    \b
    codec density photo.png --particles 1,16
    codec density photo.png --heatmap bits.png
    codec density mnist-test.npy --model digits-gray --json
    codec density mnist-test.npy --model digits-gray --plot layers.png
    """
    counts = None if particles is None else _counts(particles)
    inputs = _readable_inputs(sources, recursive, False)
    if len(inputs) > 1 and (heatmap or plot) is not None:
        raise click.UsageError("--heatmap draws one picture, --plot one array: give one")
    hot, layers = (None if place is None else Path(place) for place in (heatmap, plot))
    with opener_for(len(inputs), max_pixels) as opener:
        settings = Settings(model, threads=threads, max_pixels=max_pixels, effort=effort, traces=traces, opener=opener)
        each(inputs, EstimateInput(settings, counts, seed, hot, layers, force, len(inputs)), as_json)


def _readable_inputs(sources: Sequence[str], recursive: bool, quiet: bool) -> list[Input]:
    """The inputs that can be compressed; what was passed over in folders is told."""
    found = find_inputs(sources, recursive, lambda path: path.suffix.lower() in compressible_endings())
    if (told := found.told_others()) and not quiet:
        say(told)
    return found.inputs


def _places(output: str | None, inputs: Sequence[Input], force: bool, skip_existing: bool) -> Places:
    if force and skip_existing:
        raise click.UsageError("-f replaces what is there, --skip-existing leaves it alone: give one of them")
    return Places(output, inputs, force, skip_existing)


def _verify(inputs: Sequence[Input], checks: Restoring, verbose: bool, as_json: bool) -> None:
    each(inputs, VerifyInput(checks, len(inputs), verbose), as_json, checks.threads or cores())


def _counts(text: str) -> list[int]:
    try:
        return [int(count) for count in text.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--particles is a list of numbers such as 1,8,64, not {text!r}") from error
