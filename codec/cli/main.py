"""The program: its commands, and what becomes of errors.

Errors of the library become one line on standard error and the exit code of their class, all others one line and 1. Ctrl-C ends it with
130.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NoReturn, TextIO

import click

from codec import __version__
from codec.cli.groups import Late
from codec.cli.terminal import say, unexpected
from codec.errors import CodecError, KernelWarning

PROGRAM = "codec"
INTERRUPTED = 130  # exit code


COMMANDS = {  # by name: the module, its function, and what the list of commands says, which does not wait for the module
    "compress": ("files", "compress", "Compress pictures, or arrays (.npy) of 28x28 images."),
    "decompress": ("files", "decompress", "Give back the pictures or arrays that files were made from."),
    "verify": ("files", "verify", "Decode files and check every checksum and digest."),
    "pack": ("archives", "pack_files", "Pack folders and files into one archive."),
    "list": ("archives", "list_names", "List what is in an archive."),
    "unpack": ("archives", "unpack_names", "Write what is in an archive to files."),
    "info": ("files", "info", "Say what compressed files, archives and model files are."),
    "thumbnail": ("thumbnail", "thumbnail", "Make a small picture of a compressed one."),
    "density": ("files", "density", "Estimate -log p(x) of pictures or of an array's images."),
    "train": ("training", "train", "Train a model (needs torch: pip install \"codec[train]\")."),
    "export": ("training", "export", "Make a model file of a training checkpoint (needs torch)."),
    "models": ("models", "models", "List the models that come with the package."),
    "samples": ("models", "samples", "Draw images from a model of arrays."),
    "selftest": ("models", "selftest", "Check that this machine computes what files depend on."),
    "bench": ("models", "bench", "Measure: sizes, speed, estimates against files."),
    "completion": ("main", "completion", "Print what makes a shell complete commands and options."),
    "help": ("main", "show_help", "Show what a command does, and its options."),
}


class TopCommand(Late):
    """A group whose commands end in one line when they fail, and at once when they are interrupted."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        try:
            return super().main(*arguments, **settings)
        except OSError as error:  # of what was printed: files have their own errors
            _forget_output()
            say(f"standard output: {error.strerror or error}")
            sys.exit(CodecError.exit_code)

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        with _ending():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        with _ending(), warnings.catch_warnings():
            warnings.showwarning = partial(_show_warning, warnings.showwarning)
            return super().invoke(ctx)


@click.group(
    cls=TopCommand,
    places={name: (f"codec.cli.{module}", function, said) for name, (module, function, said) in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", prog_name=PROGRAM)
def main() -> None:
    """Lossless image compression with a density model and bits-back coding.

    \b
    codec compress photo.png          gives photo.bb
    codec decompress photo.bb         gives photo.png
    codec compress -r pictures -o archive
    """
    if "numpy" not in sys.modules:  # nets run in threads of our own (program.workers), which a BLAS with threads would only disturb
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands and options.

    \b
    codec completion bash >> ~/.bashrc
    codec completion zsh >> ~/.zshrc
    codec completion fish > ~/.config/fish/completions/codec.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None, "click knows the shells above"
    click.echo(found(main, {}, PROGRAM, "_CODEC_COMPLETE").source())


@click.command("help")
@click.argument("names", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def show_help(context: click.Context, names: tuple[str, ...]) -> None:
    """Show what a command does, and its options.

    \b
    codec help compress
    codec help train photo
    """
    parent = context.find_root()
    for name in names:
        if not isinstance(parent.command, click.Group):
            raise click.UsageError(f"{parent.command_path!r} has no commands of its own")
        found, command, _ = parent.command.resolve_command(parent, [name])
        assert command is not None, "others are errors"
        parent = command.context_class(command, info_name=found, parent=parent, **command.context_settings)
    click.echo(parent.get_help())


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """What becomes of errors inside; click has its own, and writes to standard output that fail are those of main."""
    try:
        yield
    except KeyboardInterrupt as error:
        _stop(str(error))
    except CodecError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            raise
        say(unexpected(error))
        sys.exit(CodecError.exit_code)


def _stop(told: str) -> NoReturn:
    """End at once, with nothing half-written: threads that run kernels cannot be stopped, and nobody wants any more what they do."""
    import signal  # as seldom needed

    from codec.system.files import remove_begun

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    remove_begun()
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo("\r", nl=False, err=True)  # over what the terminal shows of Ctrl-C
        say(f"interrupted{f': {told}' if told else ''}")
    os._exit(INTERRUPTED)


def _show_warning(
    show: Callable[..., None], message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Show a warning of ours on one line, all others as Python does."""
    if issubclass(category, KernelWarning):
        say(str(message))
    else:
        show(message, category, filename, lineno, file, line)


def _forget_output() -> None:
    """Let nothing be written any more to a standard output that takes nothing: Python would try again when it ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
