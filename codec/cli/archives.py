"""The commands on archives: pack, list, unpack; codec verify (files.py) takes archives, too."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codec.cli import options
from codec.cli.status import SPELL, amount, clock, drawn
from codec.cli.terminal import is_watched, on_one_line, say
from codec.errors import BadInput, CodecError
from codec.kinds.kind import Json
from codec.kinds.requests import Restoring, Settings, naming
from codec.system import files
from codec.system.executor import Task, completed, cores, in_order
from codec.system.remote import edited, files_in_remote, is_remote

if TYPE_CHECKING:  # help does not wait for numpy
    from codec.archives.batch import PackedBatch
    from codec.archives.pack import Item, Packed, Run
    from codec.archives.read import ArchiveSummary
    from codec.system.workers import Workers


@click.command("pack")
@click.argument("sources", metavar="DIR|FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="FILE.bba", required=True, type=click.Path(path_type=Path), help="The archive.")
@click.option("-u", "--update", is_flag=True, help="Add what is new or changed to an archive; nothing in it is rewritten.")
@click.option("--resume", is_flag=True, help="Go on where packing was interrupted, if it was; the result is the same.")
@options.model
@options.method
@options.effort
@options.traces
@options.threads
@options.workers
@options.scheduler
@click.option("--verify/--no-verify", default=True, show_default=True, help="Decode what was coded before it is written.")
@options.max_pixels
@options.force
@options.quiet
@options.as_json
def pack_files(
    sources: tuple[Path, ...], output: Path, update: bool, resume: bool, model: str | None, method: str, effort: int, traces: bool,
    threads: int | None, workers: int | None, scheduler: str | None, verify: bool, max_pixels: int, force: bool, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Pack folders and files into one archive. Any file may be in it: pictures, arrays and JPEG files are compressed.

    Names are paths below the folder that is packed. Small pictures that stand together share their overhead, and what is there twice is
    stored once.

    \b
    codec pack pictures -o set.bba
    codec pack -u pictures -o set.bba        adds what is new
    codec pack --resume pictures -o set.bba  goes on after an interruption
    """
    from codec.archives.pack import pack_items

    if force and (update or resume):
        raise click.UsageError("-f replaces the archive, -u and --resume add to it: give one of them")
    items = find_items(sources, output)
    if is_remote(output) and not (update or resume):
        files.check_free(output, force)
    if force and not is_remote(output):
        output.unlink(missing_ok=True)
    settings = Settings(model, method, 1, threads, verify, max_pixels, effort, traces=traces)
    status = PackStatus(len(items), sum(_size(item.path) for item in items) if is_watched() else 0)
    with options.chosen_workers(workers, scheduler) as others:
        if others is not None:
            run: Run = partial(_by_workers, others)
            settings = replace(settings, threads=options.threads_of_worker(threads, workers))
        else:
            many = threads or cores()
            settings, run = replace(settings, threads=many if len(items) == 1 else 1), partial(completed, threads=many)
        with edited(output, update or resume) if is_remote(output) else nullcontext(output) as place:
            done = pack_items(items, place, settings, run, update, resume, status.tell if is_watched() else None)
    status.wipe()
    _tell(done, output, len(items), quiet, as_json)


def _tell(done: Packed, output: Path, items: int, quiet: bool, as_json: bool) -> None:
    """Say what became of the items; the exit code is 1 if some could not be packed."""
    for text in [*(() if quiet else done.notes), *done.problems]:
        say(text)
    told = f"{done.items:,} files{f', {done.skipped:,} of them there already' if done.skipped else ''}: {amount(done.read)}"
    if as_json:
        facts: dict[str, Json] = {"archive": str(output), "bytes": done.written, "read": done.read, "items": done.items}
        _print_json(facts | {"skipped": done.skipped, "same": done.same, "pixels": done.pixels, "errors": list(done.problems)})
    elif is_watched():
        say(f"{output}: {amount(done.written)}, from {told}")
    if done.problems:
        say(f"{len(done.problems)} of {items} files could not be packed")
        sys.exit(CodecError.exit_code)


@click.command("list")
@click.argument("archive", metavar="FILE.bba", type=click.Path(path_type=Path))
@click.argument("names", metavar="[NAME|PATTERN]...", nargs=-1)
@options.verbose
@options.as_json
def list_names(archive: Path, names: tuple[str, ...], verbose: bool, as_json: bool) -> None:
    """List what is in an archive: names, with -v also their times, and what they take of the archive.

    Pictures that share a file take a part of it each; what is the same as another entry takes nothing.

    \b
    codec list set.bba
    codec list set.bba 'cats/*.png' -v
    """
    from codec.archives.names import chosen
    from codec.archives.read import Archive

    with Archive(archive) as opened:
        if not opened.is_whole:
            say(f"{archive}: packing it was interrupted: this is what is in it (codec pack --resume goes on)")
        with naming(archive):
            sizes = opened.sizes() if verbose or as_json else {}
        for name in chosen(opened, names):
            modified = opened.entry(name).modified
            if as_json:
                _print_json({"name": name, "modified": modified, "bytes": sizes[name]})
            elif verbose:
                when = "unknown" if modified is None else time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(modified))
                click.echo(f"{when:19}  {sizes[name]:>13,}  {on_one_line(name)}")
            else:
                click.echo(on_one_line(name))


