"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from codec.cli.inputs import STANDARD
from codec.errors import MissingPackage
from codec.kinds.requests import MAX_PIXELS, known_effort, method_names
from codec.system.executor import cores

if TYPE_CHECKING:  # concurrent.futures takes long to import
    from codec.nets.layers import Engine
    from codec.system.workers import Workers

PATH = click.Path(path_type=Path)
AMOUNT = re.compile(r"([0-9]{1,15})([kmgt]?)(i?b)?", re.IGNORECASE)
DIGITS = f"{__name__}.effort"  # where the flag -1 to -9 is noted
Decorator = Callable[[Callable[..., None]], Callable[..., None]]


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


def read_amount(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A number of bytes, as a user writes it: 1000, 64k, 2G."""
    found = None if value is None else AMOUNT.fullmatch(value.strip())
    if value is not None and (found is None or not int(found[1])):
        raise click.BadParameter(f"{value!r} is no number of bytes such as 5000, 64M or 2G", context, parameter)
    return None if found is None else int(found[1]) << 10 * " kmgt".index(found[2].lower() or " ")


@contextmanager
def chosen_workers(count: int | None, scheduler: str | None) -> Iterator[Workers | None]:
    """The processes that --workers or --scheduler ask for; None if neither does. Raises UsageError, CodecError."""
    if count is not None and scheduler is not None:
        raise click.UsageError("--workers are processes here, --scheduler is a cluster elsewhere: give one of them")
    if count is None and scheduler is None:
        yield None
        return
    from codec.system import workers

    with workers.processes(count) if count is not None else workers.cluster(str(scheduler)) as found:
        yield found


def threads_of_worker(threads: int | None, count: int | None) -> int:
    """The threads that each worker has: those that are asked for, or its share of the cores here; one in a cluster."""
    return threads or (max(1, cores() // count) if count is not None else 1)


def torch_engine(device: str) -> Engine:
    """What runs nets on torch, on a device such as "cuda". Raises MissingPackage, BadModel."""
    try:
        from codec.nets.torch_engine import TorchEngine
    except ModuleNotFoundError as error:
        raise MissingPackage(f'--device and --engine need {error.name}: pip install "codec[train]"') from error
    return TorchEngine(device)


def read_numbers(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Whole numbers with commas between them, if any were given."""
    if value is None:
        return None
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not whole numbers such as 5,4,3", context, parameter) from error


def chosen_output(output: str | None, to_standard: bool) -> str | None:
    """Where -o and -c say that results go. Raises UsageError if they say different things."""
    if to_standard and output not in (None, STANDARD):
        raise click.UsageError(f"-c writes to standard output, -o to {output}: give one of them")
    return STANDARD if to_standard else output


def checked_method(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """The name of a way to code pictures."""
    if value not in method_names():
        raise click.BadParameter(f"{value!r} is none of {', '.join(method_names())}", context, parameter)
    return value


def complete_method(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names that begin so."""
    return [CompletionItem(name) for name in method_names() if name.startswith(incomplete)]


def inputs(metavar: str) -> Decorator:
    """Files, as the user named them: paths would lose a slash at the end. One that cannot be read fails alone; without any, it is standard
    input."""
    return click.argument("sources", metavar=f"[{metavar}]", nargs=-1, type=click.Path(readable=False))


def effort(command: Callable[..., None]) -> Callable[..., None]:
    """--effort, and the flags -1 to -9, which win."""

    def note(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            context.meta[DIGITS] = int(parameter.opts[0].strip("-"))

    def choose(context: click.Context, parameter: click.Parameter, value: int) -> int:
        return known_effort(context.meta.get(DIGITS, value))

    for digit in range(1, 10):
        name = f"-{digit}", f"digit_{digit}"
        command = click.option(*name, is_flag=True, is_eager=True, expose_value=False, hidden=True, callback=note)(command)
    return click.option(
        "--effort", type=click.IntRange(1, 9), default=5, show_default=True, callback=choose,
        help="Or -1 to -9: from the quickest photo model to the smallest files. 3 and 4 mean 2.",
    )(command)  # fmt: skip


model = click.option("--model", metavar="MODEL", help="Title of an embedded model, or a model file (.bbm).")
method = click.option(  # names are written here, too, so that help does not wait for numpy
    "--method", metavar="[auto|photo|graphics|drawing|planes|stored]", default="auto", show_default=True, callback=checked_method,
    shell_complete=complete_method, help="How pictures are coded.",
)  # fmt: skip
output = click.option(
    "-o", "--output", metavar="FILE|DIR", type=click.Path(readable=False),
    help="Where to write, - for standard output.  [default: beside the input]",
)  # fmt: skip
to_standard = click.option("-c", "--stdout", "to_standard", is_flag=True, help="Write to standard output, as -o - does.")
recursive = click.option("-r", "--recursive", is_flag=True, help="Work on what is in folders, and in folders in them.")
force = click.option("-f", "--force", is_flag=True, help="Replace existing files.")
skip_existing = click.option(
    "--skip-existing", is_flag=True, help="Leave inputs alone whose result is there; with --rm, remove them if it is what comes of them."
)
remove = click.option(
    "--rm/--keep", " /-k", "remove", default=False, help="Remove the input, after what was written has been read back and verified."
)
dry_run = click.option("--dry-run", is_flag=True, help="Do the work, but write and remove nothing; say what would be written.")
traces = click.option(
    "--traces", type=click.Choice(["auto", "none"]), default="auto", show_default=True, callback=lambda *given: given[2] == "auto",
    help="Whether to look for what a picture's pixels were before: a JPEG, a video, a Photo CD.",
)  # fmt: skip
pixels = click.option(
    "--pixels", is_flag=True, help="Of JPEG, JPEG 2000, PSD, ICNS and other files code the picture alone: it comes back, not the file."
)
threads = click.option("-T", "--threads", type=click.IntRange(1, 64), help="Threads that code a picture's stripes.  [default: all cores]")
workers = click.option(
    "--workers", metavar="N", type=click.IntRange(1, 1024),
    help="Processes that work on files side by side; each has the cores' share of threads, unless -T says otherwise.",
)  # fmt: skip
scheduler = click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help='Let the workers of a Dask cluster do the work (pip install "codec[cluster]").'
)
region = click.option(
    "--region", metavar="X,Y,W,H", callback=read_region, help="Give back this part of the picture; only its stripes are decoded."
)
max_pixels = click.option(
    "--max-pixels", type=click.IntRange(min=1), default=MAX_PIXELS, show_default=True, help="Refuse pictures of more pixels than that."
)
max_bytes = click.option(
    "--max-bytes", metavar="BYTES", callback=read_amount,
    help="Most bytes of a pipe, and of what a file unpacks to without a model (500M, 2G).  [default: 384M, and what its size bears out]",
)  # fmt: skip
unlimited = click.option("--unlimited", is_flag=True, help="Decode also what asks for much more work than its size bears out.")
device = click.option(
    "--device", "engine", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True,
    callback=lambda *given: None if given[2] == "cpu" else torch_engine(given[2]),
    help="Where the nets of models of arrays run, by torch on a GPU: the bytes are the same.",
)  # fmt: skip
quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Say what was done, also where no terminal watches.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, a line for each input; after -o - on standard error.")
