"""What the commands on files do with one input: compress, restore or verify it, tell what it is, or what it costs.

Each is a callable that knows its settings, for run.each. They run in threads, and print nothing: what there is to say is in their Result.
The library is imported where it is needed: usage errors do not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from codec.cli.inputs import ARCHIVES, Input
from codec.cli.places import Places, name_of, restored_name
from codec.cli.run import Result
from codec.cli.terminal import show_done, show_lines, show_titled
from codec.errors import BadFile, BadInput, MissingPackage
from codec.kinds.kind import Json, Kind, Opened, Summary, facts_of
from codec.kinds.requests import Progress, Restored, Restoring, Settings, Source, naming
from codec.kinds.table import check_beginning, compressible_endings, is_compressed, is_picture, kind_of_source, open_file
from codec.system import files
from codec.system.records import record

if TYPE_CHECKING:  # concurrent.futures takes long to import
    from codec.system.workers import Workers


@record(frozen=True)
class CompressSource:
    """Compress a file, as a task that any process can do."""

    source: Source
    settings: Settings

    def run(self) -> tuple[bytes, Summary]:
        return kind_of_source(self.source).compress(self.source, self.settings)


@record(frozen=True)
class CompressInput:
    """Compress an input to its place. remove: the input, once its file is safe; quiet: do not say what there is to know; max_bytes: most
    that is read of a stream; workers: other processes that do the work."""

    settings: Settings
    places: Places
    remove: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False
    max_bytes: int | None = None
    workers: Workers | None = None
    kind_of: Callable[[Source], Kind] = kind_of_source

    def __call__(self, given: Input, progress: Progress | None) -> Result:
        place = self.places.find(given, self.places.compressed_name(given))
        is_there = self.places.has(place)
        if is_there and not self.remove:
            return _skipped(given, place, self.verbose)
        ending = "" if given.path is None else given.path.suffix.lower()
        source, status = given.read(partial(check_beginning, ending=ending), self.max_bytes)
        with naming(given):
            if is_compressed(source.data):
                raise BadInput("compressed already")
            data, summary = self._compressed(source, progress)
        if place is not None and not self.dry_run and not is_there:
            self.places.put(place, data, status, None)
        if self.remove and not self.dry_run:
            _remove(given, status, place, data, is_there, summary.left)
        name, before, after = name_of(place), len(source.data), len(data)
        facts: dict[str, Json] = {"source": str(given), "file": name, "bytes": after, "written": not self.dry_run, **facts_of(summary)}
        line = f"{given} -> {name}  {before:,} -> {after:,} bytes ({after / max(before, 1):.1%})"
        show = partial(show_done, line, self.dry_run, len(self.places.inputs), _lines(summary) if self.verbose else None)
        notes = () if self.quiet else tuple(f"{given}: {note}" for note in summary.notes)
        return Result(facts, show, notes, before, after, data if place is None and not self.dry_run else None)

    def _compressed(self, source: Source, progress: Progress | None) -> tuple[bytes, Summary]:
        if self.workers is not None:
            return self.workers.do(CompressSource(source, self.settings))
        return self.kind_of(source).compress(source, replace(self.settings, progress=progress))


@record(frozen=True)
class RestoreInput:
    """Decompress an input to its place. remove: the input, once what it held is safe; checks: how it is verified before that."""

    wanted: Restoring
    checks: Restoring
    places: Places
    remove: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False
    open: Callable[[bytes], Opened] = open_file

    def __call__(self, given: Input, progress: Progress | None) -> Result:
        source, status = given.read(_check_compressed, self.wanted.max_bytes)
        with naming(given):
            opened = self.open(source.data)
        place = self.places.find(given, restored_name(given, opened.ending()))
        is_there = self.places.has(place)
        if is_there and not self.remove:
            return _skipped(given, place, self.verbose)
        with naming(given), _advising(is_picture(opened) and not self.wanted.salvage):
            restored = opened.decompress(replace(self.wanted, ending=self.places.ending, progress=progress))
        if place is not None and not self.dry_run and not is_there:
            self.places.put(place, restored.content, status, restored.modified)
        if self.remove and not self.dry_run:
            with naming(given):
                opened.verify(replace(self.checks, progress=progress), Source(str(place), restored.content, restored.ending))
            _remove(given, status, place, restored.content, is_there)
        size = len(restored.content)
        show = partial(show_done, f"{given} -> {name_of(place)}  {size:,} bytes", self.dry_run or self.verbose, len(self.places.inputs))
        output = restored.content if place is None and not self.dry_run else None
        notes = () if self.quiet or is_picture(opened) else self._notes(place)
        return Result(self._facts(given, place, restored), show, notes, len(source.data), size, output)

    def _notes(self, place: Path | None) -> tuple[str, ...]:
        """A file may call what it keeps anything, also a program."""
        if place is None or place == self.places.explicit or place.suffix.lower() in {*compressible_endings(), ""}:
            return ()
        return (f"{name_of(place)}: no ending of pictures or arrays; it came with the file: look before you open or run this",)

    def _facts(self, given: Input, place: Path | None, restored: Restored) -> dict[str, Json]:
        """What there is to say, also of rows that could not be salvaged."""
        name = name_of(place)
        facts: dict[str, Json] = {"source": str(given), "file": name, "bytes": len(restored.content), "written": not self.dry_run}
        if not restored.lost:
            return facts
        rows = ", ".join(f"{start} to {stop - 1}" for start, stop in restored.lost)
        lost: list[Json] = [[start, stop] for start, stop in restored.lost]
        return facts | {"lost": lost, "error": f"{given}: rows {rows} are lost, and 0 in {name}; all others are as they were"}


@record(frozen=True)
class VerifyInput:
    """Decode an input and check it; nothing is written. count: of the inputs of the run."""

    checks: Restoring
    count: int
    verbose: bool = False

    def __call__(self, given: Input, progress: Progress | None) -> Result:
        if given.path is not None and given.path.suffix.lower() == ARCHIVES:
            from codec.cli.archives import verify_archive

            told = f"{given}: ok, {verify_archive(given.path, self.checks):,} entries"
            return Result({"file": str(given), "ok": True}, partial(show_done, told, self.verbose, self.count), read=given.size or 0)
        data = given.read(_check_compressed, self.checks.max_bytes)[0].data
        with naming(given):
            open_file(data).verify(replace(self.checks, progress=progress))
        return Result({"file": str(given), "ok": True}, partial(show_done, f"{given}: ok", self.verbose, self.count), read=len(data))


@record(frozen=True)
class DescribeInput:
    """Tell what a compressed file or a model file is. count: of the inputs of the run; max_bytes: most that is read of a stream."""

    count: int
    max_bytes: int | None = None

    def __call__(self, given: Input, progress: Progress | None) -> Result:
        if given.path is not None and given.path.suffix.lower() == ARCHIVES:
            return self._told_archive(given, given.path)
        data = given.read(_check_known, self.max_bytes)[0].data
        with naming(given):
            facts, told = self._told(data)
        facts = {"file": str(given), "bytes": len(data), **facts}
        return Result(facts, partial(show_titled, str(given), self.count, told), read=len(data))

    def _told_archive(self, given: Input, path: Path) -> Result:
        from codec.cli.archives import archive_summary

        found = archive_summary(path)
        facts: dict[str, Json] = {"file": str(given), "bytes": given.size, **facts_of(found)}
        return Result(facts, partial(show_titled, str(given), self.count, _lines(found)), read=given.size or 0)

    def _told(self, data: bytes) -> tuple[dict[str, Json], Callable[[], None]]:
        """The facts, and what prints them. Raises CodecError."""
        if not is_compressed(data):
            from codec.cli import models

            if models.is_model(data):
                facts: dict[str, Json] = {"kind": "model", **models.known_facts(models.read_info(data))}
                return facts, partial(show_lines, models.fact_lines(facts))
        info = open_file(data).info()
        return facts_of(info), _lines(info)


@record(frozen=True)
class EstimateInput:
    """Estimate -log2 p(x) of an input. particles: numbers of them, those of its kind if None; heat_map: where to draw its bits, if
    anywhere; plot: likewise the bits of a model's layers; force: replace what is there; count: of the inputs of the run."""

    settings: Settings
    particles: Sequence[int] | None
    seed: int
    heat_map: Path | None
    plot: Path | None
    force: bool
    count: int

    def __call__(self, given: Input, progress: Progress | None) -> Result:
        ending = "" if given.path is None else given.path.suffix.lower()
        source, _ = given.read(partial(check_beginning, ending=ending))
        kind = kind_of_source(source)
        with naming(given):
            settings = replace(self.settings, progress=progress)
            records: list[object] = [kind.density(source, settings, self.particles or kind.particles, self.seed)]
            if self.heat_map is not None:
                drawn = kind.heat_map(source, settings)
                files.write_bytes(self.heat_map, drawn.png, self.force)
                records.append(drawn)
            if self.plot is not None:
                records.append(_plotted(source, self))
        facts: dict[str, Json] = {"file": str(given)}
        for told in records:
            facts |= facts_of(told)
        return Result(facts, partial(show_titled, str(given), self.count, _lines(*records)), read=len(source.data))


