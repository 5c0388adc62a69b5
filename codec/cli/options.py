"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from codec.kinds.requests import EFFORTS, MAX_PIXELS, method_names

PATH = click.Path(path_type=Path)


def read_region(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int, int, int] | None:
    """x,y,width,height in pixels, as a user writes them."""
    if value is None:
        return None
    try:
        x, y, width, height = (int(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not four numbers x,y,width,height", context, parameter) from error
    if x < 0 or y < 0 or width < 1 or height < 1:
        raise click.BadParameter(f"{value!r} is not a part of any picture", context, parameter)
    return x, y, width, height


def checked_method(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """The name of a way to code pictures."""
    if value not in method_names():
        raise click.BadParameter(f"{value!r} is none of {', '.join(method_names())}", context, parameter)
    return value


def complete_method(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names that begin so."""
    return [CompletionItem(name) for name in method_names() if name.startswith(incomplete)]


def inputs(metavar: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """One or more files, as the user named them: paths would lose a slash at the end. One that cannot be read fails alone."""
    return click.argument("sources", metavar=metavar, nargs=-1, required=True, type=click.Path(readable=False))


model = click.option("--model", metavar="MODEL", help="Title of an embedded model, or a model file (.bbm).")
method = click.option(  # names are written here, too, so that help does not wait for numpy
    "--method", metavar="[auto|photo|graphics|planes|stored]", default="auto", show_default=True, callback=checked_method,
    shell_complete=complete_method, help="How pictures are coded.",
)  # fmt: skip
effort = click.option(
    "--effort", type=click.Choice([str(effort) for effort in EFFORTS]), default="5", show_default=True,
    callback=lambda context, parameter, value: int(value),
    help="1: the quickest photo model, 9: the one with the smallest files.",
)  # fmt: skip
output = click.option(
    "-o", "--output", metavar="FILE|DIR", type=click.Path(readable=False),
    help="Where to write, - for standard output.  [default: beside the input]",
)  # fmt: skip
recursive = click.option("-r", "--recursive", is_flag=True, help="Work on what is in folders, and in folders in them.")
force = click.option("-f", "--force", is_flag=True, help="Replace existing files.")
remove = click.option(
    "--rm/--keep", " /-k", "remove", default=False, help="Remove the input, after what was written has been read back and verified."
)
dry_run = click.option("--dry-run", is_flag=True, help="Do the work, but write and remove nothing; say what would be written.")
threads = click.option("-T", "--threads", type=click.IntRange(1, 64), help="Threads that code a picture's stripes.  [default: all cores]")
region = click.option(
    "--region", metavar="X,Y,W,H", callback=read_region, help="Give back this part of the picture; only its stripes are decoded."
)
max_pixels = click.option(
    "--max-pixels", type=click.IntRange(min=1), default=MAX_PIXELS, show_default=True, help="Refuse pictures of more pixels than that."
)
quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Say what was done, also where no terminal watches.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, a line for each input; after -o - on standard error.")
