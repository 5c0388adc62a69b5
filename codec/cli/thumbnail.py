"""The command that makes a small picture of a compressed one, as desktops ask for it (share/thumbnailers)."""

from __future__ import annotations

import io
from pathlib import Path

import click

from codec.cli import options
from codec.errors import BadInput
from codec.system import files

LARGEST = 4096  # pixels of a side


@click.command()
@click.argument("source", metavar="FILE.bb", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="FILE.png", required=True, type=click.Path(path_type=Path), help="The small picture, a PNG.")
@click.option("--size", type=click.IntRange(1, LARGEST), default=256, show_default=True, help="Pixels of its longer side, at most.")
@options.max_pixels
@options.force
def thumbnail(source: Path, output: Path, size: int, max_pixels: int, force: bool) -> None:
    """Make a small picture of a compressed one.

    \b
    codec thumbnail photo.bb -o small.png --size 128
    """
    from codec import api

    files.check_free(output, force)
    small, file = api.thumbnail(source, size, max_pixels), io.BytesIO()
    try:
        small.save(file, "PNG")
    except (OSError, ValueError) as error:
        raise BadInput(f"{source}: no PNG holds it: {error}") from error
    files.write_bytes(output, file.getvalue(), force)