def _plotted(source: Source, asked: EstimateInput) -> object:
    """The bits of a model's layers, drawn where they were asked for."""
    from codec.kinds.array.sheet import layers_of

    try:
        from codec.learn.arrays.layer_plot import layer_plot
    except ModuleNotFoundError as error:
        raise MissingPackage(f'drawing needs {error.name}: pip install "codec[train]"') from error
    layers = layers_of(source, asked.settings.model, asked.seed)
    assert asked.plot is not None, "it was asked for"
    files.write_bytes(
        asked.plot, layer_plot(layers.bits_of_layers, layers.active_of_layers, layers.latents_of_layers, layers.bits_of_pixels), asked.force
    )
    return layers


def _skipped(given: Input, place: Path | None, verbose: bool) -> Result:
    """Of an input whose result is there."""
    facts: dict[str, Json] = {"source": str(given), "file": name_of(place), "written": False, "skipped": True}
    show = partial(show_lines, [f"{given}: skipped, {name_of(place)} is there"] if verbose else [])
    return Result(facts, show, skipped=True)


def _check_compressed(beginning: bytes) -> None:
    """Raise BadFile for what does not begin as compressed files do: the same as when all of it had been read."""
    if not is_compressed(beginning):
        open_file(beginning)


def _check_known(beginning: bytes) -> None:
    """Raise BadFile for what begins neither as compressed files nor as model files do."""
    if not is_compressed(beginning):
        from codec.cli import models

        if not models.is_model(beginning):
            _check_compressed(beginning)


def _remove(
    given: Input, status: os.stat_result | None, place: Path | None, data: bytes, was_there: bool, left: Sequence[str] = ()
) -> None:  # fmt: skip
    """Remove an input that is all in `data`, but for what is `left`, if that stands at its place now. Raises CodecError."""
    if left:
        raise BadInput(f"{given}: not removed, because {name_of(place)} does not hold all of it: {', '.join(left)}")
    if place is None or given.path is None or status is None:
        raise BadInput(f"{given}: not removed: only a file whose result is a file can be")
    if files.read_bytes(place) != data:
        if was_there:
            raise BadInput(f"{given}: not removed: {name_of(place)} was there already, and is not what comes of it: -f replaces it")
        raise BadFile(f"{place}: it does not hold what was written to it; {given} is not removed")
    files.remove_unchanged(given.path, status)


@contextmanager
def _advising(may_help: bool) -> Iterator[None]:
    """Damage inside is told with the way out of it."""
    try:
        yield
    except BadFile as error:
        if not may_help:
            raise
        raise BadFile(f"{error} (--salvage gives back what is intact)") from error


def _lines(*records: object) -> Callable[[], None]:
    """What prints records."""
    from codec.cli import show

    return partial(show_lines, (line for record in records for line in show.lines(record)))
