"""Groups of commands that may be called by as much of their names as tells them apart, and whose modules wait until they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class Abbreviated(click.Group):
    """A group that takes beginnings of names, and lists its commands in the order in which they were added."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        found = [name for name in names if name.startswith(args[0])]
        if not args[0] or args[0] in names or not found:
            return super().resolve_command(ctx, args)
        if len(found) > 1:
            ctx.fail(f"{args[0]!r} may be {' or '.join(found)}")
        return super().resolve_command(ctx, [found[0], *args[1:]])

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


class Late(Abbreviated):
    """A group that knows its commands by name and says what they do, and imports the module of one when it is called.

    places: by name, the module, whose function is called as the command, and what the list of commands says."""

    def __init__(self, *arguments: Any, places: dict[str, tuple[str, str, str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.places and cmd_name not in self.commands:
            module, function, _ = self.places[cmd_name]
            self.add_command(getattr(import_module(module), function), cmd_name)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, _, said) in self.places.items()])