@click.command("unpack")
@click.argument("archive", metavar="FILE.bba", type=click.Path(path_type=Path))
@click.argument("names", metavar="[NAME|PATTERN]...", nargs=-1)
@click.option("-C", "--directory", metavar="DIR", default=".", type=click.Path(path_type=Path), help="Where to write.  [default: here]")
@options.model
@options.threads
@options.max_pixels
@options.max_bytes
@options.unlimited
@options.force
@click.option("--skip-existing", is_flag=True, help="Leave files alone that are there.")
@options.verbose
@options.as_json
def unpack_names(
    archive: Path, names: tuple[str, ...], directory: Path, model: str | None, threads: int | None, max_pixels: int, max_bytes: int | None,
    unlimited: bool, force: bool, skip_existing: bool, verbose: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write what is in an archive to files, all of it or what is named. Only that is decoded, and what shares a file with it.

    Files that were stored as they are, JPEG files and arrays come back byte for byte; pictures with the same pixels and metadata, in the
    format of their name if that holds them.

    \b
    codec unpack set.bba -C pictures
    codec unpack set.bba cats/1.png 'dogs/*' -C some
    """
    from codec.archives.names import chosen
    from codec.archives.read import Archive
    from codec.archives.unpack import unpack_entries

    restoring = Restoring(model=model, threads=threads, max_pixels=max_pixels, max_bytes=max_bytes, limited=not unlimited)
    with Archive(archive) as opened:
        wanted, failed = chosen(opened, names), 0
        for done in unpack_entries(opened, wanted, directory, restoring, force, skip_existing):
            if isinstance(done, CodecError):
                say(str(done))
                failed += 1
            elif as_json:
                _print_json({"name": done.name, "file": str(done.place), "bytes": done.bytes, "written": not done.skipped})
            elif verbose:
                click.echo(f"{on_one_line(done.name)} -> {on_one_line(str(done.place))}{'  skipped' if done.skipped else ''}")
    if failed:
        say(f"{failed} of {len(wanted)} entries failed")
        sys.exit(CodecError.exit_code)


def verify_archive(path: Path, restoring: Restoring) -> int:
    """Decode and check all that is in an archive, and say how much that is. Raises CodecError."""
    from codec.archives.read import Archive
    from codec.archives.unpack import verify_entries

    with Archive(path) as opened:
        verify_entries(opened, restoring)
        if not opened.is_whole:
            raise BadInput(f"{path}: all that is in it is well, but packing it was interrupted (codec pack --resume goes on)")
        return len(opened)


def archive_summary(path: Path) -> ArchiveSummary:
    """What is in an archive. Raises CodecError."""
    from codec.archives.read import Archive

    with Archive(path) as opened, naming(path):
        return opened.summary()


def _by_workers(workers: Workers, tasks: Iterable[Task[PackedBatch]]) -> Iterator[PackedBatch]:
    return in_order(workers.do, tasks, workers.window)


def find_items(sources: Sequence[Path], archive: Path) -> list[Item]:
    """What stands in folders, below these, and files, in order; but for hidden files and the archive. Raises UsageError, BadInput."""
    from codec.archives.pack import Item

    found = dict[str, Item]()
    for source in sources:
        for name, path in _inside(source) if files.is_folder(source) else [(source.name, source)]:
            if os.path.abspath(path) == os.path.abspath(archive):
                continue
            if name in found:
                raise click.UsageError(f"{found[name].path} and {path} would both be called {name}: pack the folder above them")
            found[name] = Item(name, path)
    if not found:
        raise BadInput("there is nothing to pack")
    return list(found.values())


def _inside(folder: Path) -> Iterator[tuple[str, Path]]:
    """The names and paths of the regular files in a folder and in those in it, in the order of their names."""
    if is_remote(folder):
        inside = [(path.relative_to(folder).as_posix(), path) for path in files_in_remote(folder)]
        return (one for one in inside if not any(part.startswith(".") for part in one[0].split("/")))
    found = list[tuple[str, Path]]()
    for inner, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(inner).relative_to(folder)
        found += [((below / name).as_posix(), Path(inner, name)) for name in names if not name.startswith(".")]
    return ((name, path) for name, path in sorted(found) if path.is_file())


def _size(path: Path | None) -> int:
    return 0 if path is None else files.file_size(path) or 0


def _print_json(facts: dict[str, Json]) -> None:
    from json import dumps

    click.echo(dumps(facts))


@dataclass
class PackStatus:
    """How packing goes, on one line of a terminal. total: bytes of all items."""

    items: int
    total: int
    began: float = field(default_factory=time.monotonic)
    drawn_at: float = 0.0
    width: int = 0

    def tell(self, done: Packed) -> None:
        """Draw the line, if it is some time since."""
        from shutil import get_terminal_size

        now = time.monotonic()
        if now - self.drawn_at > SPELL:
            self.drawn_at = now
            self._draw(self.line(done, now - self.began, get_terminal_size().columns - 1))

    def line(self, done: Packed, seconds: float, columns: int) -> str:
        """12 of 340 files  3.1 files/s  1.20 MPix/s  45.2 MB -> 12.3 MB (27.2%)  0:12 left"""
        share, seconds = min(done.read / max(self.total, 1), 1.0), max(seconds, 1e-9)
        ratio = f"{amount(done.read)} -> {amount(done.written)} ({done.written / max(done.read, 1):.1%})"
        speed = [f"{done.items / seconds:.1f} files/s", f"{done.pixels / seconds / 1e6:.2f} MPix/s"]
        return drawn("", share, [f"{done.items:,} of {self.items:,} files", clock(seconds, share), *speed, ratio], columns)

    def wipe(self) -> None:
        self._draw("")

    def _draw(self, line: str) -> None:
        if self.width or line:
            click.echo(f"\r{line:{self.width}}" + ("" if line else "\r"), nl=False, err=True)
        self.width = len(line)
