"""What is wrong, said in one line by the commands of modules (python -m codec.learn...), as `codec` says it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from codec.errors import CodecError


@contextmanager
def explained_by(parser: ArgumentParser) -> Iterator[None]:
    """Errors of what was asked for end the program with their reason."""
    try:
        yield
    except CodecError as error:
        parser.error(str(error))
