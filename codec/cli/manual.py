"""Makes the manual page of the program of the help texts of its commands.

    python -m codec.cli.manual share/man/man1/codec.1        what the wheel brings, made anew after a change of a help text
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from codec import __version__
from codec.cli.main import PROGRAM, main
from codec.system import files

VERBATIM = "\b"  # begins paragraphs whose lines click does not wrap


def page() -> str:
    """The page, in the language of man(7)."""
    with main.context_class(main, info_name=PROGRAM, **main.context_settings) as context:
        text = _escaped((main.help or "").split("\n")[0].rstrip("."))
        lines = [f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {__version__}" "User Commands"', ".SH NAME", f"{PROGRAM} \\- {text}"]
        lines += [".SH SYNOPSIS", f".B {PROGRAM}", _escaped("COMMAND [OPTION]... [FILE]..."), ".SH DESCRIPTION", *_text(main.help or "")]
        lines += [".SH OPTIONS", *_options(main, context), ".SH COMMANDS", *_commands(main, context)]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    """All commands of a group, and of the groups in it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, "it is in the list"
        with command.context_class(command, info_name=name, parent=context, **command.context_settings) as inner:
            usage = " ".join(command.collect_usage_pieces(inner))
            yield f'.SS "{_escaped(f"{inner.command_path} {usage}")}"'
            yield from _text(command.help or "")
            yield from _options(command, inner)
            if isinstance(command, click.Group):
                yield from _commands(command, inner)


def _text(text: str) -> Iterator[str]:
    """Paragraphs; those that begin so stay as they are."""
    for paragraph in cleandoc(text).split("\n\n"):
        verbatim, lines = paragraph.startswith(VERBATIM), paragraph.removeprefix(VERBATIM).strip("\n").split("\n")
        yield ".PP"
        yield from (".nf", *map(_escaped, lines), ".fi") if verbatim else map(_escaped, lines)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        told = parameter.get_help_record(context)
        if told is not None and told[1]:
            yield from (".TP", f".B {_escaped(told[0])}", _escaped(told[1]))


def _escaped(text: str) -> str:
    """A line of text that man shows as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    files.write_bytes(Path(sys.argv[1]), page().encode(), force=True)
