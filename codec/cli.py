"""The commands. Thin: each one reads its arguments, calls the library, and prints.

Errors of the library become one line on standard error and the exit code of their class.
"""

from __future__ import annotations

from typing import Any

import click

from codec.errors import CodecError


class Commands(click.Group):
    """A group that turns a CodecError into one line and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CodecError as error:
            click.echo(f"codec: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="codec")
def main() -> None:
    """Lossless image compression with a density model and bits-back coding."""
