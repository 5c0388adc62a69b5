"""The program: its commands, and what becomes of errors.

Errors of the library become one line on standard error and the exit code of their class.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

import click
from click.shell_completion import get_completion_class

from codec import __version__
from codec.cli import files, models, training
from codec.cli.terminal import on_one_line
from codec.errors import CodecError

PROGRAM = "codec"


class Commands(click.Group):
    """A group that turns a CodecError into one line and its exit code, and lists its commands in the order in which they were added."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        try:
            return super().main(*arguments, **settings)
        except OSError as error:  # of what was printed: files have their own errors
            if error.filename is not None:
                raise
            _forget_output()
            click.echo(f"codec: standard output: {error.strerror or error}", err=True)
            sys.exit(CodecError.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CodecError as error:
            click.echo(f"codec: {on_one_line(str(error))}", err=True)
            ctx.exit(error.exit_code)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
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
    found = get_completion_class(shell)
    assert found is not None, "click knows the shells above"
    click.echo(found(main, {}, PROGRAM, "_CODEC_COMPLETE").source())


for command in (*files.COMMANDS, *training.COMMANDS, *models.COMMANDS, completion):
    main.add_command(command)


def _forget_output() -> None:
    """Let nothing be written any more to a standard output that takes nothing: Python would try again when it ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
