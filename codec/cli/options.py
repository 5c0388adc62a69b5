"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from codec.kinds.requests import EFFORTS, MAX_PIXELS, method_names

PATH = click.Path(path_type=Path)


class Region(click.ParamType):
    """x,y,width,height in pixels."""

    name = "x,y,w,h"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int, int, int]:
        try:
            x, y, width, height = (int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not four numbers x,y,width,height", param, ctx)
        if x < 0 or y < 0 or width < 1 or height < 1:
            self.fail(f"{value!r} is not a part of any picture", param, ctx)
        return x, y, width, height


class MethodName(click.ParamType):
    """A way to code pictures, or "auto", or "stored"."""

    name = "method"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(method_names())}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in method_names():
            self.fail(f"{value!r} is none of {', '.join(method_names())}", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in method_names() if name.startswith(incomplete)]


def inputs(metavar: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """One or more files, as the user named them: paths would lose a slash at the end. One that cannot be read fails alone."""
    return click.argument("sources", metavar=metavar, nargs=-1, required=True, type=click.Path(readable=False))


model = click.option("--model", metavar="MODEL", help="Title of an embedded model, or a model file (.bbm).")
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
max_pixels = click.option(
    "--max-pixels", type=click.IntRange(min=1), default=MAX_PIXELS, show_default=True, help="Refuse pictures of more pixels than that."
)
quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Say what was done, also where no terminal watches.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, a line for each input; after -o - on standard error.")
